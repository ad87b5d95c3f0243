"""Closing a month."""

import datetime as dt

from django.db import transaction
from django.urls import reverse

from engagements import policies
from engagements.models import Engagement, Statement
from engagements.retainer import first_day, next_month
from engagements.services.rows import engagement_for_change, member_of
from engagements.statements import content_of, month_is_over
from engagements.telling import tell
from engagements.working_days import nth_working_day
from tenants import audit
from tenants.audit import Actor
from tenants.audit.actors import SystemActor
from tenants.calendars import calendar_of
from tenants.errors import Invalid, WrongState
from tenants.ui.formats import hours
from tenants.ui.formats import month as month_name


@transaction.atomic
def month_close(*, engagement: Engagement, month: dt.date, actor: Actor) -> Statement:
    """Freeze the statement of a month that is over; a month that is closed stays as it is.

    Months close in their order, so that every correction has its place. Raises Denied; Invalid for
    a month before the engagement; WrongState while the month runs or an earlier one is open.
    """
    engagement = engagement_for_change(engagement.pk)
    policies.check_can_close_month(actor=actor, engagement=engagement)
    month = first_day(month)
    closed = list(Statement.objects.filter(engagement=engagement).order_by("month"))
    known = next((s for s in closed if s.month == month), None)
    if known is not None:
        return known
    following = next_open_month(engagement, closed)
    if month < following:
        raise Invalid({"month": f"Choose a month from {following:%Y-%m} on."})
    if not month_is_over(engagement, month):
        raise WrongState(f"{month_name(month)} is not over yet. It can be closed once it is.")
    if month != following:
        raise WrongState(f"{month_name(following)} is open. Close it first.")
    statement: Statement = Statement.objects.create(
        engagement=engagement,
        month=month,
        closed_by=member_of(actor),
        content=content_of(engagement, month, closed=closed),
    )
    _announce(statement, engagement, actor)
    return statement


def months_close_due(engagement: Engagement) -> list[Statement]:
    """Close every month whose closing day has come, oldest first; for the daily job.

    After an engagement's end a month is closed only where it has corrections to tell.
    """
    done: list[Statement] = []
    today, calendar = engagement.tenant.today, calendar_of(engagement.tenant)
    while True:
        closed = list(Statement.objects.filter(engagement=engagement).order_by("month"))
        month = next_open_month(engagement, closed)
        closes_on = nth_working_day(calendar, next_month(month), engagement.closes_on_working_day)
        if today < closes_on or not month_is_over(engagement, month):
            return done
        over = engagement.ends_on is not None and first_day(engagement.ends_on) < month
        if over and not content_of(engagement, month, closed=closed)["adjustments"]:
            return done
        done.append(month_close(engagement=engagement, month=month, actor=SystemActor()))


def next_open_month(engagement: Engagement, closed: list[Statement]) -> dt.date:
    """The first month that is not closed; `closed` oldest first."""
    return next_month(closed[-1].month) if closed else first_day(engagement.starts_on)


def _announce(statement: Statement, engagement: Engagement, actor: Actor) -> None:
    content = statement.content
    audit.record(
        actor=actor,
        verb="statement.closed",
        target=statement,
        changes={
            "engagement": engagement.pk,
            "month": content["month"],
            "used_minutes": content["used_minutes"],
            "total_amount": content["total_amount"],
            "adjustments": len(content["adjustments"]),
        },
    )
    slug = engagement.tenant.slug
    tell(
        engagement,
        kind="statement.closed",
        title=f"{month_name(statement.month)} is closed: {hours(content['used_minutes'])} used",
        body=f"The statement of {engagement.title} can be read and printed.",
        link=f"{reverse('statement_detail', args=[slug])}?engagement={engagement.pk}"
        f"&month={content['month']}",
        dedupe_key=f"statement.closed:{statement.pk}",
        actor=actor,
        target=statement,
    )
