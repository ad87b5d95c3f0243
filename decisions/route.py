"""A request's route in words and rows, for pages and the API: who is asked, why, until when."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from decisions import money, policies, tiers
from decisions.ladder import Ladder, StepState
from decisions.models import SpendDecision, SpendRequest, SpendStep
from decisions.quorum import Vote
from decisions.routing import roles_in_words
from tenants.audit import Actor
from tenants.policies import allowed

StepStatus = SpendStep.Status


@dataclass(frozen=True)
class Waiting:
    """One person whose word is awaited: where, since when, and who may speak for them."""

    member: UUID
    name: str
    step: int
    roles: tuple[str, ...]
    since: dt.datetime | None
    due_at: dt.datetime | None
    stand_ins: tuple[tuple[UUID, str], ...]
    is_escalated: bool


@dataclass(frozen=True)
class StepRow:
    """A step as a page shows it."""

    step: SpendStep
    label: str
    status: str
    people: tuple[tuple[UUID, str], ...]
    reasons: tuple[str, ...]
    in_favour: int
    against: int
    abstained: int
    recused: int
    eligible: int
    needed: int
    decisions: tuple[SpendDecision, ...]
    is_late: bool

    @property
    def quorum(self) -> str:
        """`1 for it, 2 of 3 needed`, for steps that ask more than one person."""
        return f"{self.in_favour} for it, {self.needed} of {self.eligible} needed"


def waiting_rows(ladder: Ladder) -> list[Waiting]:
    """Whom the request waits for now; empty unless it is submitted."""
    if ladder.request.status != SpendRequest.Status.SUBMITTED:
        return []
    roster = ladder.roster
    return [
        Waiting(
            member=person.id,
            name=person.name,
            step=state.step.position,
            roles=state.above.roles if person.id in state.above.ids else state.asked.roles,
            since=state.step.opened_at,
            due_at=state.step.due_at,
            stand_ins=tuple(
                (each.deputy, roster.name(each.deputy)) for each in state.stand_ins(person.id)
            ),
            is_escalated=person.id in state.above.ids,
        )
        for state in ladder.open
        for person in state.waiting
    ]


def step_rows(ladder: Ladder, *, now: dt.datetime) -> list[StepRow]:
    """The steps of the present round, in order."""
    return [_step_row(ladder, state, now) for state in ladder.steps]


def _step_row(ladder: Ladder, state: StepState, now: dt.datetime) -> StepRow:
    step = state.step
    is_decided = step.eligible is not None
    reasons = [*filter(None, (step.because,)), *state.asked.reasons]
    once = _asked_once(ladder, state)
    if once:
        reasons.append(once)
    return StepRow(
        step=step,
        label=_role_asked(state),
        status=step.status,
        people=tuple((person.id, person.name) for person in state.asked.people),
        reasons=tuple(reasons),
        in_favour=state.count(Vote.FOR),
        against=state.count(Vote.AGAINST),
        abstained=state.count(Vote.ABSTAIN),
        recused=sum(d.vote == Vote.RECUSED for d in state.decisions),
        eligible=step.eligible if is_decided and step.eligible else state.eligible,
        needed=step.needed if is_decided and step.needed else state.needed,
        decisions=state.decisions,
        is_late=step.status == StepStatus.OPEN and step.due_at is not None and step.due_at < now,
    )


def _role_asked(state: StepState) -> str:
    """The step's role, and the one that is asked in its place where its own cannot decide."""
    own, now = roles_in_words(state.step.roles), roles_in_words(state.asked.roles)
    return own if own == now else f"{now}, for {own}"


def _asked_once(ladder: Ladder, state: StepState) -> str:
    """That somebody of a later step is asked earlier already, and so only once."""
    if state.step.status != StepStatus.WAITING:
        return ""
    before = {
        person.id
        for each in ladder.steps
        if each.step.stage < state.step.stage
        for person in each.asked.people
    }
    both = [person.name for person in state.asked.people if person.id in before]
    if not both:
        return ""
    return f"{' and '.join(both)} approves once, for the earlier step and this one."


def headline(ladder: Ladder) -> str:
    """The state in a few words: `Waiting for Finance`, `Approved`, `Changes requested`."""
    request = ladder.request
    if request.status != SpendRequest.Status.SUBMITTED:
        return str(request.get_status_display())
    current = ladder.current
    if current is None:
        return str(request.get_status_display())
    if not current.waiting:
        return "Waiting, and nobody can decide"
    return f"Waiting for {roles_in_words(current.asked.roles)}"


def explanation(ladder: Ladder) -> list[str]:
    """Why this route: the tier, what was counted together, each step that moved and its reason."""
    request = ladder.request
    if request.policy is None:
        return []
    lines = [request.tier_reason] if request.tier_reason else []
    if request.within_own_authority:
        lines.append(
            "Approved at submit within the requester's own authority; finance's digest lists it."
        )
    if request.bypassed_at is not None and request.bypassed_by is not None:
        so_far = "ratified" if request.ratified_at else "not ratified yet"
        name = request.bypassed_by.name
        lines.append(f"{name} bypassed the approval in an emergency; {so_far}.")
    for state in ladder.steps:
        reasons = [*filter(None, (state.step.because,)), *state.asked.reasons]
        lines += [f"Step {state.step.position}: {reason}" for reason in reasons]
        if once := _asked_once(ladder, state):
            lines.append(f"Step {state.step.position}: {once}")
        lines += [
            f"Step {state.step.position}: {ladder.roster.name(each.deputy)} may act for "
            f"{person.name}."
            for person in state.waiting
            for each in state.stand_ins(person.id)
        ]
    return lines


def tier_band(request: SpendRequest) -> list[dict[str, Any]]:
    """The tiers of the request's policy, for the band over its page: range, steps, is it ours."""
    if request.policy is None:
        return []
    rules, currency = request.policy.rules, request.policy.currency
    return [
        {
            "number": number,
            "range": tiers.range_in_words(rules, number, currency),
            "steps": tiers.steps_in_words(tier.steps),
            "is_current": number == request.tier,
        }
        for number, tier in enumerate(rules, 1)
    ]


def can(actor: Actor, ladder: Ladder) -> dict[str, bool]:
    """What this actor may do with the request now: a page's buttons."""
    request = ladder.request
    facts = {"actor": actor, "request": request}
    decide = allowed(policies.check_can_decide, actor=actor, ladder=ladder)
    return {
        "change": allowed(policies.check_can_change, **facts),
        "submit": allowed(policies.check_can_submit, **facts),
        "amend": allowed(policies.check_can_amend, **facts),
        "withdraw": allowed(policies.check_can_withdraw, **facts),
        "approve": decide,
        "reject": decide,
        "vote": decide,
        "request_changes": decide,
        "bypass": allowed(policies.check_can_bypass, **facts),
        "ratify": allowed(policies.check_can_ratify, **facts),
        "extend": allowed(policies.check_can_extend, actor=actor, ladder=ladder),
        "budget_exception": allowed(policies.check_can_except, **facts),
        "order": allowed(policies.check_can_order, **facts),
        "invoice": allowed(policies.check_can_invoice, **facts),
        "close": allowed(policies.check_can_close, **facts),
        "attach": allowed(policies.check_can_attach, **facts),
        "comment": allowed(policies.check_can_comment, **facts),
        "benefit": allowed(policies.check_can_plan_benefit, **facts),
    }


def amount_in_words(request: SpendRequest) -> str:
    """What it commits the company to, with cents only where there are some; the draft's own
    estimate before."""
    from decisions.commitment import commitment_of

    amount, currency = request.commitment_amount, request.home_currency
    if amount is None:
        amount, currency = commitment_of(request), request.currency
    text = money.in_words(amount, currency)
    return text.partition(".")[0] if amount == amount.to_integral_value() else text
