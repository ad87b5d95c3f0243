"""Who is asked, and why: roles, separation of duties, the next role up, who stands in. Pure.

Answers are made anew from the people there are, each time: an approver who leaves is not asked any
more, one who comes is, and the reason can be said in words.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from decisions.tiers import role_name
from tenants.permissions import ROLE_NAMES, Role

LADDER = (Role.CTO.value, Role.FINANCE.value, Role.EXECUTIVE.value, Role.BOARD.value)
"""The next role up when nobody of a step's own may approve."""


@dataclass(frozen=True)
class Person:
    """An active member."""

    id: UUID
    name: str
    roles: frozenset[str]


@dataclass(frozen=True)
class StandIn:
    """`deputy` may act for `principal` now. Not passed on: who stands in lends nothing further."""

    principal: UUID
    deputy: UUID
    reason: str  # delegation, coverage


@dataclass(frozen=True)
class Roster:
    """The active people of a company and who stands in for whom, at one instant."""

    people: dict[UUID, Person]
    stand_ins: tuple[StandIn, ...] = ()

    def holders(self, roles: Iterable[str], *, without: Collection[UUID] = ()) -> list[Person]:
        """Active holders of any of the roles, oldest membership first."""
        wanted = frozenset(roles)
        found = [p for p in self.people.values() if p.roles & wanted and p.id not in without]
        return sorted(found, key=lambda person: person.id)

    def deputies_of(self, principal: UUID, *, requester: UUID | None) -> list[StandIn]:
        """Who may act for this person; never the requester."""
        return [
            each
            for each in self.stand_ins
            if each.principal == principal
            and each.deputy != requester
            and each.deputy in self.people
        ]

    def name(self, person: UUID | None) -> str:
        found = self.people.get(person) if person else None
        return found.name if found else "someone who left"


@dataclass(frozen=True)
class Asked:
    """The people of a step, the roles they are asked as, and why it is not the step's own."""

    people: tuple[Person, ...]
    roles: tuple[str, ...]
    reasons: tuple[str, ...] = ()

    @property
    def ids(self) -> frozenset[UUID]:
        return frozenset(person.id for person in self.people)


def asked(
    roles: Collection[str],
    roster: Roster,
    *,
    requester: UUID | None,
    recused: Collection[UUID] = (),
) -> Asked:
    """Who decides a step: its role's holders but the requester and who is recused.

    Where that leaves nobody, the next role up is asked (cto → finance → executive → board).
    Without anybody up there either, `people` is empty.
    """
    out = {requester, *recused} - {None}
    current: tuple[str, ...] = tuple(roles)
    reasons: list[str] = []
    while True:
        people = roster.holders(current, without=out)  # type: ignore[arg-type]
        if people:
            return Asked(tuple(people), current, tuple(reasons))
        above = next_role_up(current)
        reasons.append(_why_moved(current, above, roster, requester=requester, recused=recused))
        if above is None:
            return Asked((), current, tuple(reasons))
        current = (above,)


def rank(role: str) -> int:
    """How high a role stands on the ladder, from 0; -1 for one that is not on it."""
    return LADDER.index(role) if role in LADDER else -1


def next_role_up(roles: Collection[str]) -> str | None:
    """The role above the highest of these on the ladder; None above the board."""
    place = max((rank(role) for role in roles), default=-1) + 1
    return LADDER[place] if place < len(LADDER) else None


@dataclass(frozen=True)
class Rung:
    """A place on an escalation path: a role, or one person."""

    role: str = ""
    person: UUID | None = None

    @classmethod
    def of(cls, key: str) -> "Rung":
        """From what a step keeps; see `key`."""
        return cls(role=key) if key in set(Role) else cls(person=UUID(key))

    @property
    def key(self) -> str:
        """What a step keeps: the role, or the person's id."""
        return self.role or str(self.person)

    def holders(self, roster: Roster) -> list[Person]:
        """The active people it means."""
        if self.role:
            return roster.holders((self.role,))
        found = roster.people.get(self.person) if self.person else None
        return [found] if found is not None else []


def rungs_above(answer: Asked, path: Sequence[Rung], roster: Roster) -> tuple[Rung, ...]:
    """The rungs of `path` that a step asked of `answer` passes to when it is late, in order.

    Those after the last rung that means the step's own role or one of its people; of these only
    who stands above the step on the ladder, for a path says who is next and gives nobody more
    authority. Where that leaves none, the roles above it on the ladder.
    """
    place = max((rank(role) for role in answer.roles), default=-1)
    own = [n for n, r in enumerate(path) if r.role in answer.roles or r.person in answer.ids]
    after = path[own[-1] + 1 :] if own else path
    found = tuple(rung for rung in after if _highest(rung, roster) > place)
    return found or tuple(Rung(role=role) for role in LADDER[place + 1 :])


def _highest(rung: Rung, roster: Roster) -> int:
    """The rank of a rung's role, or of the highest role of its person."""
    if rung.role:
        return rank(rung.role)
    return max((rank(role) for p in rung.holders(roster) for role in p.roles), default=-1)


def passed_to(
    keys: Iterable[str],
    answer: Asked,
    roster: Roster,
    *,
    requester: UUID | None,
    recused: Collection[UUID] = (),
) -> Asked:
    """Who decides a late step besides those who are asked: the people of the rungs in `keys`,
    without the requester and who is recused."""
    out = {requester, *recused, *answer.ids}
    people: dict[UUID, Person] = {}
    roles: list[str] = []
    for rung in map(Rung.of, keys):
        for person in rung.holders(roster):
            if person.id not in out:
                people[person.id] = person
        roles += [rung.role] if rung.role else []
    return Asked(tuple(people.values()), tuple(roles))


def roles_in_words(roles: Iterable[str]) -> str:
    """`CTO or Finance`, in the order of the role matrix."""
    wanted = set(roles)
    return " or ".join(ROLE_NAMES[role] for role in Role if role.value in wanted)


def _why_moved(
    current: Collection[str],
    above: str | None,
    roster: Roster,
    *,
    requester: UUID | None,
    recused: Collection[UUID],
) -> str:
    holders = roster.holders(current)
    name = roles_in_words(current)
    if not holders:
        why = f"Nobody holds the role {name}"
    elif [person.id for person in holders] == [requester]:
        why = f"{holders[0].name} asks for this and alone holds the role {name}"
    elif requester in {person.id for person in holders}:
        who = roster.name(requester)
        why = f"{who} asks for this and all others with the role {name} are recused"
    else:
        why = f"All with the role {name} are recused"
    if above is None:
        return f"{why}, and there is no role above it."
    return f"{why}, so the step goes to the next role up, {role_name(above)}."
