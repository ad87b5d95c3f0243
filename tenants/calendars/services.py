"""Every change of a company's holidays.

All of them hold the company's row, so that two never pass each other.
"""

import copy
import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from tenants import audit
from tenants.audit import Actor
from tenants.calendars import public
from tenants.calendars.models import Holiday
from tenants.calendars.policies import (
    check_can_change_holiday,
    check_can_manage_holidays,
    check_can_remove_holiday,
)
from tenants.errors import Invalid, NotFound, StaleVersion
from tenants.holding import put
from tenants.models import Tenant
from tenants.services import validate
from tenants.ui.formats import day_full

YEARS_AHEAD = 2
FIRST_YEAR, LAST_YEAR = 2000, 2100
FIELDS = ["date", "name", "active"]
Source = Holiday.Source


@transaction.atomic
def holidays_choose(*, tenant: Tenant, actor: Actor, country: str, subdivision: str = "") -> Tenant:
    """Keep the public holidays of a country, or of a part of it; an empty country keeps none.

    The list is filled from last year to two years ahead. Where another list was kept until now,
    days that have passed stay as they were; what was switched off stays off where both lists know
    the day; the company's own holidays stay. Harmless when repeated. Raises Denied, Invalid.
    """
    tenant = company_for_change(tenant)
    check_can_manage_holidays(actor=actor, tenant=tenant)
    _check_list(country, subdivision)
    before = copy.copy(tenant)
    tenant.holiday_country, tenant.holiday_subdivision = country, subdivision
    tenant.holidays_through_year = None
    changes = audit.changed(before, tenant, ["holiday_country", "holiday_subdivision"])
    if not changes:
        return before
    is_first = not Holiday.objects.filter(source=Source.LIST).exists()
    first = dt.date(tenant.today.year - 1, 1, 1) if is_first else tenant.today
    counts = _fill(tenant, since=first)
    tenant.save()
    audit.record(
        actor=actor, verb="tenant.holidays_chosen", target=tenant, changes=changes | counts
    )
    return tenant


@transaction.atomic
def holidays_fill(*, tenant: Tenant, actor: Actor) -> int:
    """Bring the list up to two years ahead, from today on; answers how many days came new.

    Days switched off stay off, past days stay as they were. Harmless when repeated.
    """
    tenant = company_for_change(tenant)
    if not tenant.holiday_country:
        return 0
    counts = _fill(tenant, since=tenant.today)
    tenant.save(update_fields=["holidays_through_year"])  # nothing that a reader's version counts
    if any(counts.values()):
        audit.record(actor=actor, verb="tenant.holidays_filled", target=tenant, changes=counts)
    return counts["added"]


@transaction.atomic
def holiday_add(*, tenant: Tenant, actor: Actor, date: dt.date, name: str) -> Holiday:
    """A day of the company's own on which it does not work.

    Raises Denied, Invalid for a date that is a holiday already or has an odd year.
    """
    tenant = company_for_change(tenant)
    check_can_manage_holidays(actor=actor, tenant=tenant)
    holiday = Holiday(date=date, name=name.strip(), source=Source.OWN)
    _check(holiday)
    holiday.save(force_insert=True)
    audit.record(
        actor=actor, verb="holiday.added", target=holiday, changes={"date": date, "name": name}
    )
    return holiday


@transaction.atomic
def holiday_update(
    *,
    holiday: Holiday,
    actor: Actor,
    changes: dict[str, Any],
    if_unmodified: dt.datetime | None = None,
) -> Holiday:
    """Change an own holiday, or switch one of the public list off and on (`active`).

    Raises Denied, Invalid, StaleVersion, and WrongState for the date or name of the list's.
    Nothing is written when nothing differs.
    """
    tenant = company_for_change(holiday.tenant)
    holiday = _holiday_for_change(holiday)
    if if_unmodified is not None and holiday.updated_at != if_unmodified:
        raise StaleVersion("This holiday changed since you read it. Read it again.")
    check_can_manage_holidays(actor=actor, tenant=tenant)
    before = copy.copy(holiday)
    put(holiday, changes, FIELDS)
    differences = audit.changed(before, holiday, FIELDS)
    if differences:
        check_can_change_holiday(holiday=before, fields=differences.keys())
        _check(holiday)
        holiday.save()
        audit.record(actor=actor, verb=_verb(differences), target=holiday, changes=differences)
    return holiday


@transaction.atomic
def holiday_remove(*, holiday: Holiday, actor: Actor) -> None:
    """Take an own holiday away; raises Denied, and WrongState for one of the public list."""
    tenant = company_for_change(holiday.tenant)
    holiday = _holiday_for_change(holiday)
    check_can_manage_holidays(actor=actor, tenant=tenant)
    check_can_remove_holiday(holiday=holiday)
    audit.record(
        actor=actor,
        verb="holiday.removed",
        target=holiday,
        changes={"date": holiday.date, "name": holiday.name},
    )
    holiday.delete()


def company_for_change(tenant: Tenant) -> Tenant:
    """The company's row, held until the end of the transaction; rows may still refer to it."""
    return Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)


def _holiday_for_change(holiday: Holiday) -> Holiday:
    found: Holiday | None = (
        Holiday.objects.select_for_update(of=("self",)).filter(pk=holiday.pk).first()
    )
    if found is None:
        raise NotFound("This holiday is no longer there.")
    return found


def _verb(differences: dict[str, Any]) -> str:
    if differences.keys() == {"active"}:
        return f"holiday.switched_{'on' if differences['active'][1] else 'off'}"
    return "holiday.updated"


def _check_list(country: str, subdivision: str) -> None:
    if country and country not in public.countries():
        raise Invalid({"holiday_country": f"There is no list for {country!r}. Use a code like US."})
    if subdivision and subdivision not in public.subdivisions(country):
        raise Invalid({"holiday_subdivision": f"There is no part {subdivision!r} of this country."})


def _check(holiday: Holiday) -> None:
    """Raise Invalid unless the fields are sound and the date is free."""
    validate(holiday)
    if not FIRST_YEAR <= holiday.date.year <= LAST_YEAR:
        raise Invalid({"date": f"Choose a date between {FIRST_YEAR} and {LAST_YEAR}."})
    others = Holiday.objects.filter(date=holiday.date).exclude(pk=holiday.pk)
    for other in others:
        if other.active or other.source == holiday.source:
            raise Invalid({"date": f"{day_full(other.date)} is a holiday already: {other.name}."})


def _fill(tenant: Tenant, *, since: dt.date) -> dict[str, int]:
    """Make the list's rows from `since` on what the list says; answers what came and went."""
    last_year = timezone.now().year + YEARS_AHEAD
    wanted: dict[dt.date, str] = {}
    if tenant.holiday_country:
        years = range(since.year, last_year + 1)
        found = public.days(tenant.holiday_country, tenant.holiday_subdivision, years)
        wanted = {day: name[:120] for day, name in found.items() if day >= since}
        tenant.holidays_through_year = last_year
    rows = Holiday.objects.filter(source=Source.LIST, date__gte=since)
    held = {row.date: row for row in rows}
    gone = [row.pk for day, row in held.items() if day not in wanted]
    Holiday.objects.filter(pk__in=gone).delete()
    place = {"country": tenant.holiday_country, "subdivision": tenant.holiday_subdivision}
    for day, row in held.items():
        told = {"name": wanted.get(day, row.name), **place}
        if day in wanted and any(getattr(row, key) != value for key, value in told.items()):
            Holiday.objects.filter(pk=row.pk).update(**told, updated_at=timezone.now())
    new = [
        Holiday(date=day, name=name, source=Source.LIST, **place)
        for day, name in sorted(wanted.items())
        if day not in held
    ]
    Holiday.objects.bulk_create(new)
    return {"added": len(new), "removed": len(gone)}
