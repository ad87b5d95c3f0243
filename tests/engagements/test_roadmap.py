"""Initiatives, milestones, weights and sessions: what services keep."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from engagements import policies_roadmap as policies
from engagements import services
from engagements.impact import LEVELS
from engagements.models import (
    STATUS_TRANSITIONS,
    Engagement,
    ImpactWeights,
    Initiative,
    Milestone,
    Prioritisation,
    Ranking,
)
from engagements.roadmap import (
    balance_of,
    grouped,
    minutes_by_initiative,
    review_due_on,
    weights_on,
)
from engagements.services import Proposal
from tenants.errors import Denied, Invalid, WrongState
from tenants.isolation import uuid7
from tenants.models import AuditEvent, Member, Notification
from tenants.notifications.reminders import send_due
from tenants.permissions import Role
from tenants.policies import allowed
from tests.engagements.builders import D, log, make_engagement
from tests.engagements.roadmap_builders import make_initiative, make_weights
from tests.factories import Company

TODAY = D(2026, 10, 15)
STATES = [str(s) for s in Initiative.Status]
RUNNING = {"on_track", "at_risk", "off_track", "needs_decision"}


def member(role: str) -> Member:
    return Member(roles=[role], status="active")


# ---- who may what ----


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("role", [str(role) for role in Role])
@pytest.mark.parametrize("owns", [True, False])
def test_truth_table_of_role_state_and_owner(role: str, state: str, owns: bool) -> None:
    actor = member(role)
    initiative = Initiative(status=state, owner=None)
    if owns:
        initiative.owner_id = actor.pk
    facts: dict[str, Any] = {"actor": actor, "initiative": initiative}
    leads = role in ("admin", "executive", "cto")
    reports = leads or (role == "team" and owns)
    assert allowed(policies.check_can_change_initiative, **facts) == (leads and state != "done")
    assert allowed(policies.check_can_change_milestones, **facts) == (reports and state != "done")
    for status in STATES:
        may = reports and status in STATUS_TRANSITIONS[state]
        assert allowed(policies.check_can_move_initiative, **facts, status=status) == may
    assert allowed(policies.check_can_create_initiative, actor=actor) == leads
    assert allowed(policies.check_can_prioritise, actor=actor) == leads
    assert allowed(policies.check_can_weigh, actor=actor) == (role in ("admin", "executive"))


def test_transitions_are_those_of_the_roadmap() -> None:
    found = {str(state): {str(s) for s in after} for state, after in STATUS_TRANSITIONS.items()}
    assert found == {
        "not_started": RUNNING | {"paused"},
        **{state: (RUNNING - {state}) | {"paused", "done"} for state in RUNNING},
        "paused": RUNNING,
        "done": RUNNING,
    }


# ---- initiatives ----


def test_initiative_is_recorded_and_a_budget_is_in_the_companys_currency(inside: Company) -> None:
    made = make_initiative(inside, budget_amount=Decimal(40000), owner=inside.team)
    assert (made.currency, made.status, made.progress_percent) == ("USD", "not_started", 0)
    event = AuditEvent.objects.get(verb="initiative.created")
    assert (event.target_id, event.changes["budget_amount"]) == (made.pk, "40000")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"business_value": 0}, "business_value"),
        ({"risk": 6}, "risk"),
        ({"title": " x "}, "title"),
        ({"status": "great"}, "status"),
        ({"horizon": "soon"}, "horizon"),
        ({"progress_percent": 101}, "progress_percent"),
        ({"budget_amount": Decimal(-1)}, "budget_amount"),
        ({"budget_amount": Decimal(1), "currency": "NOK"}, "currency"),
        ({"starts_on": D(2026, 5, 2), "due_on": D(2026, 5, 1)}, "due_on"),
        ({"due_on": D(1999, 1, 1)}, "due_on"),
    ],
)
def test_initiative_that_breaks_a_rule_names_the_field(
    inside: Company, fields: dict[str, Any], wrong: str
) -> None:
    with pytest.raises(Invalid) as refused:
        make_initiative(inside, **fields)
    assert set(refused.value.errors) == {wrong}
    assert not Initiative.objects.exists()


def test_done_is_whole_dated_and_closed_until_it_is_opened_again(inside: Company) -> None:
    made = make_initiative(inside, status="on_track", progress_percent=40)
    done = services.initiative_update(initiative=made, actor=inside.cto, changes={"status": "done"})
    assert (done.progress_percent, done.done_on) == (100, TODAY)
    with pytest.raises(WrongState, match="Open it again"):
        services.initiative_update(initiative=made, actor=inside.cto, changes={"risk": 5})
    with pytest.raises(WrongState):
        services.milestone_add(initiative=made, actor=inside.cto, title="Late idea")
    again = services.initiative_update(
        initiative=made, actor=inside.cto, changes={"status": "at_risk", "progress_percent": 90}
    )
    assert (again.done_on, again.progress_percent) == (None, 90)


def test_owner_of_the_team_reports_progress_and_nothing_else(inside: Company) -> None:
    mine = make_initiative(inside, owner=inside.team)
    services.initiative_update(
        initiative=mine, actor=inside.team, changes={"status": "on_track", "progress_percent": 10}
    )
    with pytest.raises(Denied):
        services.initiative_update(
            initiative=mine, actor=inside.team, changes={"progress_percent": 20, "risk": 1}
        )
    others = make_initiative(inside, title="Theirs", owner=inside.cto)
    with pytest.raises(Denied, match="Cto Northwind"):
        services.initiative_update(
            initiative=others, actor=inside.team, changes={"progress_percent": 20}
        )
    mine.refresh_from_db()
    assert (mine.progress_percent, mine.risk) == (10, 2)


def test_change_that_changes_nothing_is_not_recorded(inside: Company) -> None:
    made = make_initiative(inside)
    services.initiative_update(
        initiative=made, actor=inside.cto, changes={"title": f" {made.title} ", "risk": 2}
    )
    assert not AuditEvent.objects.filter(verb="initiative.changed").exists()


def test_milestone_is_reached_taken_back_and_deleted_harmlessly_twice(inside: Company) -> None:
    made = make_initiative(inside)
    step = services.milestone_add(initiative=made, actor=inside.cto, title=" First robots ")
    assert step.title == "First robots"
    for _twice in range(2):
        step = services.milestone_update(milestone=step, actor=inside.cto, changes={"done": True})
    assert step.is_done
    assert step.done_by == inside.cto
    step = services.milestone_update(milestone=step, actor=inside.cto, changes={"done": False})
    assert (step.done_at, step.done_by) == (None, None)
    services.milestone_delete(milestone=step, actor=inside.cto)
    assert not Milestone.objects.exists()
    verbs = AuditEvent.objects.filter(verb__startswith="milestone.").order_by("id")
    assert list(verbs.values_list("verb", flat=True)) == [
        "milestone.added",
        "milestone.reached",
        "milestone.reopened",
        "milestone.deleted",
    ]


# ---- weights ----


def test_weights_are_dated_and_the_last_recorded_of_a_day_holds(inside: Company) -> None:
    assert weights_on(TODAY).business_value == 40
    make_weights(inside, effective_on=TODAY + dt.timedelta(days=30))
    assert weights_on(TODAY).business_value == 40
    assert weights_on(TODAY + dt.timedelta(days=30)).business_value == 70
    make_weights(inside, business_value=50, risk=30)
    make_weights(inside, business_value=60, risk=20)
    assert weights_on(TODAY).business_value == 60
    assert ImpactWeights.objects.count() == 3


@pytest.mark.parametrize(
    ("fields", "wrong", "words"),
    [
        ({"risk": 20}, "business_value", "110 %. Take 10 % away"),
        ({"risk": 0}, "business_value", "90 %. Add 10 %"),
        ({"business_value": 0, "risk": 80}, "business_value", "nothing speaks"),
        ({"high_from": Decimal("2.5")}, "high_from", "above medium"),
        ({"high_from": Decimal("5.01")}, "high_from", "No score"),
        ({"medium_from": Decimal(1)}, "medium_from", "above 1"),
        ({"effective_on": TODAY - dt.timedelta(days=1)}, "effective_on", "today or a later"),
        ({"reason": "  "}, "reason", "Fill this in"),
    ],
)
def test_weights_that_break_a_rule_say_how_to_fix_them(
    inside: Company, fields: dict[str, Any], wrong: str, words: str
) -> None:
    with pytest.raises(Invalid) as refused:
        make_weights(inside, **fields)
    assert words in refused.value.errors[wrong]
    assert not ImpactWeights.objects.exists()


def test_database_rates_as_the_formula_does(inside: Company) -> None:
    for place, scores in enumerate([(5, 1, 1, 1), (4, 3, 3, 2), (2, 4, 3, 3), (1, 5, 5, 5)]):
        names = ("business_value", "resource_demand", "timeline", "risk")
        make_initiative(inside, title=f"No {place}", **dict(zip(names, scores, strict=True)))
    for weights in (weights_on(TODAY), make_weights(inside)):
        found = Initiative.objects.rated(weights)
        by_rule = {
            row.initiative.pk: (row.rating.hundredths, row.rating.impact)
            for group in grouped(found, weights)
            for row in group.rows
        }
        assert {row.pk: (row.points, row.level) for row in found} == by_rule


# ---- sessions ----


def test_session_keeps_the_ranking_before_and_after_with_reasons(inside: Company) -> None:
    first = make_initiative(inside, title="Arms", business_value=5)
    second = make_initiative(inside, title="Belts", business_value=2)
    make_initiative(inside, title="Old", status="done")
    session = services.prioritisation_record(
        actor=inside.executive,
        note="Before the board",
        proposals={
            second.pk: Proposal({"business_value": 5, "risk": 1}, "Two customers asked for it")
        },
    )
    assert (session.held_on, session.next_due_on) == (TODAY, D(2027, 1, 15))
    assert review_due_on() == D(2027, 1, 15)
    rows = {row.title: row for row in Ranking.objects.all()}
    assert set(rows) == {"Arms", "Belts"}
    b = rows["Belts"]
    assert (b.rank_before, b.rank_after, b.moved) == (2, 1, 1)
    assert (b.before["risk"], b.after["risk"], b.impact_before, b.impact_after) == (
        2,
        1,
        "medium",
        "high",
    )
    assert (rows["Arms"].moved, rows["Arms"].has_changed, rows["Arms"].reason) == (-1, False, "")
    second.refresh_from_db()
    first.refresh_from_db()
    assert (second.business_value, second.risk, first.business_value) == (5, 1, 5)
    event = AuditEvent.objects.get(verb="initiative.rescored")
    assert event.changes == {
        "business_value": [2, 5],
        "risk": [2, 1],
        "reason": "Two customers asked for it",
    }


def test_session_refuses_what_it_cannot_answer_for_and_changes_nothing(inside: Company) -> None:
    made = make_initiative(inside)
    done = make_initiative(inside, title="Over", status="done")
    seen = {"business_value": 5, "resource_demand": 3, "timeline": 2, "risk": 2}
    wrong: list[tuple[Any, Proposal, str]] = [
        (made.pk, Proposal({"risk": 4}), "say why"),
        (made.pk, Proposal({"risk": 6}, "Because"), "1 to 5"),
        (made.pk, Proposal({"risk": 4}, "Because", seen | {"timeline": 5}), "meanwhile"),
        (done.pk, Proposal({"risk": 4}, "Because"), "no open"),
        (uuid7(), Proposal({"risk": 4}, "Because"), "no open"),
    ]
    for pk, proposal, words in wrong:
        with pytest.raises(Invalid) as refused:
            services.prioritisation_record(actor=inside.cto, proposals={pk: proposal})
        assert words in refused.value.errors[f"scores.{pk}"]
    assert not Prioritisation.objects.exists()
    made.refresh_from_db()
    assert made.risk == 2


def test_cadence_decides_when_the_next_session_is_due(inside: Company) -> None:
    make_initiative(inside)
    services.roadmap_settings_set(
        actor=inside.admin, review_every_months=1, short_target_percent=50
    )
    session = services.prioritisation_record(actor=inside.cto, proposals={})
    assert session.next_due_on == D(2026, 11, 15)
    with pytest.raises(Invalid):
        services.roadmap_settings_set(
            actor=inside.admin, review_every_months=13, short_target_percent=50
        )


def test_cto_and_sponsor_are_reminded_once_when_the_next_session_is_due(
    inside: Company, engagement: Engagement
) -> None:
    make_initiative(inside)
    services.prioritisation_record(actor=inside.cto, proposals={})  # the next one: 15 January

    def told() -> set[Any]:
        rows = Notification.objects.filter(kind="priorities.due", read_at=None)
        return set(rows.values_list("member_id", flat=True))

    due = dt.datetime(2027, 1, 15, 14, 0, tzinfo=dt.UTC)  # 9:00 in New York
    with time_machine.travel(due - dt.timedelta(minutes=1), tick=False):
        send_due()
        assert told() == set()
    with time_machine.travel(due + dt.timedelta(minutes=1), tick=False):
        send_due()
        send_due()
        assert told() == {inside.cto.pk, inside.executive.pk}
        assert Notification.objects.filter(kind="priorities.due").count() == 2
        services.prioritisation_record(actor=inside.cto, proposals={})
        assert told() == set()  # what was asked for is done
    with time_machine.travel(dt.datetime(2027, 4, 15, 15, 0, tzinfo=dt.UTC), tick=False):
        services.engagement_transition(
            engagement=engagement, actor=inside.admin, status="ended", reason="It is over."
        )
        send_due()
        assert told() == set()


def test_session_without_initiatives_is_refused(inside: Company) -> None:
    with pytest.raises(Invalid, match="no open initiative"):
        services.prioritisation_record(actor=inside.cto, proposals={})


def test_groups_come_high_first_and_leave_empty_levels_out(inside: Company) -> None:
    make_initiative(inside, title="Polish", business_value=1, resource_demand=5)
    make_initiative(inside)
    groups = grouped(Initiative.objects.all(), weights_on(TODAY))
    assert [g.impact for g in groups] == ["high", "low"]
    assert [g.rows[0].rank for g in groups] == [1, 2]
    assert list(LEVELS) == ["high", "medium", "low"]


@pytest.mark.parametrize(
    ("short", "long", "target", "percent", "moves"),
    [(0, 0, 60, None, 0), (3, 2, 60, "60.0", 0), (4, 1, 60, "80.0", 1), (1, 2, 60, "33.3", -1)],
)
def test_balance_says_how_far_the_mix_is_from_its_target(
    short: int, long: int, target: int, percent: str | None, moves: int
) -> None:
    rows = [Initiative(horizon="short")] * short + [Initiative(horizon="long")] * long
    balance = balance_of([*rows, Initiative(horizon="long", status="done")], target)
    assert (str(balance.short_percent) if percent else balance.short_percent) == percent
    assert balance.moves == moves


# ---- time ----


def test_time_is_logged_for_an_initiative_by_its_id_or_for_a_name(inside: Company) -> None:
    engagement = make_engagement(inside)
    made = make_initiative(inside)
    linked = log(engagement, inside, TODAY, 90, initiative=str(made.pk))
    assert (linked.linked_initiative, linked.initiative, linked.initiative_name) == (
        made,
        None,
        "Self-service onboarding",
    )
    named = log(engagement, inside, TODAY, 30, initiative="Old roadmap")
    assert (named.linked_initiative, named.initiative_name) == (None, "Old roadmap")
    with pytest.raises(Invalid) as refused:
        log(engagement, inside, TODAY, 30, initiative=str(uuid7()))
    assert set(refused.value.errors) == {"initiative"}
    log(engagement, inside, TODAY, 10)
    found = minutes_by_initiative(engagement, D(2026, 10, 1), TODAY)
    assert [(row.name, row.minutes) for row in found] == [
        ("Self-service onboarding", 90),
        ("Old roadmap", 30),
        ("", 10),
    ]
    moved = services.time_update(
        entry=named, actor=inside.cto, changes={"initiative": str(made.pk)}
    )
    assert (moved.linked_initiative, moved.initiative) == (made, None)
    back = services.time_update(entry=moved, actor=inside.cto, changes={"initiative": ""})
    assert (back.linked_initiative, back.initiative) == (None, None)
