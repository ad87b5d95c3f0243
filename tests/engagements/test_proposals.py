"""Terms that two sides agree on: who may what in which state, and what comes of it."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from engagements import policies, services
from engagements.models import OPEN, Engagement, Terms, TermsProposal
from engagements.services.proposals import proposals_expire
from engagements.terms_impact import impact_of
from tenants.errors import Denied, Invalid, NotFound, WrongState
from tenants.models import ApiKey, AuditEvent, Member
from tenants.permissions import Role
from tenants.policies import allowed
from tenants.services import member_add, member_set_roles
from tests.engagements.builders import D, add_terms, make_engagement, unsaved_terms
from tests.factories import Company

DECEMBER = D(2026, 12, 1)
TODAY = D(2026, 10, 15)
Status = TermsProposal.Status


def propose(
    engagement: Engagement, actor: Any, *, effective_on: dt.date = DECEMBER, **fields: Any
) -> TermsProposal:
    """60 hours for 11,400 a month."""
    defaults: dict[str, Any] = {
        "scope_level": "intensive",
        "hours_per_month": Decimal(60),
        "monthly_fee": Decimal(11400),
    }
    return services.proposal_create(
        engagement=engagement, actor=actor, effective_on=effective_on, **(defaults | fields)
    )


def test_proposal_of_the_cto_holds_once_the_client_accepts(
    inside: Company, engagement: Engagement
) -> None:
    proposal = propose(engagement, inside.cto, reason="Telemetry needs more")
    assert (proposal.status, proposal.side) == ("accepted_by_cto", "cto")
    assert Terms.objects.count() == 1, "nothing holds before both accepted"
    accepted = services.proposal_accept(proposal=proposal, actor=inside.executive)
    assert accepted.status == "in_force"
    terms = Terms.objects.in_force_on(DECEMBER).first()
    assert terms == accepted.terms
    assert (terms.hours_per_month, terms.monthly_fee, terms.currency) == (60, 11400, "USD")
    verbs = list(AuditEvent.objects.order_by("id").values_list("verb", flat=True))[-3:]
    assert verbs == ["terms.proposed", "terms.added", "terms.accepted"]
    again = services.proposal_accept(proposal=proposal, actor=inside.executive)
    assert again.status == "in_force", "a second click of who accepted changes nothing"
    with pytest.raises(WrongState, match="in force already"):
        services.proposal_accept(proposal=proposal, actor=inside.admin)
    assert Terms.objects.count() == 2


def test_proposal_of_the_client_holds_once_the_cto_accepts(
    inside: Company, engagement: Engagement
) -> None:
    proposal = propose(engagement, inside.admin)
    assert (proposal.status, proposal.side) == ("accepted_by_client", "client")
    for actor in (inside.executive, inside.admin):  # the client's side cannot accept for the CTO
        with pytest.raises((Denied, WrongState)):
            services.proposal_accept(proposal=proposal, actor=actor, side="cto")
    assert services.proposal_accept(proposal=proposal, actor=inside.cto).status == "in_force"


def test_first_terms_of_a_proposed_engagement_are_agreed_the_same_way(inside: Company) -> None:
    engagement = make_engagement(inside, status="proposed", starts_on=TODAY)
    proposal = propose(engagement, inside.cto, effective_on=TODAY)
    services.proposal_accept(proposal=proposal, actor=inside.executive)
    assert Terms.objects.get().effective_on == TODAY
    assert services.engagement_transition(
        engagement=engagement, actor=inside.admin, status="active"
    )


def test_who_holds_both_sides_never_accepts_for_both(
    inside: Company, engagement: Engagement
) -> None:
    both = member_set_roles(member=inside.cto, actor=inside.admin, roles=["cto", "executive"])
    with pytest.raises(Invalid) as refused:
        propose(engagement, both)
    assert set(refused.value.errors) == {"side"}
    proposal = propose(engagement, both, side="cto")
    for side in ("", "client"):
        with pytest.raises(Denied, match="Somebody else accepts"):
            services.proposal_accept(proposal=proposal, actor=both, side=side)
    with pytest.raises(Denied):
        services.proposal_decline(proposal=proposal, actor=both, reason="No thanks")
    assert services.proposal_accept(proposal=proposal, actor=inside.admin).status == "in_force"


def test_accepting_twice_for_one_side_changes_nothing(
    inside: Company, engagement: Engagement
) -> None:
    proposal = propose(engagement, inside.cto)
    again = services.proposal_accept(proposal=proposal, actor=inside.cto)
    assert again.status == "accepted_by_cto"
    assert AuditEvent.objects.filter(verb="terms.accepted").count() == 0


def test_proposal_of_a_service_key_waits_for_both(inside: Company, engagement: Engagement) -> None:
    key = ApiKey.objects.create(
        name="Dial", scopes=["terms.propose"], prefix="bl_x", secret_hash=b""
    )
    proposal = propose(engagement, key)
    assert (proposal.status, proposal.side) == ("proposed", "")
    with pytest.raises(Denied):
        services.proposal_accept(proposal=proposal, actor=key)
    services.proposal_accept(proposal=proposal, actor=inside.executive)
    assert services.proposal_accept(proposal=proposal, actor=inside.cto).status == "in_force"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"effective_on": D(2026, 10, 14)}, {"effective_on"}),
        ({"effective_on": D(2101, 1, 1)}, {"effective_on"}),
        ({"currency": "EUR"}, {"currency"}),
        ({"hours_per_month": Decimal(745)}, {"hours_per_month"}),
        ({"hours_per_month": Decimal(0), "monthly_fee": Decimal(0)}, {"hours_per_month"}),
        ({"monthly_fee": Decimal(-1)}, {"monthly_fee"}),
        ({"notice_days": 366}, {"notice_days"}),
        ({"rollover": "capped", "rollover_cap_minutes": 0, "rollover_expiry_months": 1},
         {"rollover_cap_minutes"}),
        ({"reason": "x" * 1001}, {"reason"}),
    ],
)  # fmt: skip
def test_proposal_refuses(
    inside: Company, engagement: Engagement, fields: dict[str, Any], wrong: set[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        propose(engagement, inside.cto, **fields)
    assert set(refused.value.errors) == wrong
    assert not TermsProposal.objects.exists()


def test_one_proposal_is_open_at_a_time(inside: Company, engagement: Engagement) -> None:
    first = propose(engagement, inside.cto)
    with pytest.raises(WrongState, match="1 Dec 2026 are proposed already"):
        propose(engagement, inside.executive, effective_on=D(2027, 1, 1))
    with pytest.raises(Denied, match="Only the side that proposed it"):
        services.proposal_withdraw(proposal=first, actor=inside.executive)
    with pytest.raises(Invalid):
        services.proposal_decline(proposal=first, actor=inside.executive, reason=" ")
    declined = services.proposal_decline(
        proposal=first, actor=inside.executive, reason="After the budget"
    )
    assert (declined.status, declined.closing_reason) == ("declined", "After the budget")
    second = propose(engagement, inside.executive)
    with pytest.raises(Denied):
        services.proposal_decline(proposal=second, actor=inside.admin, reason="Our own side")
    for _ in range(2):
        withdrawn = services.proposal_withdraw(proposal=second, actor=inside.executive)
        assert withdrawn.status == "withdrawn"
    assert Terms.objects.count() == 1


def test_proposal_expires_after_its_date(inside: Company, engagement: Engagement) -> None:
    proposal = propose(engagement, inside.cto, effective_on=D(2026, 10, 20))
    with time_machine.travel(dt.datetime(2026, 10, 21, 3, tzinfo=dt.UTC)):  # the 20th in New York
        assert proposals_expire(today=inside.tenant.today) == 0
        assert allowed(
            policies.check_can_accept_proposal,
            actor=inside.executive, proposal=proposal, today=inside.tenant.today,
        )  # fmt: skip
    with time_machine.travel(dt.datetime(2026, 10, 21, 5, tzinfo=dt.UTC)):
        for act in (services.proposal_accept, services.proposal_withdraw):
            with pytest.raises(WrongState, match="expired"):
                act(proposal=proposal, actor=inside.executive if act is services.proposal_accept
                    else inside.cto)  # fmt: skip
        assert proposals_expire(today=inside.tenant.today) == 1
        assert proposals_expire(today=inside.tenant.today) == 0
        proposal.refresh_from_db()
        assert proposal.status == "expired"


def test_an_expired_one_makes_room_even_before_the_daily_run(
    inside: Company, engagement: Engagement
) -> None:
    propose(engagement, inside.cto, effective_on=D(2026, 10, 20))
    with time_machine.travel(dt.datetime(2026, 10, 22, 12, tzinfo=dt.UTC)):
        propose(engagement, inside.cto)
    assert set(TermsProposal.objects.values_list("status", flat=True)) == {
        "expired", "accepted_by_cto",
    }  # fmt: skip


def test_agreed_terms_must_still_fit(inside: Company, engagement: Engagement) -> None:
    proposal = propose(engagement, inside.cto)
    add_terms(engagement, inside, effective_on=DECEMBER)
    with pytest.raises(Invalid):
        services.proposal_accept(proposal=proposal, actor=inside.executive)
    proposal.refresh_from_db()
    assert proposal.status == "accepted_by_cto"
    services.engagement_transition(engagement=engagement, actor=inside.admin, status="ended")
    with pytest.raises(WrongState):
        services.proposal_accept(proposal=proposal, actor=inside.executive)


def test_proposal_that_is_not_there(inside: Company, engagement: Engagement) -> None:
    for act in (services.proposal_accept, services.proposal_withdraw):
        with pytest.raises(NotFound):
            act(proposal=TermsProposal(), actor=inside.cto)


@pytest.mark.parametrize("role", [str(role) for role in Role])
@pytest.mark.parametrize("status", [str(status) for status in Status])
def test_truth_table_of_role_and_state(
    inside: Company, engagement: Engagement, role: str, status: str
) -> None:
    """On a proposal of the CTO: the client's people answer it, the CTO takes it back."""
    actor = inside.member(role)
    other_cto = member_add(
        email="second@northwind.example", name="Second", roles=["cto"], actor=inside.admin
    )
    proposal = TermsProposal(
        engagement=engagement, side="cto", proposed_by=inside.cto, status=status,
        accepted_by_cto=inside.cto, effective_on=DECEMBER,
    )  # fmt: skip
    facts: dict[str, Any] = {"proposal": proposal, "today": TODAY}
    is_open = status in OPEN
    client = role in ("admin", "executive")
    assert allowed(policies.check_can_accept_proposal, actor=actor, **facts) == (is_open and client)
    assert allowed(policies.check_can_decline_proposal, actor=actor, **facts) == (
        is_open and client
    )
    assert allowed(policies.check_can_withdraw_proposal, actor=actor, **facts) == (
        is_open and role == "cto"
    )
    assert allowed(policies.check_can_propose_terms, actor=actor, engagement=engagement) == (
        client or role == "cto"
    )
    assert not allowed(policies.check_can_propose_terms, actor=other_cto, engagement=engagement)
    assert not allowed(policies.check_can_accept_proposal, actor=other_cto, **facts)


def test_sides_are_those_of_people(inside: Company, engagement: Engagement) -> None:
    sides = {
        role: set(policies.sides_of(actor=member, engagement=engagement))
        for role, member in inside.members.items()
    }
    assert {role: held for role, held in sides.items() if held} == {
        "admin": {"client"}, "executive": {"client"}, "cto": {"cto"},
    }  # fmt: skip
    gone = Member(pk=inside.cto.pk, roles=["cto"], status="left")
    assert not policies.sides_of(actor=gone, engagement=engagement)


# ---- what it comes to ----


def test_impact_counts_days_to_the_end(inside: Company) -> None:
    engagement = make_engagement(inside, ends_on=D(2026, 12, 15))
    before = unsaved_terms(D(2026, 9, 1), 40, monthly_fee=Decimal(8000))
    change = unsaved_terms(D(2026, 11, 16), 60, monthly_fee=Decimal(11400))
    found = impact_of(change, engagement=engagement, versions=[before])
    # half of November and 15 of December's 31 days
    assert (found.minutes_before, found.minutes_after) == (2361, 3542)
    assert found.fee_before == Decimal("7870.97")
    assert found.fee_after == Decimal("11216.13")
    assert (found.to_the_end, found.until, found.before) == (True, D(2026, 12, 15), before)


def test_impact_of_an_open_end_is_a_year(inside: Company) -> None:
    engagement = make_engagement(inside)
    change = unsaved_terms(DECEMBER, 60, monthly_fee=Decimal(11400))
    later = unsaved_terms(D(2027, 6, 1), 10, monthly_fee=Decimal(1000))
    before = unsaved_terms(D(2026, 9, 1), 40, monthly_fee=Decimal(8000))
    found = impact_of(change, engagement=engagement, versions=[before, later])
    assert (found.until, found.to_the_end) == (D(2027, 11, 30), False)
    assert found.minutes_change == 6 * 20 * 60  # June on is agreed already
    assert found.fee_change == Decimal(6 * 3400)
    first = impact_of(change, engagement=engagement, versions=[])
    assert (first.before, first.minutes_before, first.fee_before) == (None, 0, 0)
    assert first.fee_after == Decimal(12 * 11400)
