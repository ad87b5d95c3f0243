"""How a request's ladder stands right now: who is asked at each step, what they said, what follows.

Read anew from rows and people each time. Writes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from decisions import quorum
from decisions.models import SpendDecision, SpendRequest, SpendStep
from decisions.quorum import Outcome, Vote
from decisions.roster import load_roster
from decisions.routing import Asked, Person, Roster, Rung, StandIn, asked, passed_to, rungs_above

ESCALATION = SpendDecision.Capacity.ESCALATION


@dataclass(frozen=True)
class StepState:
    """A step as it stands: `asked` decides by the rule; each of `above`, to whom it was passed
    because it was late, decides alone."""

    step: SpendStep
    asked: Asked
    above: Asked
    decisions: tuple[SpendDecision, ...]
    recused: frozenset[UUID]
    roster: Roster = field(repr=False)
    requester: UUID = field(repr=False)

    @property
    def cast(self) -> tuple[SpendDecision, ...]:
        """What counts: everything said but recusals."""
        return tuple(d for d in self.decisions if d.vote != Vote.RECUSED)

    @property
    def said(self) -> frozenset[UUID]:
        """Whose word was given at this step, recusals included."""
        return frozenset(d.member_id for d in self.decisions)

    @property
    def eligible(self) -> int:
        """The denominator: those asked, and those who voted and left since."""
        voted = {d.member_id for d in self.cast if d.capacity != ESCALATION}
        return len(self.asked.ids | voted)

    def count(self, vote: Vote) -> int:
        return sum(d.vote == vote and d.capacity != ESCALATION for d in self.cast)

    @property
    def needed(self) -> int:
        """How many must be for it."""
        return quorum.needed(self.step.rule, self.eligible)

    @property
    def override(self) -> bool:
        """Whether somebody to whom it was passed approved in place of those who were late."""
        return any(d.vote == Vote.FOR and d.capacity == ESCALATION for d in self.cast)

    @property
    def outcome(self) -> Outcome:
        """What the votes so far say; to whom it was passed decides alone."""
        for decision in self.cast:
            if decision.capacity == ESCALATION and decision.vote != Vote.ABSTAIN:
                is_for = decision.vote == Vote.FOR
                return Outcome.APPROVED if is_for else Outcome.REJECTED
        return quorum.outcome(
            self.step.rule,
            eligible=self.eligible,
            for_=self.count(Vote.FOR),
            against=self.count(Vote.AGAINST),
            abstained=self.count(Vote.ABSTAIN),
        )

    @property
    def waiting(self) -> tuple[Person, ...]:
        """Those whose word is still awaited, where the step is open."""
        if self.step.status != SpendStep.Status.OPEN:
            return ()
        everybody = (*self.asked.people, *self.above.people)
        return tuple(person for person in everybody if person.id not in self.said)

    def passes_to(self, path: Sequence[Rung]) -> tuple[tuple[str, ...], tuple[Person, ...], bool]:
        """Where the step goes once it is late: the rungs of `path` it passes to next, up to the
        first that has somebody new; those people; and whether there are further rungs after it."""
        rungs = rungs_above(self.asked, path, self.roster)
        ahead = [rung.key for rung in rungs if rung.key not in self.step.escalated_to]
        out: dict[str, Any] = {"requester": self.requester, "recused": self.recused}
        for count in range(1, len(ahead) + 1):
            keys = [*self.step.escalated_to, *ahead[:count]]
            above = passed_to(keys, self.asked, self.roster, **out)
            fresh = tuple(person for person in above.people if person.id not in self.above.ids)
            if fresh:
                return tuple(ahead[:count]), fresh, count < len(ahead)
        return tuple(ahead), (), False

    def stand_ins(self, person: UUID) -> list[StandIn]:
        """Who may act for this person here; never the requester, nor who is recused."""
        found = self.roster.deputies_of(person, requester=self.requester)
        return [each for each in found if each.deputy not in self.recused]

    def can_decide(self, member_id: UUID) -> bool:
        """Whether this member can say something here now, for themselves or for another."""
        return any(
            person.id == member_id
            or any(each.deputy == member_id for each in self.stand_ins(person.id))
            for person in self.waiting
        )


@dataclass(frozen=True)
class Ladder:
    """The present round of a request."""

    request: SpendRequest
    steps: tuple[StepState, ...]
    decisions: tuple[SpendDecision, ...]
    roster: Roster = field(repr=False)

    @property
    def open(self) -> tuple[StepState, ...]:
        """The steps that are asked now."""
        return tuple(s for s in self.steps if s.step.status == SpendStep.Status.OPEN)

    @property
    def current(self) -> StepState | None:
        """The first of them."""
        return next(iter(self.open), None)

    def waits_for(self, member_id: UUID) -> bool:
        """Whether this member can decide something now."""
        is_waiting = self.request.status == SpendRequest.Status.SUBMITTED
        return is_waiting and any(state.can_decide(member_id) for state in self.open)

    def has_place(self, member_id: UUID) -> bool:
        """Whether this member is, was or will be asked in this round."""
        if any(member_id in (d.member_id, d.actor_id) for d in self.decisions):
            return True
        for state in self.steps:
            people = (*state.asked.people, *state.above.people)
            if any(
                person.id == member_id
                or any(each.deputy == member_id for each in state.stand_ins(person.id))
                for person in people
            ):
                return True
        return False


def ladder_of(
    request: SpendRequest,
    roster: Roster | None = None,
    *,
    steps: Iterable[SpendStep] | None = None,
    decisions: Iterable[SpendDecision] | None = None,
) -> Ladder:
    """The present round; reads what is not given (prefetched rows are used as they are)."""
    roster = roster if roster is not None else load_roster()
    rows = request.step_rows.all() if steps is None else steps  # type: ignore[attr-defined]
    said = request.decision_rows.all() if decisions is None else decisions  # type: ignore[attr-defined]
    now = [row for row in rows if row.round == request.round]
    spoken = tuple(sorted((d for d in said if d.round == request.round), key=_by_time))
    return Ladder(
        request,
        tuple(step_state(row, request, spoken, roster) for row in sorted(now, key=_by_place)),
        spoken,
        roster,
    )


def step_state(
    step: SpendStep, request: SpendRequest, spoken: Iterable[SpendDecision], roster: Roster
) -> StepState:
    """One step as it stands, from what was said in its round."""
    spoken = tuple(spoken)
    recused = frozenset(d.member_id for d in spoken if d.vote == Vote.RECUSED)
    out: dict[str, Any] = {"requester": request.requester_id, "recused": recused}
    answer = asked(step.roles, roster, **out)
    above = passed_to(step.escalated_to, answer, roster, **out)
    here = tuple(d for d in spoken if d.step_id == step.pk)
    return StepState(step, answer, above, here, recused, roster, request.requester_id)


def ladder_again(ladder: Ladder, said: Iterable[SpendDecision] = ()) -> Ladder:
    """The same round after its steps changed and `said` was added; no query."""
    return ladder_of(
        ladder.request,
        ladder.roster,
        steps=[state.step for state in ladder.steps],
        decisions=[*ladder.decisions, *said],
    )


def _by_place(step: SpendStep) -> int:
    return step.position


def _by_time(decision: SpendDecision) -> tuple[Any, UUID]:
    return decision.at, decision.pk
