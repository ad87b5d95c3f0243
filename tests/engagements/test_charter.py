"""Versions of the charter: drafted, published, acknowledged, reviewed."""

import datetime as dt
import threading
from typing import Any

import pytest
import time_machine
from django.db import connection

from engagements import policies_charter as policies
from engagements import services
from engagements.models import Charter, CharterAcknowledgement, Clause, Engagement
from tenants.errors import Denied, DomainError, Invalid, WrongState
from tenants.isolation import tenant
from tenants.models import ApiKey, AuditEvent, Member, Notification
from tenants.notifications.reminders import send_due
from tenants.permissions import Role
from tenants.policies import allowed
from tenants.services import member_remove
from tests.engagements.boundary_builders import D, draft, published
from tests.engagements.builders import make_engagement
from tests.factories import Company, make_company

ROLES = [str(role) for role in Role]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize("state", ["draft", "latest", "replaced"])
def test_truth_table_of_role_and_state(role: str, state: str, ended: bool) -> None:
    actor = Member(roles=[role], status="active")
    engagement = Engagement(status="ended" if ended else "active")
    charter = Charter(
        engagement=engagement, number=1, status="draft" if state == "draft" else "published"
    )
    latest = None if state == "draft" else charter if state == "latest" else Charter(number=2)
    writes, publishes = role in ("admin", "executive", "cto"), role in ("admin", "executive")
    facts = {"actor": actor, "charter": charter}
    assert allowed(policies.check_can_edit, **facts) == (writes and state == "draft" and not ended)
    assert allowed(policies.check_can_publish, **facts) == (
        publishes and state == "draft" and not ended
    )
    assert allowed(policies.check_can_review, **facts, latest=latest) == (
        writes and state == "latest" and not ended
    )
    assert allowed(policies.check_can_acknowledge, **facts, latest=latest) == (
        role != "observer" and state == "latest"
    )
    assert allowed(
        policies.check_can_draft,
        actor=actor,
        engagement=engagement,
        draft=charter if state == "draft" else None,
    ) == (writes and state != "draft" and not ended)


def test_service_key_acknowledges_for_nobody() -> None:
    charter = Charter(engagement=Engagement(status="active"), status="published", number=1)
    key = ApiKey(scopes=["charter.acknowledge"])
    with pytest.raises(Denied):
        policies.check_can_acknowledge(actor=key, charter=charter, latest=charter)


def test_first_draft_is_the_template_with_its_eight_clauses(
    inside: Company, engagement: Engagement
) -> None:
    charter = draft(engagement, inside)
    assert list(charter.clauses) == [
        "architecture_decisions",
        "vendor_choices",
        "resource_allocation",
        "budget_approvals",
        "response_times",
        "communication_channels",
        "escalation",
        "coverage",
    ]
    assert all(charter.text_of(clause) for clause in Clause.values)
    with pytest.raises(WrongState, match="draft already"):
        draft(engagement, inside)


def test_next_draft_starts_from_the_latest_version_and_leaves_it_as_it_was(
    inside: Company, engagement: Engagement
) -> None:
    first = published(
        engagement,
        inside,
        clauses={"coverage": "Ask Aisha."},
        escalation_path=[{"member": inside.board}],
    )
    second = draft(engagement, inside)
    assert second.number == 2
    assert second.text_of("coverage") == "Ask Aisha."
    assert [step.member for step in second.steps.all()] == [inside.board]
    services.charter_update(
        charter=second, actor=inside.cto, changes={"clauses": {"coverage": "Ask Jonas."}}
    )
    first.refresh_from_db()
    assert first.text_of("coverage") == "Ask Aisha."
    assert second.effective_on is None


def test_published_version_never_changes(inside: Company, engagement: Engagement) -> None:
    charter = published(engagement, inside)
    for call in (
        lambda: services.charter_update(charter=charter, actor=inside.cto, changes={"summary": ""}),
        lambda: services.charter_discard(charter=charter, actor=inside.cto),
        lambda: services.charter_publish(charter=charter, actor=inside.admin),
    ):
        with pytest.raises(WrongState):
            call()


def test_publishing_names_each_clause_that_is_empty(
    inside: Company, engagement: Engagement
) -> None:
    charter = draft(engagement, inside, clauses={"coverage": " ", "escalation": ""})
    with pytest.raises(Invalid) as refused:
        services.charter_publish(charter=charter, actor=inside.admin)
    assert refused.value.errors.keys() == {"clauses.coverage", "clauses.escalation"}
    assert Charter.objects.get().is_draft


def test_urgent_matters_wait_no_longer_than_others(inside: Company, engagement: Engagement) -> None:
    times = {"urgent": {"amount": 3, "counted": "working_days"}}
    charter = draft(engagement, inside, response_times=times)
    with pytest.raises(Invalid, match="wait longer"):
        services.charter_publish(charter=charter, actor=inside.admin)


@pytest.mark.parametrize(
    ("effective_on", "review_on", "field"),
    [
        (D(2026, 8, 31), None, "effective_on"),  # before the engagement began
        (D(2026, 10, 20), D(2026, 10, 20), "review_on"),
        (D(2026, 9, 1), D(2026, 10, 15), "review_on"),
        (D(2199, 1, 1), None, "effective_on"),
    ],
)
def test_dates_that_cannot_be_are_refused(
    inside: Company, engagement: Engagement, effective_on: Any, review_on: Any, field: str
) -> None:
    charter = draft(engagement, inside)
    with pytest.raises(Invalid) as refused:
        services.charter_publish(
            charter=charter, actor=inside.admin, effective_on=effective_on, review_on=review_on
        )
    assert field in refused.value.errors


def test_later_version_begins_neither_in_the_past_nor_before_the_one_it_replaces(
    inside: Company, engagement: Engagement
) -> None:
    published(engagement, inside)
    with pytest.raises(Invalid, match="Version 1 holds until then"):
        published(engagement, inside, on=D(2026, 10, 14))
    services.charter_discard(charter=Charter.objects.get(status="draft"), actor=inside.cto)
    published(engagement, inside, on=D(2026, 11, 10))
    with pytest.raises(Invalid, match="Version 2 holds until then"):
        published(engagement, inside, on=D(2026, 11, 9))


def test_acknowledging_twice_is_harmless_and_a_new_version_asks_anew(
    inside: Company, engagement: Engagement
) -> None:
    first = published(engagement, inside)
    one = services.charter_acknowledge(charter=first, actor=inside.team)
    again = services.charter_acknowledge(charter=first, actor=inside.team)
    assert one == again
    assert AuditEvent.objects.filter(verb="charter.acknowledged").count() == 1
    second = published(engagement, inside)
    with pytest.raises(WrongState, match="Version 2 replaces"):
        services.charter_acknowledge(charter=first, actor=inside.board)
    services.charter_acknowledge(charter=second, actor=inside.team)
    assert CharterAcknowledgement.objects.count() == 2


def test_review_keeps_the_version_and_names_the_next_day(
    inside: Company, engagement: Engagement
) -> None:
    charter = published(engagement, inside)
    with time_machine.travel(dt.datetime(2027, 4, 1, 15, tzinfo=dt.UTC)):
        assert charter.review_due(inside.tenant.today)
        with pytest.raises(Invalid):
            services.charter_review(charter=charter, actor=inside.cto, review_on=D(2027, 4, 1))
        charter = services.charter_review(
            charter=charter, actor=inside.cto, review_on=D(2027, 10, 1)
        )
        assert not charter.review_due(inside.tenant.today)
    assert (charter.reviewed_on, charter.number) == (D(2027, 4, 1), 1)


def test_cto_and_sponsor_are_reminded_once_of_the_review_and_not_after_it(
    inside: Company, engagement: Engagement
) -> None:
    charter = published(engagement, inside)  # to be reviewed on 1 April 2027
    rows = Notification.objects.filter(kind="charter.review_due")
    due = dt.datetime(2027, 4, 1, 13, 0, tzinfo=dt.UTC)  # 9:00 in New York
    with time_machine.travel(due + dt.timedelta(minutes=1), tick=False):
        send_due()
        send_due()
        told = set(rows.values_list("member_id", flat=True))
        assert told == {inside.cto.pk, inside.executive.pk}
        assert rows.count() == 2
        services.charter_review(charter=charter, actor=inside.cto, review_on=D(2027, 10, 1))
        assert not rows.filter(read_at=None).exists()


def test_who_left_cannot_stand_on_a_path_that_comes_into_force(
    inside: Company, engagement: Engagement
) -> None:
    charter = draft(engagement, inside, escalation_path=[{"member": inside.board}])
    member_remove(member=inside.board, actor=inside.admin)
    # the draft can still be worked on
    services.charter_update(charter=charter, actor=inside.cto, changes={"summary": "New path"})
    with pytest.raises(Invalid, match="no active member"):
        services.charter_publish(charter=charter, actor=inside.admin)


def test_nothing_is_written_when_nothing_differs(inside: Company, engagement: Engagement) -> None:
    charter = draft(engagement, inside)
    events = AuditEvent.objects.count()
    same = {"clauses": dict(charter.clauses), "escalation_path": [
        {"role": "cto"}, {"role": "executive"}, {"role": "board"}]}  # fmt: skip
    services.charter_update(charter=charter, actor=inside.cto, changes=same)
    assert AuditEvent.objects.count() == events


@pytest.mark.slow
def test_two_people_who_draft_at_once_make_one_draft(committed_db: None) -> None:
    company = make_company("northwind")
    with tenant(company.id):
        engagement = make_engagement(company)
    outcomes: list[str] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        try:
            with tenant(company.id):
                draft(engagement, company)
            outcomes.append("made")
        except DomainError as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["WrongState"] * 3 + ["made"]
    with tenant(company.id):
        assert Charter.objects.count() == 1
