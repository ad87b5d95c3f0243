"""What other floors show of an engagement, each in a fixed number of queries."""

import datetime as dt

from engagements.models import Engagement, TimeEntry, WeekLock
from engagements.retainer import Retainer, retainer


def engagements() -> list[Engagement]:
    """All engagements: running, paused, proposed, ended, the newest first in each; one query.

    CTO, sponsor and company are loaded with them.
    """
    return list(Engagement.objects.with_people().current_first())


def current_engagement() -> Engagement | None:
    """The company's engagement: the running one, else the paused, proposed, last ended; one query.

    CTO, sponsor and company are loaded with it.
    """
    return Engagement.objects.with_people().current_first().first()


def retainer_now(engagement: Engagement, *, today: dt.date | None = None) -> Retainer:
    """The retainer of the month that it is at the client's; three queries."""
    day = today or engagement.tenant.today
    return retainer(engagement, day, today=day)


def week_minutes(engagement: Engagement, week_start: dt.date) -> dict[str, int]:
    """Minutes of the seven days from `week_start`, under every category, 0 where there are none."""
    last = week_start + dt.timedelta(days=6)
    found = TimeEntry.objects.filter(engagement=engagement).between(week_start, last)
    by_category = found.minutes_by_category()
    return {category: by_category.get(category, 0) for category in TimeEntry.Category.values}


def week_lock_in_force(engagement: Engagement, week_start: dt.date) -> WeekLock | None:
    """The lock that holds the time of this week, with who set it; one query."""
    return (
        WeekLock.objects.in_force()
        .select_related("locked_by__user")
        .filter(engagement=engagement)
        .covering(week_start)
        .first()
    )
