"""Moving a request along its ladder. The caller holds the request's row."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.utils import timezone

from decisions import clocks, moment, money, notices, quorum, routing
from decisions.ladder import Ladder, StepState, ladder_again, ladder_of
from decisions.locks import budgets_for_change, keep
from decisions.models import Budget, SpendDecision, SpendRequest, SpendStep
from decisions.quorum import Outcome, Vote
from decisions.rounds import round_of
from decisions.routing import Roster
from decisions.services.trail import flush, record
from decisions.tiers import StepRule, stages
from tenants.audit.actors import SystemActor
from tenants.errors import Invalid, WrongState
from tenants.isolation import Prepared
from tenants.isolation.rows import insert_all
from tenants.models import Member
from tenants.notifications.services import settle

ZERO = Decimal(0)
BOWLINE = SystemActor()
RECHECK = dt.timedelta(hours=1)  # how soon the clocks look at who is there, whatever is due
Status, StepStatus = SpendRequest.Status, SpendStep.Status


def ladder_now(request: SpendRequest, roster: Roster | None = None) -> Ladder:
    """The request's present round, read under its lock; one query, two without the roster."""
    now = round_of(request)
    return ladder_of(request, roster, steps=now.steps, decisions=now.decisions)


def begin_round(
    request: SpendRequest, steps: Sequence[tuple[StepRule, str]], roster: Roster
) -> Ladder:
    """A new round with these steps, none of them open yet; each with what asked for it where that
    is not the tier.

    Raises Invalid where a step has nobody who may approve it: neither its role nor one above it.
    """
    rules = [rule for rule, _because in steps]
    for rule in rules:
        answer = routing.asked(rule.roles, roster, requester=request.requester_id)
        if not answer.people:
            raise Invalid({"": f"{' '.join(answer.reasons)} An admin can give someone the role."})
    request.round += 1
    rows = SpendStep.objects.bulk_create(
        SpendStep(
            request=request,
            round=request.round,
            position=position,
            stage=stage,
            roles=list(rule.roles),
            rule=rule.rule,
            hours=rule.hours,
            because=because,
        )
        for position, ((rule, because), stage) in enumerate(
            zip(steps, stages(rules), strict=True), 1
        )
    )
    return ladder_of(request, roster, steps=rows, decisions=())


def advance(request: SpendRequest, ladder: Ladder, *, spoke: Member | None = None) -> Ladder:
    """Open what can be opened, carry over what was said, and draw the conclusions.

    Ends with the request approved, rejected or waiting; keeps it. Its steps are written once, in
    the end, and the budget line is taken last of all. `spoke` is who has just decided, and is not
    asked any more. Raises WrongState where the line has no room.
    """
    now, is_past, others = moment.now(), False, False
    news: set[object] = set()  # steps that ask somebody new
    touched: dict[object, SpendStep] = {}
    while True:
        pending = [
            s for s in ladder.steps if s.step.status in (StepStatus.WAITING, StepStatus.OPEN)
        ]
        if not pending:
            _write(touched.values())
            conclude_approved(request)
            return ladder
        stage = min(state.step.stage for state in pending)
        todo = [state for state in pending if state.step.stage == stage]
        for state in todo:
            if state.step.status == StepStatus.WAITING:
                _open(request, state, now)
                touched[state.step.pk] = state.step
                news.add(state.step.pk)
        ladder = ladder_again(ladder)
        changed: dict[object, SpendStep] = {s.pk: s for s in sync_asked(request, ladder)}
        touched |= changed
        news |= changed.keys()
        others = others or bool(changed)
        ladder = _carry(request, ladder, stage)
        here = [state for state in ladder.open if state.step.stage == stage]
        outcomes = [_conclude_step(request, state, now) for state in here]
        touched |= {
            state.step.pk: state.step
            for state, outcome in zip(here, outcomes, strict=True)
            if outcome is not Outcome.OPEN
        }
        ladder = ladder_again(ladder)
        if Outcome.REJECTED in outcomes:
            _write(touched.values())
            conclude(request, Status.REJECTED)
            notices.tell_decided(request, actor=BOWLINE)
            return ladder
        if Outcome.OPEN in outcomes:
            _write(touched.values())
            request.status = Status.SUBMITTED
            set_check(request, ladder)
            keep(request)
            if is_past or spoke is not None:
                settle(target=request, kinds=notices.ASKING, member=None if is_past else spoke)
            if spoke is None or others:  # a word alone changes nobody's place
                notices.settle_gone(request, ladder)
            if others:  # who was missing may be there by now
                settle(target=request, kinds=(notices.UNHELD,))
            for state in ladder.open:
                if not state.waiting:
                    notices.tell_unheld(request, state)
                elif spoke is None or state.step.pk in news:
                    notices.tell_asked(request, state)
            return ladder
        is_past = True


_MOVED = [
    "status",
    "asked",
    "above",
    "opened_at",
    "due_at",
    "reminded_at",
    "escalated_at",
    "escalate_at",
    "escalated_to",
    "decided_at",
    "eligible",
    "needed",
    "override",
]


def _write(steps: Iterable[SpendStep]) -> None:
    for step in steps:
        step.save(update_fields=_MOVED)


def conclude_approved(request: SpendRequest) -> None:
    """Approve the request and commit its amount; raises WrongState without room in the budget.

    The budget line is taken after all else is written: others who want it wait for the commit
    alone.
    """
    request.open_commitment = request.commitment_amount or ZERO
    request.status = Status.APPROVED
    request.decided_at = moment.now()
    request.check_at = request.expires_at = None
    if request.is_bypass_open:
        request.check_at = request.ratify_due_at
    keep(request)
    record(
        request,
        actor=BOWLINE,
        verb="approved",
        audited=False,
        commitment_amount=request.commitment_amount,
        currency=request.home_currency,
    )
    notices.tell_decided(request, actor=BOWLINE)
    flush()
    commit_budget(request)


def conclude(request: SpendRequest, status: str) -> None:
    """End the request's wait in this status; steps that were not decided are stopped."""
    request.status = status
    request.decided_at = moment.now()
    request.check_at = request.expires_at = None
    keep(request)
    stop_steps(request)


def stop_steps(request: SpendRequest) -> None:
    """What was not decided in this round is not needed any more."""
    SpendStep.objects.filter(
        request=request,
        round=request.round,
        status__in=(StepStatus.WAITING, StepStatus.OPEN),
    ).update(status=StepStatus.STOPPED)


def set_check(request: SpendRequest, ladder: Ladder) -> None:
    """When the clocks look next: at what is due first, and at who is there every hour."""
    moments = [moment.now() + RECHECK]
    if request.expires_at is not None:
        moments.append(request.expires_at)
    for step in (state.step for state in ladder.open):
        if step.reminded_at is None and (at := remind_at(step)) is not None:
            moments.append(at)
        if step.escalate_at is not None:
            moments.append(step.escalate_at)
    request.check_at = min(moments)


def sync_asked(request: SpendRequest, ladder: Ladder) -> list[SpendStep]:
    """Note where an open step asks other people than before, and why: someone left, came, or is
    recused. Answers those steps, which the caller writes."""
    found = []
    for state in ladder.open:
        step, now = state.step, sorted(state.asked.ids)
        if step.above != (above := sorted(state.above.ids)):
            step.above = above
            found.append(step)
        if step.asked == now:
            continue
        gone = [pk for pk in step.asked if pk not in state.asked.ids and pk not in state.said]
        fresh = [person for person in state.asked.people if person.id not in step.asked]
        step.asked = now
        found.append(step)
        if gone or fresh:
            names = ", ".join(person.name for person in fresh)
            record(
                request,
                actor=BOWLINE,
                verb="rerouted",
                note=" ".join(state.asked.reasons)
                or (f"Now also asked: {names}." if names else "Someone is not asked any more."),
                step=step.position,
                audited=False,
                people=[person.name for person in state.asked.people],
            )
    return found


def remind_at(step: SpendStep) -> dt.datetime | None:
    """When an open step reminds those who are asked: halfway to its end."""
    if step.opened_at is None or step.due_at is None:
        return None
    return step.opened_at + (step.due_at - step.opened_at) / 2


def _open(request: SpendRequest, state: StepState, now: dt.datetime) -> None:
    """Ask the people of a step; its clock starts."""
    step = state.step
    step.status, step.opened_at = StepStatus.OPEN, now
    step.due_at = clocks.due_after(now, step.hours, request.tenant)
    step.asked, step.above = sorted(state.asked.ids), []
    step.reminded_at = step.escalated_at = None
    step.escalate_at, step.escalated_to = step.due_at, []
    days = request.policy.expires_after_days if request.policy is not None else 30
    request.expires_at = max(now + dt.timedelta(days=days), step.due_at)
    record(
        request,
        actor=BOWLINE,
        verb="asked",
        note=" ".join(state.asked.reasons),
        step=step.position,
        audited=False,
        people=[person.name for person in state.asked.people],
        roles=list(state.asked.roles),
        due_at=step.due_at,
    )


def _carry(request: SpendRequest, ladder: Ladder, stage: int) -> Ladder:
    """Nobody is asked twice in a round: an approval counts at every step that the person fits."""
    carried: list[SpendDecision] = []
    approvals = [d for d in ladder.decisions if d.vote == Vote.FOR]
    for state in ladder.open:
        if state.step.stage != stage:
            continue
        for person in state.asked.people:
            if person.id in state.said:
                continue
            earlier = next((d for d in approvals if person.id in (d.member_id, d.actor_id)), None)
            if earlier is None:
                continue
            carried.append(
                SpendDecision(
                    request=request,
                    step=state.step,
                    round=request.round,
                    member_id=person.id,
                    actor_id=earlier.actor_id,
                    vote=Vote.FOR,
                    capacity=SpendDecision.Capacity.OWN,
                    carried=True,
                    at=moment.now(),
                    reason=earlier.reason,
                )
            )
            record(
                request,
                actor=BOWLINE,
                verb="carried",
                note=f"{person.name} has approved already and is not asked again.",
                step=state.step.position,
                audited=False,
                member=person.id,
            )
    if not carried:
        return ladder
    insert_all(carried)
    return ladder_again(ladder, carried)


def _conclude_step(request: SpendRequest, state: StepState, now: dt.datetime) -> Outcome:
    """Write down what a step's votes say, if they say something."""
    found = state.outcome
    if found is Outcome.OPEN:
        return found
    step = state.step
    approved = found is Outcome.APPROVED
    step.status = StepStatus.APPROVED if approved else StepStatus.REJECTED
    step.decided_at = now
    step.override = approved and state.override
    step.eligible = max(state.eligible, 1)
    step.needed = 1 if step.override else quorum.needed(step.rule, step.eligible)
    step.escalate_at = None
    record(
        request,
        actor=BOWLINE,
        verb="step_approved" if approved else "step_rejected",
        step=step.position,
        audited=False,
        in_favour=state.count(Vote.FOR),
        against=state.count(Vote.AGAINST),
        abstained=state.count(Vote.ABSTAIN),
        eligible=step.eligible,
        needed=step.needed,
    )
    return found


_TAKE = Prepared(
    """
update decisions_budget
set committed = committed + %(amount)s, excepted = excepted + %(more)s, updated_at = %(now)s
where tenant_id = %(tenant)s and id = %(line)s
  and committed + actual + %(amount)s <= allocated + excepted + %(more)s
returning id
""",
    tenant="uuid",
    line="uuid",
    amount="numeric",
    more="numeric",
    now="timestamptz",
)


def commit_budget(request: SpendRequest) -> None:
    """Commit the approved amount on the budget line, which is locked from here to the commit.

    Looking for room and taking it is one statement. Raises WrongState where neither the line nor
    finance's exception has room.
    """
    if request.budget_line_id is None:
        return
    amount, more = request.open_commitment, request.excepted_amount
    taken = _TAKE.rows(
        {
            "tenant": request.tenant_id,
            "line": request.budget_line_id,
            "amount": amount,
            "more": more,
            "now": timezone.now(),
        }
    )
    if not taken:
        line = budgets_for_change([request.budget_line_id])[request.budget_line_id]
        line.excepted += more
        check_room(line, amount, request)
        raise WrongState(f"{line.name} has just changed. Try again.")


def check_room(line: Budget, amount: Decimal, request: SpendRequest) -> None:
    """Raise WrongState unless `amount` more fits: committed + actual ≤ allocated + excepted."""
    over = line.committed + line.actual + amount - line.allocated - line.excepted
    if over > 0:
        available = money.in_words(max(line.available, ZERO), line.currency)
        raise WrongState(
            f"{line.name} has {available} left, {request.reference} needs "
            f"{money.in_words(amount, line.currency)}: "
            f"{money.in_words(over, line.currency)} too much. Finance can record an exception, "
            "or raise the budget."
        )


def release_budget(request: SpendRequest) -> None:
    """Give back what is committed and not paid, and the exception that it does not need."""
    remaining = request.open_commitment
    request.open_commitment = ZERO
    if request.budget_line_id is None:
        return
    line = budgets_for_change([request.budget_line_id])[request.budget_line_id]
    line.committed -= remaining
    spare = line.allocated + line.excepted - line.committed - line.actual
    unused = max(min(request.excepted_amount, spare), ZERO)
    line.excepted -= unused
    request.excepted_amount -= unused
    line.save(update_fields=["committed", "excepted", "updated_at"])
