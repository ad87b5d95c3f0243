"""Until when an answer is due: working hours in the company's calendar."""

import datetime as dt

from django.utils import timezone

WEEKEND = (5, 6)
DAY = dt.timedelta(days=1)


def due_after(start: dt.datetime, hours: int, zone: dt.tzinfo) -> dt.datetime:
    """`hours` after `start`, in which days off do not count: 24 hours are one working day.

    A clock that starts on a day off begins with the next working day.
    """
    left = dt.timedelta(hours=hours)
    at = start.astimezone(zone)
    while left > dt.timedelta(0):
        midnight = dt.datetime.combine(at.date() + DAY, dt.time(), tzinfo=zone)
        if at.weekday() in WEEKEND:
            at = midnight
            continue
        rest = midnight.astimezone(dt.UTC) - at.astimezone(dt.UTC)
        if left <= rest:
            return (at.astimezone(dt.UTC) + left).astimezone(dt.UTC)
        left -= rest
        at = midnight
    return at.astimezone(dt.UTC)


def business_days_after(start: dt.datetime, days: int, zone: dt.tzinfo) -> dt.datetime:
    """The same time of day `days` working days later."""
    return due_after(start, days * 24, zone)


def now() -> dt.datetime:
    return timezone.now()
