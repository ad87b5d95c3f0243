"""Where the engine and the simple model must agree."""

from __future__ import annotations

from fractions import Fraction
from uuid import UUID

from django.db import connection
from django.utils import timezone

from decisions.ladder import Ladder, ladder_of
from decisions.models import SpendDecision, SpendEvent, SpendRequest, SpendStep
from decisions.roster import load_roster
from decisions.route import waiting_rows
from decisions.waiting_count import WAITING
from tests.decisions.history_play import ROLES, Play, day_of, instant_of, units
from tests.decisions.simple_parts import Ask


def compare(game: Play, told: str, number: int) -> None:
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


def compare_told(game: Play) -> None:
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


def compare_counts(game: Play) -> None:
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
