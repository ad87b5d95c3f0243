"""Every change of engagements, terms, time and week locks.

Whatever depends on an engagement's dates, terms or locks holds the engagement's row while it
writes, so that two changes of one engagement never pass each other.
"""

from engagements.services.engagements import (
    engagement_create,
    engagement_transition,
    engagement_update,
)
from engagements.services.terms import terms_add
from engagements.services.time import time_delete, time_log, time_update
from engagements.services.weeks import week_lock, week_unlock

__all__ = [
    "engagement_create",
    "engagement_transition",
    "engagement_update",
    "terms_add",
    "time_delete",
    "time_log",
    "time_update",
    "week_lock",
    "week_unlock",
]
