"""What other floors show of weekly updates, each in a fixed number of queries."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone

from engagements.models import Engagement
from reviews import weeks
from reviews.models import Ask, Blocker, UpdateItem, WeeklyUpdate
from tenants.models import Member
from tenants.ui.formats import day, late, near, stamp, zone_name


@dataclass(frozen=True, kw_only=True)
class NextUpdate:
    """The letter that is due next: last week's while it is not sent, else this week's.

    `sent`: it is out; `late`: it came, or still is not there, after `due_at`.
    """

    week_start: dt.date
    due_at: dt.datetime
    update: WeeklyUpdate | None

    @property
    def sent(self) -> bool:
        return self.update is not None and not self.update.is_draft

    @property
    def late(self) -> bool:
        return self.update.late if self.update else timezone.now() > self.due_at

    @property
    def week_name(self) -> str:
        return f"week {weeks.week_number(self.week_start)}"


@dataclass(frozen=True, kw_only=True)
class WaitingItem:
    """Something a member is asked to do; `due_on` is a date at the client's, None for no date."""

    kind: str
    icon: str
    title: str
    detail: str
    action: str
    href: str
    due_on: dt.date | None
    is_late: bool

    @property
    def sort_key(self) -> tuple[dt.date, str]:
        """The soonest first, without a date last."""
        return (self.due_on or dt.date.max, self.title)


def latest_update() -> WeeklyUpdate | None:
    """The latest sent letter with its people, blockers and asks; three queries."""
    found: WeeklyUpdate | None = (
        WeeklyUpdate.objects.sent().with_people().with_items().order_by("-week_start", "-id")
    ).first()
    return found


def next_update(engagement: Engagement) -> NextUpdate | None:
    """The letter that is due next, None unless the engagement runs; one query.

    A week that was due before the engagement was entered here, or that ended before it began, is
    owed by nobody.
    """
    if engagement.status != Engagement.Status.ACTIVE:
        return None
    tenant = engagement.tenant
    this_week = weeks.week_start_of(tenant, tenant.today)
    last_week = this_week - weeks.WEEK
    found = {
        update.week_start: update
        for update in WeeklyUpdate.objects.with_people().filter(
            engagement=engagement, week_start__in=[last_week, this_week]
        )
    }
    before = _next(engagement, last_week, found.get(last_week))
    if not before.sent and is_owed(engagement, last_week, before.due_at):
        return before
    return _next(engagement, this_week, found.get(this_week))


def is_owed(engagement: Engagement, week_start: dt.date, due_at: dt.datetime) -> bool:
    """Whether the engagement ran in that week and was known here when its letter was due."""
    last = week_start + dt.timedelta(days=6)
    return engagement.starts_on <= last and engagement.created_at <= due_at


def waiting_for(member: Member) -> list[WaitingItem]:
    """Letters to acknowledge, to write, and what letters ask of the member, the soonest first.

    Only the latest letter of an engagement asks: what it no longer holds is settled. At most four
    queries; the member comes with their company.
    """
    items = [_item_of_row(row, member) for row in _rows_for(member)]
    if member.can("update.acknowledge"):
        waiting = WeeklyUpdate.objects.with_people().waiting_for_acknowledgement()
        items += [_to_acknowledge(update, member) for update in waiting]
    if member.can("update.write"):
        items += _to_write(member)
    return sorted(items, key=lambda item: item.sort_key)


def _next(engagement: Engagement, week_start: dt.date, update: WeeklyUpdate | None) -> NextUpdate:
    due_at = update.due_at if update else weeks.default_due_at(engagement.tenant, week_start)
    return NextUpdate(week_start=week_start, due_at=due_at, update=update)


def _rows_for(member: Member) -> list[UpdateItem]:
    """Open asks and blockers of the member in the latest letter of each engagement."""
    newer = WeeklyUpdate.objects.sent().filter(
        engagement_id=OuterRef("update__engagement_id"),
        week_start__gt=OuterRef("update__week_start"),
    )
    found: list[UpdateItem] = []
    for model in (Ask, Blocker):
        rows = model.objects.still_open().select_related("update__author__user")
        found += rows.filter(~Exists(newer), member=member).exclude(update__status="draft")
    return found


def _item_of_row(row: Any, member: Member) -> WaitingItem:
    today = member.tenant.today
    overdue = late(row.due_on, today) if row.due_on else ""
    when = overdue or (f"Due {day(row.due_on, today)}" if row.due_on else "No date")
    is_ask = isinstance(row, Ask)
    who = row.update.author.name
    return WaitingItem(
        kind="ask" if is_ask else "blocker",
        icon="todo" if is_ask else "warn",
        title=row.text,
        detail=f"{who} {'asks you' if is_ask else 'is blocked'} in {row.update.week_name}. {when}.",
        action="Open the ask" if is_ask else "Open the blocker",
        href=_url("update_detail", member, row.update.week_start) + f"#{row._meta.model_name}s",
        due_on=row.due_on,
        is_late=bool(overdue),
    )


def _to_acknowledge(update: WeeklyUpdate, member: Member) -> WaitingItem:
    return WaitingItem(
        kind="acknowledge",
        icon="update",
        title=f"Read the weekly update, {update.week_name}",
        detail=f"{update.author.name} sent it. {near(update.submitted_at)}.",
        action="Read and acknowledge",
        href=_url("update_detail", member, update.week_start),
        due_on=timezone.localtime(update.submitted_at, member.tenant.zone).date(),
        is_late=False,
    )


def _to_write(member: Member) -> list[WaitingItem]:
    engagement = (
        Engagement.objects.with_people()
        .filter(cto=member, status=Engagement.Status.ACTIVE)
        .current_first()
        .first()
    )
    due = next_update(engagement) if engagement else None
    if due is None or due.sent:
        return []
    begun = due.update is not None
    return [
        WaitingItem(
            kind="write",
            icon="update",
            title=f"{'Finish' if begun else 'Write'} the weekly update, {due.week_name}",
            detail=due_words(due.due_at),
            action="Finish it" if begun else "Write it",
            href=_url("update_edit", member, due.week_start),
            due_on=due.due_at.astimezone(member.tenant.zone).date(),
            is_late=due.late,
        )
    ]


def due_words(due_at: dt.datetime) -> str:
    """When it is due in the reader's zone, or how late it is: `2 days late, due Fri 16 Oct, …`."""
    if timezone.now() <= due_at:
        return f"Due {near(due_at)} {zone_name(due_at)}."
    days = late(timezone.localtime(due_at).date())
    return f"{days or 'Late'}, was due {stamp(due_at)}."


def _url(name: str, member: Member, week_start: dt.date) -> str:
    return reverse(name, kwargs={"slug": member.tenant.slug, "week_start": week_start})
