"""Absences and who covers them."""

import copy
import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from engagements import notices_working as notices
from engagements import policies_charter as policies
from engagements.boundaries import boundaries_of
from engagements.models import Engagement, OffPeriod
from engagements.models.engagement import LAST_YEAR
from engagements.services.rows import check_unmodified, hold_company
from tenants import audit
from tenants.audit import Actor
from tenants.errors import Invalid, NotFound
from tenants.holding import put
from tenants.models import Member, Tenant
from tenants.services import validate
from tenants.ui.formats import day_full, day_range

FIELDS = ["starts_on", "ends_on", "deputy", "note"]
LONGEST_ABSENCE_DAYS = 366
ONE_DAY = dt.timedelta(days=1)


@transaction.atomic
def coverage_plan(
    *,
    actor: Actor,
    member: Member,
    starts_on: dt.date,
    ends_on: dt.date,
    deputy: Member | None = None,
    note: str = "",
) -> OffPeriod:
    """Somebody is away on these days, both included, and `deputy` covers.

    Raises Denied; Invalid for days in the past, an end before the start, days on which they are
    away already, a deputy who is no active member, is away as well in a circle, or is missing
    where the charter in force asks for one.
    """
    company = hold_company()
    member = _member(member)
    policies.check_can_plan_absence(actor=actor, member=member)
    if member.status != Member.Status.ACTIVE:
        raise Invalid({"member": f"{member.name} is no active member."})
    period = OffPeriod(
        member=member, starts_on=starts_on, ends_on=ends_on, deputy=deputy, note=note.strip()
    )
    if starts_on < company.today:
        raise Invalid({"starts_on": _past(company, "The first day off")})
    _check(period, company, check_deputy=True)
    period.save(force_insert=True)
    audit.record(
        actor=actor,
        verb="coverage.planned",
        target=period,
        changes={
            "member": member.name,
            "starts_on": starts_on,
            "ends_on": ends_on,
            "deputy": deputy.name if deputy else None,
        },
    )
    notices.tell_planned(period, actor)
    return period


@transaction.atomic
def coverage_update(
    *,
    period: OffPeriod,
    actor: Actor,
    changes: Mapping[str, Any],
    if_unmodified: dt.datetime | None = None,
) -> OffPeriod:
    """Change days, deputy or note, while it is to come or runs.

    Once it runs its first day stays; it can end yesterday at the earliest: whoever is back today
    gives yesterday as the last day. Raises as `coverage_plan` does, StaleVersion, and WrongState
    when it is over or cancelled. Nothing is written when nothing differs.
    """
    company = hold_company()
    period = _for_change(period)
    check_unmodified(period, if_unmodified)
    policies.check_can_change_absence(actor=actor, period=period)
    before = copy.copy(period)
    put(period, changes, FIELDS)
    differences = audit.changed(before, period, FIELDS)
    if not differences:
        return period
    _check_moved(before, period, company)
    _check(period, company, check_deputy="deputy" in differences)
    period.save()
    if "deputy" in differences:
        names = [str(row.deputy) if row.deputy else None for row in (before, period)]
        differences["deputy"] = names
    audit.record(actor=actor, verb="coverage.changed", target=period, changes=differences)
    notices.tell_planned(period, actor, changed=True)
    return period


@transaction.atomic
def coverage_cancel(*, period: OffPeriod, actor: Actor) -> OffPeriod:
    """They stay, or are back as of now; what was routed until now stays true.

    Harmless when repeated. Raises Denied, WrongState when it is over.
    """
    hold_company()
    period = _for_change(period)
    if period.cancelled_at is not None:
        policies.check_can_plan_absence(actor=actor, member=period.member)
        return period
    policies.check_can_change_absence(actor=actor, period=period)
    period.cancelled_at = timezone.now()
    period.save(update_fields=["cancelled_at", "updated_at"])
    audit.record(
        actor=actor,
        verb="coverage.cancelled",
        target=period,
        changes={"member": period.member.name},
    )
    notices.tell_cancelled(period, actor)
    return period


def _member(member: Member) -> Member:
    found: Member | None = (
        Member.objects.select_related("user", "tenant").filter(pk=member.pk).first()
    )
    if found is None:
        raise NotFound()
    return found


def _for_change(period: OffPeriod) -> OffPeriod:
    found: OffPeriod | None = (
        OffPeriod.objects.with_people().select_for_update(of=("self",)).filter(pk=period.pk).first()
    )
    if found is None:
        raise NotFound()
    return found


def _past(company: Tenant, what: str) -> str:
    return f"{what} has passed: it is {day_full(company.today)} at {company.name}."


def _check_moved(before: OffPeriod, after: OffPeriod, company: Tenant) -> None:
    """Raise Invalid when days that have come would change."""
    today = company.today
    if after.starts_on != before.starts_on:
        if before.starts_on <= today:
            raise Invalid({"starts_on": "It has begun: its first day stays. Change the last one."})
        if after.starts_on < today:
            raise Invalid({"starts_on": _past(company, "The first day off")})
    if after.ends_on != before.ends_on and after.ends_on < today - ONE_DAY:
        raise Invalid(
            {"ends_on": f"Who is back today gives {day_full(today - ONE_DAY)} as the last day."}
        )


def _check(period: OffPeriod, company: Tenant, *, check_deputy: bool) -> None:
    """Raise Invalid with the fields that break a rule; the company is held."""
    errors = {}
    if period.ends_on < period.starts_on:
        errors["ends_on"] = "The last day is before the first. Choose a later one."
    elif period.days > LONGEST_ABSENCE_DAYS or period.ends_on.year > LAST_YEAR:
        errors["ends_on"] = f"Keep it to {LONGEST_ABSENCE_DAYS} days."
    if errors:
        raise Invalid(errors)
    validate(period)
    near = list(
        OffPeriod.objects.with_people()
        .overlapping(period.starts_on, period.ends_on)
        .exclude(pk=period.pk)
    )
    own = next((p for p in near if p.member_id == period.member_id), None)
    if own is not None:
        days = day_range(own.starts_on, own.ends_on)
        errors["starts_on"] = f"{period.member.name} is away on {days} already. Change that one."
    if check_deputy and period.deputy is not None:
        errors |= _deputy_errors(period)
    if not errors and period.deputy is not None and _comes_back(period, near):
        errors["deputy"] = (
            f"{period.deputy.name} is away then, and the cover leads back to "
            f"{period.member.name}. Choose somebody else."
        )
    if period.deputy is None and (problem := _needs_deputy(period)):
        errors["deputy"] = problem
    if errors:
        raise Invalid(errors)


def _deputy_errors(period: OffPeriod) -> dict[str, str]:
    deputy = period.deputy
    assert deputy is not None  # noqa: S101  for the type checker
    if deputy.pk == period.member_id:
        return {"deputy": f"{deputy.name} is away: somebody else covers."}
    if deputy.status == Member.Status.INVITED:
        return {"deputy": f"{deputy.name} has not joined yet. Choose somebody who has."}
    if deputy.status == Member.Status.LEFT:
        return {"deputy": f"{deputy.name} is no active member. Choose somebody else."}
    return {}


def _comes_back(period: OffPeriod, near: Iterable[OffPeriod]) -> bool:
    """Whether on any of its days the deputies lead round in a circle."""
    others = list(near)
    days = {period.starts_on} | {
        max(other.starts_on, period.starts_on) for other in others
    }  # only there does who is away change for the worse
    for day in days:
        deputies = {o.member_id: o.deputy_id for o in others if o.starts_on <= day <= o.ends_on}
        deputies[period.member_id] = period.deputy_id
        seen: set[UUID] = set()
        person: UUID | None = period.member_id
        while person in deputies and person is not None:
            if person in seen:
                return True
            seen.add(person)
            person = deputies[person]
    return False


def _needs_deputy(period: OffPeriod) -> str:
    """What the charters in force on the first day say to an absence that nobody covers."""
    engagements = Engagement.objects.select_related("tenant").filter(cto_id=period.member_id)
    for engagement in engagements.exclude(status=Engagement.Status.ENDED):
        boundaries = boundaries_of(engagement, on=period.starts_on)
        if boundaries.needs_deputy(period.days):
            return (
                f"{period.days} {'day' if period.days == 1 else 'days'} away needs a deputy: "
                f"{boundaries.source} asks for one from {boundaries.deputy_from_days} on. "
                "Choose who covers."
            )
    return ""
