"""Lists at a fixed number of queries, files, rates from a file, benefits, and the digest."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from decisions.aftermath import benefit_shown
from decisions.benefit import benefit_of
from decisions.models import Budget, ExchangeRate, SpendRequest
from decisions.moment import told_at
from decisions.running_clock import clock_of
from decisions.services import buying, decide, requests
from decisions.services.digest import digest_rows, digest_send
from decisions.services.ladder import ladder_now
from decisions.services.rates import rates_import
from kpis.models import Kpi
from kpis.rollups.working import work_off_marks
from kpis.services.measurements import measurements_record
from tenants.errors import Invalid, TooLarge
from tenants.isolation import tenant
from tenants.models import Notification
from tests.api_client import BASE, ApiClient, key_of
from tests.decisions.builders import D, add, approved, draft, line, sent
from tests.factories import BOWLINE, Company

Api = Callable[[Any], ApiClient]
LIST_QUERIES = 10
WAITING_QUERIES = 4


def queries(call: Callable[[], Any]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as found:
        call()
    return len(found)


def test_list_reads_a_fixed_number_of_queries(company: Company, api: Api) -> None:
    client = api(company.finance)
    with tenant(company.id):
        sent(company, 20_000, requester=company.team)
    client.get("/spend-requests/")
    assert queries(lambda: client.get("/spend-requests/")) == LIST_QUERIES
    with tenant(company.id):
        for number in range(2):
            request = sent(company, 20_000, requester=add(f"asker{number}", "team"))
            decide.request_approve(request=request, actor=company.cto)
    assert queries(lambda: client.get("/spend-requests/")) == LIST_QUERIES
    with tenant(company.id):
        waiting = SpendRequest.objects.waiting_for(company.finance)
        assert queries(lambda: list(waiting.with_people())) <= WAITING_QUERIES
        assert len(waiting) == 2
    mine = client.get("/spend-requests/?waiting_for_me=true").json()["results"]
    assert len(mine) == 2
    found = client.get(f"/spend-requests/?q={request.reference}").json()["results"]
    assert [row["id"] for row in found] == [str(request.pk)]
    assert client.get("/spend-requests/?q=no such thing").json()["results"] == []
    assert client.get(f"/spend-requests/?q={'x' * 81}").status_code == 422


def test_drafts_are_listed_in_a_fixed_number_of_queries(company: Company, api: Api) -> None:
    client = api(company.team)
    with tenant(company.id):
        draft(company)
    client.get("/spend-requests/")
    one = queries(lambda: client.get("/spend-requests/"))
    with tenant(company.id):
        for _ in range(2):
            draft(company)
    assert queries(lambda: client.get("/spend-requests/")) == one


def test_line_tells_what_waits_on_it(inside: Company) -> None:
    budget = line(inside)
    sent(inside, 20_000, budget_line=budget)
    draft(inside, 500, budget_line=budget)
    assert Budget.objects.with_waiting().get().waiting_amount == 20_000


def test_quote_is_attached_by_the_requester_alone(company: Company) -> None:
    with tenant(company.id):
        request = sent(company)

    def post(member: Any) -> int:
        quote = SimpleUploadedFile("quote.txt", b"Forty seats, 480 a month")
        return (
            Client()
            .post(
                f"{BASE}/spend-requests/{request.pk}/files/",
                {"file": quote},
                headers={"Authorization": f"Bearer {key_of(member)}"},
            )
            .status_code
        )

    assert post(company.finance) == 403
    assert post(company.team) == 201


def test_rates_come_from_a_file_all_or_none(inside: Company) -> None:
    def load(text: str) -> Any:
        return rates_import(actor=inside.finance, content=text.encode())

    assert load("Currency,ON,rate,note\neur,2026-10-14,1.0842,x\nJPY,2026-10-14,0.0067\n") == {
        "recorded": 2
    }
    load("currency,on,rate\nEUR,2026-10-14,1.09\n")
    assert ExchangeRate.objects.get(currency="EUR").rate == D("1.09")
    for text, word in (
        ("currency,on\nEUR,2026-10-14\n", "columns"),
        ("currency,on,rate\nGBP,2026-10-14,1.2\nXXX,2026-10-14,1\n", "Line 3: There is no curr"),
        ("currency,on,rate\nGBP,2026-10-16,1.2\n", "date that has come"),
        ("currency,on,rate\nGBP,14.10.2026,1.2\n", "such as 2026-10-05"),
        ("currency,on,rate\nGBP,2026-10-14,0\n", "1 unit is worth"),
        ("currency,on,rate\nUSD,2026-10-14,1\n", "own currency"),
        ("currency,on,rate\n", "1 to 10,000"),
    ):
        with pytest.raises(Invalid) as refused:
            load(text)
        assert word in " ".join(refused.value.errors.values())
    with pytest.raises(TooLarge):
        load("x" * 1_000_001)
    assert set(ExchangeRate.objects.values_list("currency", flat=True)) == {"EUR", "JPY"}


def test_old_rate_is_not_used(inside: Company) -> None:
    rates_import(actor=inside.finance, content=b"currency,on,rate\nEUR,2026-09-13,1.1\n")
    with pytest.raises(Invalid, match="no rate from EUR to USD"):
        sent(inside, 100, currency="EUR")
    rates_import(actor=inside.finance, content=b"currency,on,rate\nEUR,2026-09-14,1.1\n")
    assert sent(inside, "100.05", currency="EUR").commitment_amount == D("110.06")


def test_benefit_compares_the_months_before_and_since(inside: Company) -> None:
    kpi = Kpi.objects.get(key="response_time")
    raws = [
        {"observed_at": f"2026-{month:02}-15T12:00:00Z", "value": str(value)}
        for month, value in ((3, 900), (4, 420), (5, 400), (6, 380), (7, 900), (8, 210), (9, 190))
    ]
    measurements_record(kpi=kpi, actor=BOWLINE, raws=raws, source="test")
    while work_off_marks():
        pass
    with told_at(dt.datetime(2026, 7, 20, tzinfo=dt.UTC)):
        request = buying.request_order(request=approved(inside), actor=inside.team)
    request = buying.benefit_plan(
        request=request, actor=inside.team, kpi=kpi, review_on=dt.date(2026, 12, 1)
    )
    found = benefit_of(request)
    assert (found.before_value, found.after_value, found.change) == (400, 200, -200)
    shown = benefit_shown(request)
    assert shown is not None
    assert (shown.before, shown.after, shown.change) == ("400\xa0ms", "200\xa0ms", "−200")
    assert (shown.is_better, len(shown.months)) == (True, 5)
    assert list(SpendRequest.objects.benefit_due(dt.date(2026, 12, 1))) == [request]
    buying.benefit_review(request=request, actor=inside.cto, note="Half as slow.")
    assert not SpendRequest.objects.benefit_due(dt.date(2026, 12, 1))


def test_digest_tells_finance_once_what_went_without_approval(inside: Company) -> None:
    request = decide.request_bypass(
        request=sent(inside), actor=inside.executive, reason="The site is down."
    )
    month = dt.date(2026, 10, 1)
    assert digest_rows(month, inside.tenant) == [request]
    assert digest_rows(dt.date(2026, 9, 1), inside.tenant) == []
    digest_send(month=month)
    digest_send(month=month)
    told = Notification.objects.get(kind="spend.digest")
    assert (told.member, told.title) == (
        inside.finance, "1 without the usual approval in October 2026",
    )  # fmt: skip
    assert "bypassed, not ratified" in told.body


def test_asked_people_are_told_and_told_no_more(inside: Company) -> None:
    request = sent(inside, 20_000)
    asked = Notification.objects.filter(kind="spend.asked", read_at=None)
    assert [each.member for each in asked] == [inside.cto]
    decide.request_approve(request=request, actor=inside.cto)
    assert [each.member for each in asked.all()] == [inside.finance]
    decide.request_reject(request=request, actor=inside.finance, reason="Not this year.")
    assert not asked.all()
    assert Notification.objects.filter(kind="spend.decided", member=inside.team).count() == 1


def test_material_change_takes_back_what_was_asked_before(inside: Company) -> None:
    request = sent(inside, 20_000)
    decide.request_approve(request=request, actor=inside.cto)
    changes = {"one_off_amount": D(21_000)}
    requests.request_amend(
        request=request, actor=inside.team, changes=changes, reason="One more site."
    )
    asked = Notification.objects.filter(kind="spend.asked", read_at=None)
    assert [(each.member, "21,000" in each.title) for each in asked] == [(inside.cto, True)]


def test_clock_names_who_comes_next_and_whom_nobody_is_above(inside: Company) -> None:
    request = sent(inside, 20_000)
    opened = request.step_rows.get(position=1).opened_at
    half = opened + dt.timedelta(hours=48)  # 48 working hours, with a weekend in between
    clock = clock_of(ladder_now(request), half)
    assert clock is not None
    assert (clock.is_running, clock.percent) == (True, 50)
    assert clock.next_words == f"Then {inside.finance.name} can decide too."
    board = sent(inside, 60_000, requester=inside.admin)
    for person in (inside.cto, inside.finance):
        decide.request_approve(request=board, actor=person)
    last = clock_of(ladder_now(board), half)
    assert last is not None
    assert last.next_words.startswith("There is nobody above")
