"""Ending an engagement with notice."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from engagements import policies
from engagements.models import Engagement, Notice, Terms, TimeEntry
from engagements.services.rows import engagement_for_change, member_of
from engagements.telling import page_of, tell
from tenants import audit
from tenants.audit import Actor
from tenants.errors import Invalid, NotFound, WrongState
from tenants.ui.formats import day_full

REASON_MOST = 500


def notice_ends_on(engagement: Engagement, *, given_on: dt.date) -> tuple[dt.date, int]:
    """(last day, days of notice) when notice is given on this date: the date and the notice of the
    terms in force on it; without terms the date itself."""
    terms = Terms.objects.filter(engagement=engagement).in_force_on(given_on).first()
    days = terms.notice_days if terms is not None else 0
    return given_on + dt.timedelta(days=days), days


@transaction.atomic
def notice_give(*, engagement: Engagement, actor: Actor, reason: str, side: str = "") -> Notice:
    """End the engagement after the notice of its terms, counted from today at the client's.

    The engagement runs on until then; its last day ends it. Raises Denied; Invalid without a
    reason; WrongState when notice was given already or it ends no later anyway.
    """
    engagement = engagement_for_change(engagement.pk)
    policies.check_can_give_notice(actor=actor, engagement=engagement)
    reason = reason.strip()
    if not 3 <= len(reason) <= REASON_MOST:
        raise Invalid({"reason": f"Say why, in 3 to {REASON_MOST} characters: it stays on record."})
    spoken = policies.side_spoken_for(actor=actor, engagement=engagement, side=side)
    today = engagement.tenant.today
    ends_on, days = notice_ends_on(engagement, given_on=today)
    ends_on = max(ends_on, engagement.starts_on)
    _check_ends_sooner(engagement, ends_on)
    notice: Notice = Notice.objects.create(
        engagement=engagement,
        side=spoken,
        given_on=today,
        given_by=member_of(actor),
        notice_days=days,
        ends_on=ends_on,
        previous_ends_on=engagement.ends_on,
        reason=reason,
    )
    _move_end(engagement, ends_on)
    audit.record(
        actor=actor,
        verb="engagement.notice_given",
        target=engagement,
        changes={
            "ends_on": [notice.previous_ends_on, ends_on],
            "notice_days": days,
            "reason": reason,
        },
    )
    title = f"{notice.get_side_display()} gave notice: {engagement.title} ends on"
    _tell(engagement, actor, f"{title} {day_full(ends_on)}", reason, f"given:{notice.pk}")
    return notice


@transaction.atomic
def notice_withdraw(*, notice: Notice, actor: Actor) -> Notice:
    """Take a notice back before the end: the end that was agreed before holds again.

    Raises Denied, NotFound, and WrongState when it is withdrawn or the engagement has ended.
    """
    found = Notice.objects.filter(pk=notice.pk).values_list("engagement_id", flat=True).first()
    if found is None:
        raise NotFound()
    engagement = engagement_for_change(found)
    notice = Notice.objects.select_for_update(of=("self",)).get(pk=notice.pk)
    notice.engagement = engagement
    policies.check_can_withdraw_notice(actor=actor, notice=notice)
    notice.withdrawn_at, notice.withdrawn_by = timezone.now(), member_of(actor)
    notice.save()
    if engagement.ends_on == notice.ends_on:
        _move_end(engagement, notice.previous_ends_on)
    audit.record(
        actor=actor,
        verb="engagement.notice_withdrawn",
        target=engagement,
        changes={"ends_on": [notice.ends_on, engagement.ends_on]},
    )
    _tell(engagement, actor, f"Notice withdrawn: {engagement.title}", "", f"back:{notice.pk}")
    return notice


def notice_in_force(engagement: Engagement) -> Notice | None:
    """The notice that stands, with who gave it; one query."""
    found: Notice | None = (
        Notice.objects.select_related("given_by__user")
        .filter(engagement=engagement, withdrawn_at=None)
        .first()
    )
    return found


def _check_ends_sooner(engagement: Engagement, ends_on: dt.date) -> None:
    standing = notice_in_force(engagement)
    if standing is not None:
        raise WrongState(
            f"{standing.given_by.name} gave notice on {day_full(standing.given_on)}: the last day "
            f"is {day_full(standing.ends_on)}."
        )
    if engagement.ends_on is not None and engagement.ends_on <= ends_on:
        raise WrongState(
            f"It ends on {day_full(engagement.ends_on)} anyway; with notice it would end on "
            f"{day_full(ends_on)}."
        )


def _move_end(engagement: Engagement, ends_on: dt.date | None) -> None:
    """Write the new end; hours that are logged already stay inside it."""
    late = TimeEntry.objects.filter(engagement=engagement, date__gt=ends_on) if ends_on else None
    if late is not None and late.exists():
        raise WrongState(f"Hours are logged after {day_full(ends_on)}. Delete them first.")
    engagement.ends_on = ends_on
    engagement.save(update_fields=["ends_on", "updated_at"])


def _tell(engagement: Engagement, actor: Actor, title: str, body: str, key: str) -> None:
    tell(
        engagement,
        kind="engagement.notice",
        title=title,
        body=body,
        link=page_of(engagement),
        dedupe_key=f"engagement.notice:{key}",
        actor=actor,
        target=engagement,
    )
