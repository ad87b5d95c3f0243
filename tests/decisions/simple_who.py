"""The people of the simple model: who is asked, who stands in for whom, who comes and goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.decisions.simple_parts import DAY, UP, Absence, Ask, Refused, height


@dataclass
class SimplePeople:
    """A company: people by number, tiers, perhaps a charter, requests, one budget line.

    The charter is who decides on vendors, and the path of a late step: roles, or people by number.
    The first person is the CTO whom the engagement names: away for `deputy_from` days or more they
    need a deputy. `told` is who was reminded of which step, and to whom it passed.
    """

    roles: list[set[str]]
    tiers: list[tuple[int | None, bool, list[tuple[list[str], str, bool, int]]]]
    allocated: int
    own_authority: bool = False
    charter: tuple[str, list[Any]] | None = None
    currency: str = "USD"
    deputy_from: int = 5
    now: int = 0
    rates: dict[tuple[str, int], Fraction] = field(default_factory=dict)
    away: list[Absence] = field(default_factory=list)
    told: list[tuple[str, int, int, int, list[int]]] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)
    lent: list[tuple[int, int, int, int]] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    committed: int = 0
    actual: int = 0
    excepted: int = 0
    sent: int = 0

    # ---- who is asked ----

    def people_with(self, roles: set[str]) -> list[int]:
        return [p for p, held in enumerate(self.roles) if held & roles and p not in self.gone]

    def out(self, ask: Ask) -> set[int]:
        """Who has no say: the requester and who is recused."""
        return {ask.requester} | {w.whose for w in ask.words if w.vote == "recused"}

    def asked_as(self, ask: Ask, step: int) -> tuple[list[int], set[str]]:
        """Holders without those; else the next role up. And the roles they are asked as."""
        roles = set(ask.steps[step]["roles"])
        while True:
            people = [p for p in self.people_with(roles) if p not in self.out(ask)]
            above = max(map(height, roles), default=-1) + 1
            if people or above == len(UP):
                return people, roles
            roles = {UP[above]}

    def asked(self, ask: Ask, step: int) -> list[int]:
        return self.asked_as(ask, step)[0]

    def rung(self, rung: Any) -> list[int]:
        """The people of a rung of a path."""
        if isinstance(rung, str):
            return self.people_with({rung})
        return [] if rung in self.gone else [rung]

    def above(self, ask: Ask, step: int) -> list[int]:
        """To whom the step was passed, without those who are asked anyway."""
        asked, found = self.asked(ask, step), []
        for rung in ask.steps[step]["passed"]:
            found += [p for p in self.rung(rung) if p not in found]
        return [p for p in found if p not in asked and p not in self.out(ask)]

    def awaited(self, ask: Ask, step: int) -> list[int]:
        spoken = {w.whose for w in ask.words if w.step == step}
        return [p for p in self.asked(ask, step) + self.above(ask, step) if p not in spoken]

    def open_steps(self, ask: Ask) -> list[int]:
        return [n for n, s in enumerate(ask.steps) if s["state"] == "open"]

    def stand_ins(self, person: int) -> list[tuple[str, int]]:
        """Who may act for a person now: to whom they lent their authority, who covers for them."""
        lent, covers = self.holds_for(person, self.now), self.covers(person)
        found = [("delegation", lent), ("coverage", covers)]
        return [(how, each) for how, each in found if each is not None]

    def covers(self, person: int) -> int | None:
        """Who has the queue of somebody who is away; a deputy who is away too hands it on."""
        today = self.now // DAY
        deputies = {
            each.person: each.deputy
            for each in self.away
            if each.first <= today <= each.last and (each.ended is None or each.ended > self.now)
        }
        at, seen = person, [person]
        while at in deputies:
            found = deputies[at]
            if found is None or found in seen or found in self.gone:
                return None
            seen.append(found)
            at = found
        return None if at == person else at

    def holds_for(self, person: int, at: int) -> int | None:
        return next(
            (d for p, d, start, end in self.lent if p == person and start <= at < end), None
        )

    def deputies(self, ask: Ask, person: int) -> list[tuple[str, int]]:
        """Who may act for a person at this request, and as what."""
        return [
            (how, each)
            for how, each in self.stand_ins(person)
            if each not in self.gone and each not in self.out(ask)
        ]

    def waiting_for(self, number: int) -> set[int]:
        ask = self.asks[number]
        if ask.status != "submitted":
            return set()
        return {p for step in self.open_steps(ask) for p in self.awaited(ask, step)}

    # ---- people and rules ----

    def leave(self, person: int) -> None:
        self.gone.add(person)

    def set_roles(self, person: int, roles: set[str]) -> None:
        self.roles[person] = roles

    def new_tiers(self, tiers: Any, own_authority: bool) -> None:
        """What was sent keeps the tiers that it was sent under."""
        self.tiers, self.own_authority = tiers, own_authority

    def lend(self, person: int, deputy: int, starts: int, ends: int) -> None:
        """Delegate from `starts` until before `ends`; no second one meanwhile, and no circle at
        any time of it."""
        if person == deputy or {person, deputy} & self.gone or self.roles[deputy] == {"observer"}:
            raise Refused
        if any(p == person and s < ends and starts < e for p, _, s, e in self.lent):
            raise Refused
        for instant in [starts, *(s for _, _, s, _ in self.lent if starts <= s < ends)]:
            at: int | None = deputy
            for _ in range(len(self.roles) + 1):
                at = None if at is None else self.holds_for(at, instant)
                if at == person:
                    raise Refused
        self.lent.append((person, deputy, starts, ends))

    def plan_absence(self, person: int, first: int, last: int, deputy: int | None) -> None:
        """Away on days to come, not twice on one day; somebody else covers, and nobody in a circle
        on any of the days. The CTO's longer ones need a deputy."""
        if person in self.gone or first < self.now // DAY or last < first:
            raise Refused
        standing = [each for each in self.away if each.ended is None]
        if any(p.person == person and p.first <= last and first <= p.last for p in standing):
            raise Refused
        if deputy is None:
            if person == 0 and last - first + 1 >= self.deputy_from:
                raise Refused
        elif deputy == person or deputy in self.gone:
            raise Refused
        new = Absence(person, first, last, deputy)
        for day in range(first, last + 1):
            covers = {p.person: p.deputy for p in [*standing, new] if p.first <= day <= p.last}
            at: int | None = deputy
            for _ in covers:
                if at == person:
                    raise Refused
                at = covers.get(at) if at is not None else None
        self.away.append(new)

    def back(self, place: int) -> None:
        """An absence is cancelled, until it is over; twice is harmless."""
        absence = self.away[place]
        if absence.ended is None:
            if absence.last < self.now // DAY:
                raise Refused
            absence.ended = self.now
