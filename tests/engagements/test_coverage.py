"""Absences: who is away when, who covers, and who really is in charge."""

import datetime as dt
import threading
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from engagements import policies_charter as policies
from engagements import services
from engagements.coverage import coverage_of, covered_by, deputy_for, in_charge, resolve
from engagements.models import (
    CommunicationTool,
    Engagement,
    IntegrationActivity,
    OffPeriod,
)
from tenants.errors import Denied, DomainError, Invalid, WrongState
from tenants.invitations import member_invite
from tenants.isolation import tenant
from tenants.models import AuditEvent, Member, Tenant
from tenants.permissions import Role
from tenants.policies import allowed
from tenants.services import member_remove
from tests.engagements.boundary_builders import D, away, published
from tests.factories import Company, make_company

MONDAY, FRIDAY = D(2026, 10, 26), D(2026, 10, 30)
NEW_YORK = dt.timezone(-dt.timedelta(hours=4))


def at(day: dt.date, hour: int = 12, minute: int = 0) -> dt.datetime:
    """A time at the company, in New York."""
    return dt.datetime.combine(day, dt.time(hour, minute), tzinfo=NEW_YORK)


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_truth_table_of_role_and_person(role: str) -> None:
    actor = Member(roles=[role], status="active")
    other = Member(roles=["cto"], status="active")
    check = policies.check_can_plan_absence
    assert allowed(check, actor=actor, member=actor) == (role != "observer")
    assert allowed(check, actor=actor, member=other) == (role in ("admin", "executive"))


@pytest.mark.parametrize("role", [str(role) for role in Role])
@pytest.mark.parametrize("state", ["planned", "running", "over", "cancelled"])
def test_truth_table_of_changing_an_absence(role: str, state: str) -> None:
    today = D(2026, 10, 15)
    first, last = {
        "planned": (D(2026, 10, 20), D(2026, 10, 22)),
        "over": (D(2026, 10, 1), D(2026, 10, 2)),
    }.get(state, (today, today))
    actor = Member(roles=[role], status="active")
    for member, may in ((actor, role != "observer"), (Member(), role in ("admin", "executive"))):
        period = OffPeriod(
            tenant=Tenant(time_zone="America/New_York"),
            member=member,
            starts_on=first,
            ends_on=last,
            cancelled_at=at(today) if state == "cancelled" else None,
        )
        assert allowed(policies.check_can_change_absence, actor=actor, period=period) == (
            may and state in ("planned", "running")
        )


@pytest.mark.parametrize("role", [str(role) for role in Role])
@pytest.mark.parametrize("status", ["active", "ended"])
@pytest.mark.parametrize("state", ["planned", "done", "dropped"])
def test_truth_table_of_plan_people_and_tools(role: str, status: str, state: str) -> None:
    actor = Member(roles=[role], status="active")
    engagement = Engagement(status=status)
    activity = IntegrationActivity(engagement=engagement, status=state)
    runs, leads = status == "active", role in ("admin", "executive", "cto")
    assert allowed(policies.check_can_manage_plan, actor=actor, engagement=engagement) == (
        leads and runs
    )
    assert allowed(policies.check_can_delete_activity, actor=actor, activity=activity) == (
        leads and runs and state != "done"
    )
    assert allowed(policies.check_can_manage_people, actor=actor, engagement=engagement) == (
        role in ("executive", "cto") and runs
    )
    assert allowed(policies.check_can_manage_tools, actor=actor) == leads
    for is_named in (False, True):
        facts = {"actor": actor, "tool": CommunicationTool(platform="Slack"), "is_named": is_named}
        assert allowed(policies.check_can_delete_tool, **facts) == (leads and not is_named)


def test_period_runs_from_midnight_to_midnight_at_the_company(
    inside: Company, engagement: Engagement
) -> None:
    period = away(inside, MONDAY, FRIDAY)
    assert deputy_for(inside.cto, at(D(2026, 10, 25), 23, 59)) is None
    assert deputy_for(inside.cto, at(MONDAY, 0)) == inside.team
    assert deputy_for(inside.cto, at(FRIDAY, 23, 59)) == inside.team
    assert deputy_for(inside.cto, at(D(2026, 10, 31), 0)) is None
    assert coverage_of(engagement, at(MONDAY)) == period
    assert coverage_of(engagement) is None  # today it has not begun
    assert in_charge(inside.cto, at(MONDAY)) == inside.team
    assert in_charge(inside.cto) == inside.cto
    assert covered_by(inside.team, at(MONDAY)) == [inside.cto]
    assert period.days == 5


def test_deputy_who_is_away_too_hands_on(inside: Company, engagement: Engagement) -> None:
    away(inside, MONDAY, FRIDAY)
    away(inside, D(2026, 10, 28), FRIDAY, member=inside.team, deputy=inside.executive)
    assert deputy_for(inside.cto, at(D(2026, 10, 27))) == inside.team
    assert deputy_for(inside.cto, at(D(2026, 10, 28))) == inside.executive
    assert {m.pk for m in covered_by(inside.executive, at(D(2026, 10, 28)))} == {
        inside.cto.pk,
        inside.team.pk,
    }


def test_chain_that_ends_nowhere_leaves_the_member_in_charge(
    inside: Company, engagement: Engagement
) -> None:
    away(inside, MONDAY, FRIDAY)
    away(inside, MONDAY, D(2026, 10, 27), member=inside.team, deputy=None)
    assert deputy_for(inside.cto, at(MONDAY)) is None
    assert in_charge(inside.cto, at(MONDAY)) == inside.cto
    assert deputy_for(inside.cto, at(D(2026, 10, 28))) == inside.team


def test_circle_is_refused_on_the_days_on_which_it_would_be_one(
    inside: Company, engagement: Engagement
) -> None:
    away(inside, MONDAY, FRIDAY)
    away(inside, MONDAY, FRIDAY, member=inside.team, deputy=inside.executive)
    with pytest.raises(Invalid) as refused:
        away(inside, FRIDAY, D(2026, 11, 6), member=inside.executive, deputy=inside.cto)
    assert "leads back" in refused.value.errors["deputy"]
    away(inside, D(2026, 10, 31), D(2026, 11, 6), member=inside.executive, deputy=inside.cto)


def test_deputy_who_left_covers_nobody(inside: Company, engagement: Engagement) -> None:
    away(inside, MONDAY, FRIDAY)
    member_remove(member=inside.team, actor=inside.admin)
    assert deputy_for(inside.cto, at(MONDAY)) is None


@pytest.mark.parametrize(
    ("facts", "field", "words"),
    [
        ({"first": FRIDAY, "last": MONDAY}, "ends_on", "before the first"),
        ({"first": D(2026, 10, 14)}, "starts_on", "has passed"),
        ({"deputy": "cto"}, "deputy", "somebody else covers"),
        ({"deputy": "left"}, "deputy", "no active member"),
        ({"deputy": "invited"}, "deputy", "has not joined yet"),
        ({"deputy": None}, "deputy", "5 days away needs a deputy"),
        ({"last": D(2027, 12, 1)}, "ends_on", "366 days"),
    ],
)
def test_what_cannot_be_planned_is_refused_in_words(
    inside: Company, engagement: Engagement, facts: dict[str, Any], field: str, words: str
) -> None:
    if facts.get("deputy") == "left":
        facts = {"deputy": member_remove(member=inside.board, actor=inside.admin)}
    elif facts.get("deputy") == "invited":
        facts = {
            "deputy": member_invite(
                email="new@x.example", roles=["team"], actor=inside.admin, name="Nils New"
            )
        }
    elif facts.get("deputy") == "cto":
        facts = {"deputy": inside.cto}
    facts = {"first": MONDAY, "last": FRIDAY} | facts
    with pytest.raises(Invalid) as refused:
        away(inside, **facts)
    assert words in refused.value.errors[field]
    assert not OffPeriod.objects.exists()


def test_days_of_one_person_never_overlap(inside: Company, engagement: Engagement) -> None:
    away(inside, MONDAY, FRIDAY)
    for first, last in ((FRIDAY, D(2026, 11, 3)), (D(2026, 10, 20), MONDAY), (MONDAY, MONDAY)):
        with pytest.raises(Invalid, match="away on 26 to 30 Oct already"):
            away(inside, first, last)
    away(inside, D(2026, 10, 31), D(2026, 11, 1))
    away(inside, MONDAY, FRIDAY, member=inside.executive)  # somebody else may


def test_charter_says_from_how_many_days_a_deputy_is_needed(
    inside: Company, engagement: Engagement
) -> None:
    published(engagement, inside, deputy_from_days=10)
    away(inside, MONDAY, FRIDAY, deputy=None)
    with pytest.raises(Invalid, match="Charter, version 1 asks for one from 10 on"):
        away(inside, D(2026, 11, 2), D(2026, 11, 11), deputy=None)
    published(engagement, inside, deputy_from_days=None)
    away(inside, D(2026, 11, 2), D(2026, 11, 30), deputy=None)


def test_who_is_no_cto_needs_no_deputy(inside: Company, engagement: Engagement) -> None:
    assert away(inside, MONDAY, FRIDAY, member=inside.board, deputy=None).deputy is None


def test_running_period_changes_its_end_deputy_and_note_alone(
    inside: Company, engagement: Engagement
) -> None:
    period = away(inside, MONDAY, FRIDAY)
    change = services.coverage_update
    with time_machine.travel(at(D(2026, 10, 28))):
        with pytest.raises(Invalid, match="first day stays"):
            change(period=period, actor=inside.cto, changes={"starts_on": D(2026, 10, 29)})
        with pytest.raises(Invalid, match="27 Oct 2026 as the last day"):
            change(period=period, actor=inside.cto, changes={"ends_on": MONDAY})
        changed = change(
            period=period,
            actor=inside.cto,
            changes={"ends_on": D(2026, 11, 2), "deputy": inside.executive, "note": "Longer"},
        )
        assert deputy_for(inside.cto) == inside.executive
        changed = change(period=changed, actor=inside.cto, changes={"ends_on": D(2026, 10, 27)})
        assert deputy_for(inside.cto) is None
        assert changed.status == "over"
        with pytest.raises(WrongState, match="over"):
            change(period=changed, actor=inside.cto, changes={"note": "Too late"})
    event = AuditEvent.objects.filter(verb="coverage.changed").order_by("occurred_at").first()
    assert event is not None
    assert event.changes["deputy"] == ["Team Northwind", "Executive Northwind"]


def test_cancelled_period_counts_until_it_was_cancelled(
    inside: Company, engagement: Engagement
) -> None:
    period = away(inside, MONDAY, FRIDAY)
    with time_machine.travel(at(D(2026, 10, 28), 9), tick=False):
        services.coverage_cancel(period=period, actor=inside.cto)
        services.coverage_cancel(period=period, actor=inside.cto)
        assert deputy_for(inside.cto) is None
    assert deputy_for(inside.cto, at(D(2026, 10, 27))) == inside.team
    assert deputy_for(inside.cto, at(D(2026, 10, 29))) is None
    assert AuditEvent.objects.filter(verb="coverage.cancelled").count() == 1
    away(inside, MONDAY, FRIDAY)  # the days are free again


def test_others_absences_are_for_admins_and_executives(
    inside: Company, engagement: Engagement
) -> None:
    with pytest.raises(Denied):
        away(inside, MONDAY, FRIDAY, actor=inside.finance)
    away(inside, MONDAY, FRIDAY, actor=inside.executive)


@given(
    edges=st.dictionaries(
        st.integers(0, 7), st.one_of(st.none(), st.integers(0, 7)), min_size=0, max_size=8
    )
)
def test_resolution_ends_with_somebody_who_is_there_or_with_nobody(
    edges: dict[int, int | None],
) -> None:
    people = [Member(id=uuid4(), status="active", tenant=Tenant()) for _ in range(8)]
    periods = [
        OffPeriod(member=people[who], deputy=people[whom] if whom is not None else None)
        for who, whom in edges.items()
        if who != whom
    ]
    gone = {period.member_id for period in periods}
    for person in people:
        found = resolve(person, periods)
        assert found is None or (found.pk not in gone and person.pk in gone)


@pytest.mark.slow
def test_two_who_would_cover_each_other_at_once_make_no_circle(committed_db: None) -> None:
    company = make_company("northwind")
    pairs = [(company.team, company.board), (company.board, company.team)]
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def work(person: Member, deputy: Member) -> None:
        start.wait()
        try:
            with tenant(company.id):
                away(company, MONDAY, FRIDAY, member=person, deputy=deputy)
            outcomes.append("made")
        except DomainError as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["Invalid", "made"]
