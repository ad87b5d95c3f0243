"""What other floors show of weekly updates, each in a fixed number of queries."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from engagements.away import covered_now
from engagements.models import Engagement
from engagements.waiting import WaitingItem
from reviews import weeks
from reviews.models import WeeklyUpdate
from tenants.isolation import Prepared, current_tenant_id
from tenants.models import Member
from tenants.ui.addresses import address
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


@dataclass(frozen=True, slots=True)
class Line:
    """An open ask or blocker of a letter, and who is to act; nobody is named by empty words."""

    kind: str
    text: str
    due_on: dt.date | None
    member_id: UUID | None
    member_name: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as dashboards show it: `update` has the columns that they use, no more."""

    update: WeeklyUpdate
    author_name: str
    is_latest: bool
    lines: list[Line]

    @property
    def asks(self) -> list[Line]:
        return [line for line in self.lines if line.kind == "ask"]

    @property
    def blockers(self) -> list[Line]:
        return [line for line in self.lines if line.kind == "blocker"]


@dataclass(frozen=True)
class Letters:
    """The letters that dashboards speak of, newest first.

    Those are the latest sent one of each engagement, all that wait for acknowledgement, and this
    and last week's, drafts included. Only the latest ones ask and have lines: what a newer letter
    no longer holds is settled.
    """

    found: list[Letter]

    @property
    def latest(self) -> Letter | None:
        """The latest sent letter."""
        return next((letter for letter in self.found if letter.is_latest), None)

    def next_of(self, engagement: Engagement) -> NextUpdate | None:
        """The engagement's letter that is due next, None unless it runs."""
        updates = [letter.update for letter in self.found]
        return _due(engagement, [u for u in updates if u.engagement_id == engagement.pk])

    def of_week(self, engagement: Engagement, week_start: dt.date) -> NextUpdate | None:
        """The engagement's letter of that week, None where none is there and none is owed.

        Not before it begins or after it ends, and not while it stands still.
        """
        update = next(
            (
                letter.update
                for letter in self.found
                if letter.update.engagement_id == engagement.pk
                and letter.update.week_start == week_start
            ),
            None,
        )
        due = _next(engagement, week_start, update)
        ended = engagement.ends_on is not None and engagement.ends_on < week_start
        runs = engagement.status == Engagement.Status.ACTIVE and not ended
        owed = runs and is_owed(engagement, week_start, due.due_at)
        return due if update is not None or owed else None

    def waiting_for(
        self, member: Member, *, writes: Engagement | None, covers: Mapping[str, str] | None = None
    ) -> list[WaitingItem]:
        """What waits for `member`, the soonest first; `writes` is the engagement they report on.

        `covers` are people who are away, id to name: what letters ask of them waits for `member`.
        """
        names = {str(member.pk): ""} | dict(covers or {})
        items = [
            _item_of_line(line, letter, member, names[str(line.member_id)])
            for letter in self.found
            for line in letter.lines
            if str(line.member_id) in names
        ]
        if member.can("update.acknowledge"):
            unread = (le for le in self.found if le.update.status == "submitted")
            items += [_to_acknowledge(letter, member) for letter in unread]
        if writes is not None and member.can("update.write"):
            items += _to_write(self.next_of(writes), member)
        return sorted(items, key=lambda item: item.sort_key)


_FIELDS = [
    field
    for field in WeeklyUpdate._meta.concrete_fields
    if field.attname
    in {
        "id", "tenant_id", "engagement_id", "author_id", "week_start", "status", "due_at",
        "summary", "health", "progress", "risks", "hours", "submitted_at",
    }
]  # fmt: skip
_NAMES = [field.attname for field in _FIELDS]
_LETTERS = Prepared(
    f"""
select {", ".join(f"w.{field.column}" for field in _FIELDS)},
       coalesce(nullif(u.name, ''), u.email), s.is_latest
from reviews_weeklyupdate w
join tenants_member m on m.tenant_id = %(tenant)s and m.id = w.author_id
join tenants_user u on u.id = m.user_id
cross join lateral (
  select w.status <> 'draft' and not exists (
    select from reviews_weeklyupdate n
    where n.tenant_id = %(tenant)s and n.engagement_id = w.engagement_id
      and n.week_start > w.week_start and n.status <> 'draft') as is_latest) s
where w.tenant_id = %(tenant)s
  and (s.is_latest or w.status = 'submitted' or w.week_start >= %(since)s
       or w.week_start = %(also)s)
order by w.week_start desc, w.id desc
""",  # noqa: S608 - the model's own columns
    **{"tenant": "uuid", "since": "date", "also": "date"},
)
_LINES = Prepared(
    """
select i.update_id, i.kind, i.text, i.due_on, i.member_id, coalesce(nullif(u.name, ''), u.email, '')
from (select 'ask' as kind, update_id, text, due_on, member_id, position, id from reviews_ask
      where tenant_id = %(tenant)s and update_id = any(%(latest)s) and closed_at is null
      union all
      select 'blocker', update_id, text, due_on, member_id, position, id from reviews_blocker
      where tenant_id = %(tenant)s and update_id = any(%(latest)s) and closed_at is null) i
left join tenants_member m on m.tenant_id = %(tenant)s and m.id = i.member_id
left join tenants_user u on u.id = m.user_id
order by i.kind, i.position, i.id
""",
    tenant="uuid",
    latest="uuid[]",
)


def letters(*, also: dt.date | None = None) -> Letters:
    """All letters that a dashboard needs, with authors and open lines; two queries.

    `also` is the first day of another week whose letters are wanted.
    """
    since = timezone.now().date() - TWO_WEEKS
    facts: dict[str, Any] = {"tenant": current_tenant_id(), "since": since, "also": also}
    found = [_letter(row) for row in _LETTERS.rows(facts)]
    latest = {letter.update.pk: letter for letter in found if letter.is_latest}
    for update_id, *line in _LINES.rows(facts | {"latest": list(latest)}):
        latest[update_id].lines.append(Line(*line))
    return Letters(found)


def _letter(row: tuple[Any, ...]) -> Letter:
    *values, author_name, is_latest = row
    update = WeeklyUpdate.from_db("default", _NAMES, values)
    update.hours = json.loads(update.hours)
    return Letter(update, author_name, is_latest, [])


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
    return letters().waiting_for(member, writes=writes, covers=covered_now(member))


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


def _item_of_line(line: Line, letter: Letter, member: Member, for_name: str) -> WaitingItem:
    today, update = member.tenant.today, letter.update
    overdue = late(line.due_on, today) if line.due_on else ""
    when = overdue or (f"Due {day(line.due_on, today)}" if line.due_on else "No date")
    is_ask = line.kind == "ask"
    asked = f"asks {for_name or 'you'}" if is_ask else "is blocked"
    who = f"{letter.author_name} {asked}"
    return WaitingItem(
        kind=line.kind,
        icon="todo" if is_ask else "warn",
        title=line.text,
        detail=f"{who} in {update.week_name}. {when}.",
        action="Open the ask" if is_ask else "Open the blocker",
        href=_url("update_detail", member, update.week_start) + f"#{line.kind}s",
        due_on=line.due_on,
        is_late=bool(overdue),
        for_name=for_name,
    )


def _to_acknowledge(letter: Letter, member: Member) -> WaitingItem:
    update = letter.update
    return WaitingItem(
        kind="acknowledge",
        icon="update",
        title=f"Read the weekly update, {update.week_name}",
        detail=f"{letter.author_name} sent it. {near(update.submitted_at)}.",
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
    return address(name, slug=member.tenant.slug, week_start=week_start)
