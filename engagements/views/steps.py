"""What a step of the life cycle leads to, in this engagement's own figures."""

import datetime as dt
from typing import Any

from engagements.figures import retainer_now
from engagements.models import TRANSITIONS, Engagement, Pause, Terms, TermsProposal, Timer
from engagements.retainer import months
from engagements.services.notices import notice_ends_on
from tenants.calendars import calendar_of
from tenants.errors import Invalid


def status_asked(status: str, engagement: Engagement) -> str:
    """The status that a page was asked for; raises Invalid for one that does not exist."""
    if status not in TRANSITIONS:
        raise Invalid({"status": "Choose to start, pause, resume or end the engagement."})
    return status


def consequences(engagement: Engagement, status: str) -> dict[str, Any]:
    """The month as it is and as it becomes, and what is open."""
    today = engagement.tenant.today
    before = retainer_now(engagement, today=today)
    ends_on, days = notice_ends_on(engagement, given_on=today)
    return {
        "today": today,
        "before": before,
        "granted_after": _granted_after(engagement, status, today),
        "open_proposal": TermsProposal.objects.open().filter(engagement=engagement).exists(),
        "timers": Timer.objects.filter(engagement=engagement).count(),
        "notice_ends_on": ends_on,
        "notice_days": days,
    }


def _granted_after(engagement: Engagement, status: str, today: dt.date) -> int:
    """What this month grants once the step is taken, should nothing else happen in it."""
    pauses = list(Pause.objects.filter(engagement=engagement))
    ends_on = engagement.ends_on
    if status == Engagement.Status.PAUSED:
        pauses.append(Pause(starts_on=today, resumes_on=None))
    elif status == Engagement.Status.ENDED:
        ends_on = max(engagement.starts_on, min(ends_on or today, today))
    elif status == Engagement.Status.ACTIVE:
        for pause in pauses:
            if pause.resumes_on is None:
                pause.resumes_on = max(today, pause.starts_on)
    return months(
        starts_on=engagement.starts_on,
        ends_on=ends_on,
        terms=list(Terms.objects.filter(engagement=engagement).order_by("effective_on")),
        pauses=pauses,
        used={},
        upto=today,
        today=today,
        calendar=calendar_of(engagement.tenant),
    )[-1].granted_minutes
