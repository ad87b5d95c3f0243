"""Saying yes or no, asking for changes, voting; emergencies and what follows them."""

from decimal import Decimal

from django.db import transaction

from decisions import clocks, moment, money, notices, policies
from decisions.ladder import ESCALATION, Ladder, StepState, ladder_again
from decisions.locks import budgets_for_change, keep, request_for_change
from decisions.models import SpendDecision, SpendRequest, SpendStep
from decisions.quorum import Vote
from decisions.services import ladder as moving
from decisions.services.digest import enqueue_digest
from decisions.services.requests import checked_reason
from decisions.services.trail import gathered, record
from decisions.tiers import Rule
from tenants.audit import Actor
from tenants.errors import Denied, Invalid, WrongState
from tenants.isolation.rows import insert_all
from tenants.models import Member
from tenants.notifications.services import settle

RATIFY_DAYS = 5  # working days
Status = SpendRequest.Status


@transaction.atomic
@gathered()
def request_approve(
    *, request: SpendRequest, actor: Actor, reason: str = "", on_behalf_of: Member | None = None
) -> SpendRequest:
    """Approve as who is asked now, or in place of `on_behalf_of`.

    One word serves every step of this round that the person fits. Raises Denied, WrongState
    (twice, not yet, over, no room in the budget).
    """
    return _say(request, actor, Vote.FOR, reason.strip()[:2000], on_behalf_of)


@transaction.atomic
@gathered()
def request_reject(
    *, request: SpendRequest, actor: Actor, reason: str, on_behalf_of: Member | None = None
) -> SpendRequest:
    """Reject with a reason; in a majority step a vote against.

    Raises Denied, WrongState, Invalid.
    """
    return _say(request, actor, Vote.AGAINST, checked_reason(reason), on_behalf_of)


@transaction.atomic
@gathered()
def request_vote(
    *,
    request: SpendRequest,
    actor: Actor,
    vote: str,
    reason: str = "",
    on_behalf_of: Member | None = None,
) -> SpendRequest:
    """Vote for, against, abstain or recused; the page asks for a word with a vote against.

    Who is recused leaves the count and is asked nowhere else in this round; who abstains stays in
    it. Raises Denied, WrongState, Invalid for an abstention where no majority is asked.
    """
    if vote not in list(Vote):
        raise Invalid({"vote": "Vote for, against, abstain or recused."})
    return _say(request, actor, Vote(vote), reason.strip()[:2000], on_behalf_of)


@transaction.atomic
@gathered()
def request_changes(*, request: SpendRequest, actor: Actor, reason: str) -> SpendRequest:
    """Send it back with what should change; approvals so far stand. Raises Denied, WrongState."""
    request = request_for_change(request.pk)
    ladder = moving.ladder_now(request)
    member = policies.check_can_request_changes(actor=actor, ladder=ladder)
    reason = checked_reason(reason)
    behalf, _capacity = _authority(ladder, member, None)
    step = next(state.step for state in ladder.open if state.can_decide(member.pk))
    SpendStep.objects.filter(
        request=request, round=request.round, status=SpendStep.Status.OPEN
    ).update(
        status=SpendStep.Status.WAITING,
        opened_at=None,
        due_at=None,
        escalated_at=None,
        escalate_at=None,
        escalated_to=[],
        above=[],
    )
    request.status = Status.CHANGES_REQUESTED
    request.check_at = request.expires_at
    keep(request)
    record(
        request,
        actor=actor,
        verb="changes_requested",
        note=reason,
        step=step.position,
        on_behalf_of=behalf if behalf.pk != member.pk else None,
    )
    notices.tell_decided(request, actor=actor, note=reason)
    return request


@transaction.atomic
@gathered()
def request_bypass(*, request: SpendRequest, actor: Actor, reason: str) -> SpendRequest:
    """Approve in an emergency without the rest of the ladder, by an executive with a reason.

    Finance or the board must ratify it within 5 working days; otherwise it is flagged, loudly, and
    never silently undone. The budget still holds. Raises Denied, WrongState, Invalid.
    """
    request = request_for_change(request.pk)
    member = policies.check_can_bypass(actor=actor, request=request)
    reason = checked_reason(reason)
    now = moment.now()
    request.bypassed_at, request.bypassed_by, request.bypass_reason = now, member, reason
    request.ratify_due_at = clocks.business_days_after(now, RATIFY_DAYS, request.tenant)
    request.ratified_at = request.ratified_by = request.unratified_at = None
    moving.stop_steps(request)
    record(request, actor=actor, verb="bypassed", note=reason, ratify_due_at=request.ratify_due_at)
    notices.tell_bypassed(request, actor=actor)
    enqueue_digest(request)
    moving.conclude_approved(request)
    return request


@transaction.atomic
def request_ratify(*, request: SpendRequest, actor: Actor, reason: str = "") -> SpendRequest:
    """Confirm an emergency afterwards, by finance or a board member who had no part in it.

    Late is still possible: the flag stays in the trail. Raises Denied, WrongState.
    """
    request = request_for_change(request.pk)
    member = policies.check_can_ratify(actor=actor, request=request)
    request.ratified_at, request.ratified_by = moment.now(), member
    request.check_at = None
    keep(request)
    late = request.unratified_at is not None
    settle(target=request, kinds=notices.RATIFYING)
    record(request, actor=actor, verb="ratified", note=reason.strip()[:2000], late=late)
    return request


@transaction.atomic
def request_extend(*, request: SpendRequest, actor: Actor, hours: int, reason: str) -> SpendRequest:
    """Give the open steps `hours` more working hours from now, with a reason.

    Raises Denied, WrongState, Invalid outside 1 to 720 hours.
    """
    request = request_for_change(request.pk)
    ladder = moving.ladder_now(request)
    policies.check_can_extend(actor=actor, ladder=ladder)
    reason = checked_reason(reason)
    if not 1 <= hours <= 720:
        raise Invalid({"hours": "Give 1 to 720 working hours more."})
    now = moment.now()
    due_at = clocks.due_after(now, hours, request.tenant)
    for state in ladder.open:
        step = state.step
        step.due_at = max(step.due_at or due_at, due_at)
        if step.escalate_at is not None:
            step.escalate_at = max(step.escalate_at, due_at)
        if (at := moving.remind_at(step)) is not None and at > now:
            step.reminded_at = None
        step.save(update_fields=["due_at", "escalate_at", "reminded_at"])
        request.expires_at = max(request.expires_at or step.due_at, step.due_at)
    moving.set_check(request, ladder)
    keep(request)
    record(request, actor=actor, verb="extended", note=reason, hours=hours, due_at=due_at)
    return request


@transaction.atomic
def request_except(
    *, request: SpendRequest, actor: Actor, amount: Decimal, reason: str
) -> SpendRequest:
    """Let a request go `amount` over its budget line, by finance with a reason.

    Before the approval it waits with the request, afterwards it counts at once. Raises Denied,
    WrongState, Invalid.
    """
    request = request_for_change(request.pk)
    policies.check_can_except(actor=actor, request=request)
    reason = checked_reason(reason)
    unit = money.minor_unit(request.home_currency)
    if problem := money.amount_problem(amount, request.home_currency, least=unit):
        raise Invalid({"amount": problem})
    request.excepted_amount += amount
    request.exception_reason, request.exception_at = reason, moment.now()
    request.exception_by = actor if isinstance(actor, Member) else None
    if request.status in (Status.APPROVED, Status.ORDERED):
        (line,) = budgets_for_change([request.budget_line_id]).values()
        line.excepted += amount
        line.save(update_fields=["excepted", "updated_at"])
    keep(request)
    record(request, actor=actor, verb="budget_exception", note=reason, amount=amount)
    enqueue_digest(request)
    return request


def _say(
    request: SpendRequest, actor: Actor, vote: Vote, reason: str, on_behalf_of: Member | None
) -> SpendRequest:
    """Write one person's word at every open step that it fits, and move on."""
    request = request_for_change(request.pk)
    ladder = moving.ladder_now(request)
    member = policies.check_can_decide(actor=actor, ladder=ladder)
    whose, capacity = _authority(ladder, member, on_behalf_of)
    now = moment.now()
    said = []
    for state in ladder.open:
        if whose.pk not in {person.id for person in state.waiting}:
            continue
        _check_vote(state, vote)
        above = whose.pk in state.above.ids
        said.append(
            SpendDecision(
                request=request,
                step=state.step,
                round=request.round,
                member=whose,
                actor=member,
                vote=vote,
                capacity=ESCALATION if above else capacity,
                reason=reason,
                at=now,
            )
        )
        record(
            request,
            actor=actor,
            verb={Vote.FOR: "approve", Vote.AGAINST: "reject"}.get(vote, vote.value),
            note=reason,
            step=state.step.position,
            on_behalf_of=whose if whose.pk != member.pk else None,
            vote=vote.value,
        )
    if not said:
        raise WrongState(f"You have decided on {request.reference} already.")
    insert_all(said)
    moving.advance(request, ladder_again(ladder, said), spoke=member)
    return request


def _check_vote(state: StepState, vote: Vote) -> None:
    if vote == Vote.ABSTAIN and state.step.rule != Rule.MAJORITY:
        raise Invalid({"vote": "Nobody counts abstentions here. Approve, reject, or be recused."})


def _authority(
    ladder: Ladder, member: Member, on_behalf_of: Member | None
) -> tuple[Member, SpendDecision.Capacity]:
    """Whose word it is: the person's own, else of whom they stand in for.

    Without naming anybody a person speaks once: for themselves where they are asked, else for the
    first whose place they take. Raises Denied where they do not stand in for `on_behalf_of`,
    WrongState where they have spoken.
    """
    waiting = [person.id for state in ladder.open for person in state.waiting]
    if on_behalf_of is None or on_behalf_of.pk == member.pk:
        if member.pk in waiting:
            return member, SpendDecision.Capacity.OWN
        if any(d.actor_id == member.pk and not d.carried for d in _at_open(ladder)):
            raise WrongState(f"You have decided on {ladder.request.reference} already.")
    for state in ladder.open:
        for person in state.waiting:
            if on_behalf_of is not None and person.id != on_behalf_of.pk:
                continue
            for each in state.stand_ins(person.id):
                if each.deputy == member.pk:
                    whose = Member.objects.select_related("user").get(pk=person.id)
                    return whose, SpendDecision.Capacity(each.reason)
    if on_behalf_of is not None:
        raise Denied(f"You do not stand in for {on_behalf_of.name} here.")
    raise WrongState(f"You have decided on {ladder.request.reference} already.")


def _at_open(ladder: Ladder) -> list[SpendDecision]:
    return [decision for state in ladder.open for decision in state.decisions]
