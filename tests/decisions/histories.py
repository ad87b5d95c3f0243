"""Random histories, played on the engine and on the simple model at once.

with tenant(company.id):
    cast = cast_of(company)
    play(cast, random.Random(seed))      # raises AssertionError where the two differ
"""

from __future__ import annotations

import copy
import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import time_machine
from django.db import connection, transaction
from django.utils import timezone

from decisions.ladder import ladder_of
from decisions.locks import request_for_change
from decisions.models import Budget, SpendDecision, SpendRequest, SpendStep
from decisions.roster import load_roster
from decisions.route import waiting_rows
from decisions.services import buying, clocks, decide, requests
from decisions.services.budgets import budget_create
from decisions.services.delegations import delegation_create
from decisions.services.tiers import policy_set
from decisions.tiers import StepRule, Tier, Tiers
from engagements.models import Charter, Engagement, EscalationStep
from tenants.errors import DomainError
from tenants.models import Member, Tenant
from tenants.notifications.services import silence
from tests.decisions.builders import add
from tests.decisions.simple_model import ASKS_FOR, Refused, SimpleModel
from tests.factories import BOWLINE, Company

ROLES = ["cto", "finance", "executive", "board", "team", "observer"]
AMOUNTS = [1, 999_999, 1_000_000, 1_000_001, 4_999_999, 5_000_000, 5_000_001, 250_000, 2_600_000]
VENDORS = ["Acme", "Globex", "Initech", "Umbrella"]
MONDAY = dt.datetime(2027, 1, 3, 15, tzinfo=dt.UTC)  # 00:00 in Tokyo, where the company is
EVENTS = {
    "say": 50, "time": 12, "back": 4, "change": 4, "submit": 7, "amend": 6, "withdraw": 2,
    "bypass": 2, "ratify": 2, "extend": 2, "over": 4, "order": 5, "invoice": 5, "close": 3,
    "leave": 2, "roles": 3, "lend": 4, "tiers": 1,
}  # fmt: skip
Event = tuple[str, Callable[[SimpleModel], None], Callable[[], Any]]


@dataclass(frozen=True)
class Cast:
    """What histories share: six members, and the engagement whose charter may be in force."""

    company: Company
    members: list[Member]
    engagement: Engagement


@dataclass
class Play:
    """One history: the model, and the rows that the engine keeps for it. Amounts are in cents."""

    members: list[Member]
    model: SimpleModel
    rng: random.Random
    line: Budget
    clock: Any
    rows: list[SpendRequest] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    refused: int = 0


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
            _compare(game, "\n".join(game.log), number)
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
    tiers, own = _tiers(rng, roles), rng.random() < 0.2
    policy_set(actor=BOWLINE, rules=_rules(tiers), own_authority=own)
    charter = _charter(cast, rng) if rng.random() < 0.5 else None
    allocated = rng.choice([100_000_000, 6_000_000, 1_500_000])
    line = budget_create(
        actor=BOWLINE,
        name="Line",
        starts_on=dt.date(2026, 1, 1),
        ends_on=dt.date(2026, 12, 31),
        allocated=Decimal(allocated) / 100,
    )
    model = SimpleModel(roles, tiers, allocated, own, charter)
    return Play(cast.members, model, rng, line, clock)


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
            is_parallel = number > 0 and rng.random() < 0.25
            steps.append((chosen, rule, is_parallel, rng.choice([24, 48, 72])))
        tiers.append((limit, inclusive, steps))
    return tiers


def _rules(tiers: list[Any]) -> Tiers:
    """The same for the engine."""
    return tuple(
        Tier(
            None if limit is None else Decimal(limit) / 100,
            inclusive,
            tuple(
                StepRule(tuple(roles), rule, hours, at_once) for roles, rule, at_once, hours in s
            ),
        )
        for limit, inclusive, s in tiers
    )


def _charter(cast: Cast, rng: random.Random) -> tuple[str, list[Any]]:
    """A charter in force: who decides on vendors, and a path of roles and people."""
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


def _one(game: Play) -> None:
    """One event on both, a minute after the last; the same answer, and the same state."""
    game.model.now += 1
    _set_clock(game)
    name, on_model, on_engine = _event(game)
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
        _compare(game, told, touched)


def _set_clock(game: Play) -> None:
    game.clock.move_to(MONDAY + dt.timedelta(minutes=game.model.now))


def _compare(game: Play, told: str, number: int) -> None:
    """Raise AssertionError where a request, or the line, and the model differ."""
    model, ask = game.model, game.model.asks[number]
    place = {member.pk: position for position, member in enumerate(game.members)}
    now = SpendRequest.objects.get(pk=game.rows[number].pk)
    ladder = ladder_of(
        now,
        load_roster(),
        steps=SpendStep.objects.filter(request=now, round=now.round),
        decisions=SpendDecision.objects.filter(request=now, round=now.round),
    )
    waiting = {place[each.member] for each in waiting_rows(ladder)}
    assert now.status == ask.status, f"{number}: {now.status} ≠ {ask.status}\n{told}"
    assert waiting == model.waiting_for(number), f"{number}: {waiting}\n{told}"
    assert len(ladder.steps) == len(ask.steps), told
    assert now.round == ask.rounds, told
    assert now.within_own_authority == ask.own, told
    assert (now.unratified_at is not None) == ask.flagged, told
    amounts = (now.open_commitment, now.paid_amount, now.excepted_amount)
    assert [a * 100 for a in amounts] == [ask.open_money, ask.paid, ask.excepted], told
    if ask.tier is not None:
        assert now.tier == ask.tier + 1, told
    if ask.expires is not None:
        assert now.expires_at == MONDAY + dt.timedelta(minutes=ask.expires), told
    game.line.refresh_from_db()
    line = (game.line.committed, game.line.actual, game.line.excepted)
    assert [a * 100 for a in line] == [model.committed, model.actual, model.excepted], told


def _event(game: Play) -> Event:
    """A random event: its name, and what it does to either."""
    rng = game.rng
    if not game.rows or (len(game.rows) < 4 and rng.random() < 0.2):
        return _make(game)
    number = rng.randrange(len(game.rows))
    ask = game.model.asks[number]
    if ask.status == "draft" and rng.random() < 0.9:
        return _asking(game, "submit", number)
    waiting = sorted(game.model.waiting_for(number))
    actor = rng.randrange(len(game.members))
    if waiting and rng.random() < 0.75:
        actor = rng.choice(waiting)
        deputy = game.model.stands_in(actor)
        actor = deputy if deputy is not None and rng.random() < 0.4 else actor
    kind = rng.choices(list(EVENTS), list(EVENTS.values()))[0]
    if kind in ("say", "back", "bypass", "ratify", "extend", "over"):
        return _deciding(game, kind, number, actor)
    if kind in ("leave", "roles", "lend"):
        return _people(game, kind, actor)
    if kind == "time":
        return _time(game)
    if kind == "tiers":
        return _new_tiers(game)
    if kind in ("order", "invoice", "close"):
        return _buying(game, kind, number)
    return _asking(game, kind, number)


def _deciding(game: Play, kind: str, number: int, actor: int) -> Event:
    rng, row, who = game.rng, game.rows[number], game.members[actor]
    facts: dict[str, Any] = {"request": row, "actor": who}
    if kind == "say":
        vote = rng.choices(["for", "against", "abstain", "recused"], [12, 1.5, 1, 1])[0]
        return (
            f"{actor} says {vote} to #{number}",
            lambda m: m.say(number, actor, vote),
            lambda: decide.request_vote(**facts, vote=vote, reason="So it is."),
        )
    if kind == "extend":
        hours = rng.choice([1, 30, 100])
        return (
            f"{actor} gives {hours} hours more to #{number}",
            lambda m: m.extend(number, actor, hours),
            lambda: decide.request_extend(**facts, hours=hours, reason="More time."),
        )
    if kind == "over":
        amount = rng.choice([1, 1_000_000, 5_000_000])
        return (
            f"{actor} lets go over by {amount} #{number}",
            lambda m: m.let_over(number, actor, amount),
            lambda: decide.request_except(**facts, amount=cents(amount), reason="Worth it."),
        )
    if kind == "back":
        return (
            f"{actor} sends back #{number}",
            lambda m: m.send_back(number, actor),
            lambda: decide.request_changes(**facts, reason="Say more."),
        )
    if kind == "bypass":
        return (
            f"{actor} bypasses #{number}",
            lambda m: m.bypass(number, actor),
            lambda: decide.request_bypass(**facts, reason="Fire."),
        )
    return (
        f"{actor} ratifies #{number}",
        lambda m: m.ratify(number, actor),
        lambda: decide.request_ratify(**facts),
    )


def cents(count: int) -> Decimal:
    return Decimal(count) / 100


def _make(game: Play) -> Event:
    rng = game.rng
    requester = rng.randrange(len(game.members))
    if game.model.roles[requester] == {"observer"}:
        requester = len(game.members) - 1
    amount, vendor, uses = rng.choice(AMOUNTS), rng.choice(VENDORS), rng.random() < 0.6

    def on_engine() -> None:
        game.rows.append(
            requests.request_create(
                actor=game.members[requester],
                title="Thing",
                vendor=vendor,
                one_off_amount=cents(amount),
                budget_line=game.line if uses else None,
            )
        )

    name = f"{requester} asks for {amount} at {vendor}{' of the line' if uses else ''}"
    return name, lambda m: m.make(requester, amount, vendor, uses), on_engine


def _asking(game: Play, kind: str, number: int) -> Event:
    rng, ask = game.rng, game.model.asks[number]
    facts: dict[str, Any] = {"request": game.rows[number], "actor": game.members[ask.requester]}
    amount = rng.choice(AMOUNTS)
    if kind == "submit":
        return (
            f"submit #{number}",
            lambda m: m.submit(number),
            lambda: requests.request_submit(**facts),
        )
    if kind == "withdraw":
        return (
            f"withdraw #{number}",
            lambda m: m.withdraw(number),
            lambda: requests.request_withdraw(**facts),
        )
    if kind == "change":
        return (
            f"now {amount} for #{number}",
            lambda m: m.change(number, amount),
            lambda: requests.request_update(**facts, changes={"one_off_amount": cents(amount)}),
        )
    vendor = rng.choice([ask.vendor, ask.vendor, rng.choice(VENDORS)])
    changes = {"one_off_amount": cents(amount), "vendor": vendor}
    return (
        f"amend to {amount} at {vendor} #{number}",
        lambda m: m.amend(number, amount, vendor),
        lambda: requests.request_amend(**facts, changes=changes, reason="Another offer."),
    )


def _people(game: Play, kind: str, actor: int) -> Event:
    rng, member, now = game.rng, game.members[actor], game.model.now
    if kind == "lend":
        deputy = rng.randrange(len(game.members))
        starts = now + rng.choice([0, 0, 60, 3000])
        ends = starts + rng.choice([90, 2000, 9000])
        return (
            f"{actor} lends to {deputy} from {starts} to {ends}",
            lambda m: m.lend(actor, deputy, starts, ends),
            lambda: delegation_create(
                actor=BOWLINE,
                delegator=member,
                delegate=game.members[deputy],
                starts_at=MONDAY + dt.timedelta(minutes=starts),
                ends_at=MONDAY + dt.timedelta(minutes=ends),
            ),
        )
    if kind == "leave":

        def leave() -> None:
            member.status, member.left_at = "left", timezone.now()
            member.save()

        return f"{actor} leaves", lambda m: m.leave(actor), leave
    roles = {rng.choice(ROLES[:5])}

    def change() -> None:
        member.roles = sorted(roles)
        member.save()

    return f"{actor} becomes {roles}", lambda m: m.set_roles(actor, roles), change


def _time(game: Play) -> Event:
    """Hours go by, and the clocks look at what they would look at."""
    hours = game.rng.choice([1, 5, 13, 30, 50, 80, 130, 400])

    def on_engine() -> None:
        _set_clock(game)
        for row in game.rows:
            held = request_for_change(row.pk)
            is_due = held.check_at is not None and held.check_at <= timezone.now()
            assert is_due or held.status != "submitted"
            if is_due:
                clocks.request_check(held)

    return f"{hours} hours go by", lambda m: m.passes(hours), on_engine


def _new_tiers(game: Play) -> Event:
    """Another version of the tiers, of roles that somebody holds."""
    model = game.model
    held = [roles for p, roles in enumerate(model.roles) if p not in model.gone]
    if not set().union(*held) & set(ROLES[:4]):
        return _time(game)
    tiers, own = _tiers(game.rng, held), game.rng.random() < 0.3
    return (
        f"tiers become {tiers}",
        lambda m: m.new_tiers(tiers, own),
        lambda: policy_set(actor=BOWLINE, rules=_rules(tiers), own_authority=own),
    )


def _buying(game: Play, kind: str, number: int) -> Event:
    row = game.rows[number]
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
            amount=cents(amount),
            invoiced_on=dt.date(2026, 10, 1),
        ),
    )
