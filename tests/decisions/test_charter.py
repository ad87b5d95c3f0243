"""The charter in force: who is asked besides the tiers, and where a late step passes to."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from decisions.ladder import ladder_of
from decisions.models import SpendEvent, SpendRequest
from decisions.route import explanation, waiting_rows
from decisions.services import clocks
from decisions.services.decide import request_approve, request_extend
from decisions.services.requests import request_amend
from decisions.services.tiers import policy_set
from decisions.simulate import simulate
from decisions.tiers import StepRule, Tier
from engagements.models import Charter, Engagement, EscalationStep
from tenants.errors import Invalid
from tenants.models import Member
from tests.decisions.builders import D, sent
from tests.decisions.conftest import NOW
from tests.factories import Company

EXECUTIVE = {"vendor": {"rule": "executive_decides", "limit": "any_amount"}}


def in_force(
    company: Company, *path: str | Member, decisions: Any = None, status: str = "active"
) -> Charter:
    """A charter with this escalation path, in force."""
    engagement = Engagement.objects.create(
        title="CTO", cto=company.cto, starts_on=dt.date(2026, 1, 1), status=status
    )
    row: Charter = Charter.objects.create(
        engagement=engagement,
        number=2,
        status=Charter.Status.PUBLISHED,
        published_at=timezone.now(),
        effective_on=dt.date(2026, 1, 1),
        review_on=dt.date(2027, 1, 1),
        decisions=decisions or {},
    )
    for position, rung in enumerate(path):
        is_role = isinstance(rung, str)
        facts = {"role": rung} if is_role else {"member": rung}
        EscalationStep.objects.create(charter=row, position=position, **facts)
    return row


def names(request: SpendRequest) -> list[str]:
    found = SpendRequest.objects.with_people().with_steps().get(pk=request.pk)
    return [row.name for row in waiting_rows(ladder_of(found))]


def look_at(moment: dt.datetime) -> None:
    """Have the clocks do at a moment what is due."""
    with time_machine.travel(moment, tick=False):
        while clocks.check_next():
            pass


def test_late_step_goes_along_the_charters_path_and_on(inside: Company) -> None:
    in_force(inside, "cto", "executive", "board")
    request = sent(inside)
    look_at(NOW + dt.timedelta(days=4, hours=1))
    assert names(request) == [inside.cto.name, inside.executive.name]
    note = SpendEvent.objects.get(verb="escalated").note
    assert (
        note == f"Late. {inside.executive.name} (Executive, Charter, version 2) can decide now too."
    )
    look_at(NOW + dt.timedelta(days=5))
    assert names(request) == [inside.cto.name, inside.executive.name]
    look_at(NOW + dt.timedelta(days=7))
    with time_machine.travel(NOW + dt.timedelta(days=7), tick=False):
        assert names(request) == [inside.cto.name, inside.executive.name, inside.board.name]
        assert request_approve(request=request, actor=inside.board).status == "approved"
    assert SpendEvent.objects.filter(verb="escalated").count() == 2


def test_charter_of_an_engagement_that_does_not_run_says_nothing(inside: Company) -> None:
    in_force(inside, "executive", decisions=EXECUTIVE, status="proposed")
    request = sent(inside)
    look_at(NOW + dt.timedelta(days=4, hours=1))
    assert names(request) == [inside.cto.name, inside.finance.name]


def test_path_lends_nobody_more_authority(inside: Company) -> None:
    """Neither the CTO nor a team member stands above finance; the executive by name does."""
    in_force(inside, inside.team, "cto", inside.executive)
    request = request_approve(request=sent(inside, D(20_000)), actor=inside.cto)
    look_at(NOW + dt.timedelta(days=6))
    assert names(request) == [inside.finance.name, inside.executive.name]


def test_more_time_puts_off_the_passing_on(inside: Company) -> None:
    request = sent(inside)
    request_extend(request=request, actor=inside.cto, hours=96, reason="On a journey.")
    look_at(NOW + dt.timedelta(days=4, hours=1))
    assert names(request) == [inside.cto.name]
    look_at(NOW + dt.timedelta(days=6, hours=1))
    assert names(request) == [inside.cto.name, inside.finance.name]


def test_decider_of_the_charter_is_asked_last_and_the_route_says_why(inside: Company) -> None:
    in_force(inside, decisions=EXECUTIVE)
    why = "Charter, version 2, on vendor choice: An executive decides, the CTO is heard."
    tried = simulate(amount=D(100))
    assert [step.rule.roles for step in tried.steps] == [("cto",), ("executive",)]
    assert f"Step 2: {why}" in tried.reasons
    request = sent(inside)
    assert f"Step 2: {why}" in explanation(ladder_of(request))
    request_approve(request=request, actor=inside.cto)
    assert names(request) == [inside.executive.name]
    assert request_approve(request=request, actor=inside.executive).status == "approved"


def test_own_authority_ends_where_the_charter_says(inside: Company) -> None:
    rules = (Tier(None, False, (StepRule(("cto",)),)),)
    policy_set(actor=inside.admin, rules=rules, own_authority=True)
    in_force(inside, decisions=EXECUTIVE)
    request = sent(inside, requester=inside.cto)
    assert (request.status, request.within_own_authority) == ("submitted", False)
    assert not simulate(amount=D(1), requester=inside.cto).within_own_authority


def test_request_that_grows_counts_what_was_sent_meanwhile(inside: Company) -> None:
    first = sent(inside, D(1_000), vendor="Acme")
    second = sent(inside, D(8_999), vendor="ACME", requester=inside.executive)
    assert (first.tier, second.tier) == (1, 1)
    changes = {"one_off_amount": D("1001")}
    grown = request_amend(request=first, actor=inside.team, changes=changes, reason="Dearer.")
    assert (grown.tier, grown.counted_amount, grown.round) == (2, D(10_000), 2)
    assert second.reference in grown.tier_reason
    same = request_amend(
        request=second, actor=inside.executive, changes={"purpose": "Why."}, reason="Words."
    )
    assert (same.tier, same.round) == (2, 2)


def test_observer_cannot_be_a_step(inside: Company) -> None:
    with pytest.raises(Invalid, match="observer changes nothing"):
        policy_set(actor=inside.admin, rules=(Tier(None, False, (StepRule(("observer",)),)),))
