"""What other floors show of weekly updates, each in a fixed number of queries."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, prefetch_related_objects
from django.urls import reverse
from django.utils import timezone

from engagements.models import Engagement
from reviews import weeks
from reviews.models import Ask, UpdateItem, WeeklyUpdate
from tenants.models import Member
from tenants.ui.formats import day, late, near, stamp, zone_name

TWO_WEEKS = dt.timedelta(days=15)  # this week and the last, wherever in the world it is today


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


@dataclass(frozen=True, kw_only=True)
class Letters:
    """The letters that dashboards speak of, newest first.

    `latest` are the latest sent ones of each engagement: only they ask, with blockers and asks
    loaded, as what a newer letter no longer holds is settled. `unread` wait for acknowledgement;
    `recent` are of this week and the last, drafts included.
    """

    latest: tuple[WeeklyUpdate, ...]
    unread: tuple[WeeklyUpdate, ...]
    recent: tuple[WeeklyUpdate, ...]

    def next_of(self, engagement: Engagement) -> NextUpdate | None:
        """The engagement's letter that is due next, None unless it runs."""
        return _due(engagement, [u for u in self.recent if u.engagement_id == engagement.pk])

    def waiting_for(self, member: Member, *, writes: Engagement | None) -> list[WaitingItem]:
        """What waits for `member`, the soonest first; `writes` is the engagement they report on."""
        items = [_item_of_row(row, member) for row in self._open_rows(member)]
        if member.can("update.acknowledge"):
            items += [_to_acknowledge(update, member) for update in self.unread]
        if writes is not None and member.can("update.write"):
            items += _to_write(self.next_of(writes), member)
        return sorted(items, key=lambda item: item.sort_key)

    def _open_rows(self, member: Member) -> Iterator[UpdateItem]:
        """Asks and blockers that `member` still has to close."""
        for update in self.latest:
            for row in (*update.asks.all(), *update.blockers.all()):
                if row.is_open and row.member_id == member.pk:
                    yield row


def letters() -> Letters:
    """All letters that a dashboard needs, with their authors; three queries."""
    newer = WeeklyUpdate.objects.sent().filter(
        engagement_id=OuterRef("engagement_id"), week_start__gt=OuterRef("week_start")
    )
    since = timezone.now().date() - TWO_WEEKS
    found = list(
        WeeklyUpdate.objects.select_related("author__user")
        .annotate(is_latest=~Q(status="draft") & ~Exists(newer))
        .filter(Q(is_latest=True) | Q(status="submitted") | Q(week_start__gte=since))
        .order_by("-week_start", "-id")
    )
    latest = tuple(update for update in found if update.is_latest)
    prefetch_related_objects(latest, "blockers", "asks")
    return Letters(
        latest=latest,
        unread=tuple(update for update in found if update.status == "submitted"),
        recent=tuple(update for update in found if update.week_start >= since),
    )


def latest_update() -> WeeklyUpdate | None:
    """The latest sent letter with its author, blockers and asks; three queries."""
    return next(iter(letters().latest), None)


def next_update(engagement: Engagement) -> NextUpdate | None:
    """The letter that is due next, None unless the engagement runs; one query.

    A week that was due before the engagement was entered here, or that ended before it began, is
    owed by nobody.
    """
    this_week = weeks.week_start_of(engagement.tenant, engagement.tenant.today)
    found = WeeklyUpdate.objects.with_people().filter(
        engagement=engagement, week_start__in=[this_week - weeks.WEEK, this_week]
    )
    return _due(engagement, found)


def is_owed(engagement: Engagement, week_start: dt.date, due_at: dt.datetime) -> bool:
    """Whether the engagement ran in that week and was known here when its letter was due."""
    last = week_start + dt.timedelta(days=6)
    return engagement.starts_on <= last and engagement.created_at <= due_at


def waiting_for(member: Member) -> list[WaitingItem]:
    """Letters to acknowledge, to write, and what letters ask of the member, the soonest first.

    At most four queries; the member comes with their company.
    """
    writes = None
    if member.can("update.write"):
        running = Engagement.objects.with_people().filter(status=Engagement.Status.ACTIVE)
        writes = running.filter(cto=member).current_first().first()
    return letters().waiting_for(member, writes=writes)


def _due(engagement: Engagement, updates: Iterable[WeeklyUpdate]) -> NextUpdate | None:
    """The letter of `engagement` that is due next, given its letters of this week and the last."""
    if engagement.status != Engagement.Status.ACTIVE:
        return None
    found = {update.week_start: update for update in updates}
    this_week = weeks.week_start_of(engagement.tenant, engagement.tenant.today)
    last_week = this_week - weeks.WEEK
    before = _next(engagement, last_week, found.get(last_week))
    if not before.sent and is_owed(engagement, last_week, before.due_at):
        return before
    return _next(engagement, this_week, found.get(this_week))


def _next(engagement: Engagement, week_start: dt.date, update: WeeklyUpdate | None) -> NextUpdate:
    due_at = update.due_at if update else weeks.default_due_at(engagement.tenant, week_start)
    return NextUpdate(week_start=week_start, due_at=due_at, update=update)


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


def _to_write(due: NextUpdate | None, member: Member) -> list[WaitingItem]:
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
