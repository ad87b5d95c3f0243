"""Approving hours above the agreed ones."""

import datetime as dt
from decimal import Decimal
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from engagements import policies
from engagements.models import Engagement, OverageApproval, Terms
from engagements.overage import month_overage
from engagements.retainer import first_day, last_day, retainer
from engagements.services.rows import engagement_for_change, member_of
from engagements.telling import people_of, tell
from tenants import audit
from tenants.audit import Actor
from tenants.errors import Invalid, NotFound, WrongState
from tenants.services import validate
from tenants.ui.formats import hours, month

Status = OverageApproval.Status
MONTHS_AHEAD = 24


@transaction.atomic
def overage_approve(
    *,
    engagement: Engagement,
    actor: Actor,
    on_month: dt.date,
    minutes: int,
    rate: Decimal | None = None,
    amount_cap: Decimal | None = None,
    note: str = "",
    approval_id: UUID | None = None,
) -> OverageApproval:
    """Approve up to `minutes` above the agreed hours of a month, for the client.

    The rate is that of the terms in force where none is given. Approvals of a month add up; a
    form that is sent twice names its approval's id and approves once. Raises Denied, WrongState,
    Invalid.
    """
    engagement = engagement_for_change(engagement.pk)
    policies.check_can_approve_overage(actor=actor, engagement=engagement)
    if approval_id is not None:
        known: OverageApproval | None = OverageApproval.objects.filter(pk=approval_id).first()
        if known is not None:
            return known
    approval = _new(engagement, on_month, minutes, rate, amount_cap, note)
    if approval_id is not None:
        approval.pk = approval_id
    approval.status, approval.decided_at = Status.APPROVED, timezone.now()
    approval.decided_by = member_of(actor)
    approval.save(force_insert=True)
    _record(approval, engagement, actor, "overage.approved", "approved")
    return approval


@transaction.atomic
def overage_request(
    *,
    engagement: Engagement,
    actor: Actor,
    on_month: dt.date,
    minutes: int,
    rate: Decimal | None = None,
    note: str = "",
) -> OverageApproval:
    """Ask the client to approve minutes above the agreed hours of a month, ahead or afterwards.

    One question of a month waits at a time. Raises Denied, WrongState, Invalid.
    """
    engagement = engagement_for_change(engagement.pk)
    policies.check_can_request_overage(actor=actor, engagement=engagement)
    approval = _new(engagement, on_month, minutes, rate, None, note)
    waiting = OverageApproval.objects.filter(
        engagement=engagement, month=approval.month, status=Status.REQUESTED
    )
    if waiting.exists():
        raise WrongState(
            f"A question about {month(approval.month)} waits already. Withdraw it first."
        )
    approval.status, approval.requested_by = Status.REQUESTED, member_of(actor)
    approval.save(force_insert=True)
    _record(approval, engagement, actor, "overage.requested", "are asked for")
    return approval


@transaction.atomic
def overage_decide(
    *,
    approval: OverageApproval,
    actor: Actor,
    approve: bool,
    minutes: int | None = None,
    amount_cap: Decimal | None = None,
    note: str = "",
) -> OverageApproval:
    """Approve what the CTO asked for, all of it or fewer minutes, or decline it with a reason.

    Raises Denied, Invalid, and WrongState when somebody decided already.
    """
    approval, engagement = _for_change(approval)
    policies.check_can_approve_overage(actor=actor, engagement=engagement, approval=approval)
    note = note.strip()
    if not approve and len(note) < 3:
        raise Invalid({"note": "Say why, so that both know where they stand."})
    if minutes is not None and not 1 <= minutes <= approval.minutes:
        raise Invalid(
            {"minutes": f"Approve up to the {hours(approval.minutes)} that were asked for."}
        )
    if approve:
        approval.minutes = minutes if minutes is not None else approval.minutes
        approval.amount_cap = amount_cap
    approval.status = Status.APPROVED if approve else Status.DECLINED
    approval.decided_at, approval.decided_by = timezone.now(), member_of(actor)
    approval.decision_note = note
    validate(approval)
    approval.save()
    done = "approved" if approve else "declined"
    _record(approval, engagement, actor, f"overage.{done}", f"are {done}")
    return approval


@transaction.atomic
def overage_withdraw(*, approval: OverageApproval, actor: Actor) -> OverageApproval:
    """Take a question back before it is answered; again: nothing happens. Raises Denied,
    WrongState."""
    approval, engagement = _for_change(approval)
    if approval.status == Status.WITHDRAWN and approval.requested_by_id == actor.actor_id:
        return approval
    policies.check_can_withdraw_overage(actor=actor, approval=approval)
    approval.status, approval.decided_at = Status.WITHDRAWN, timezone.now()
    approval.decided_by = member_of(actor)
    approval.save()
    _record(approval, engagement, actor, "overage.withdrawn", "are no longer asked for")
    return approval


@transaction.atomic
def overage_revoke(*, approval: OverageApproval, actor: Actor, note: str) -> OverageApproval:
    """Take approved minutes back, with a reason; those that are used already stay approved.

    Used are the minutes that this approval covers now, in the order of approval. Again: nothing
    happens. Raises Denied; Invalid without a reason; WrongState when it is not approved, or all
    of its minutes are used.
    """
    approval, engagement = _for_change(approval)
    if approval.status == Status.REVOKED:
        policies.check_can_approve_overage(actor=actor, engagement=engagement)
        return approval
    policies.check_can_revoke_overage(actor=actor, approval=approval)
    note = note.strip()
    if len(note) < 3:
        raise Invalid({"note": "Say why, so that both know where they stand."})
    kept = used_of(approval)
    if kept == approval.minutes:
        raise WrongState("All of these hours are used. What is used stays approved.")
    approval.status, approval.kept_minutes = Status.REVOKED, kept
    approval.revoked_at, approval.revoked_by = timezone.now(), member_of(actor)
    approval.revocation_note = note
    validate(approval)
    approval.save()
    _record(approval, engagement, actor, "overage.revoked", "are revoked")
    return approval


def used_of(approval: OverageApproval) -> int:
    """The minutes of an approval's month that it covers now; a fixed number of queries."""
    found = month_overage(approval.engagement, retainer(approval.engagement, approval.month))
    return sum(line.minutes for line in found.lines if line.approval.pk == approval.pk)


def rate_of(engagement: Engagement, on_month: dt.date) -> Decimal | None:
    """The overage rate an hour of the terms in force at the end of the month; one query."""
    terms = Terms.objects.filter(engagement=engagement).in_force_on(last_day(on_month)).first()
    return terms.overage_rate if terms is not None else None


def _new(
    engagement: Engagement,
    on_month: dt.date,
    minutes: int,
    rate: Decimal | None,
    amount_cap: Decimal | None,
    note: str,
) -> OverageApproval:
    """A checked row that is not saved yet."""
    rate = rate if rate is not None else rate_of(engagement, on_month)
    if rate is None:
        raise Invalid({"rate": "The terms name no fee for hours above. Give one an hour."})
    approval = OverageApproval(
        engagement=engagement,
        month=first_day(on_month),
        minutes=minutes,
        rate=rate,
        currency=engagement.tenant.currency,
        amount_cap=amount_cap,
        status=Status.REQUESTED,
        note=note.strip(),
    )
    validate(approval)
    today = engagement.tenant.today
    latest = first_day(engagement.ends_on or today + relativedelta(months=MONTHS_AHEAD))
    if not first_day(engagement.starts_on) <= approval.month <= latest:
        raise Invalid(
            {"month": f"Choose a month from {engagement.starts_on:%Y-%m} to {latest:%Y-%m}."}
        )
    return approval


def _for_change(approval: OverageApproval) -> tuple[OverageApproval, Engagement]:
    found = (
        OverageApproval.objects.filter(pk=approval.pk)
        .values_list("engagement_id", flat=True)
        .first()
    )
    if found is None:
        raise NotFound()
    engagement = engagement_for_change(found)
    held: OverageApproval = (
        OverageApproval.objects.with_people().select_for_update(of=("self",)).get(pk=approval.pk)
    )
    held.engagement = engagement
    return held, engagement


def _record(
    approval: OverageApproval, engagement: Engagement, actor: Actor, verb: str, words: str
) -> None:
    note = approval.revocation_note or approval.decision_note or approval.note
    facts = {
        "engagement": engagement.pk,
        "month": approval.month,
        "minutes": approval.minutes,
        "rate": approval.rate,
        "amount_cap": approval.amount_cap,
        "note": note,
    }
    body = note
    if approval.kept_minutes is not None:
        facts["kept_minutes"] = approval.kept_minutes
        if approval.kept_minutes:
            body = f"{hours(approval.kept_minutes)} are used and stay approved. {note}"
    audit.record(actor=actor, verb=verb, target=approval, changes=facts)
    slug = engagement.tenant.slug
    tell(
        engagement,
        kind="overage.moved",
        title=f"{hours(approval.minutes)} above the hours of {month(approval.month)} {words}",
        body=body,
        link=f"{reverse('hours_live', args=[slug])}?engagement={engagement.pk}",
        dedupe_key=f"overage:{approval.pk}:{approval.status}",
        actor=actor,
        target=approval,
        to=people_of(engagement, approval.requested_by),
    )
