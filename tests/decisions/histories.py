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
from fractions import Fraction
from typing import Any
from uuid import UUID

import time_machine
from django.db import connection, transaction
from django.utils import timezone

from decisions.ladder import Ladder, ladder_of
from decisions.locks import request_for_change
from decisions.models import Budget, SpendDecision, SpendEvent, SpendRequest, SpendStep
from decisions.roster import load_roster
from decisions.route import waiting_rows
from decisions.services import buying, clocks, decide, requests
from decisions.services.budgets import budget_create
from decisions.services.delegations import delegation_create
from decisions.services.rates import rate_record
from decisions.services.tiers import policy_set
from decisions.tiers import StepRule, Tier, Tiers
from decisions.waiting_count import WAITING
from engagements.models import Charter, Engagement, EscalationStep, OffPeriod
from engagements.services.coverage import coverage_cancel, coverage_plan
from tenants.errors import DomainError
from tenants.models import Member, Tenant
from tenants.notifications.services import silence
from tests.decisions.builders import add
from tests.decisions.simple_model import (
    ASKS_FOR,
    DAY,
    DECIMALS,
    MONTHS,
    Ask,
    Price,
    Refused,
    SimpleModel,
)
from tests.factories import BOWLINE, Company

ROLES = ["cto", "finance", "executive", "board", "team", "observer"]
AMOUNTS = [1, 999_999, 1_000_000, 1_000_001, 4_999_999, 5_000_000, 5_000_001, 250_000, 2_600_000]
LIMITS = [1_000_000, 5_000_000]
RATES = ["0.0064", "0.0065217391", "0.9", "1.0842", "3.2587", "1", "152.35", "0.0000000001", "155"]
VENDORS = ["Acme", "Globex", "Initech", "Umbrella"]
MONDAY = dt.datetime(2027, 1, 3, 15, tzinfo=dt.UTC)  # 00:00 in Tokyo, where the company is
FIRST_DAY = dt.date(2027, 1, 4)  # that Monday
EVENTS = {
    "say": 50, "time": 16, "back": 4, "change": 4, "submit": 7, "amend": 6, "withdraw": 2,
    "bypass": 2, "ratify": 2, "extend": 2, "over": 4, "order": 5, "invoice": 5, "close": 3,
    "leave": 2, "roles": 3, "lend": 5, "tiers": 1, "away": 6, "home": 1, "rate": 3,
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
        _compare_told(game)
        _compare_counts(game)
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
    tiers, own = _tiers(rng, roles), rng.random() < 0.2
    policy_set(actor=BOWLINE, rules=_rules(tiers, home), own_authority=own)
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
            name, on_model, on_engine = _rate(game, currency)
            game.log.append(f"before: {name}")
            on_model(model)
            on_engine()
    for _ in range(rng.choice([0, 1, 2, 4])):
        person = rng.randrange(len(game.members))
        stands_in = _people(game, "lend", person) if rng.random() < 0.4 else None
        _one(game, stands_in or _absence(game, "away", person))
    return game


def _tiers(rng: random.Random, roles: list[set[str]]) -> list[Any]:
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


def _rules(tiers: list[Any], home: str) -> Tiers:
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
    _set_clock(game)
    name, on_model, on_engine = event or _event(game)
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
    assert [units(a, model.currency) for a in amounts] == [
        ask.open_money,
        ask.paid,
        ask.excepted,
    ], told
    if ask.tier is not None:
        assert now.tier == ask.tier + 1, told
        assert units(now.commitment_amount, model.currency) == ask.sent_amount, told
        assert Fraction(now.rate) == ask.rate, told
        assert now.rate_on == day_of(ask.rate_day), told
    if ask.expires is not None:
        assert now.expires_at == instant_of(ask.expires), told
    _compare_steps(game, told, ladder, ask)
    game.line.refresh_from_db()
    line = (game.line.committed, game.line.actual, game.line.excepted)
    counted = [units(amount, model.currency) for amount in line]
    assert counted == [model.committed, model.actual, model.excepted], told


def _compare_steps(game: Play, told: str, ladder: Ladder, ask: Ask) -> None:
    """Raise AssertionError where clocks or words of the present round differ."""
    place = {member.pk: position for position, member in enumerate(game.members)}
    for state, facts in zip(ladder.steps, ask.steps, strict=True):
        step = state.step
        assert (step.status == "open") == (facts["state"] == "open"), f"{step.position}\n{told}"
        if step.status != "open":
            continue
        clocks = (step.opened_at, step.due_at, step.escalate_at, step.reminded_at)
        expected = tuple(instant_of(facts[key]) for key in ("opened", "due", "next", "reminded"))
        assert clocks == expected, f"{step.position}: {clocks} ≠ {expected}\n{told}"
        rungs = [r if r in ROLES else place[UUID(r)] for r in step.escalated_to]
        assert rungs == facts["passed"], f"{step.position}: {rungs}\n{told}"
    positions = {state.step.pk: n for n, state in enumerate(ladder.steps)}
    got = sorted(
        (positions[d.step_id], place[d.member_id], place[d.actor_id], d.vote, d.carried, d.capacity)
        for d in ladder.decisions
    )
    said = sorted((w.step, w.whose, w.by, w.vote, w.carried, w.how) for w in ask.words)
    assert got == said, f"{got}\n{told}"


def _compare_told(game: Play) -> None:
    """Raise AssertionError where others were reminded, or it passed to others, than should."""
    number = {row.pk: position for position, row in enumerate(game.rows)}
    names = {member.name: position for position, member in enumerate(game.members)}
    rows = SpendEvent.objects.filter(verb__in=("reminded", "escalated"), request__in=list(number))
    got = [
        (
            e.verb,
            number[e.request_id],
            e.at,
            e.step - 1,
            sorted(names[p] for p in e.facts["people"]),
        )
        for e in rows
    ]
    expected = [(v, n, instant_of(at), step, people) for v, n, at, step, people in game.model.told]
    told = "\n".join(game.log)
    assert sorted(got) == sorted(expected), f"{sorted(got)} ≠ {sorted(expected)}\n{told}"


def _compare_counts(game: Play) -> None:
    """Raise AssertionError where the navigation's statement counts other words than it should, for
    one member: their own and those of who lent them their authority."""
    actor, model = game.rng.randrange(len(game.members)), game.model
    facts = {"member": game.members[actor].pk, "now": timezone.now()}
    with connection.cursor() as cursor:
        cursor.execute(f"select ({WAITING}) from tenants_tenant t", facts)
        ((found,),) = cursor.fetchall()
    numbers = {str(row.pk): number for number, row in enumerate(game.rows)}
    place = {str(member.pk): number for number, member in enumerate(game.members)}
    mine = {str(game.members[actor].pk), *(found["delegated"] or ())}
    words = {(numbers[row], place[who]) for row, who, _due in found["words"] or () if who in mine}
    expected = {
        (number, person)
        for number, ask in enumerate(model.asks)
        for person in model.waiting_for(number)
        if person == actor or model.holds_for(person, model.now) == actor
        if actor not in model.out(ask)
    }
    told = "\n".join([*game.log, str(model)])
    assert words == expected, f"{actor}: {words} ≠ {expected}\n{told}"


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
        deputies = [each for person in waiting for _how, each in game.model.stand_ins(person)]
        if deputies and rng.random() < 0.5:
            kind = rng.choice(["say", "say", "say", "back", "extend"])
            return _deciding(game, kind, number, rng.choice(deputies))
        actor = rng.choice(waiting)
    kind = rng.choices(list(EVENTS), list(EVENTS.values()))[0]
    if kind in ("say", "back", "bypass", "ratify", "extend", "over"):
        return _deciding(game, kind, number, actor)
    if kind in ("leave", "roles", "lend"):
        return _people(game, kind, actor)
    if kind in ("away", "home"):
        return _absence(game, kind, actor)
    if kind == "rate":
        return _rate(game, rng.choice(sorted(DECIMALS)))
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
            lambda: decide.request_except(
                **facts, amount=amount_of(amount, game.model.currency), reason="Worth it."
            ),
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


def _price(game: Play) -> Price:
    """At or near a limit, in the company's currency or another; sometimes paid again and again."""
    rng, model = game.rng, game.model
    currency = model.currency if rng.random() < 0.6 else rng.choice(sorted(DECIMALS))
    amount = rng.choice(AMOUNTS)
    rates = [(day, rate) for (code, day), rate in model.rates.items() if code == currency]
    if rates and rng.random() < 0.7:
        shift = Fraction(10) ** (DECIMALS[model.currency] - DECIMALS[currency])
        amount = int(rng.choice(LIMITS) / (max(rates)[1] * shift)) + rng.randint(-1, 1)
        amount = amount if 0 < amount < 10**11 else rng.choice(AMOUNTS)
    if rng.random() < 0.7:
        return Price(currency, amount)
    every, months = rng.choice(sorted(MONTHS)), rng.choice([None, 1, 3, 12, 13])
    again = Price(currency, 0, 1, every, months).total()
    again, rest = divmod(amount, again) if rng.random() < 0.7 else (rng.choice(AMOUNTS), 0)
    return Price(currency, rest, again, every, months, rng.choice([0, 0, 1, 100]))


def _facts(price: Price) -> dict[str, Any]:
    """The same for the engine."""
    return {
        "currency": price.currency,
        "one_off_amount": amount_of(price.once, price.currency),
        "recurring_amount": amount_of(price.again, price.currency),
        "recurring_interval": price.every,
        "term_months": price.months,
        "options_amount": amount_of(price.options, price.currency),
    }


def _make(game: Play) -> Event:
    rng = game.rng
    requester = rng.randrange(len(game.members))
    if game.model.roles[requester] == {"observer"}:
        requester = len(game.members) - 1
    price, vendor, uses = _price(game), rng.choice(VENDORS), rng.random() < 0.6

    def on_engine() -> None:
        game.rows.append(
            requests.request_create(
                actor=game.members[requester],
                title="Thing",
                vendor=vendor,
                budget_line=game.line if uses else None,
                **_facts(price),
            )
        )

    name = f"{requester} asks for {price} at {vendor}{' of the line' if uses else ''}"
    return name, lambda m: m.make(requester, price, vendor, uses), on_engine


def _rate(game: Play, currency: str) -> Event:
    """A rate of some day, replacing what was known of it."""
    day = game.model.now // DAY - game.rng.choice([0, 0, 1, 10, 31, 32, -1 if game.rows else 0])
    rate = game.rng.choice(RATES)
    return (
        f"one {currency} is {rate} on day {day}",
        lambda m: m.record_rate(currency, day, Fraction(rate)),
        lambda: rate_record(
            actor=BOWLINE,
            currency=currency,
            on=FIRST_DAY + dt.timedelta(days=day),
            rate=Decimal(rate),
        ),
    )


def _absence(game: Play, kind: str, actor: int) -> Event:
    """Somebody will be away and somebody covers; or comes back earlier."""
    rng = game.rng
    if kind == "home" and game.absences:
        place = rng.randrange(len(game.absences))
        return (
            f"absence {place} is cancelled",
            lambda m: m.back(place),
            lambda: coverage_cancel(period=game.absences[place], actor=BOWLINE),
        )
    first = game.model.now // DAY + rng.choice([0, 0, 0, 0, 0, 1, 3, -1])
    last = first + rng.choice([0, 2, 9, 20, 20, 20, -1])
    deputy = rng.choice([None, *range(len(game.members)), *range(len(game.members))])

    def on_engine() -> None:
        game.absences.append(
            coverage_plan(
                actor=BOWLINE,
                member=game.members[actor],
                starts_on=FIRST_DAY + dt.timedelta(days=first),
                ends_on=FIRST_DAY + dt.timedelta(days=last),
                deputy=None if deputy is None else game.members[deputy],
            )
        )

    name = f"{actor} is away from day {first} to {last}, {deputy} covers"
    return name, lambda m: m.plan_absence(actor, first, last, deputy), on_engine


def _asking(game: Play, kind: str, number: int) -> Event:
    rng, ask = game.rng, game.model.asks[number]
    facts: dict[str, Any] = {"request": game.rows[number], "actor": game.members[ask.requester]}
    price = _price(game)
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
            f"now {price} for #{number}",
            lambda m: m.change(number, price),
            lambda: requests.request_update(**facts, changes=_facts(price)),
        )
    vendor = rng.choice([ask.vendor, ask.vendor, rng.choice(VENDORS)])
    changes = {**_facts(price), "vendor": vendor}
    return (
        f"amend to {price} at {vendor} #{number}",
        lambda m: m.amend(number, price, vendor),
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
    hours = game.rng.choice([1, 5, 13, 16, 20, 26, 30, 40, 50, 80, 130, 400])

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
        lambda: policy_set(actor=BOWLINE, rules=_rules(tiers, model.currency), own_authority=own),
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
            amount=amount_of(amount, game.model.currency),
            invoiced_on=dt.date(2026, 10, 1),
        ),
    )
