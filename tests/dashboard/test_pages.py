"""The dashboard and the portfolio: what each reader sees, in how many queries."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard import executive
from decisions.moment import told_at
from decisions.services.buying import benefit_plan
from decisions.services.decide import request_bypass
from engagements import services as engagements
from tenants.isolation import tenant
from tenants.services import member_add
from tests.dashboard.furnished import furnish
from tests.decisions.builders import line, sent
from tests.factories import BOWLINE, Company, make_company

SignIn = Callable[[Any], Client]
# the transaction of a test is nested: leaving a tenant clears the setting with a query of its own
NOT_SERVED = ("SAVEPOINT", "RELEASE", "select set_config('bowline.tenant', '',")
WITH_WAITING = 12
WITH_FOLLOWING = 11
FIRST_DAY, LAST_DAY = dt.date(2020, 1, 1), dt.date(2099, 12, 31)
PORTFOLIO_BEFORE, PORTFOLIO_EACH = 1, 9


def queries_of(client: Client, path: str) -> int:
    client.get(path)  # the session's first request reads more
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path)
    assert response.status_code == 200
    return sum(not query["sql"].startswith(NOT_SERVED) for query in captured)


def join(company: Company, person: Any, role: str) -> None:
    """Make the person behind a membership elsewhere a member of `company` too."""
    with tenant(company.id):
        member_add(email=person.user.email, name=person.name, roles=[role], actor=BOWLINE)


@pytest.mark.parametrize("role", ["executive", "cto", "team"])
@pytest.mark.parametrize("figures", [1, 3])
def test_dashboard_reads_in_a_fixed_number_of_queries(
    company: Company, sign_in: SignIn, figures: int, role: str
) -> None:
    furnish(company, figures=figures)
    count = queries_of(sign_in(company.member(role)), f"/t/{company.slug}/")
    # who may not see hours does not have them read
    assert count == {"executive": 10, "cto": 10, "team": 9}[role]


@pytest.mark.parametrize("figures", [1, 3])
@pytest.mark.parametrize("companies", [1, 2])
def test_portfolio_reads_a_fixed_number_of_queries_for_each_company(
    company: Company, other_company: Company, sign_in: SignIn, companies: int, figures: int
) -> None:
    furnish(company, figures=figures)
    if companies == 2:
        furnish(other_company, figures=figures)
        join(other_company, company.cto, "executive")
    count = queries_of(sign_in(company.cto), "/portfolio/")
    assert count == PORTFOLIO_BEFORE + companies * PORTFOLIO_EACH


@pytest.mark.parametrize("waiting", [1, 3])
def test_dashboard_shows_spend_and_what_waits_for_the_readers_word(
    company: Company, sign_in: SignIn, waiting: int
) -> None:
    furnish(company)
    with tenant(company.id):
        line(company, "100000", starts_on=FIRST_DAY, ends_on=LAST_DAY)
        for _ in range(waiting):
            sent(company, "12000", title="Telemetry gateway", vendor="One vendor")
    client = sign_in(company.cto)
    # beside the reads of an empty one: the requests with their steps, and the people with deputies
    assert queries_of(client, f"/t/{company.slug}/") == WITH_WAITING
    page = client.get(f"/t/{company.slug}/").content.decode()
    assert page.count("Approve Telemetry gateway, $12,000") == waiting
    assert f"${12 * waiting},000" in page
    assert "asked by" in page
    assert (
        "Approve Telemetry"
        not in sign_in(company.board).get(f"/t/{company.slug}/").content.decode()
    )


def test_dashboard_shows_the_soonest_due_of_much_that_waits_and_counts_the_others(
    company: Company, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executive, "TO_DECIDE_SHOWN", 2)
    furnish(company)
    with tenant(company.id):
        for number in range(4):
            sent(company, "12000", title=f"Gateway {number}", vendor=f"Vendor {number}")
    client = sign_in(company.cto)
    assert queries_of(client, f"/t/{company.slug}/") == WITH_WAITING
    page = client.get(f"/t/{company.slug}/").content.decode()
    assert page.count("Approve Gateway") == 2
    assert "2 more spend requests wait for you" in page
    page = client.get("/portfolio/").content.decode()
    waiting = page.partition("Waiting for you</h2>")[2]
    assert waiting.startswith('<p class="fig">5</p>')  # and a weekly update to write
    assert f"2 more at {company.tenant.name}" in page


@pytest.mark.parametrize("waiting", [1, 3])
def test_dashboard_shows_emergencies_to_ratify_and_benefits_to_look_at(
    company: Company, sign_in: SignIn, waiting: int
) -> None:
    furnish(company)
    today = company.tenant.today
    with tenant(company.id):
        for _ in range(waiting):
            facts = {"title": "Fibre line", "vendor": "One vendor"}
            row = sent(company, "6000", **facts)
            request_bypass(request=row, actor=company.executive, reason="All sites are down")
            with told_at(timezone.now() - dt.timedelta(days=30)):
                benefit_plan(request=row, actor=company.team, review_on=today)
    cfo = sign_in(company.finance)
    assert queries_of(cfo, f"/t/{company.slug}/") == WITH_FOLLOWING
    page = cfo.get(f"/t/{company.slug}/").content.decode()
    assert page.count("Ratify Fibre line, $6,000") == waiting
    assert "bypassed the approval: All sites are down." in page
    own = sign_in(company.team).get(f"/t/{company.slug}/").content.decode()
    assert own.count("Was it worth it? Fibre line, $6,000") == waiting
    assert "Ratify" not in own


def rows_of(client: Client) -> dict[str, str]:
    """The portfolio's lines, each under its company's name."""
    page = client.get("/portfolio/").content.decode()
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = body.split("<tr>")[1:]
    return {row.partition('/">')[2].partition("</a>")[0]: row for row in rows}


def test_portfolio_shows_the_readers_companies_and_nothing_of_any_other(
    company: Company, other_company: Company, sign_in: SignIn
) -> None:
    canary = make_company("canary")
    for each in (company, other_company, canary):
        furnish(each)
    join(other_company, company.cto, "executive")
    client = sign_in(company.cto)
    assert set(rows_of(client)) == {company.tenant.name, other_company.tenant.name}
    assert "canary" not in client.get("/portfolio/").content.decode().lower()
    assert set(rows_of(sign_in(canary.executive))) == {"Canary"}


def test_portfolio_shows_hours_only_where_the_reader_may_see_them(
    company: Company, other_company: Company, sign_in: SignIn
) -> None:
    furnish(company)
    furnish(other_company)
    join(other_company, company.team, "finance")
    client = sign_in(company.team)
    rows = rows_of(client)
    agreed = "of 40\u00a0h"
    assert "Not for your role" in rows[company.tenant.name]
    assert agreed not in rows[company.tenant.name]
    assert agreed in rows[other_company.tenant.name]
    page = client.get("/portfolio/").content.decode()
    assert "of 40\u00a0h agreed" in page  # of one company, not the 80 of both


def test_dashboard_tells_each_cto_to_write_the_letter_of_their_own_engagement(
    company: Company, sign_in: SignIn
) -> None:
    furnish(company)  # this week's letter of the first CTO is sent
    with tenant(company.id):
        second = member_add(
            email="second@example.com", name="Second CTO", roles=["cto"], actor=BOWLINE
        )
        engagements.engagement_create(
            actor=BOWLINE,
            title="Interim CTO",
            cto=second,
            starts_on=company.tenant.today - dt.timedelta(days=90),
            status="active",
        )
    words = "Write the weekly update"
    assert words in sign_in(second).get(f"/t/{company.slug}/").content.decode()
    assert words not in sign_in(company.cto).get(f"/t/{company.slug}/").content.decode()


def test_dashboard_of_a_new_company_says_what_will_be_there(
    company: Company, sign_in: SignIn
) -> None:
    page = sign_in(company.executive).get(f"/t/{company.slug}/").content.decode()
    for words in (
        "Not known yet",
        "No engagement yet",
        "Nothing is waiting.",
        "Nothing is measured yet.",
        "No update yet.",
        "No initiatives yet.",
    ):
        assert words in page


@pytest.mark.parametrize(("role", "sees"), [("executive", True), ("team", False)])
def test_hours_are_shown_only_to_those_who_may_see_time(
    company: Company, sign_in: SignIn, role: str, sees: bool
) -> None:
    furnish(company)
    page = sign_in(company.member(role)).get(f"/t/{company.slug}/").content.decode()
    assert ("40\u00a0h used" in page) is sees
    assert (", 1\u00a0h</span>" in page.replace("</time>", "")) is sees
