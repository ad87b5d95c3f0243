"""Weeks as a company counts them."""

import datetime as dt

_FIRST_WEEKDAY = {"monday": 0, "saturday": 5, "sunday": 6}


def first_day_of_week(day: dt.date, week_start: str) -> dt.date:
    """The first day of the week that holds `day`; `week_start` is one of Tenant.WeekStart."""
    return day - dt.timedelta(days=(day.weekday() - _FIRST_WEEKDAY[week_start]) % 7)
