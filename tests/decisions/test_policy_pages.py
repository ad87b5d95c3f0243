"""Pages of spend's rules and money: tiers edited and tried, budgets, delegations, rates."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from decisions.models import ApprovalPolicy, Budget, Delegation, ExchangeRate
from decisions.services.buying import invoice_record, request_order
from tenants.isolation import tenant
from tests.decisions.builders import D, approved, draft, line, sent
from tests.factories import Company

SignIn = Callable[[Any], Client]
TIERS = {
    "shape": "1 2 3",
    "base": "1",
    "t0_up_to": "10,000",
    "t0_s0_role": "cto",
    "t0_s0_hours": "48",
    "t1_up_to": "50,000",
    "t1_inclusive": "1",
    "t1_s0_role": "cto",
    "t1_s0_hours": "48",
    "t1_s1_role": "finance",
    "t1_s1_hours": "72",
    "t2_s0_role": "cto",
    "t2_s0_hours": "48",
    "t2_s1_role": "finance",
    "t2_s1_hours": "72",
    "t2_s2_role": "board",
    "t2_s2_rule": "majority",
    "t2_s2_hours": "120",
    "splitting_days": "30",
    "expires_after_days": "30",
    "effective_on": "2026-10-15",
}
"""The form of the default tiers, unchanged."""


def at(company: Company, page: str = "tiers/") -> str:
    return f"/t/{company.slug}/spend/{page}"


def page_of(response: Any, status: int = 200) -> str:
    assert response.status_code == status, response.content.decode()[:2000]
    text: str = response.content.decode()
    return text.replace("&#39;", "'")


def versions(company: Company) -> list[int]:
    with tenant(company.id):
        return list(ApprovalPolicy.objects.order_by("version").values_list("version", flat=True))


def test_change_is_shown_before_it_is_saved_and_open_requests_keep_their_version(
    company: Company, sign_in: SignIn
) -> None:
    with tenant(company.id):
        request = sent(company, "12000")
    admin = sign_in(company.admin)
    edit = TIERS | {"t0_up_to": "5,000"}
    page = page_of(admin.post(at(company), edit | {"do": "review"}))
    assert "Tier 1: from under $10,000.00 to under $5,000.00" in page
    assert "1 open request keeps the tiers it was sent under" in page
    assert request.reference in page
    assert versions(company) == [1]  # looking saved nothing

    assert admin.post(at(company), edit | {"do": "save", "note": "Smaller"}).status_code == 303
    assert versions(company) == [1, 2]
    page = page_of(admin.get(at(company)))
    assert "set version 2" in page
    assert "“Smaller”" in page
    with tenant(company.id):
        request.refresh_from_db()
        assert request.policy.version == 1


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"t1_up_to": "9,000"}, "overlaps the one below it"),
        ({"t0_up_to": "ten"}, "Give its limit in digits"),
        ({"t0_up_to": "1e4"}, "Give its limit in digits"),
        ({"t0_up_to": ""}, "Give its limit in digits"),
        ({"t0_s0_hours": "0"}, "hours to respond"),
        ({"t0_s0_role": "observer"}, "Nobody holds the role Observer"),
        ({"t0_s0_role": ""}, "Name at least one role"),
        ({"effective_on": "2026-10-14"}, "Choose today or a later date"),
        ({"splitting_days": "900"}, "Use 365 or less"),
        ({"base": "0", "t0_up_to": "5,000"}, "Version 1 was saved meanwhile"),
        ({"shape": ""}, "Give 1 to 20 tiers"),
    ],
)
def test_wrong_tiers_are_refused_in_place_with_the_reason(
    company: Company, sign_in: SignIn, changed: dict[str, str], message: str
) -> None:
    if changed.get("t0_s0_role") == "observer":
        with tenant(company.id):
            from tenants.services import member_remove

            member_remove(member=company.observer, actor=company.admin)
    edit = TIERS | {"t0_s0_hours": "40"} | changed | {"do": "save"}
    assert message in page_of(sign_in(company.admin).post(at(company), edit), 422)
    assert versions(company) == [1]


@pytest.mark.parametrize(
    ("do", "extra", "shape", "has"),
    [
        ("add-tier", {}, "1 2 3 3", "Tier 4"),
        ("remove-tier:1", {}, "1 3", "Tier 2"),
        ("add-step:0", {}, "2 2 3", "Step 2"),
        ("remove-step:2:0", {}, "1 2 2", "Step 2"),
        ("add-role:0:0", {"t0_s0_add": "executive"}, "1 2 3", "Remove Executive from tier 1"),
        ("remove-role:1:1:finance", {}, "1 2 3", "Remove Finance from tier 3"),
        ("remove-step:99999999999:x", {}, "1 2 3", "Tier 3"),
    ],
)
def test_buttons_change_the_shape_without_a_script(
    company: Company, sign_in: SignIn, do: str, extra: dict[str, str], shape: str, has: str
) -> None:
    page = page_of(sign_in(company.admin).post(at(company), TIERS | extra | {"do": do}))
    assert f'name="shape" value="{shape}"' in page
    assert has in page
    assert versions(company) == [1]


def test_version_to_come_is_said_to_take_the_place_of_what_is_saved_now(
    company: Company, sign_in: SignIn
) -> None:
    admin = sign_in(company.admin)
    words = "On 1 Dec 2026 version 2 takes the place of what you save."
    later = TIERS | {"t0_up_to": "6,000", "effective_on": "2026-12-01"}
    assert words not in page_of(admin.get(at(company)))
    assert admin.post(at(company), later | {"do": "save"}).status_code == 303
    assert words in page_of(admin.get(at(company)))
    then = later | {"base": "2", "t0_up_to": "7,000", "do": "review"}
    assert words not in page_of(admin.post(at(company), then))


def test_same_tiers_saved_again_make_no_version(company: Company, sign_in: SignIn) -> None:
    assert sign_in(company.admin).post(at(company), TIERS | {"do": "save"}).status_code == 303
    assert versions(company) == [1]


def test_amount_is_tried_on_the_edited_tiers(company: Company, sign_in: SignIn) -> None:
    edit = TIERS | {"t1_up_to": "40,000", "do": "try", "try-amount": "50,000"}
    page = page_of(sign_in(company.admin).post(at(company), edit))
    assert "Tier 3, over $40,000.00" in page
    assert versions(company) == [1]


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("9,999.99", "Tier 1, under $10,000.00"),
        ("10000", "Tier 2, $10,000.00 to $50,000.00"),
        ("50,000", "Tier 2, $10,000.00 to $50,000.00"),
        ("50,000.01", "Tier 3, over $50,000.00"),
        ("abc", "Give an amount in digits"),
        ("0", "Give"),
    ],
)
def test_everybody_asks_who_approves_an_amount(
    company: Company, sign_in: SignIn, amount: str, said: str
) -> None:
    reader = sign_in(company.observer)
    page = page_of(reader.get(at(company), {"try-amount": amount}))
    assert said in page
    assert "Save tiers" not in page


def test_simulator_knows_who_asks(company: Company, sign_in: SignIn) -> None:
    asked = {"try-amount": "500", "try-requester": str(company.cto.pk), "try-vendor": "Halyard"}
    page = page_of(sign_in(company.team).get(at(company), asked))
    assert "alone holds the role CTO" in page
    assert company.finance.name in page


def test_tiers_need_a_fixed_number_of_queries(company: Company, sign_in: SignIn) -> None:
    client = sign_in(company.admin)
    counts = []
    for amount in ("6000", "7000", "8000"):
        with tenant(company.id):
            sent(company, amount, requester=company.finance)
        client.get(at(company))
        with CaptureQueriesContext(connection) as captured:
            client.get(at(company))
        counts.append(len(captured))
    assert counts[0] == counts[2]


def test_budget_is_made_shown_with_what_is_behind_it_and_changed(
    company: Company, sign_in: SignIn
) -> None:
    finance = sign_in(company.finance)
    facts = {
        "name": "Cloud",
        "allocated": "100,000",
        "starts_on": "2026-01-01",
        "ends_on": "2026-12-31",
    }
    assert finance.post(at(company, "budgets/new/"), facts).status_code == 303
    with tenant(company.id):
        cloud = Budget.objects.get()
        bought = approved(company, "5000", budget_line=cloud)
        request_order(request=bought, actor=company.team, reference="PO-1")
        invoice_record(
            request=bought,
            actor=company.finance,
            reference="INV-77",
            amount=D(2000),
            invoiced_on=dt.date(2026, 10, 14),
        )
        sent(company, "8000", budget_line=cloud, requester=company.finance)
    page = page_of(finance.get(at(company, "budgets/")))
    for text in ("$100,000", "$2,000", "$3,000", "$8,000", "$87,000"):
        assert text in page
    page = page_of(sign_in(company.observer).get(at(company, f"budgets/{cloud.pk}/")))
    assert "INV-77" in page
    assert "$5,000" in page
    assert "Change</a>" not in page

    edit = at(company, f"budgets/{cloud.pk}/edit/")
    assert "committed or paid already" in page_of(
        finance.post(edit, facts | {"allocated": "1"}), 422
    )
    assert finance.post(edit, facts | {"allocated": "90000"}).status_code == 303
    rows = finance.get(at(company, "budgets/export/")).content.decode().splitlines()
    assert rows[1].startswith(
        "Cloud,2026-01-01,2026-12-31,USD,90000.00,3000.00,2000.00,8000.00,77000"
    )


@pytest.mark.parametrize("count", [1, 3])
def test_budgets_need_a_fixed_number_of_queries(
    company: Company, sign_in: SignIn, count: int
) -> None:
    with tenant(company.id):
        for number in range(count):
            line(company, name=f"Line {number}", owner=company.finance)
    client = sign_in(company.team)
    client.get(at(company, "budgets/"))
    with CaptureQueriesContext(connection) as captured:
        client.get(at(company, "budgets/"))
    assert len(captured) == BUDGET_QUERIES, [q["sql"][:80] for q in captured]


BUDGET_QUERIES = 6


def test_delegation_is_made_for_oneself_and_ended(company: Company, sign_in: SignIn) -> None:
    cto = sign_in(company.cto)
    facts = {
        "delegate": str(company.executive.pk),
        "first_day": "2026-10-15",
        "last_day": "2026-10-20",
        "reason": "Holiday",
    }
    page = at(company, "delegations/")
    assert cto.post(page, facts).status_code == 303
    with tenant(company.id):
        made = Delegation.objects.get()
    zone = company.tenant.zone
    assert made.delegator_id == company.cto.pk
    assert made.starts_at == dt.datetime(2026, 10, 15, tzinfo=zone)
    assert made.ends_at == dt.datetime(2026, 10, 21, tzinfo=zone)  # the last day is in it

    again = page_of(cto.post(page, facts), 422)
    assert "stands in from 15 Oct 2026 to 20 Oct 2026 already" in again
    assert "15 Oct 2026 to 20 Oct 2026. Holiday" in again  # the list says the same days
    assert f'value="{company.cto.pk}"' not in again  # nobody stands in for themselves
    late = facts | {"first_day": "2026-10-20", "last_day": "2026-10-19"}
    assert "ends before it starts" in page_of(cto.post(page, late), 422)
    assert "for a year at most" in page_of(cto.post(page, facts | {"last_day": "9999-12-31"}), 422)

    end = at(company, f"delegations/{made.pk}/end/")
    assert sign_in(company.team).post(end).status_code == 403
    assert cto.post(end).status_code == 303
    with tenant(company.id):
        made.refresh_from_db()
    assert made.revoked_at is not None
    assert "ended early" in page_of(cto.get(page))


def test_only_admins_delegate_for_others(company: Company, sign_in: SignIn) -> None:
    facts = {
        "delegator": str(company.cto.pk),
        "delegate": str(company.executive.pk),
        "first_day": "2026-10-15",
        "last_day": "2026-10-20",
    }
    page = at(company, "delegations/")
    assert sign_in(company.team).post(page, facts).status_code == 303
    assert sign_in(company.admin).post(page, facts).status_code == 303
    with tenant(company.id):
        made = [row.delegator_id for row in Delegation.objects.order_by("id")]
    assert made == [company.team.pk, company.cto.pk]  # a member's word counts for themselves


def test_rates_are_entered_imported_and_missed(company: Company, sign_in: SignIn) -> None:
    with tenant(company.id):
        draft(company, "500", currency="CHF")
    finance = sign_in(company.finance)
    page = at(company, "rates/")
    assert "CHF" in page_of(finance.get(page))
    assert "Missing" in page_of(finance.get(page))
    one = {"currency": "eur", "on": "2026-10-14", "rate": "1.0842", "source": "ECB"}
    assert finance.post(page, one).status_code == 303
    assert "never guessed" in page_of(finance.post(page, one | {"on": "2026-10-16"}), 422)

    def file(text: str) -> dict[str, Any]:
        return {"file": SimpleUploadedFile("rates.csv", text.encode())}

    wrong = finance.post(
        at(company, "rates/import/"), file("currency,on,rate\nCHF,2026-10-14,1.1\nXXY,soon,1\n")
    )
    assert "Line 3" in page_of(wrong, 422)
    right = file("currency,on,rate\nCHF,2026-10-14,1.1\nGBP,2026-10-13,1.3\n")
    assert finance.post(at(company, "rates/import/"), right).status_code == 303
    with tenant(company.id):
        assert ExchangeRate.objects.count() == 3
    shown = page_of(sign_in(company.team).get(page, {"currency": "CHF"}))
    assert "1.1" in shown
    assert "Missing" not in shown
    assert "Record rate" not in shown
    assert page_of(finance.get(page, {"currency": "\0x"}))
