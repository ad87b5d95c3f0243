"""Random histories, played on the engine and on the simple model at once.

with tenant(company.id):
    cast = cast_of(company)
    play(cast, random.Random(seed))      # raises AssertionError where the two differ
"""

from __future__ import annotations

import copy
import datetime as dt
import random
from typing import Any

import time_machine
from django.db import connection, transaction
from django.utils import timezone

from decisions.services.budgets import budget_create
from decisions.services.tiers import policy_set
from engagements.models import Charter, Engagement, EscalationStep
from tenants.errors import DomainError
from tenants.models import Member, Tenant
from tenants.notifications.services import silence
from tests.decisions.builders import add
from tests.decisions.history_compare import compare, compare_counts, compare_told
from tests.decisions.history_events import (
    absence_event,
    people_event,
    random_event,
    random_rate,
)
from tests.decisions.history_play import (
    MONDAY,
    ROLES,
    Cast,
    Event,
    Play,
    amount_of,
    random_tiers,
    rules_of,
    set_clock,
)
from tests.decisions.simple_model import SimpleModel
from tests.decisions.simple_parts import ASKS_FOR, DECIMALS, Refused
from tests.factories import BOWLINE, Company


def cast_of(company: Company) -> Cast:
    """Six new members, and the company's admin alone beside them: everybody else has left."""
    Tenant.objects.filter(pk=company.id).update(time_zone="Asia/Tokyo")
    members = [add(f"person{number}", "team") for number in range(6)]
    for role in ("cto", "finance", "executive", "board", "team", "observer"):
        member = company.member(role)
        member.status, member.left_at = Member.Status.LEFT, member.created_at
        member.save()
    engagement = Engagement.objects.create(
        title="Fractional CTO",
        cto=members[0],
        starts_on=dt.date(2026, 1, 1),
        status=Engagement.Status.ACTIVE,
    )
    return Cast(company, members, engagement)


def play(cast: Cast, rng: random.Random, events: int = 14) -> Play:
    """Play one history and undo it; raises AssertionError, with the events, where they differ."""
    with time_machine.travel(MONDAY, tick=False) as clock, transaction.atomic(), silence():
        game = _begin(cast, rng, clock)
        for _ in range(events):
            _one(game)
        for number in range(len(game.rows)):
            compare(game, "\n".join(game.log), number)
        compare_told(game)
        compare_counts(game)
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate; set constraints all deferred")
        transaction.set_rollback(True)
    return game


def _begin(cast: Cast, rng: random.Random, clock: Any) -> Play:
    roles = [{rng.choice(ROLES), rng.choice(ROLES[:4])} for _ in cast.members]
    roles[-1] = {"team"}
    for member, held in zip(cast.members, roles, strict=True):
        member.roles, member.status, member.left_at = sorted(held), "active", None
    Member.objects.bulk_update(cast.members, ["roles", "status", "left_at"])
    home = rng.choice(["USD", "USD", "JPY", "KWD"])
    Tenant.objects.filter(pk=cast.company.id).update(currency=home)
    tiers, own = random_tiers(rng, roles), rng.random() < 0.2
    policy_set(actor=BOWLINE, rules=rules_of(tiers, home), own_authority=own)
    deputy_from = rng.choice([1, 3, 10])
    charter = _charter(cast, rng, deputy_from) if rng.random() < 0.5 else None
    allocated = rng.choice([100_000_000, 6_000_000, 1_500_000])
    line = budget_create(
        actor=BOWLINE,
        name="Line",
        starts_on=dt.date(2026, 1, 1),
        ends_on=dt.date(2026, 12, 31),
        allocated=amount_of(allocated, home),
    )
    model = SimpleModel(roles, tiers, allocated, own, charter, home)
    model.deputy_from = deputy_from if charter else 5
    game = Play(cast.members, model, rng, line, clock)
    for currency in sorted(DECIMALS):
        if currency != home and rng.random() < 0.7:
            name, on_model, on_engine = random_rate(game, currency)
            game.log.append(f"before: {name}")
            on_model(model)
            on_engine()
    for _ in range(rng.choice([0, 1, 2, 4])):
        person = rng.randrange(len(game.members))
        stands_in = people_event(game, "lend", person) if rng.random() < 0.4 else None
        _one(game, stands_in or absence_event(game, "away", person))
    return game


def _charter(cast: Cast, rng: random.Random, deputy_from: int) -> tuple[str, list[Any]]:
    """A charter in force: who decides on vendors, a path of roles and people, and from how many
    days on the CTO needs a deputy."""
    rule = rng.choice(["cto_decides", *ASKS_FOR])
    rungs: list[Any] = [*ROLES[:4], *rng.sample(range(len(cast.members)), 2)]
    path = rng.sample(rungs, rng.randint(0, 3))
    row = Charter.objects.create(
        engagement=cast.engagement,
        number=1,
        status=Charter.Status.PUBLISHED,
        published_at=timezone.now(),
        effective_on=dt.date(2026, 1, 1),
        review_on=dt.date(2027, 1, 1),
        deputy_from_days=deputy_from,
        decisions={"vendor": {"rule": rule, "limit": "cto_tier"}},
    )
    EscalationStep.objects.bulk_create(
        EscalationStep(
            charter=row,
            position=position,
            role=rung if isinstance(rung, str) else "",
            member=None if isinstance(rung, str) else cast.members[rung],
        )
        for position, rung in enumerate(path)
    )
    return rule, path


def _one(game: Play, event: Event | None = None) -> None:
    """One event on both, a minute after the last; the same answer, and the same state."""
    game.model.now += 1
    set_clock(game)
    name, on_model, on_engine = event or random_event(game)
    touched = int(name.rpartition("#")[2]) if "#" in name else None
    game.log.append(f"{game.model.now}: {name}")
    kept = copy.deepcopy(game.model)
    try:
        on_model(game.model)
        expected = True
    except Refused:
        game.model, expected = kept, False
    try:
        with transaction.atomic():
            on_engine()
        got, why = True, ""
    except DomainError as error:
        got, why = False, f"{type(error).__name__}: {error}"
    game.refused += not got
    told = "\n".join([*game.log, f"model {expected}, engine {got} {why}", str(game.model)])
    assert got == expected, told
    if got and touched is not None:
        compare(game, told, touched)
