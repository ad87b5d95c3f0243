"""Random histories, played on the engine and on the simple model at once.

with tenant(company.id):
    play(stage, random.Random(seed))      # raises AssertionError where the two differ
"""

from __future__ import annotations

import copy
import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from decisions.ladder import ladder_of
from decisions.models import Budget, SpendRequest
from decisions.route import waiting_rows
from decisions.services import buying, decide, requests
from decisions.services.budgets import budget_create
from decisions.services.delegations import delegation_create
from decisions.services.tiers import policy_set
from decisions.tiers import StepRule, Tier
from tenants.errors import DomainError
from tenants.models import Member
from tests.decisions.builders import add
from tests.decisions.simple_model import Refused, SimpleModel
from tests.factories import BOWLINE, Company

ROLES = ["cto", "finance", "executive", "board", "team", "observer"]
AMOUNTS = [1, 999_999, 1_000_000, 1_000_001, 4_999_999, 5_000_000, 5_000_001, 250_000, 2_600_000]
VENDORS = ["Acme", "Globex", "Initech", "Umbrella", "Hooli", "Stark"]


@dataclass
class Play:
    """One history: the model, and the rows that the engine keeps for it. Amounts are in cents."""

    members: list[Member]
    model: SimpleModel
    rng: random.Random
    line: Budget
    rows: list[SpendRequest] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    refused: int = 0


def six_people(company: Company) -> list[Member]:
    """Six new members, and the company's admin alone beside them: everybody else has left."""
    members = [add(f"person{number}", "team") for number in range(6)]
    for role in ("cto", "finance", "executive", "board", "team", "observer"):
        member = company.member(role)
        member.status, member.left_at = Member.Status.LEFT, member.created_at
        member.save()
    return members


def play(members: list[Member], rng: random.Random, events: int = 14) -> Play:
    """Play one history and undo it; raises AssertionError, with the events, where they differ."""
    with transaction.atomic():
        game = _begin(members, rng)
        for _ in range(events):
            _one(game)
        _compare(game, "\n".join(game.log))
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")
            cursor.execute("set constraints all deferred")
        transaction.set_rollback(True)
    return game


def _begin(members: list[Member], rng: random.Random) -> Play:
    roles = [{rng.choice(ROLES), rng.choice(ROLES[:4])} for _ in members]
    roles[-1] = {"team"}
    for member, held in zip(members, roles, strict=True):
        member.roles, member.status, member.left_at = sorted(held), "active", None
        member.save()
    tiers = _tiers(rng, roles)
    rules = tuple(
        Tier(
            None if limit is None else Decimal(limit) / 100,
            inclusive,
            tuple(StepRule(tuple(r), rule, 24, parallel) for r, rule, parallel in steps),
        )
        for limit, inclusive, steps in tiers
    )
    policy_set(actor=BOWLINE, rules=rules)
    allocated = rng.choice([100_000_000, 6_000_000, 1_500_000])
    line = budget_create(
        actor=BOWLINE,
        name="Line",
        starts_on=dt.date(2026, 1, 1),
        ends_on=dt.date(2026, 12, 31),
        allocated=Decimal(allocated) / 100,
    )
    return Play(members, SimpleModel(roles, tiers, allocated), rng, line)


def _tiers(rng: random.Random, roles: list[set[str]]) -> list[Any]:
    """One to three tiers of steps whose roles somebody holds."""
    held = sorted(set().union(*roles) - {"observer", "team"})
    limits: list[Any] = [(1_000_000, False), (5_000_000, True)][: rng.randint(0, 2)]
    tiers: list[Any] = []
    for limit, inclusive in [*limits, (None, False)]:
        steps = []
        for number in range(rng.randint(1, 3)):
            chosen = rng.sample(held, min(len(held), rng.choice([1, 1, 2])))
            rule = rng.choice(["any", "any", "majority", "all"])
            steps.append((chosen, rule, number > 0 and rng.random() < 0.25))
        tiers.append((limit, inclusive, steps))
    return tiers


def _one(game: Play) -> None:
    """One event on both; the same answer, and the same state afterwards."""
    name, on_model, on_engine = _event(game)
    touched = int(name.rpartition("#")[2]) if "#" in name else None
    game.log.append(name)
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
    _compare(game, told, only=touched)


def _compare(game: Play, told: str, *, only: int | None = None) -> None:
    """Raise AssertionError where rows and model differ; of one request, or of all."""
    model = game.model
    place = {member.pk: number for number, member in enumerate(game.members)}
    looked_at = [(n, row) for n, row in enumerate(game.rows) if only is None or n == only]
    found = SpendRequest.objects.with_people().with_steps()
    rows = {row.pk: row for row in found.filter(pk__in=[row.pk for _, row in looked_at])}
    for number, row in looked_at:
        now, ask = rows[row.pk], model.asks[number]
        ladder = ladder_of(now)
        waiting = {place[each.member] for each in waiting_rows(ladder)}
        assert now.status == ask.status, f"{number}: {now.status} ≠ {ask.status}\n{told}"
        assert waiting == model.waiting_for(number), f"{number}: {waiting}\n{told}"
        assert now.round == ask.rounds, told
        assert (now.open_commitment * 100, now.paid_amount * 100) == (ask.open_money, ask.paid), (
            told
        )
        if ask.tier is not None:
            assert now.tier == ask.tier + 1, told
    game.line.refresh_from_db()
    money = (game.line.committed * 100, game.line.actual * 100)
    assert money == (model.committed, model.actual), told


def _event(game: Play) -> tuple[str, Callable[[SimpleModel], None], Callable[[], Any]]:
    """A random event: its name, and what it does to either."""
    rng = game.rng
    if not game.rows or (len(game.rows) < 4 and rng.random() < 0.2):
        return _make(game)
    number = rng.randrange(len(game.rows))
    row, ask = game.rows[number], game.model.asks[number]
    if ask.status == "draft" and rng.random() < 0.9:
        return _submit(game, number)
    waiting = sorted(game.model.waiting_for(number))
    actor = rng.randrange(len(game.members))
    if waiting and rng.random() < 0.75:
        actor = rng.choice(waiting)
        actor = game.model.stands_in.get(actor, actor) if rng.random() < 0.4 else actor
    who = game.members[actor]
    kind = rng.choices(
        ["say", "back", "change", "submit", "withdraw", "bypass", "ratify", "order", "invoice",
         "close", "leave", "roles", "lend"],
        [50, 5, 5, 9, 2, 2, 3, 6, 5, 3, 2, 3, 4],
    )[0]  # fmt: skip
    if kind == "say":
        vote = rng.choices(["for", "against", "abstain", "recused"], [12, 1.5, 1, 1])[0]
        return (
            f"{actor} says {vote} to #{number}",
            lambda m: m.say(number, actor, vote),
            lambda: decide.request_vote(request=row, actor=who, vote=vote, reason="So it is."),
        )
    if kind == "back":
        return (
            f"{actor} sends back #{number}",
            lambda m: m.send_back(number, actor),
            lambda: decide.request_changes(request=row, actor=who, reason="Say more."),
        )
    if kind == "submit":
        return _submit(game, number)
    if kind == "bypass":
        return (
            f"{actor} bypasses #{number}",
            lambda m: m.bypass(number, actor),
            lambda: decide.request_bypass(request=row, actor=who, reason="Fire."),
        )
    if kind == "ratify":
        return (
            f"{actor} ratifies #{number}",
            lambda m: m.ratify(number, actor),
            lambda: decide.request_ratify(request=row, actor=who),
        )
    if kind in ("leave", "roles", "lend"):
        return _people(game, kind, actor)
    return _buying(game, kind, number)


def _make(game: Play) -> Any:
    rng = game.rng
    requester = rng.randrange(len(game.members))
    while requester in game.model.gone or game.model.roles[requester] == {"observer"}:
        requester = len(game.members) - 1
        if requester in game.model.gone:
            requester = next(
                p for p in range(len(game.members))
                if p not in game.model.gone and game.model.roles[p] != {"observer"}
            )  # fmt: skip
    amount, vendor, uses = rng.choice(AMOUNTS), rng.choice(VENDORS), rng.random() < 0.6

    def on_engine() -> None:
        game.rows.append(
            requests.request_create(
                actor=game.members[requester],
                title="Thing",
                vendor=vendor,
                one_off_amount=Decimal(amount) / 100,
                budget_line=game.line if uses else None,
            )
        )

    name = f"{requester} asks for {amount} at {vendor}{' of the line' if uses else ''}"
    return name, lambda m: m.make(requester, amount, vendor, uses), on_engine


def _submit(game: Play, number: int) -> Any:
    row = game.rows[number]
    asker = game.members[game.model.asks[number].requester]
    return (
        f"submit #{number}",
        lambda m: m.submit(number),
        lambda: requests.request_submit(request=row, actor=asker),
    )


def _people(game: Play, kind: str, actor: int) -> Any:
    rng, member = game.rng, game.members[actor]
    if kind == "lend":
        deputy = rng.randrange(len(game.members))
        now = timezone.now()
        return (
            f"{actor} lends to {deputy}",
            lambda m: m.lend(actor, deputy),
            lambda: delegation_create(
                actor=BOWLINE,
                delegator=member,
                delegate=game.members[deputy],
                starts_at=now - dt.timedelta(hours=1),
                ends_at=now + dt.timedelta(days=1),
            ),
        )
    requesters = {ask.requester for ask in game.model.asks}
    if kind == "leave" and actor not in requesters:

        def leave() -> None:
            member.status, member.left_at = "left", timezone.now()
            member.save()

        return f"{actor} leaves", lambda m: m.leave(actor), leave
    roles = {rng.choice(ROLES[:5])}

    def change() -> None:
        member.roles = sorted(roles)
        member.save()

    return f"{actor} becomes {roles}", lambda m: m.set_roles(actor, roles), change


def _buying(game: Play, kind: str, number: int) -> Any:
    row = game.rows[number]
    asker = game.members[game.model.asks[number].requester]
    if kind == "change":
        amount = game.rng.choice(AMOUNTS)
        return (
            f"now {amount} for #{number}",
            lambda m: m.change(number, amount),
            lambda: requests.request_update(
                request=row, actor=asker, changes={"one_off_amount": Decimal(amount) / 100}
            ),
        )
    if kind == "withdraw":
        return (
            f"withdraw #{number}",
            lambda m: m.withdraw(number),
            lambda: requests.request_withdraw(request=row, actor=asker),
        )
    if kind == "order":
        return (
            f"order #{number}",
            lambda m: m.order(number),
            lambda: buying.request_order(request=row, actor=BOWLINE),
        )
    if kind == "close":
        return (
            f"close #{number}",
            lambda m: m.close(number),
            lambda: buying.request_close(request=row, actor=BOWLINE),
        )
    amount = game.rng.choice([1, 250_000, 999_999])
    reference = str(len(game.log))
    return (
        f"invoice {amount} on #{number}",
        lambda m: m.invoice(number, amount),
        lambda: buying.invoice_record(
            request=row,
            actor=BOWLINE,
            reference=reference,
            amount=Decimal(amount) / 100,
            invoiced_on=dt.date(2026, 10, 1),
        ),
    )
