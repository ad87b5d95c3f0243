"""The rules of approval once more, as plainly as they can be said: lists, sets, no database.

Written apart from the engine, from the product's rules alone; `histories.py` plays the same random
history on both and compares. Its parts and units are in `simple_parts.py`, its people in
`simple_who.py`.
"""

from __future__ import annotations

import copy
from fractions import Fraction
from math import floor
from typing import Any

from tests.decisions.simple_parts import (
    ASKS_FOR,
    COUNTED,
    DAY,
    DECIMALS,
    EXPIRES,
    RATE_DAYS,
    RATIFY_HOURS,
    SPLITTING,
    UP,
    Ask,
    Price,
    Refused,
    Word,
    height,
    working,
)
from tests.decisions.simple_who import SimplePeople


class SimpleModel(SimplePeople):
    """A company whose requests are asked, decided, paid, and looked at as time passes."""

    # ---- asking ----

    def make(self, requester: int, price: Price, vendor: str, uses_line: bool) -> None:
        if requester in self.gone or self.roles[requester] == {"observer"}:
            raise Refused
        self.asks.append(Ask(requester, price, vendor, uses_line))

    def _by_requester(self, ask: Ask) -> None:
        if ask.requester in self.gone or self.roles[ask.requester] == {"observer"}:
            raise Refused

    def change(self, number: int, price: Price) -> None:
        ask = self.asks[number]
        self._by_requester(ask)
        if ask.status not in ("draft", "changes_requested"):
            raise Refused
        ask.price = price

    def submit(self, number: int) -> None:
        ask = self.asks[number]
        self._by_requester(ask)
        if ask.status not in ("draft", "changes_requested"):
            raise Refused
        self._send(ask)

    def amend(self, number: int, price: Price, vendor: str) -> None:
        """Change what waits or is approved, and send it again."""
        ask = self.asks[number]
        self._by_requester(ask)
        if ask.status not in ("submitted", "approved"):
            raise Refused
        if (ask.price, ask.vendor) == (price, vendor):
            return
        if ask.status == "approved":
            self._release(ask)
            ask.excepted = 0
        ask.price, ask.vendor = price, vendor
        self._send(ask)

    def worth(self, ask: Ask) -> int:
        """The whole price in the company's currency, half a unit up."""
        assert ask.rate is not None
        shift = Fraction(10) ** (DECIMALS[self.currency] - DECIMALS[ask.price.currency])
        return floor(ask.price.total() * ask.rate * shift + Fraction(1, 2))

    def _freeze_rate(self, ask: Ask) -> None:
        """The newest rate of today and the 31 days before; kept until the currency changes."""
        currency, today = ask.price.currency, self.now // DAY
        if ask.rate is not None and ask.rate_for == currency:
            return
        known = [today] if currency == self.currency else []
        known += [day for code, day in self.rates if code == currency and day <= today]
        if not known or max(known) < today - RATE_DAYS:
            raise Refused
        ask.rate_for, ask.rate_day = currency, max(known)
        ask.rate = self.rates.get((currency, max(known)), Fraction(1))

    def record_rate(self, currency: str, day: int, rate: Fraction) -> None:
        if currency == self.currency or day > self.now // DAY:
            raise Refused
        self.rates[currency, day] = rate

    def _send(self, ask: Ask) -> None:
        first = ask.order is None
        if first:
            ask.rules, ask.own_allowed = self.tiers, self.own_authority
            ask.order, ask.sent_at = self.sent, self.now
            self.sent += 1
        self._freeze_rate(ask)
        amount = self.worth(ask)
        if amount == 0:
            raise Refused
        grew = not first and (amount > (ask.sent_amount or 0) or ask.vendor != ask.sent_vendor)
        counted = amount + sum(
            other.sent_amount or 0 for other in self.asks if self._counts(ask, other, grew)
        )
        tier = next(
            n
            for n, (limit, inclusive, _steps) in enumerate(ask.rules)
            if limit is None or counted < limit or (inclusive and counted == limit)
        )
        needs_more = first or grew or tier > (ask.tier or 0) or not ask.steps
        ask.tier, ask.sent_amount, ask.sent_vendor = tier, amount, ask.vendor
        if self._may_alone(ask):
            ask.rounds, ask.steps, ask.words, ask.own = ask.rounds + 1, [], [], True
            self._approve(ask)
            return
        if needs_more:
            ask.steps, ask.words = self._steps(ask.rules[tier][2]), []
            if any(not self.asked(ask, n) for n in range(len(ask.steps))):
                raise Refused
            ask.bypassed_by, ask.flagged = None, False
            ask.rounds += 1
        ask.status, ask.own = "submitted", False
        self._settle(ask)

    def _counts(self, ask: Ask, other: Ask, grew: bool) -> bool:
        """Whether another request counts together with this one."""
        if other is ask or other.order is None or other.status not in COUNTED:
            return False
        assert other.sent_at is not None
        assert ask.sent_at is not None
        assert ask.order is not None
        near = abs(other.sent_at - ask.sent_at) < SPLITTING
        same = other.requester == ask.requester or other.sent_vendor == ask.vendor
        return near and same and (grew or other.order < ask.order)

    def _may_alone(self, ask: Ask) -> bool:
        """Within own authority: opted in, first tier, the requester's own roles; not where the
        charter leaves it to somebody above them."""
        mine = self.roles[ask.requester]
        if not ask.own_allowed or ask.tier != 0:
            return False
        if any(not set(roles) & mine for roles, *_ in ask.rules[0][2]):
            return False
        needed = ASKS_FOR.get(self.charter[0]) if self.charter else None
        return needed is None or any(height(role) >= height(needed) for role in mine)

    def _steps(self, rules: list[tuple[list[str], str, bool, int]]) -> list[dict[str, Any]]:
        """The steps of a tier, and the one that the charter asks for besides."""
        steps: list[dict[str, Any]] = []
        needed = ASKS_FOR.get(self.charter[0]) if self.charter else None
        if needed is not None and not any(
            all(height(role) >= height(needed) for role in roles) for roles, *_ in rules
        ):
            more = (
                ([needed], "majority", False, 120)
                if needed == "board"
                else ([needed], "any", False, 48)
            )
            rules = [*rules, more]
        for roles, rule, parallel, hours in rules:
            stage = 0 if not steps else steps[-1]["stage"] + (0 if parallel else 1)
            steps.append(
                {"roles": roles, "rule": rule, "stage": stage, "hours": hours, "state": "later",
                 "passed": [], "next": None, "reminded": None}
            )  # fmt: skip
        return steps

    # ---- saying ----

    def say(self, number: int, actor: int, vote: str) -> None:
        """A word of the actor's own, or for the first person they stand in for."""
        ask = self.asks[number]
        whose, how = self._authority(ask, actor)
        steps = [s for s in self.open_steps(ask) if whose in self.awaited(ask, s)]
        if vote == "abstain" and any(ask.steps[s]["rule"] != "majority" for s in steps):
            raise Refused
        passed = {s for s in steps if whose not in self.asked(ask, s)}
        ask.words += [
            Word(
                s, whose, actor, vote, passed=s in passed, how="escalation" if s in passed else how
            )
            for s in steps
        ]
        self._settle(ask)

    def _authority(self, ask: Ask, actor: int) -> tuple[int, str]:
        """Whose word it is, and as what it is said."""
        if ask.status != "submitted" or actor == ask.requester or actor in self.gone:
            raise Refused
        if not self.roles[actor] - {"observer"}:
            raise Refused
        steps = self.open_steps(ask)
        if any(actor in self.awaited(ask, s) for s in steps):
            return actor, "own"
        if any(w.by == actor and w.step in steps and not w.carried for w in ask.words):
            raise Refused
        for step in steps:
            for person in self.awaited(ask, step):
                for how, each in self.deputies(ask, person):
                    if each == actor:
                        return person, how
        raise Refused

    def send_back(self, number: int, actor: int) -> None:
        ask = self.asks[number]
        self._authority(ask, actor)
        for step in self.open_steps(ask):
            ask.steps[step] |= {"state": "later", "passed": [], "next": None}
        ask.status = "changes_requested"

    def withdraw(self, number: int) -> None:
        ask = self.asks[number]
        if ask.status == "withdrawn":
            return
        self._by_requester(ask)
        if ask.status not in ("draft", "submitted", "changes_requested", "approved"):
            raise Refused
        if ask.status == "approved":
            self._release(ask)
        self._end(ask, "withdrawn")

    def bypass(self, number: int, actor: int) -> None:
        ask = self.asks[number]
        if (
            ask.status != "submitted"
            or actor == ask.requester
            or actor in self.gone
            or "executive" not in self.roles[actor]
        ):
            raise Refused
        ask.bypassed_by, ask.ratified, ask.flagged = actor, False, False
        ask.ratify_by = working(self.now, RATIFY_HOURS)
        self._stop(ask)
        self._approve(ask)

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

    def extend(self, number: int, actor: int, hours: int) -> None:
        """More time, by who is awaited, stands in, or is finance or admin."""
        ask = self.asks[number]
        if actor == ask.requester or actor in self.gone or not self.roles[actor] - {"observer"}:
            raise Refused
        if ask.status != "submitted":
            raise Refused
        waiting = self.waiting_for(number)
        deputies = {each for p in waiting for _, each in self.deputies(ask, p)}
        near = actor in waiting or actor in deputies
        if not near and not self.roles[actor] & {"finance", "admin"}:
            raise Refused
        due = working(self.now, hours)
        for step in self.open_steps(ask):
            facts = ask.steps[step]
            facts["due"] = max(facts["due"], due)
            if facts["next"] is not None:
                facts["next"] = max(facts["next"], due)
            if self._half(facts) > 2 * self.now:
                facts["reminded"] = None
            ask.expires = max(ask.expires or 0, facts["due"])

    # ---- money ----

    def let_over(self, number: int, actor: int, amount: int) -> None:
        """Finance's exception: the request may go so much over the line."""
        ask = self.asks[number]
        if actor == ask.requester or actor in self.gone or "finance" not in self.roles[actor]:
            raise Refused
        if not ask.uses_line or ask.status not in ("submitted", "approved", "ordered"):
            raise Refused
        ask.excepted += amount
        if ask.status != "submitted":
            self.excepted += amount

    def order(self, number: int) -> None:
        ask = self.asks[number]
        if ask.status != "approved":
            raise Refused
        ask.status = "ordered"

    def invoice(self, number: int, amount: int) -> None:
        ask = self.asks[number]
        if ask.status != "ordered" or ask.paid + amount > (ask.sent_amount or 0) + ask.excepted:
            raise Refused
        covered = min(amount, ask.open_money)
        ask.open_money -= covered
        ask.paid += amount
        if ask.uses_line:
            self.committed -= covered
            self._room(amount)
            self.actual += amount

    def close(self, number: int) -> None:
        ask = self.asks[number]
        if ask.status != "ordered":
            raise Refused
        self._release(ask)
        ask.status = "closed"

    # ---- time ----

    def passes(self, hours: int) -> None:
        """Time goes by; then each request is looked at, in the order in which they were made."""
        self.now += hours * 60
        for number in range(len(self.asks)):
            self._look(number)

    def _look(self, number: int) -> None:
        ask = self.asks[number]
        if ask.status in ("submitted", "changes_requested"):
            if ask.expires is not None and ask.expires <= self.now:
                self._end(ask, "expired")
            elif ask.status == "submitted":
                for step in self.open_steps(ask):
                    facts = ask.steps[step]
                    if facts["next"] is not None and facts["next"] <= self.now:
                        self._pass_on(ask, step)
                    elif facts["reminded"] is None and self._half(facts) <= 2 * self.now:
                        facts["reminded"] = self.now
                        self._tell("reminded", ask, step, self.awaited(ask, step))
                kept = copy.deepcopy(ask), self.committed, self.excepted
                try:
                    self._settle(ask)
                except Refused:  # no room in the budget: it goes on waiting
                    self.asks[number], self.committed, self.excepted = kept
        elif ask.status in ("approved", "ordered", "closed") and ask.bypassed_by is not None:
            ask.flagged |= not ask.ratified and ask.ratify_by <= self.now

    def _pass_on(self, ask: Ask, step: int) -> None:
        """A late step passes to the next rung that has somebody new, and on after the same time."""
        facts = ask.steps[step]
        asked, roles = self.asked_as(ask, step)
        place = max(map(height, roles), default=-1)
        path = self.charter[1] if self.charter and self.charter[1] else UP
        mine = [n for n, rung in enumerate(path) if rung in roles or rung in asked]
        rest = path[mine[-1] + 1 :] if mine else path
        rungs = [rung for rung in rest if self._stands(rung) > place] or UP[place + 1 :]
        ahead = [rung for rung in rungs if rung not in facts["passed"]]
        before = self.above(ask, step)
        while ahead and set(self.above(ask, step)) <= set(before):
            facts["passed"] = [*facts["passed"], ahead.pop(0)]
        facts["next"] = working(self.now, facts["hours"]) if ahead else None
        fresh = [p for p in self.above(ask, step) if p not in before]
        self._tell("escalated", ask, step, fresh)

    def _half(self, facts: dict[str, Any]) -> int:
        """Twice the moment at which half of a step's time is over."""
        return int(facts["opened"] + facts["due"])

    def _tell(self, verb: str, ask: Ask, step: int, people: list[int]) -> None:
        number = next(n for n, each in enumerate(self.asks) if each is ask)
        self.told.append((verb, number, self.now, step, sorted(people)))

    def _stands(self, rung: Any) -> int:
        """How high a rung stands: by its role, or by the highest role of its person."""
        if isinstance(rung, str):
            return height(rung)
        return max((height(role) for p in self.rung(rung) for role in self.roles[p]), default=-1)

    # ---- what follows ----

    def _settle(self, ask: Ask) -> None:
        """Open, carry over, count; again and again until nothing moves."""
        while True:
            left = [s for s in ask.steps if s["state"] in ("later", "open")]
            if not left:
                self._approve(ask)
                return
            stage = min(s["stage"] for s in left)
            now = [n for n, s in enumerate(ask.steps) if s in left and s["stage"] == stage]
            for n in now:
                if ask.steps[n]["state"] == "later":
                    self._open(ask, ask.steps[n])
            self._carry(ask, now)
            results = [self._count(ask, n) for n in now]
            for n, result in zip(now, results, strict=True):
                if result == "yes":
                    ask.steps[n]["state"] = "approved"
            if "no" in results:
                self._end(ask, "rejected")
                return
            if "open" in results:
                return

    def _open(self, ask: Ask, step: dict[str, Any]) -> None:
        due = working(self.now, step["hours"])
        step |= {"state": "open", "due": due, "next": due, "passed": []}
        step |= {"opened": self.now, "reminded": None}
        ask.expires = max(self.now + EXPIRES, due)

    def _carry(self, ask: Ask, steps: list[int]) -> None:
        said_yes = [w for w in ask.words if w.vote == "for"]
        for step in steps:
            spoken = {w.whose for w in ask.words if w.step == step}
            for person in self.asked(ask, step):
                earlier = next((w for w in said_yes if person in (w.whose, w.by)), None)
                if earlier is not None and person not in spoken:
                    ask.words.append(Word(step, person, earlier.by, "for", carried=True))

    def _count(self, ask: Ask, step: int) -> str:
        said = [w for w in ask.words if w.step == step and w.vote != "recused"]
        for word in said:
            if word.passed and word.vote != "abstain":
                return "yes" if word.vote == "for" else "no"
        words = [w for w in said if not w.passed]
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

    def _approve(self, ask: Ask) -> None:
        amount = ask.sent_amount or 0
        if ask.uses_line:
            self.excepted += ask.excepted
            self._room(amount)
            self.committed += amount
        ask.open_money, ask.expires = amount, None
        ask.status = "approved"

    def _room(self, amount: int) -> None:
        if self.committed + self.actual + amount > self.allocated + self.excepted:
            raise Refused

    def _release(self, ask: Ask) -> None:
        if ask.uses_line:
            self.committed -= ask.open_money
            spare = self.allocated + self.excepted - self.committed - self.actual
            unused = max(min(ask.excepted, spare), 0)
            self.excepted -= unused
            ask.excepted -= unused
        ask.open_money = 0

    def _end(self, ask: Ask, status: str) -> None:
        self._stop(ask)
        ask.status, ask.expires = status, None

    def _stop(self, ask: Ask) -> None:
        for step in ask.steps:
            if step["state"] in ("later", "open"):
                step["state"] = "stopped"
