"""Logging time."""

import copy
import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from engagements import policies
from engagements.models import MINUTES_A_DAY, WEEK, Engagement, Pause, TimeEntry
from engagements.services.alerts import check_alerts
from engagements.services.initiatives import initiative_or_name
from engagements.services.rows import check_unmodified, engagement_for_change, member_of
from tenants import audit
from tenants.audit import Actor
from tenants.errors import Invalid, NotFound, WrongState
from tenants.models import Member
from tenants.services import validate
from tenants.ui.formats import day_full, hours

FIELDS = ["date", "minutes", "category", "initiative", "linked_initiative", "note"]
ONE_DAY = dt.timedelta(days=1)


@transaction.atomic
def time_log(
    *,
    engagement: Engagement,
    actor: Actor,
    date: dt.date,
    minutes: int,
    category: str,
    initiative: str | None = None,
    note: str = "",
    member: Member | None = None,
    entry_id: UUID | None = None,
) -> TimeEntry:
    """Log minutes on a date of the client's calendar, for the actor (or a service key's CTO).

    `initiative` is the id of one, or the name of what is not on the roadmap. A form that is sent
    twice names its entry's id: the second time nothing is written and the entry is answered.
    Raises Denied; WrongState in a locked week or before the engagement is active; Invalid for
    dates in the future, outside the engagement or in a pause, above 24 hours a day, and an
    unknown id.
    """
    engagement = engagement_for_change(engagement.pk)
    person = _locked_member(member.pk if member else actor.actor_id or engagement.cto_id)
    policies.check_can_log_time(actor=actor, engagement=engagement, member=person)
    if entry_id is not None and (known := _logged_before(entry_id, person)):
        return known
    entry = TimeEntry(
        **({"id": entry_id} if entry_id else {}),
        engagement=engagement,
        member=person,
        date=date,
        minutes=minutes,
        category=category,
        note=note.strip(),
        **initiative_or_name(initiative),
    )
    _check_date(entry, engagement)
    _check(entry)
    policies.check_week_open(engagement=engagement, day=date)
    entry.save(force_insert=True)
    audit.record(
        actor=actor,
        verb="time.logged",
        target=entry,
        changes={"engagement": engagement.pk, **{field: getattr(entry, field) for field in FIELDS}},
    )
    check_alerts(engagement, month=date)
    return entry


@transaction.atomic
def time_update(
    *,
    entry: TimeEntry,
    actor: Actor,
    changes: dict[str, Any],
    if_unmodified: dt.datetime | None = None,
) -> TimeEntry:
    """Change an entry of one's own; both its old and its new week must be open.

    Raises as `time_log` does, and StaleVersion. Nothing is written when nothing differs.
    """
    engagement = engagement_for_change(entry.engagement_id)
    _locked_member(entry.member_id)
    entry = _entry_for_change(entry)
    check_unmodified(entry, if_unmodified)
    policies.check_can_change_entry(actor=actor, entry=entry)
    before = copy.copy(entry)
    policies.check_week_open(engagement=engagement, day=before.date)
    served = initiative_or_name(changes["initiative"]) if "initiative" in changes else {}
    for field, value in (changes | served).items():
        if field in FIELDS:
            setattr(entry, field, value)
    entry.note = entry.note.strip()
    differences = audit.changed(before, entry, FIELDS)
    if not differences:
        return entry
    _check(entry)
    if entry.date != before.date:
        _check_date(entry, engagement)
        policies.check_week_open(engagement=engagement, day=entry.date)
    entry.save()
    audit.record(actor=actor, verb="time.changed", target=entry, changes=differences)
    check_alerts(engagement, month=entry.date)
    return entry


@transaction.atomic
def time_delete(*, entry: TimeEntry, actor: Actor) -> None:
    """Take an entry of one's own away; it can be restored for a month (`time_restore`).

    Raises Denied, NotFound, WrongState in a locked week.
    """
    engagement = engagement_for_change(entry.engagement_id)
    entry = _entry_for_change(entry)
    policies.check_can_change_entry(actor=actor, entry=entry)
    policies.check_week_open(engagement=engagement, day=entry.date)
    audit.record(
        actor=actor,
        verb="time.deleted",
        target=entry,
        changes={"engagement": engagement.pk, **{field: getattr(entry, field) for field in FIELDS}},
    )
    entry.removed_at, entry.removed_by = timezone.now(), member_of(actor)
    entry.save(update_fields=["removed_at", "removed_by", "updated_at"])


@transaction.atomic
def time_restore(*, entry: TimeEntry, actor: Actor) -> TimeEntry:
    """Undo the deletion of an entry of one's own; one that counts already stays as it is.

    Raises as `time_log` does: its week must be open, its day have room; NotFound when it was
    deleted more than a month ago.
    """
    engagement = engagement_for_change(entry.engagement_id)
    _locked_member(entry.member_id)
    entry = _entry_for_change(entry, rows=TimeEntry.with_removed)
    policies.check_can_change_entry(actor=actor, entry=entry)
    if entry.removed_at is None:
        return entry
    policies.check_week_open(engagement=engagement, day=entry.date)
    _check_date(entry, engagement)
    _check(entry)
    entry.removed_at = entry.removed_by = None
    entry.save(update_fields=["removed_at", "removed_by", "updated_at"])
    audit.record(
        actor=actor,
        verb="time.restored",
        target=entry,
        changes={"engagement": engagement.pk, **{field: getattr(entry, field) for field in FIELDS}},
    )
    check_alerts(engagement, month=entry.date)
    return entry


@dataclass(frozen=True)
class Copied:
    """What became of a week's entries: copied, there already, and refused with the reason."""

    entries: list[TimeEntry]
    there_already: int
    refused: list[tuple[TimeEntry, str]]


@transaction.atomic
def time_copy_week(*, engagement: Engagement, actor: Member, week_start: dt.date) -> Copied:
    """Log the actor's entries of the week before once more, seven days later.

    What is there already (same day, minutes, category, initiative and note) is not copied again,
    so a repeat is harmless. Days to come, paused or outside the engagement are left out, and
    answered with the reason. Raises Denied, and WrongState when the week is locked.
    """
    engagement = engagement_for_change(engagement.pk)
    policies.check_can_log_time(actor=actor, engagement=engagement, member=actor)
    policies.check_week_open(engagement=engagement, day=week_start)
    mine = TimeEntry.objects.filter(engagement=engagement, member=actor).order_by("date", "id")
    there = Counter(map(_looks, mine.between(week_start, week_start + WEEK - ONE_DAY)))
    copied, refused, known = [], [], 0
    for entry in mine.between(week_start - WEEK, week_start - ONE_DAY):
        day = entry.date + WEEK
        if there[(day, *_looks(entry)[1:])] > 0:
            there[(day, *_looks(entry)[1:])] -= 1
            known += 1
            continue
        served = str(entry.linked_initiative_id or entry.initiative or "")
        facts = {field: getattr(entry, field) for field in ("minutes", "category", "note")}
        facts["initiative"] = served
        try:
            with transaction.atomic():
                copied.append(time_log(engagement=engagement, actor=actor, date=day, **facts))
        except Invalid as error:
            refused.append((entry, error.message))
    return Copied(copied, known, refused)


def removed_entries_purge(*, before: dt.datetime) -> int:
    """Delete for good what was deleted before this instant; answers how many. For the daily job."""
    return int(TimeEntry.with_removed.filter(removed_at__lt=before).delete()[0])


def _looks(entry: TimeEntry) -> tuple[Any, ...]:
    """What makes two entries the same, the date first."""
    served = entry.linked_initiative_id or entry.initiative
    return entry.date, entry.minutes, entry.category, served, entry.note


def _logged_before(entry_id: UUID, person: Member) -> TimeEntry | None:
    """The entry that this very form made already; raises WrongState when it was deleted since."""
    found: TimeEntry | None = TimeEntry.with_removed.filter(pk=entry_id).first()
    if found is None:
        return None
    if found.member_id != person.pk or found.removed_at is not None:
        raise WrongState("This entry was logged and deleted. Log it anew.")
    return found


def _locked_member(pk: Any) -> Member:
    """The person whose day is counted, held so that two of their entries cannot pass 24 hours."""
    found: Member | None = (
        Member.objects.select_related("user")
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotFound()
    return found


def _entry_for_change(entry: TimeEntry, rows: Any = None) -> TimeEntry:
    rows = TimeEntry.objects if rows is None else rows
    found: TimeEntry | None = (
        rows.with_people().select_for_update(of=("self",)).filter(pk=entry.pk).first()
    )
    if found is None:
        raise NotFound("This entry is no longer there.")
    return found


def _check(entry: TimeEntry) -> None:
    """Raise Invalid unless the fields are sound and the person's day still has room."""
    if isinstance(entry.minutes, int) and not 1 <= entry.minutes <= MINUTES_A_DAY:
        raise Invalid({"minutes": "A day has 24 hours. Give between 1 minute and 24 hours."})
    validate(entry)
    others = TimeEntry.objects.filter(member_id=entry.member_id, date=entry.date)
    taken = others.exclude(pk=entry.pk).minutes()
    if taken + entry.minutes > MINUTES_A_DAY:
        left = hours(MINUTES_A_DAY - taken)
        raise Invalid({"minutes": f"A day has 24 hours, of which {left} are left on this one."})


def _check_date(entry: TimeEntry, engagement: Engagement) -> None:
    """Raise Invalid unless the engagement ran on this day, and the day has come."""
    tenant = engagement.tenant
    problem = ""
    if entry.date > tenant.today:
        problem = f"It is {day_full(tenant.today)} at {tenant.name}. Log time once it is worked."
    elif not engagement.covers(entry.date):
        problem = f"The engagement runs {_span(engagement)}. Choose a date in it."
    elif Pause.objects.filter(engagement=engagement).covering(entry.date).exists():
        problem = "The engagement was paused on this day. Choose another date."
    if problem:
        raise Invalid({"date": problem})


def _span(engagement: Engagement) -> str:
    start = f"from {day_full(engagement.starts_on)}"
    return f"{start} to {day_full(engagement.ends_on)}" if engagement.ends_on else start
