"""A company's working calendar, as its rows say."""

import datetime as dt
import zoneinfo
from typing import Protocol

from tenants.calendars.models import Holiday
from tenants.calendars.working import WEEKDAYS, WorkingCalendar


class Company(Protocol):
    """What is needed of a tenant."""

    working_days: list[str]
    working_hours_start: dt.time
    working_hours_end: dt.time

    @property
    def zone(self) -> zoneinfo.ZoneInfo: ...


def calendar_of(tenant: Company) -> WorkingCalendar:
    """The calendar of the current tenant with all its holidays; one query."""
    rows = Holiday.objects.filter(active=True).order_by("date", "source")
    return with_holidays(tenant, dict(rows.values_list("date", "name")))


def with_holidays(tenant: Company, holidays: dict[dt.date, str]) -> WorkingCalendar:
    """The calendar of a company whose holidays were read already."""
    return WorkingCalendar(
        zone=tenant.zone,
        weekdays=frozenset(WEEKDAYS.index(day) for day in tenant.working_days),
        holidays=holidays,
        opens=tenant.working_hours_start,
        closes=tenant.working_hours_end,
    )
