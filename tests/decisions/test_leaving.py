"""Before somebody leaves or loses a role: what waits for their word, and who gets it then."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from decisions.leaving import handed_on
from decisions.models import Delegation, SpendRequest
from decisions.services import clocks
from decisions.services.delegations import delegation_create, delegation_end
from engagements.services.coverage import coverage_cancel
from tenants.isolation import tenant
from tenants.models import Notification
from tenants.services import member_remove, member_set_roles
from tests.decisions.builders import add, approved, sent
from tests.decisions.conftest import NOW
from tests.engagements.boundary_builders import away
from tests.factories import BOWLINE, Company

SignIn = Callable[[Any], Client]


def passes_to(member: Any, roles: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    return [row.to for row in handed_on(member, roles)]


def test_open_steps_pass_to_other_holders_else_to_the_next_role_up(inside: Company) -> None:
    assert passes_to(inside.cto) == []
    sent(inside, vendor="A")
    assert passes_to(inside.cto) == [(inside.finance.name,)]
    assert passes_to(inside.cto, ("cto", "team")) == []  # keeps what asks them
    assert passes_to(inside.cto, ("team",)) == [(inside.finance.name,)]
    assert passes_to(inside.finance) == []
    second = add("second", "cto")
    assert passes_to(inside.cto) == [(second.name,)]


def test_what_nobody_else_could_decide_is_said_before(inside: Company) -> None:
    for member in (inside.cto, inside.finance, inside.executive):
        member_remove(member=member, actor=inside.admin)
    sent(inside)
    assert passes_to(inside.board) == [()]


def test_removal_page_says_what_passes_to_whom(company: Company, sign_in: SignIn) -> None:
    admin = sign_in(company.admin)
    at = f"/t/{company.slug}/spend/people/{company.cto.pk}/"
    with tenant(company.id):
        row = sent(company, requester=company.admin)
        sent(company, requester=company.cto, vendor="Own")
        approved(company, vendor="Done")
        delegation_create(
            actor=company.finance,
            delegator=company.finance,
            delegate=company.cto,
            starts_at=dt.datetime(2026, 10, 1, tzinfo=dt.UTC),
            ends_at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
        )
    assert at in admin.get(f"/t/{company.slug}/people/{company.cto.pk}/remove/").content.decode()
    page = admin.get(at, headers={"HX-Request": "true"}).content.decode()
    for words in (
        row.reference,
        f"passes to {company.finance.name}",
        "1 request of theirs is open",
        f"no longer stand in for {company.finance.name}",
    ):
        assert words in page
    assert "html" not in page.partition(">")[0]
    change = {"roles": ["team"]}
    shown = admin.post(f"/t/{company.slug}/people/{company.cto.pk}/roles/", change)
    assert f"{at}?roles=team" in shown.content.decode()
    nobody = f"/t/{company.slug}/spend/people/{company.id}/"
    assert admin.get(nobody).status_code == 404


def test_pages_say_what_nobody_can_decide_and_who_can_help(
    company: Company, sign_in: SignIn
) -> None:
    with tenant(company.id):
        row = sent(company)
        for member in (company.cto, company.finance, company.executive, company.board):
            member_remove(member=member, actor=company.admin)
    admin, asks = sign_in(company.admin), sign_in(company.team)
    at, people = f"/t/{company.slug}/spend/", f'<a href="/t/{company.slug}/people/">Give'
    page = admin.get(f"{at}{row.pk}/").content.decode()
    assert "Nobody can decide this now." in page
    assert people in page
    own = asks.get(f"{at}{row.pk}/").content.decode()
    assert "an admin gives roles" in own
    assert people not in own
    assert (
        "Nobody holds the roles CTO, Finance, Board." in admin.get(f"{at}tiers/").content.decode()
    )


def test_who_can_help_is_told_once_that_nobody_is_left_until_somebody_is(
    inside: Company,
) -> None:
    asker = add("asker", "team")
    row = sent(inside, requester=asker, title="Telemetry gateway")
    for member in (inside.finance, inside.executive, inside.board, inside.cto):
        member_set_roles(member=member, roles=["observer"], actor=BOWLINE)

    def look() -> None:
        clocks.request_check(SpendRequest.objects.with_people().get(pk=row.pk))

    def unread(kind: str) -> set[str]:
        told = Notification.objects.filter(kind=kind, target_id=row.pk, read_at=None)
        return {each.member.name for each in told.select_related("member__user")}

    look()
    look()
    assert unread("spend.unheld") == {asker.name, inside.admin.name}
    said = Notification.objects.filter(kind="spend.unheld", target_id=row.pk)
    assert said.count() == 2
    assert said[0].title == f"Nobody is left who can decide {row.reference}: Telemetry gateway"
    member_set_roles(member=inside.finance, roles=["finance"], actor=BOWLINE)
    look()
    assert unread("spend.unheld") == set()
    assert unread("spend.asked") == {inside.finance.name}


def test_page_reads_in_a_fixed_number_of_queries(company: Company, sign_in: SignIn) -> None:
    client = sign_in(company.admin)
    at = f"/t/{company.slug}/spend/people/{company.cto.pk}/"

    def queries() -> int:
        client.get(at)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(at).status_code == 200
        return len(asked)

    with tenant(company.id):
        sent(company, vendor="A")
    one = queries()
    with tenant(company.id):
        for vendor in ("B", "C"):
            sent(company, vendor=vendor)
    assert queries() == one


def left_for(member: Any) -> int:
    """How much of what asks for a word is unread in the member's inbox."""
    return Notification.objects.filter(
        member=member, kind__in=("spend.asked", "spend.due", "spend.late"), read_at=None
    ).count()


def look(row: SpendRequest) -> None:
    clocks.request_check(SpendRequest.objects.with_people().get(pk=row.pk))


def lend(company: Company, until: dt.datetime) -> Delegation:
    """The CTO lets the executive decide until then."""
    return delegation_create(
        actor=company.cto,
        delegator=company.cto,
        delegate=company.executive,
        starts_at=NOW - dt.timedelta(days=1),
        ends_at=until,
    )


@pytest.mark.parametrize("how", ["loses the role", "leaves"])
def test_deputy_of_somebody_who_is_gone_has_nothing_left(inside: Company, how: str) -> None:
    second = add("second", "cto")
    lend(inside, NOW + dt.timedelta(days=5))
    row = sent(inside, vendor="A")
    assert (left_for(inside.executive), left_for(inside.cto), left_for(second)) == (1, 1, 1)
    if how == "leaves":
        member_remove(member=inside.cto, actor=BOWLINE)
    else:
        member_set_roles(member=inside.cto, roles=["team"], actor=BOWLINE)
    look(row)
    assert (left_for(inside.executive), left_for(inside.cto), left_for(second)) == (0, 0, 1)


def test_deputy_has_nothing_left_once_the_delegation_is_over(inside: Company) -> None:
    lend(inside, NOW + dt.timedelta(hours=30))
    row = sent(inside, vendor="A")
    with time_machine.travel(NOW + dt.timedelta(hours=29)):
        look(row)
        assert left_for(inside.executive) > 0
    with time_machine.travel(NOW + dt.timedelta(hours=31)):
        look(row)
        assert left_for(inside.executive) == 0
        assert left_for(inside.cto) > 0


def test_deputy_has_nothing_left_at_once_when_the_delegation_is_ended(inside: Company) -> None:
    delegation = lend(inside, NOW + dt.timedelta(days=5))
    sent(inside, vendor="A")
    delegation_end(delegation=delegation, actor=inside.cto)
    assert (left_for(inside.executive), left_for(inside.cto)) == (0, 1)


def test_deputy_has_nothing_left_once_an_absence_is_over(inside: Company) -> None:
    period = away(inside, NOW.date(), NOW.date() + dt.timedelta(days=3), deputy=inside.executive)
    row = sent(inside, vendor="A")
    assert left_for(inside.executive) == 1
    coverage_cancel(period=period, actor=inside.cto)
    look(row)
    assert (left_for(inside.executive), left_for(inside.cto)) == (0, 1)
