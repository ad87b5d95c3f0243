"""What was agreed with a CTO, since when, and the time that was worked: one file a noun."""

from engagements.models.engagement import (
    FIRST_YEAR,
    LAST_YEAR,
    TRANSITIONS,
    Engagement,
    Pause,
)
from engagements.models.terms import Terms
from engagements.models.time import MINUTES_A_DAY, WEEK, TimeEntry, WeekLock

__all__ = [
    "FIRST_YEAR",
    "LAST_YEAR",
    "MINUTES_A_DAY",
    "TRANSITIONS",
    "WEEK",
    "Engagement",
    "Pause",
    "Terms",
    "TimeEntry",
    "WeekLock",
]
