"""Moving a request along its ladder. The caller holds the request's row."""

import datetime as dt
from decimal import Decimal

from decisions import clocks, moment, money, notices, quorum, routing
from decisions.ladder import Ladder, StepState, ladder_of, step_state
from decisions.locks import budgets_for_change
from decisions.models import Budget, SpendDecision, SpendRequest, SpendStep
from decisions.quorum import Outcome, Vote
from decisions.roster import load_roster
from decisions.routing import Roster
from decisions.services.trail import record
from decisions.tiers import StepRule, stages
from tenants.audit.actors import SystemActor
from tenants.errors import Invalid, WrongState
from tenants.notifications.services import settle

ZERO = Decimal(0)
BOWLINE = SystemActor()
RECHECK = dt.timedelta(hours=1)  # how soon the clocks look at who is there, whatever is due
Status, StepStatus = SpendRequest.Status, SpendStep.Status


def ladder_now(request: SpendRequest, roster: Roster | None = None) -> Ladder:
    """The request's present round, read under its lock."""
    return ladder_of(
        request,
        roster,
        steps=list(SpendStep.objects.filter(request=request, round=request.round)),
        decisions=list(
            SpendDecision.objects.filter(request=request, round=request.round).select_related(
                "member__user", "actor__user"
            )
        ),
    )


def begin_round(request: SpendRequest, steps: tuple[StepRule, ...], roster: Roster) -> None:
    """A new round with these steps, none of them open yet.

    Raises Invalid where a step has nobody who may approve it: neither its role nor one above it.
    """
    for rule in steps:
        answer = routing.asked(rule.roles, roster, requester=request.requester_id)
        if not answer.people:
            raise Invalid({"": f"{' '.join(answer.reasons)} An admin can give someone the role."})
    request.round += 1
    SpendStep.objects.bulk_create(
        SpendStep(
            request=request,
            round=request.round,
            position=position,
            stage=stage,
            roles=list(rule.roles),
            rule=rule.rule,
            hours=rule.hours,
        )
        for position, (rule, stage) in enumerate(zip(steps, stages(steps), strict=True), 1)
    )


def advance(request: SpendRequest, *, roster: Roster | None = None) -> Ladder:
    """Open what can be opened, carry over what was said, and draw the conclusions.

    Ends with the request approved, rejected or waiting; saves it. Raises WrongState where its
    budget line has no room.
    """
    roster = roster or load_roster()
    now = moment.now()
    while True:
        ladder = ladder_now(request, roster)
        pending = [
            s for s in ladder.steps if s.step.status in (StepStatus.WAITING, StepStatus.OPEN)
        ]
        if not pending:
            conclude_approved(request)
            return ladder
        stage = min(state.step.stage for state in pending)
        todo = [state for state in pending if state.step.stage == stage]
        waiting = [state for state in todo if state.step.status == StepStatus.WAITING]
        for state in waiting:
            _open(request, state, now)
        if waiting:
            ladder = ladder_now(request, roster)
        sync_asked(request, ladder)
        ladder = _carry(request, ladder, stage)
        outcomes = [
            _conclude_step(request, state, now)
            for state in ladder.open
            if state.step.stage == stage
        ]
        if Outcome.OPEN not in outcomes:
            settle(target=request, kinds=notices.ASKING)
        if Outcome.REJECTED in outcomes:
            conclude(request, Status.REJECTED)
            notices.tell_decided(request, actor=BOWLINE)
            return ladder
        if Outcome.OPEN in outcomes:
            request.status = Status.SUBMITTED
            set_check(request, ladder)
            request.save()
            _tell(request, ladder)
            return ladder


def conclude_approved(request: SpendRequest) -> None:
    """Approve the request and commit its amount; raises WrongState without room in the budget."""
    commit_budget(request)
    request.status = Status.APPROVED
    request.decided_at = moment.now()
    request.check_at = request.expires_at = None
    if request.is_bypass_open:
        request.check_at = request.ratify_due_at
    request.save()
    record(
        request,
        actor=BOWLINE,
        verb="approved",
        audited=False,
        commitment_amount=request.commitment_amount,
        currency=request.home_currency,
    )
    notices.tell_decided(request, actor=BOWLINE)


def conclude(request: SpendRequest, status: str) -> None:
    """End the request's wait in this status; steps that were not decided are stopped."""
    request.status = status
    request.decided_at = moment.now()
    request.check_at = request.expires_at = None
    request.save()
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
        if step.escalated_at is None and step.due_at is not None:
            moments.append(step.due_at)
    request.check_at = min(moments)


def sync_asked(request: SpendRequest, ladder: Ladder) -> None:
    """Write down where an open step asks other people than before, and why: someone left, came,
    or is recused."""
    for state in ladder.open:
        step, now = state.step, sorted(state.asked.ids)
        if step.above != (above := sorted(state.above.ids)):
            step.above = above
            step.save(update_fields=["above"])
        if step.asked == now:
            continue
        gone = [pk for pk in step.asked if pk not in state.asked.ids and pk not in state.said]
        fresh = [person for person in state.asked.people if person.id not in step.asked]
        step.asked = now
        step.save(update_fields=["asked"])
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
    step.save()
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


def _tell(request: SpendRequest, ladder: Ladder) -> None:
    """Tell those whose word an open step awaits, once."""
    for state in ladder.open:
        notices.tell_asked(request, state)


def _carry(request: SpendRequest, ladder: Ladder, stage: int) -> Ladder:
    """Nobody is asked twice in a round: an approval counts at every step that the person fits."""
    carried = False
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
            carried = True
            made = SpendDecision.objects.create(
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
            record(
                request,
                actor=BOWLINE,
                verb="carried",
                note=f"{person.name} has approved already and is not asked again.",
                step=state.step.position,
                audited=False,
                member=made.member_id,
            )
    return ladder_now(request, ladder.roster) if carried else ladder


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
    step.save()
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


def commit_budget(request: SpendRequest) -> None:
    """Commit the approved amount on the budget line, which is locked from here to the commit.

    Raises WrongState where neither the line nor finance's exception has room for it.
    """
    amount = request.commitment_amount or ZERO
    request.open_commitment = amount
    if request.budget_line_id is None:
        return
    line = budgets_for_change([request.budget_line_id])[request.budget_line_id]
    line.excepted += request.excepted_amount
    check_room(line, amount, request)
    line.committed += amount
    line.save(update_fields=["committed", "excepted", "updated_at"])


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


def refreshed(request: SpendRequest, step: SpendStep, ladder: Ladder) -> StepState:
    """A step as it stands with its row as it is now."""
    return step_state(step, request, ladder.decisions, ladder.roster)
