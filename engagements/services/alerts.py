"""Telling CTO and sponsor, once a month each, that a share of the hours is used."""

import datetime as dt

from engagements.figures import retainer_now
from engagements.models import Engagement, RetainerAlert
from engagements.retainer import Retainer, first_day, last_day
from engagements.telling import page_of, tell
from tenants import audit
from tenants.audit.actors import SystemActor
from tenants.ui.formats import hours, month


def check_alerts(engagement: Engagement, *, month: dt.date) -> list[RetainerAlert]:
    """Raise the alerts that the month of `month` has reached; run it under the engagement's lock.

    Each share of the month's hours is alerted once, whatever is deleted and logged again: the row
    stays. Who passes two shares at once is told of the higher one alone. A month without agreed
    hours has no shares. Answers the alerts raised now.
    """
    percents = engagement.alert_percents
    if not percents:
        return []
    found = retainer_now(engagement, today=min(last_day(month), dt.date.max))
    reached = [p for p in percents if _is_reached(found, p)]
    if not reached:
        return []
    first = first_day(month)
    known = set(
        RetainerAlert.objects.filter(engagement=engagement, month=first).values_list(
            "percent", flat=True
        )
    )
    raised = [
        RetainerAlert.objects.create(
            engagement=engagement,
            month=first,
            percent=percent,
            used_minutes=found.used_minutes,
            available_minutes=found.available_minutes,
        )
        for percent in reached
        if percent not in known
    ]
    if raised and raised[-1].percent == max(reached):
        _tell(engagement, found, raised[-1])
    return raised


def _is_reached(found: Retainer, percent: int) -> bool:
    """Exactly, without the rounding of the shown percentage."""
    return found.available_minutes > 0 and (
        found.used_minutes * 100 >= found.available_minutes * percent
    )


def _tell(engagement: Engagement, found: Retainer, alert: RetainerAlert) -> None:
    used, available = hours(found.used_minutes), hours(found.available_minutes)
    title = f"{alert.percent} % of {month(alert.month)}’s hours are used"
    body = f"{used} of {available} of {engagement.title}."
    if found.over_minutes:
        body += f" {hours(found.over_minutes)} are above what was agreed."
    audit.record(
        actor=SystemActor(),
        verb="retainer.alerted",
        target=engagement,
        changes={"month": alert.month, "percent": alert.percent, "used": alert.used_minutes},
    )
    tell(
        engagement,
        kind="retainer.alert",
        title=title,
        body=body,
        link=page_of(engagement),
        dedupe_key=f"retainer.alert:{engagement.pk}:{alert.month}:{alert.percent}",
        target=engagement,
    )
