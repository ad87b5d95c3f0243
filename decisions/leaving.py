"""What becomes of spend that waits for somebody who leaves, or loses a role."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID

from decisions.ladder import ladder_of
from decisions.models import SpendRequest
from decisions.pages import amount_short
from decisions.roster import load_roster
from decisions.routing import Roster, roles_in_words
from tenants.models import Member


@dataclass(frozen=True)
class HandedOn:
    """A request that waits for the member's own word, and to whom it would pass (nobody: it would
    wait until somebody gets the role)."""

    request: SpendRequest
    amount: str
    to: tuple[str, ...]
    role: str


def handed_on(member: Member, roles: Collection[str] = ()) -> list[HandedOn]:
    """What would not ask `member` any more if they held only `roles`; none: if they left.

    Three queries, four where somebody is away.
    """
    sent = SpendRequest.objects.filter(status=SpendRequest.Status.SUBMITTED).order_by("id")
    rows = list(sent.exclude(requester=member.pk).with_people().with_steps())
    if not rows:
        return []
    now = load_roster()
    then = _with_roles(now, member.pk, roles)
    return [found for row in rows for found in _handed_on(row, member, now, then)]


def _handed_on(request: SpendRequest, member: Member, now: Roster, then: Roster) -> list[HandedOn]:
    before, after = ladder_of(request, now), ladder_of(request, then)
    return [
        HandedOn(
            request,
            amount_short(request),
            tuple(person.name for person in later.waiting),
            roles_in_words(state.step.roles),
        )
        for state, later in zip(before.open, after.open, strict=True)
        if member.pk in {person.id for person in state.waiting}
        and member.pk not in {person.id for person in later.waiting}
    ]


def _with_roles(roster: Roster, member: UUID, roles: Collection[str]) -> Roster:
    """The people as they would be; who leaves lends nothing and stands in for nobody."""
    people = dict(roster.people)
    person = people.pop(member, None)
    if person is not None and roles:
        people[member] = replace(person, roles=frozenset(roles))
    kept = tuple(e for e in roster.stand_ins if e.principal in people and e.deputy in people)
    return Roster(people, kept)
