"""What is done for a company's engagements once a day, after its midnight."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from engagements.models import DailyRun, Engagement, Notice, Reminder, Terms
from engagements.services.alerts import check_alerts
from engagements.services.engagements import engagement_transition
from engagements.services.proposals import proposals_expire
from engagements.services.rows import engagement_for_change
from engagements.services.statements import months_close_due
from engagements.services.time import removed_entries_purge
from engagements.telling import page_of, tell
from tenants.audit.actors import SystemActor
from tenants.models import Tenant
from tenants.ui.formats import day_full, near_day

ENDS_BEFORE = (30, 7, 1)
"""Days before the last day on which its people are reminded."""
KEEP_REMOVED = dt.timedelta(days=30)
A_LITTLE_LATER = dt.timedelta(minutes=5)
Status = Engagement.Status


@transaction.atomic
def daily_run(tenant: Tenant) -> None:
    """Look after every engagement of the current company; safe when repeated.

    Ends those whose last day has passed, expires proposals, reminds of ends and renewals, closes
    months that are due, raises alerts and forgets entries deleted a month ago. The next run is
    after the company's next midnight.
    """
    today = tenant.today
    proposals_expire(today=today)
    for engagement in Engagement.objects.with_people().exclude(status=Status.ENDED):
        _look_after(engagement_for_change(engagement.pk), today)
    for engagement in Engagement.objects.with_people().exclude(status=Status.PROPOSED):
        months_close_due(engagement)
    removed_entries_purge(before=timezone.now() - KEEP_REMOVED)
    midnight = dt.datetime.combine(today + dt.timedelta(days=1), dt.time(), tzinfo=tenant.zone)
    DailyRun.objects.update(due_at=midnight + A_LITTLE_LATER)


def _look_after(engagement: Engagement, today: dt.date) -> None:
    if engagement.ends_on is not None and engagement.ends_on < today:
        engagement_transition(
            engagement=engagement,
            actor=SystemActor(),
            status=Status.ENDED,
            reason="Its last day has passed.",
        )
        return
    if engagement.status == Status.PROPOSED:
        return
    _remind(engagement, today)
    check_alerts(engagement, month=today)


def _remind(engagement: Engagement, today: dt.date) -> None:
    """Say that the end comes near, and before that, that renewal is to be decided."""
    if engagement.ends_on is None:
        return
    left = (engagement.ends_on - today).days
    due = [days for days in ENDS_BEFORE if left <= days]
    if due and _is_new(engagement, Reminder.Kind.ENDS, min(due)):
        when = near_day(engagement.ends_on, today)
        _tell(engagement, f"{engagement.title} ends: {when}", "Its hours and its handover end too.")
    renew_by = renewal_decision_on(engagement)
    if renew_by is None or Notice.objects.filter(engagement=engagement, withdrawn_at=None).exists():
        return
    asked_on = renew_by - dt.timedelta(days=engagement.renewal_lead_days)
    if asked_on <= today < engagement.ends_on and _is_new(
        engagement, Reminder.Kind.RENEWAL, engagement.renewal_lead_days
    ):
        _tell(
            engagement,
            f"Decide on the renewal of {engagement.title} by {day_full(renew_by)}",
            f"It ends on {day_full(engagement.ends_on)}. Move the end, or let it end.",
        )


def renewal_decision_on(engagement: Engagement) -> dt.date | None:
    """The day by which renewal should be decided: the end minus the notice of the terms then."""
    if engagement.ends_on is None:
        return None
    terms = Terms.objects.filter(engagement=engagement).in_force_on(engagement.ends_on).first()
    return engagement.ends_on - dt.timedelta(days=terms.notice_days if terms is not None else 0)


def _is_new(engagement: Engagement, kind: str, days: int) -> bool:
    """Note the reminder; False when it was sent before for this very end."""
    _, is_new = Reminder.objects.get_or_create(
        engagement=engagement, kind=kind, about_on=engagement.ends_on, days_before=days
    )
    return bool(is_new)


def _tell(engagement: Engagement, title: str, body: str) -> None:
    tell(
        engagement,
        kind="engagement.reminder",
        title=title,
        body=body,
        link=page_of(engagement),
        target=engagement,
    )
