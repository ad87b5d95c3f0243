"""What happens in a random history: each event's name, and what it does to either side."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils import timezone

from decisions.locks import request_for_change
from decisions.services import buying, clocks, decide, requests
from decisions.services.delegations import delegation_create
from decisions.services.rates import rate_record
from decisions.services.tiers import policy_set
from engagements.services.coverage import coverage_cancel, coverage_plan
from tests.decisions.history_play import (
    FIRST_DAY,
    LIMITS,
    MONDAY,
    ROLES,
    Event,
    Play,
    amount_of,
    random_tiers,
    rules_of,
    set_clock,
)
from tests.decisions.simple_parts import DAY, DECIMALS, MONTHS, Price
from tests.factories import BOWLINE

AMOUNTS = [1, 999_999, 1_000_000, 1_000_001, 4_999_999, 5_000_000, 5_000_001, 250_000, 2_600_000]
RATES = ["0.0064", "0.0065217391", "0.9", "1.0842", "3.2587", "1", "152.35", "0.0000000001", "155"]
VENDORS = ["Acme", "Globex", "Initech", "Umbrella"]
EVENTS = {
    "say": 50, "time": 16, "back": 4, "change": 4, "submit": 7, "amend": 6, "withdraw": 2,
    "bypass": 2, "ratify": 2, "extend": 2, "over": 4, "order": 5, "invoice": 5, "close": 3,
    "leave": 2, "roles": 3, "lend": 5, "tiers": 1, "away": 6, "home": 1, "rate": 3,
}  # fmt: skip


def random_event(game: Play) -> Event:
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
        return people_event(game, kind, actor)
    if kind in ("away", "home"):
        return absence_event(game, kind, actor)
    if kind == "rate":
        return random_rate(game, rng.choice(sorted(DECIMALS)))
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


def random_rate(game: Play, currency: str) -> Event:
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
            confirm=True,
        ),
    )


def absence_event(game: Play, kind: str, actor: int) -> Event:
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


def people_event(game: Play, kind: str, actor: int) -> Event:
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
        set_clock(game)
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
    tiers, own = random_tiers(game.rng, held), game.rng.random() < 0.3
    return (
        f"tiers become {tiers}",
        lambda m: m.new_tiers(tiers, own),
        lambda: policy_set(actor=BOWLINE, rules=rules_of(tiers, model.currency), own_authority=own),
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
