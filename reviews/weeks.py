"""Weeks as the client counts them, and when a week's letter is due."""

import datetime as dt

from engagements.services.engagements import FIRST_YEAR, LAST_YEAR
from tenants.calendars.working import WEEKDAYS
from tenants.models import Tenant
from tenants.weeks import first_day_of_week

DUE_WEEKDAY = 4  # Friday
DUE_TIME = dt.time(17, 0)
WEEK = dt.timedelta(days=7)


def week_start_of(tenant: Tenant, day: dt.date) -> dt.date:
    """The first day of the client's week that `day` lies in."""
    return first_day_of_week(day, tenant.week_start)


def is_counted(day: dt.date) -> bool:
    """Whether weeks are counted around this day at all: not at the ends of the calendar."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def is_week_start(tenant: Tenant, day: dt.date) -> bool:
    """Whether the client's weeks begin on this weekday."""
    return day == week_start_of(tenant, day)


def default_due_at(tenant: Tenant, week_start: dt.date) -> dt.datetime:
    """The company's deadline in that week on its own clock: Friday, 17:00 where it chose none.

    A wall-clock time that a change to summer time skips or repeats is taken at its first meaning.
    """
    chosen = tenant.update_due_weekday
    weekday = WEEKDAYS.index(chosen) if chosen else DUE_WEEKDAY
    day = week_start + dt.timedelta(days=(weekday - week_start.weekday()) % 7)
    return dt.datetime.combine(day, tenant.update_due_time or DUE_TIME, tzinfo=tenant.zone)


def week_number(week_start: dt.date) -> int:
    """The ISO week that most of the week's days belong to, whatever day it starts on."""
    return (week_start + dt.timedelta(days=3)).isocalendar().week


def place_name(time_zone: str) -> str:
    """The city a zone is named after: America/New_York → New York."""
    return time_zone.rpartition("/")[2].replace("_", " ")
