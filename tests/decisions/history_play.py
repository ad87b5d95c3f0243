"""One random history as it is played: its people, both sides of it, and how they count."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from decisions.models import Budget, SpendRequest
from decisions.tiers import StepRule, Tier, Tiers
from engagements.models import Engagement, OffPeriod
from tenants.models import Member
from tests.decisions.simple_model import SimpleModel
from tests.decisions.simple_parts import DECIMALS
from tests.factories import Company

ROLES = ["cto", "finance", "executive", "board", "team", "observer"]
LIMITS = [1_000_000, 5_000_000]
MONDAY = dt.datetime(2027, 1, 3, 15, tzinfo=dt.UTC)  # 00:00 in Tokyo, where the company is
FIRST_DAY = dt.date(2027, 1, 4)  # that Monday
Event = tuple[str, Callable[[SimpleModel], None], Callable[[], Any]]


@dataclass(frozen=True)
class Cast:
    """What histories share: six members, and the engagement whose charter may be in force."""

    company: Company
    members: list[Member]
    engagement: Engagement


@dataclass
class Play:
    """One history: the model, and the rows that the engine keeps for it. Amounts count the
    smallest unit of their currency."""

    members: list[Member]
    model: SimpleModel
    rng: random.Random
    line: Budget
    clock: Any
    rows: list[SpendRequest] = field(default_factory=list)
    absences: list[OffPeriod] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    refused: int = 0


def set_clock(game: Play) -> None:
    game.clock.move_to(MONDAY + dt.timedelta(minutes=game.model.now))


def random_tiers(rng: random.Random, roles: list[set[str]]) -> list[Any]:
    """One to three tiers of steps whose roles somebody holds."""
    held = sorted(set().union(*roles) - {"observer", "team"})
    limits: list[Any] = [(LIMITS[0], False), (LIMITS[1], True)][: rng.randint(0, 2)]
    tiers: list[Any] = []
    for limit, inclusive in [*limits, (None, False)]:
        steps = []
        for number in range(rng.randint(1, 3)):
            chosen = rng.sample(held, min(len(held), rng.choice([1, 1, 2])))
            rule = rng.choice(["any", "any", "majority", "all"])
            is_parallel = number > 0 and rng.random() < 0.25
            steps.append((chosen, rule, is_parallel, rng.choice([24, 48, 72])))
        tiers.append((limit, inclusive, steps))
    return tiers


def rules_of(tiers: list[Any], home: str) -> Tiers:
    """The same for the engine."""
    return tuple(
        Tier(
            None if limit is None else amount_of(limit, home),
            inclusive,
            tuple(
                StepRule(tuple(roles), rule, hours, at_once) for roles, rule, at_once, hours in s
            ),
        )
        for limit, inclusive, s in tiers
    )


def amount_of(count: int, currency: str) -> Decimal:
    """So many of the currency's smallest unit, as an amount."""
    return Decimal(count).scaleb(-DECIMALS[currency])


def units(amount: Decimal, currency: str) -> int:
    """An amount in the currency's smallest unit; raises ValueError where it is finer."""
    found = amount.scaleb(DECIMALS[currency])
    if found != int(found):
        raise ValueError(f"{amount} has more decimals than {currency}.")
    return int(found)


def instant_of(minutes: int | None) -> dt.datetime | None:
    return None if minutes is None else MONDAY + dt.timedelta(minutes=minutes)


def day_of(day: int | None) -> dt.date | None:
    return None if day is None else FIRST_DAY + dt.timedelta(days=day)
