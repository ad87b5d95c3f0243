"""What waits for whom: agreements to answer, reviews that come due, and a queue handed over."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engagements import services
from engagements.models import Engagement, IntegrationActivity
from engagements.waiting import WaitingItem, asked_of
from tenants.models import Member
from tenants.permissions import Role
from tests.engagements.boundary_builders import published
from tests.engagements.roadmap_builders import make_initiative
from tests.factories import Company

D = dt.date  # the tests play on 15 October 2026, a Thursday


def kinds(member: Member) -> list[str]:
    """Without the plan, which every engagement has from its start."""
    return [item.kind for item in asked_of(member) if item.kind != "plan"]


def only(member: Member, kind: str) -> WaitingItem:
    (found,) = [item for item in asked_of(member) if item.kind == kind]
    return found


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_charter_waits_for_each_who_may_acknowledge_it_until_they_have(
    inside: Company, engagement: Engagement, role: str
) -> None:
    charter = published(engagement, inside, summary="Urgent matters in two hours.")
    member = inside.member(role)
    if role == Role.OBSERVER:
        assert kinds(member) == []
        return
    item = only(member, "charter")
    assert (item.title, item.detail) == (
        "Acknowledge the charter, version 1",
        "Urgent matters in two hours.",
    )
    assert item.href.endswith(f"/working/?engagement={engagement.pk}")
    services.charter_acknowledge(charter=charter, actor=member)
    assert kinds(member) == []
    published(engagement, inside)
    assert only(member, "charter").title.endswith("version 2")


@pytest.mark.parametrize(
    ("today", "late"), [(D(2027, 3, 24), None), (D(2027, 3, 25), False), (D(2027, 4, 3), True)]
)
def test_review_of_the_charter_is_asked_of_cto_and_sponsor_a_week_ahead(
    inside: Company, engagement: Engagement, today: dt.date, late: bool | None
) -> None:
    published(engagement, inside)  # to be reviewed on 1 April 2027
    with time_machine.travel(dt.datetime.combine(today, dt.time(16), tzinfo=dt.UTC), tick=False):
        for member in (inside.cto, inside.executive):
            found = [i for i in asked_of(member) if i.kind == "charter_review"]
            assert [i.is_late for i in found] == ([] if late is None else [late])
        assert "charter_review" not in kinds(inside.admin)


def test_priorities_are_asked_for_when_their_review_is_due(
    inside: Company, engagement: Engagement
) -> None:
    make_initiative(inside)
    services.prioritisation_record(actor=inside.cto, proposals={})
    assert "priorities" not in kinds(inside.cto)
    with time_machine.travel(dt.datetime(2027, 1, 16, 15, tzinfo=dt.UTC), tick=False):
        item = only(inside.cto, "priorities")
        assert (item.due_on, item.is_late) == (D(2027, 1, 15), True)
        assert kinds(inside.executive) == ["priorities"]
        assert kinds(inside.admin) == kinds(inside.team) == []
        services.prioritisation_record(actor=inside.cto, proposals={})
        assert kinds(inside.cto) == []


def test_proposed_terms_wait_for_the_other_side_alone(
    inside: Company, engagement: Engagement
) -> None:
    proposal = services.proposal_create(
        engagement=engagement,
        actor=inside.cto,
        effective_on=D(2026, 11, 1),
        scope_level="intensive",
        hours_per_month=Decimal(60),
        monthly_fee=Decimal(12000),
    )
    assert kinds(inside.cto) == kinds(inside.finance) == []
    assert kinds(inside.admin) == ["terms"]
    assert only(inside.executive, "terms").href.endswith(f"/proposals/{proposal.pk}/")
    services.proposal_decline(proposal=proposal, actor=inside.executive, reason="Too much")
    assert kinds(inside.executive) == []


def test_hours_above_wait_for_those_who_may_approve_them(
    inside: Company, engagement: Engagement
) -> None:
    services.overage_request(
        engagement=engagement,
        actor=inside.cto,
        on_month=D(2026, 10, 1),
        minutes=450,
        rate=Decimal(240),
        note="The migration.",
    )
    item = only(inside.executive, "overage")
    assert item.title == "Decide on 7.5\u00a0h above the agreed hours"
    assert item.detail == "For October. The migration."
    assert kinds(inside.cto) == kinds(inside.team) == []


def test_plan_that_is_due_waits_for_the_cto_and_for_who_covers(
    inside: Company, engagement: Engagement
) -> None:
    rows = IntegrationActivity.objects.filter(planned_on__lte=D(2026, 10, 15))
    item = only(inside.cto, "plan")
    assert item.title == f"Integration plan: {rows.count()} activities are due"
    assert (item.is_late, item.for_name) == (True, "")
    assert asked_of(inside.executive) == []
    covers = {str(inside.cto.pk): inside.cto.name}
    (handed,) = asked_of(inside.executive, covers)
    assert (handed.kind, handed.for_name) == ("plan", inside.cto.name)
    assert asked_of(inside.team, covers) == []  # who may not change it has nothing to do there


def test_it_is_one_query_whatever_waits_and_nothing_of_an_engagement_that_ended(
    inside: Company, engagement: Engagement
) -> None:
    published(engagement, inside)
    with CaptureQueriesContext(connection) as queries:
        assert [item.kind for item in asked_of(inside.cto)] == ["charter", "plan"]
    assert len(queries) == 1
    services.engagement_transition(
        engagement=engagement, actor=inside.admin, status="ended", reason="It is over."
    )
    assert asked_of(inside.cto) == []
