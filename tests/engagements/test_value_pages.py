"""The scope dial and the cost comparison as pages and over the API."""

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from engagements import services
from engagements.models import Engagement, Saving, ScopeDismissal
from tenants.isolation import tenant
from tenants.permissions import Role
from tests.api_client import ApiClient
from tests.engagements.builders import D, add_terms, log, make_engagement
from tests.engagements.value_builders import make_saving, make_signals
from tests.factories import Company

SignIn = Callable[[Any], Client]
Api = Callable[[Any], ApiClient]
BASE = "/t/northwind/engagement/"
SHELL = 5
Q3 = D(2026, 7, 1)
SAVING = {
    "title": "Broker contract ended",
    "amount": "26000",
    "saved_on": "2026-10-01",
    "evidence": "Last invoice of September, none since",
}


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().replace("\xa0", " ").split())


@pytest.fixture
def running(company: Company) -> Engagement:
    with tenant(company.id):
        engagement = make_engagement(company)
        add_terms(engagement, company)
        for day in range(1, 6):
            log(engagement, company, D(2026, 9, day), 540)
        make_signals(
            company, Q3, revenue_growth=18, market_expansion=1, product_launches=2, team_size=30
        )
        return engagement


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_each_role_sees_and_does_its_part(
    company: Company, running: Engagement, sign_in: SignIn, role: str
) -> None:
    client = sign_in(company.member(role))
    scope, cost = f"{BASE}{running.pk}/scope/", f"{BASE}{running.pk}/cost/"
    if role == "team":
        assert {client.get(scope).status_code, client.get(cost).status_code} == {403}
        return
    dial, page = text_of(client.get(scope)), text_of(client.get(cost))
    assert "Intensive" in dial
    assert "+20 h" in dial
    assert "+$4,000" in dial
    assert ("Propose intensive" in dial) == (role in ("admin", "executive", "cto"))
    assert ("Dismiss for this quarter" in dial) == (role in ("admin", "executive"))
    enters = role in ("admin", "executive", "cto", "finance")
    assert ("Enter a signal" in dial) == enters
    assert "62.8% less" in page
    assert "86.0%" in page
    assert "30.2%" in page
    assert ("Enter a saving" in page) == enters
    assert client.post(f"{cost}savings/", SAVING).status_code == (303 if enters else 403)


def test_suggestion_opens_the_change_filled_in_and_is_dismissed_with_a_reason(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    client = sign_in(company.executive)
    page = client.get(f"{BASE}{running.pk}/scope/").content.decode()
    asked = "?scope_level=intensive&amp;hours_per_month=60&amp;monthly_fee=12000.00"
    propose = f"{BASE}{running.pk}/proposals/new/"
    assert f"{propose}{asked}" in page
    change = client.get(f"{propose}{asked.replace('&amp;', '&')}").content.decode()
    hours = re.search(r'name="hours_per_month"[^>]*', change)
    fee = re.search(r'name="monthly_fee"[^>]*', change)
    assert hours
    assert 'value="60"' in hours[0]
    assert fee
    assert 'value="12000.00"' in fee[0]
    assert re.search(r'value="intensive"[^>]* (checked|selected)', change)
    assert "You propose for" not in change  # an executive speaks for the client alone
    nonsense = "?scope_level=all&hours_per_month=many&monthly_fee=-1"
    assert client.get(f"{propose}{nonsense}").status_code == 200
    dismiss = f"{BASE}{running.pk}/scope/dismiss/?quarter=2026-08-15"
    assert client.post(dismiss, {"reason": ""}).status_code == 422
    assert client.post(dismiss, {"reason": "Budget is fixed"}).status_code == 303
    again = text_of(client.get(f"{BASE}{running.pk}/scope/?quarter=2026-07-01"))
    assert "Dismissed for Q3 2026." in again
    assert "Propose intensive" not in again
    with tenant(company.id):
        assert ScopeDismissal.objects.get().quarter == Q3
    assert client.get(f"{BASE}{running.pk}/scope/?quarter=soon").status_code == 422
    signal = {"quarter": "2026-10-01", "kind": "team_size", "value": "5", "source": "Payroll"}
    assert client.post(f"{BASE}{running.pk}/scope/signals/", signal).status_code == 303
    wrong = client.post(f"{BASE}{running.pk}/scope/signals/", signal | {"value": "much"})
    assert wrong.status_code == 422


def test_saving_is_entered_verified_by_another_and_counts(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    address = f"{BASE}{running.pk}/cost/"
    finance, executive = sign_in(company.finance), sign_in(company.executive)
    assert finance.post(f"{address}savings/", SAVING | {"evidence": "x"}).status_code == 422
    assert finance.post(f"{address}savings/", SAVING).status_code == 303
    with tenant(company.id):
        saving = Saving.objects.get()
    judge = f"{BASE}savings/{saving.pk}/judge/"
    assert finance.post(judge, {"verified": "1"}).status_code == 403
    assert "does not count" in text_of(executive.get(address))
    refused = executive.post(judge, {"verified": "0", "note": ""})
    assert refused.status_code == 422
    assert "Say why it does not count." in text_of(refused)
    assert executive.post(judge, {"verified": "1", "note": "Seen"}).status_code == 303
    period = "?from=2026-10-01&to=2026-10-15"
    page = text_of(executive.get(address + period))
    assert "571.7%" in page  # (26,000 − 3,870.97) ÷ 3,870.97
    answer = finance.get(f"{address}export/{period}")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    by_name = {row["what"]: row["amount"] for row in rows}
    assert (by_name["fees"], by_name["verified_savings"], by_name["roi_percent"]) == (
        "3870.97",
        "26000.00",
        "571.7",
    )
    assert executive.get(f"{address}?from=2026-10-02&to=2026-10-01").status_code == 422


def test_full_time_figure_is_the_companys_own(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    client = sign_in(company.admin)
    address = f"{BASE}{running.pk}/cost/"
    sent = client.post(f"{address}full-time/", {"amount": "300000", "source": "Offer of 2026"})
    assert sent.status_code == 303
    assert "68.0% less" in text_of(client.get(address))
    assert client.post(f"{address}full-time/", {"amount": "0", "source": "x"}).status_code == 422


def test_api_answers_suggestion_comparison_and_verifies_savings(
    company: Company, other_company: Company, running: Engagement, api: Api
) -> None:
    executive, finance = api(company.executive), api(company.finance)
    address = f"/engagements/{running.pk}/"
    found = executive.get(f"{address}scope-suggestion/").json()
    assert (found["suggested_level"], found["current_level"], found["is_change"]) == (
        "intensive",
        "moderate",
        True,
    )
    assert found["cost"]["fee_more"] == "4000.00"
    assert {s["kind"]: s["points"] for s in found["signals"]}["stack_changes"] is None
    assert executive.get(f"{address}scope-suggestion/?quarter=x").status_code == 422
    done = executive.post(f"{address}scope-suggestion/dismiss/", {"reason": "Not now"})
    assert (done.status_code, done.json()["dismissal"]["reason"]) == (200, "Not now")
    body = SAVING | {"engagement": str(running.pk)}
    saving = finance.post("/savings/", body).json()
    assert saving["status"] == "entered"
    assert finance.post(f"/savings/{saving['id']}/verify/", {}).status_code == 403
    verified = executive.post(f"/savings/{saving['id']}/verify/", {"note": "Seen"})
    assert verified.json()["status"] == "verified"
    period = "?from=2026-10-01&to=2026-10-15"
    comparison = executive.get(f"{address}cost-comparison/{period}").json()
    assert {
        name: comparison[name]
        for name in ("full_time_amount", "fee_a_year", "less_percent", "fees", "roi_percent")
    } == {
        "full_time_amount": "257971.00",
        "fee_a_year": "96000.00",
        "less_percent": "62.8",
        "fees": "3870.97",
        "roi_percent": "571.7",
    }
    outsider = api(other_company.executive)
    assert outsider.get(f"{address}cost-comparison/").status_code == 404
    assert outsider.post(f"/savings/{saving['id']}/verify/", {}).status_code == 404
    signal = {"quarter": "2026-08-20", "kind": "stack_changes", "value": "2", "source": "Plan"}
    assert finance.post("/growth-signals/", signal).json()["quarter"] == "2026-07-01"


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_read_a_fixed_number_of_queries(
    company: Company,
    running: Engagement,
    sign_in: SignIn,
    rows: int,
    django_assert_num_queries: Any,
) -> None:
    with tenant(company.id):
        for _ in range(rows):
            saving = make_saving(running, company)
            services.saving_judge(saving=saving, actor=company.finance, verified=True)
            make_signals(company, Q3, revenue_growth=18)
    client = sign_in(company.executive)
    client.get(BASE)
    with django_assert_num_queries(SHELL + 10):
        assert client.get(f"{BASE}{running.pk}/scope/").status_code == 200
    with django_assert_num_queries(SHELL + 5):
        assert client.get(f"{BASE}{running.pk}/cost/").status_code == 200
    with django_assert_num_queries(SHELL + 5):
        assert client.get(f"{BASE}{running.pk}/cost/export/").status_code == 200
