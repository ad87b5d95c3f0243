"""Logging time."""

import copy
import datetime as dt
from typing import Any
from uuid import UUID

from django.db import transaction

from engagements import policies
from engagements.models import MINUTES_A_DAY, Engagement, Initiative, Pause, TimeEntry
from engagements.services.rows import check_unmodified, engagement_for_change
from tenants import audit
from tenants.audit import Actor
from tenants.errors import Invalid, NotFound
from tenants.models import Member
from tenants.services import validate
from tenants.ui.formats import day_full, hours

FIELDS = ["date", "minutes", "category", "initiative", "linked_initiative", "note"]


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
) -> TimeEntry:
    """Log minutes on a date of the client's calendar, for the actor (or a service key's CTO).

    `initiative` is the id of one, or the name of what is not on the roadmap. Raises Denied;
    WrongState in a locked week or before the engagement is active; Invalid for dates in the
    future, outside the engagement or in a pause, above 24 hours a day, and an unknown id.
    """
    engagement = engagement_for_change(engagement.pk)
    person = _locked_member(member.pk if member else actor.actor_id or engagement.cto_id)
    policies.check_can_log_time(actor=actor, engagement=engagement, member=person)
    entry = TimeEntry(
        engagement=engagement,
        member=person,
        date=date,
        minutes=minutes,
        category=category,
        note=note.strip(),
        **_served(initiative),
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
    served = _served(changes["initiative"]) if "initiative" in changes else {}
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
    return entry


@transaction.atomic
def time_delete(*, entry: TimeEntry, actor: Actor) -> None:
    """Take an entry of one's own away; raises Denied, NotFound, WrongState in a locked week."""
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
    entry.delete()


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


def _entry_for_change(entry: TimeEntry) -> TimeEntry:
    found: TimeEntry | None = (
        TimeEntry.objects.with_people().select_for_update(of=("self",)).filter(pk=entry.pk).first()
    )
    if found is None:
        raise NotFound("This entry is no longer there.")
    return found


def _served(initiative: str | None) -> dict[str, Any]:
    """The two fields for what was given: the initiative with this id, or this name, or neither.

    Raises Invalid for an id that no initiative of the company has.
    """
    text = (initiative or "").strip()
    try:
        pk = UUID(text)
    except ValueError:
        return {"initiative": text or None, "linked_initiative": None}
    linked = Initiative.objects.filter(pk=pk).first()
    if linked is None:
        raise Invalid({"initiative": "There is no such initiative. Give its id, or a name."})
    return {"initiative": None, "linked_initiative": linked}


def _check(entry: TimeEntry) -> None:
    """Raise Invalid unless the fields are sound and the person's day still has room."""
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
