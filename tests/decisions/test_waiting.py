"""What waits for the reader: the list's answer and the navigation's count are the same."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import time_machine
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from decisions.ladder import ladder_of
from decisions.models import SpendRequest
from decisions.services import buying, clocks, decide
from decisions.services.delegations import delegation_create
from decisions.waiting_count import decidable, waiting_count, waiting_rows
from engagements.services.coverage import coverage_plan
from tenants.isolation import tenant
from tenants.models import Member
from tenants.seats import seat_in
from tenants.services import member_set_roles
from tests.decisions.builders import add, approved, board_of, draft, sent
from tests.engagements.builders import make_engagement
from tests.factories import Company

SignIn = Callable[[Any], Client]
NOW = dt.datetime(2026, 10, 15, 14, 0, tzinfo=dt.UTC)


def asked_by_the_rules(person: Any) -> set[Any]:
    """What the person can decide by the routing itself, request by request; what to ratify; and
    their own whose benefit is due."""
    rows = SpendRequest.objects.with_steps()
    found = {row.pk for row in rows if ladder_of(row).waits_for(person.pk)}
    for row in rows.to_ratify() if person.can("spend.ratify") else ():
        if person.pk not in (row.requester_id, row.bypassed_by_id):
            found.add(row.pk)
    due = rows.benefit_due(person.tenant.today).filter(requester=person.pk)
    return found | {row.pk for row in due}


def counts(company: Company, *people: Any) -> list[int]:
    """The navigation's counts, each checked against the list, the routing, and a member who was
    read otherwise, as a key's is."""
    found = []
    for person in people:
        with seat_in(company.id, person.pk) as seat:
            request: Any = RequestFactory().get("/")
            request.member = seat.member
            with CaptureQueriesContext(connection) as asked:
                count = waiting_count(request)
            assert not asked.captured_queries
            rows = waiting_rows(SpendRequest.objects.seen_by(person.pk), seat.member)
            assert count == rows.count(), person.name
            assert {row.pk for row in rows} == asked_by_the_rules(seat.member), person.name
            plain = Member.objects.select_related("tenant").get(pk=person.pk)
            assert decidable(plain) == decidable(seat.member), person.name
        found.append(count)
    return found


def test_count_follows_who_is_asked_who_has_spoken_and_who_stepped_aside(company: Company) -> None:
    with tenant(company.id):
        board = board_of(company, 3)
        draft(company)
        sent(company, "5000", vendor="A")
        big = sent(company, "60000", vendor="B", requester=company.admin)
        people = (company.cto, company.finance, *board, company.team, company.admin)
    assert counts(company, *people) == [2, 0, 0, 0, 0, 0, 0]
    with tenant(company.id):
        for who in (company.cto, company.finance):
            decide.request_approve(request=big, actor=who)
        decide.request_vote(request=big, actor=board[0], vote="for")
        decide.request_vote(request=big, actor=board[1], vote="recused")
    assert counts(company, *people) == [1, 0, 0, 0, 1, 0, 0]


def test_count_follows_the_next_role_up_delegates_and_emergencies(company: Company) -> None:
    with tenant(company.id):
        deputy, rest = add("deputy", "finance"), (company.finance, company.board, company.executive)
        delegation_create(
            delegator=company.cto,
            delegate=deputy,
            starts_at=NOW - dt.timedelta(minutes=1),
            ends_at=NOW + dt.timedelta(days=9),
            actor=company.cto,
        )
        row = sent(company)
    assert counts(company, company.cto, deputy, *rest) == [1, 1, 0, 0, 0]
    later = NOW + dt.timedelta(days=8)
    with time_machine.travel(later, tick=False):
        with tenant(company.id):
            clocks.request_check(SpendRequest.objects.with_people().get(pk=row.pk))
        assert counts(company, company.cto, deputy, *rest) == [1, 1, 1, 0, 0]
        with tenant(company.id):
            decide.request_bypass(request=row, actor=company.executive, reason="An outage")
        assert counts(company, company.cto, deputy, *rest) == [0, 1, 1, 1, 0]
        with tenant(company.id):
            decide.request_ratify(request=row, actor=company.board)
        assert counts(company, company.cto, deputy, *rest) == [0, 0, 0, 0, 0]


def test_count_follows_who_really_covers_for_who_is_away(company: Company) -> None:
    with tenant(company.id):
        make_engagement(company)
        first, second = add("first", "team"), add("second", "team")
        for away, deputy in ((company.cto, first), (first, second)):
            coverage_plan(
                actor=away, member=away, deputy=deputy,
                starts_on=NOW.date(), ends_on=NOW.date() + dt.timedelta(days=2),
            )  # fmt: skip
        sent(company)
    assert counts(company, company.cto, first, second) == [1, 0, 1]


def test_count_follows_a_change_of_roles_at_once(company: Company) -> None:
    with tenant(company.id):
        other = add("other", "team")
        sent(company)
    people = (company.cto, company.finance, other)
    assert counts(company, *people) == [1, 0, 0]
    for roles, expected in ((["team"], [0, 1, 0]), (["cto", "team"], [1, 0, 0])):
        with tenant(company.id):
            member_set_roles(member=company.cto, roles=roles, actor=company.admin)
        assert counts(company, *people) == expected
    with tenant(company.id):
        member_set_roles(member=other, roles=["cto"], actor=company.admin)
    assert counts(company, *people) == [1, 0, 1]


def test_count_holds_what_is_to_be_looked_at_until_it_was(company: Company) -> None:
    with tenant(company.id):
        row = approved(company)
        day = NOW.date() + dt.timedelta(days=3)
        buying.benefit_plan(request=row, actor=company.team, review_on=day)
    people = (company.team, company.cto)
    assert counts(company, *people) == [0, 0]
    with time_machine.travel(NOW + dt.timedelta(days=3), tick=False):
        assert counts(company, *people) == [1, 0]
        with tenant(company.id):
            buying.benefit_review(request=row, actor=company.cto, note="Worth it.")
        assert counts(company, *people) == [0, 0]


def test_count_stands_in_the_navigation(company: Company, sign_in: SignIn) -> None:
    with tenant(company.id):
        sent(company)
        approved(company, vendor="Done")
    at = f"/t/{company.slug}/spend/budgets/"
    words = '<span class="count hot">1<span class="vh"> waiting for you</span></span>'
    assert words in sign_in(company.cto).get(at).content.decode()
    assert words not in sign_in(company.team).get(at).content.decode()
