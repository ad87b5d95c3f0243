"""Agreeing on new terms: one side proposes, the other accepts."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from engagements import policies
from engagements.models import TERMS_FIELDS, Engagement, Side, Terms, TermsProposal
from engagements.services.rows import engagement_for_change, hold_currency, member_of
from engagements.services.terms import check_terms, terms_record
from engagements.telling import people_of, tell
from tenants import audit
from tenants.audit import Actor
from tenants.audit.actors import SystemActor
from tenants.errors import Invalid, NotFound, WrongState
from tenants.models import Member
from tenants.ui.formats import day_full

Status = TermsProposal.Status
REASON_MOST = 1000
_ACCEPTED = {Side.CTO: Status.ACCEPTED_BY_CTO, Side.CLIENT: Status.ACCEPTED_BY_CLIENT}


@transaction.atomic
def proposal_create(
    *, engagement: Engagement, actor: Actor, side: str = "", reason: str = "", **terms: Any
) -> TermsProposal:
    """Propose `terms` (as `terms_add` takes them) from a date on; the proposer's side accepts.

    One proposal of an engagement is open at a time. A service key's waits for both sides. Raises
    Denied; WrongState while another is open or once the engagement has ended; Invalid for what
    `terms_add` refuses and for a date that has passed.
    """
    engagement = engagement_for_change(engagement.pk)
    policies.check_can_propose_terms(actor=actor, engagement=engagement)
    person = member_of(actor)
    spoken = (
        policies.side_spoken_for(actor=actor, engagement=engagement, side=side) if person else ""
    )
    own = hold_currency(engagement.tenant)
    currency = (terms.pop("currency", "") or own).strip().upper()
    proposal = TermsProposal(
        engagement=engagement,
        side=spoken,
        proposed_by=person,
        reason=_reason(reason),
        currency=currency,
        **terms,
    )
    proposal.po_number = proposal.po_number.strip()
    _check_date(proposal, engagement)
    check_terms(proposal, engagement)
    _check_only_one(engagement)
    if spoken:
        _accept_for(proposal, spoken, person)
    proposal.save(force_insert=True)
    audit.record(
        actor=actor,
        verb="terms.proposed",
        target=proposal,
        changes={
            "engagement": engagement.pk,
            "side": spoken,
            **{name: getattr(proposal, name) for name in TERMS_FIELDS},
        },
    )
    _tell(proposal, actor, "New terms are proposed", f"From {day_full(proposal.effective_on)}.")
    return proposal


@transaction.atomic
def proposal_accept(*, proposal: TermsProposal, actor: Actor, side: str = "") -> TermsProposal:
    """Accept for one's side; with both sides the terms are agreed, and hold from their date.

    Nobody accepts for the other side, nor one person for both. Again by the side that accepted,
    also once they are agreed: nothing happens. Raises Denied, WrongState when it is closed or its
    date has passed, Invalid when it no longer fits (terms of that date were recorded meanwhile).
    """
    proposal, engagement = _for_change(proposal)
    stands = proposal.is_open or proposal.status == Status.IN_FORCE
    if stands and _accepted_already(proposal, actor, side):
        return proposal
    today = engagement.tenant.today
    policies.check_can_accept_proposal(actor=actor, proposal=proposal, today=today, side=side)
    taken = frozenset(s for s in Side.values if proposal.accepted_by(s) is not None)
    spoken = policies.side_spoken_for(actor=actor, engagement=engagement, side=side, taken=taken)
    _accept_for(proposal, spoken, member_of(actor))
    if taken:
        proposal.terms = _put_in_force(proposal, engagement, actor)
        proposal.status = Status.IN_FORCE
        proposal.closed_at, proposal.closed_by = timezone.now(), member_of(actor)
    proposal.save()
    audit.record(
        actor=actor,
        verb="terms.accepted",
        target=proposal,
        changes={"engagement": engagement.pk, "side": spoken, "status": proposal.status},
    )
    words = "are agreed" if taken else "are accepted by one side"
    _tell(proposal, actor, f"The new terms {words}", f"From {day_full(proposal.effective_on)}.")
    return proposal


@transaction.atomic
def proposal_decline(*, proposal: TermsProposal, actor: Actor, reason: str) -> TermsProposal:
    """Say no to the other side's proposal, with a reason; raises Denied, Invalid, WrongState."""
    proposal, engagement = _for_change(proposal)
    policies.check_can_decline_proposal(
        actor=actor, proposal=proposal, today=engagement.tenant.today
    )
    reason = _reason(reason)
    if len(reason) < 3:
        raise Invalid({"reason": "Say why, so that a better proposal can follow."})
    return _close(proposal, actor, Status.DECLINED, reason, verb="terms.declined")


@transaction.atomic
def proposal_withdraw(*, proposal: TermsProposal, actor: Actor, reason: str = "") -> TermsProposal:
    """Take one's own side's proposal back; again: nothing happens. Raises Denied, WrongState."""
    proposal, engagement = _for_change(proposal)
    if proposal.status == Status.WITHDRAWN:
        policies.check_can_propose_terms(actor=actor, engagement=engagement)
        return proposal
    policies.check_can_withdraw_proposal(
        actor=actor, proposal=proposal, today=engagement.tenant.today
    )
    return _close(proposal, actor, Status.WITHDRAWN, _reason(reason), verb="terms.withdrawn")


def proposals_expire(*, today: dt.date) -> int:
    """Close what nobody accepted in time; answers how many. For the daily job."""
    found = TermsProposal.objects.open().filter(effective_on__lt=today)
    return sum(_expire(pk, today) for pk in found.values_list("pk", flat=True))


@transaction.atomic
def _expire(pk: UUID, today: dt.date) -> bool:
    proposal, _ = _for_change(TermsProposal(pk=pk))
    if not proposal.is_open or proposal.effective_on >= today:
        return False
    _close(proposal, SystemActor(), Status.EXPIRED, "", verb="terms.expired")
    return True


def _for_change(proposal: TermsProposal) -> tuple[TermsProposal, Engagement]:
    """The proposal with its engagement, the engagement's row held first as everywhere."""
    engagement_id = (
        TermsProposal.objects.filter(pk=proposal.pk).values_list("engagement_id", flat=True).first()
    )
    if engagement_id is None:
        raise NotFound()
    engagement = engagement_for_change(engagement_id)
    held: TermsProposal = (
        TermsProposal.objects.with_people().select_for_update(of=("self",)).get(pk=proposal.pk)
    )
    held.engagement = engagement
    return held, engagement


def _accepted_already(proposal: TermsProposal, actor: Actor, side: str) -> bool:
    """Whether this person accepted it before for this side (or for the only side they hold)."""
    held = policies.sides_of(actor=actor, engagement=proposal.engagement)
    for spoken in Side.values:
        accepted = proposal.accepted_by(spoken)
        if accepted is not None and accepted.pk == actor.actor_id:
            return side == spoken or (not side and held == {spoken})
    return False


def _accept_for(proposal: TermsProposal, side: str, person: Member | None) -> None:
    now = timezone.now()
    if side == Side.CTO:
        proposal.accepted_by_cto, proposal.accepted_by_cto_at = person, now
    else:
        proposal.accepted_by_client, proposal.accepted_by_client_at = person, now
    proposal.status = _ACCEPTED[Side(side)]


def _put_in_force(proposal: TermsProposal, engagement: Engagement, actor: Actor) -> Terms:
    """The version of the terms that both agreed on."""
    hold_currency(engagement.tenant)
    terms = Terms(engagement=engagement, **{name: getattr(proposal, name) for name in TERMS_FIELDS})
    check_terms(terms, engagement)
    return terms_record(terms=terms, engagement=engagement, actor=actor)


def _close(
    proposal: TermsProposal, actor: Actor, status: str, reason: str, *, verb: str
) -> TermsProposal:
    proposal.status, proposal.closing_reason = status, reason
    proposal.closed_at, proposal.closed_by = timezone.now(), member_of(actor)
    proposal.save()
    audit.record(
        actor=actor,
        verb=verb,
        target=proposal,
        changes={"engagement": proposal.engagement_id, "reason": reason},
    )
    _tell(proposal, actor, f"Proposed terms: {Status(status).label.lower()}", reason)
    return proposal


def _check_date(proposal: TermsProposal, engagement: Engagement) -> None:
    today = engagement.tenant.today
    if proposal.effective_on is not None and proposal.effective_on < today:
        raise Invalid(
            {"effective_on": f"That day has passed. Agree from {day_full(today)} on, or later."}
        )


def _check_only_one(engagement: Engagement) -> None:
    """One open proposal at a time; one whose date has passed makes room."""
    found = TermsProposal.objects.open().filter(engagement=engagement).first()
    if found is None:
        return
    if not _expire(found.pk, engagement.tenant.today):
        raise WrongState(
            f"Terms from {day_full(found.effective_on)} are proposed already. "
            "Accept, decline or withdraw them first."
        )


def _reason(reason: str) -> str:
    reason = (reason or "").strip()
    if len(reason) > REASON_MOST:
        raise Invalid({"reason": f"Say it in up to {REASON_MOST} characters."})
    return reason


def _tell(proposal: TermsProposal, actor: Actor, title: str, body: str) -> None:
    engagement = proposal.engagement
    tell(
        engagement,
        kind="terms.proposal",
        title=f"{title}: {engagement.title}",
        body=body,
        link=reverse("proposal_detail", args=[engagement.tenant.slug, proposal.pk]),
        dedupe_key=f"terms.proposal:{proposal.pk}:{proposal.status}",
        actor=actor,
        target=proposal,
        to=people_of(engagement, proposal.proposed_by),
    )
