"""The rules of approval once more, as plainly as they can be said: lists, sets, no database.

Written apart from the engine, from the product's rules alone; `histories.py` plays the same random
history on both and compares. `Refused` is any refusal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

UP = ["cto", "finance", "executive", "board"]


class Refused(Exception):
    """The rules say no; nothing changes."""


@dataclass
class Word:
    """What was said at a step of the present round: whose word, by whom, carried over or not."""

    step: int
    whose: int
    by: int
    vote: str
    carried: bool = False


@dataclass
class Ask:
    """A request."""

    requester: int
    amount: int
    vendor: str
    uses_line: bool
    status: str = "draft"
    order: int | None = None
    tier: int | None = None
    sent_amount: int | None = None
    tiers: Any = None
    steps: list[dict[str, Any]] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    rounds: int = 0
    open_money: int = 0
    paid: int = 0
    bypassed_by: int | None = None
    ratified: bool = False


@dataclass
class SimpleModel:
    """A company: people by number, tiers, requests, one budget line."""

    roles: list[set[str]]
    tiers: list[tuple[int | None, bool, list[tuple[list[str], str, bool]]]]
    allocated: int
    gone: set[int] = field(default_factory=set)
    stands_in: dict[int, int] = field(default_factory=dict)
    asks: list[Ask] = field(default_factory=list)
    committed: int = 0
    actual: int = 0
    sent: int = 0

    # ---- who ----

    def people_with(self, roles: set[str]) -> list[int]:
        return [p for p, held in enumerate(self.roles) if held & roles and p not in self.gone]

    def asked(self, ask: Ask, step: int) -> list[int]:
        """Holders without the requester and the recused; else the next role up."""
        out = {ask.requester} | {w.whose for w in ask.words if w.vote == "recused"}
        roles = set(ask.steps[step]["roles"])
        while True:
            people = [p for p in self.people_with(roles) if p not in out]
            if people:
                return people
            above = max((UP.index(r) for r in roles if r in UP), default=-1) + 1
            if above == len(UP):
                return []
            roles = {UP[above]}

    def awaited(self, ask: Ask, step: int) -> list[int]:
        spoken = {w.whose for w in ask.words if w.step == step}
        return [p for p in self.asked(ask, step) if p not in spoken]

    def open_steps(self, ask: Ask) -> list[int]:
        return [n for n, s in enumerate(ask.steps) if s["state"] == "open"]

    def deputy(self, ask: Ask, person: int) -> int | None:
        """Who may act for a person at this request."""
        found = self.stands_in.get(person)
        recused = {w.whose for w in ask.words if w.vote == "recused"}
        if found is None or found == ask.requester or found in self.gone or found in recused:
            return None
        return found

    def waiting_for(self, number: int) -> set[int]:
        ask = self.asks[number]
        if ask.status != "submitted":
            return set()
        return {p for step in self.open_steps(ask) for p in self.awaited(ask, step)}

    # ---- what happens ----

    def make(self, requester: int, amount: int, vendor: str, uses_line: bool) -> None:
        self.asks.append(Ask(requester, amount, vendor, uses_line))

    def change(self, number: int, amount: int) -> None:
        ask = self.asks[number]
        if ask.status not in ("draft", "changes_requested"):
            raise Refused
        ask.amount = amount

    def submit(self, number: int) -> None:
        ask = self.asks[number]
        if ask.status not in ("draft", "changes_requested") or ask.requester in self.gone:
            raise Refused
        is_first = ask.order is None
        before = self.sent if is_first else ask.order
        counted = ask.amount + sum(
            other.sent_amount or 0
            for other in self.asks
            if other is not ask
            and other.order is not None
            and other.order < (before or 0)
            and other.status in ("submitted", "changes_requested", "approved", "ordered", "closed")
            and (other.requester == ask.requester or other.vendor == ask.vendor)
        )
        rules = ask.tiers or self.tiers
        tier = next(
            n
            for n, (limit, inclusive, _steps) in enumerate(rules)
            if limit is None or counted < limit or (inclusive and counted == limit)
        )
        if is_first or ask.amount > (ask.sent_amount or 0) or tier > (ask.tier or 0):
            trial = Ask(ask.requester, ask.amount, ask.vendor, ask.uses_line)
            trial.steps = self._steps(rules[tier][2])
            if any(not self.asked(trial, n) for n in range(len(trial.steps))):
                raise Refused
            ask.steps, ask.words, ask.bypassed_by = trial.steps, [], None
            ask.rounds += 1
        if is_first:
            ask.order = self.sent
            self.sent += 1
        ask.tiers, ask.tier, ask.sent_amount, ask.status = rules, tier, ask.amount, "submitted"
        self._settle(ask)

    @staticmethod
    def _steps(rules: list[tuple[list[str], str, bool]]) -> list[dict[str, Any]]:
        steps: list[dict[str, Any]] = []
        for roles, rule, parallel in rules:
            stage = 0 if not steps else steps[-1]["stage"] + (0 if parallel else 1)
            steps.append({"roles": roles, "rule": rule, "stage": stage, "state": "later"})
        return steps

    def say(self, number: int, actor: int, vote: str) -> None:
        """A word of the actor's own, or for the first person they stand in for."""
        ask = self.asks[number]
        if ask.status != "submitted" or actor == ask.requester or actor in self.gone:
            raise Refused
        if not self.roles[actor] - {"observer"}:
            raise Refused
        whose = self._authority(ask, actor)
        steps = [s for s in self.open_steps(ask) if whose in self.awaited(ask, s)]
        if vote == "abstain" and any(ask.steps[s]["rule"] != "majority" for s in steps):
            raise Refused
        ask.words += [Word(s, whose, actor, vote) for s in steps]
        self._settle(ask)

    def _authority(self, ask: Ask, actor: int) -> int:
        steps = self.open_steps(ask)
        if any(actor in self.awaited(ask, s) for s in steps):
            return actor
        if any(w.by == actor and w.step in steps and not w.carried for w in ask.words):
            raise Refused
        for step in steps:
            for person in self.awaited(ask, step):
                if self.deputy(ask, person) == actor:
                    return person
        raise Refused

    def send_back(self, number: int, actor: int) -> None:
        ask = self.asks[number]
        if ask.status != "submitted" or actor == ask.requester or actor in self.gone:
            raise Refused
        if not self.roles[actor] - {"observer"}:
            raise Refused
        self._authority(ask, actor)
        for step in self.open_steps(ask):
            ask.steps[step]["state"] = "later"
        ask.status = "changes_requested"

    def withdraw(self, number: int) -> None:
        ask = self.asks[number]
        if ask.status == "withdrawn":
            return
        if ask.status not in ("draft", "submitted", "changes_requested", "approved"):
            raise Refused
        self._release(ask)
        ask.status = "withdrawn"

    def bypass(self, number: int, actor: int) -> None:
        ask = self.asks[number]
        if (
            ask.status != "submitted"
            or actor == ask.requester
            or actor in self.gone
            or "executive" not in self.roles[actor]
        ):
            raise Refused
        self._commit(ask)
        ask.status, ask.bypassed_by, ask.ratified = "approved", actor, False

    def ratify(self, number: int, actor: int) -> None:
        ask = self.asks[number]
        if (
            ask.bypassed_by is None
            or ask.ratified
            or actor in (ask.requester, ask.bypassed_by)
            or actor in self.gone
            or not self.roles[actor] & {"finance", "board"}
        ):
            raise Refused
        ask.ratified = True

    def order(self, number: int) -> None:
        ask = self.asks[number]
        if ask.status != "approved":
            raise Refused
        ask.status = "ordered"

    def invoice(self, number: int, amount: int) -> None:
        ask = self.asks[number]
        if ask.status != "ordered" or ask.paid + amount > (ask.sent_amount or 0):
            raise Refused
        ask.open_money -= amount
        ask.paid += amount
        if ask.uses_line:
            self.committed -= amount
            self.actual += amount

    def close(self, number: int) -> None:
        ask = self.asks[number]
        if ask.status != "ordered":
            raise Refused
        self._release(ask)
        ask.status = "closed"

    def leave(self, person: int) -> None:
        self.gone.add(person)

    def set_roles(self, person: int, roles: set[str]) -> None:
        self.roles[person] = roles

    def lend(self, person: int, deputy: int) -> None:
        """Delegate; all of a history's delegations run at the same time."""
        if person == deputy or {person, deputy} & self.gone or person in self.stands_in:
            raise Refused
        if self.roles[deputy] == {"observer"}:
            raise Refused
        at: int | None = deputy
        while at is not None:
            if at == person:
                raise Refused
            at = self.stands_in.get(at)
        self.stands_in[person] = deputy

    # ---- what follows ----

    def _settle(self, ask: Ask) -> None:
        """Open, carry over, count; again and again until nothing moves."""
        while True:
            left = [s for s in ask.steps if s["state"] in ("later", "open")]
            if not left:
                self._commit(ask)
                ask.status = "approved"
                return
            stage = min(s["stage"] for s in left)
            now = [n for n, s in enumerate(ask.steps) if s in left and s["stage"] == stage]
            for n in now:
                ask.steps[n]["state"] = "open"
            self._carry(ask, now)
            results = [self._count(ask, n) for n in now]
            for n, result in zip(now, results, strict=True):
                if result == "yes":
                    ask.steps[n]["state"] = "approved"
            if "no" in results:
                ask.status = "rejected"
                return
            if "open" in results:
                return

    def _carry(self, ask: Ask, steps: list[int]) -> None:
        said_yes = [w for w in ask.words if w.vote == "for"]
        for step in steps:
            for person in self.awaited(ask, step):
                earlier = next((w for w in said_yes if person in (w.whose, w.by)), None)
                if earlier is not None:
                    ask.words.append(Word(step, person, earlier.by, "for", carried=True))

    def _count(self, ask: Ask, step: int) -> str:
        words = [w for w in ask.words if w.step == step and w.vote != "recused"]
        everybody = set(self.asked(ask, step)) | {w.whose for w in words}
        yes = sum(w.vote == "for" for w in words)
        no = sum(w.vote == "against" for w in words)
        silent = sum(w.vote == "abstain" for w in words)
        rule = ask.steps[step]["rule"]
        if not everybody:
            return "open"
        if rule == "majority":
            if yes * 2 > len(everybody):
                return "yes"
            could = len(everybody) - no - silent
            return "open" if could * 2 > len(everybody) else "no"
        if no:
            return "no"
        return "yes" if yes >= (1 if rule == "any" else len(everybody)) else "open"

    def _commit(self, ask: Ask) -> None:
        amount = ask.sent_amount or 0
        if ask.uses_line:
            if self.committed + self.actual + amount > self.allocated:
                raise Refused
            self.committed += amount
        ask.open_money = amount

    def _release(self, ask: Ask) -> None:
        if ask.uses_line:
            self.committed -= ask.open_money
        ask.open_money = 0
