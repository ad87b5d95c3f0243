"""Spend over the API, by the contract's own names."""

from collections.abc import Callable
from typing import Any

import pytest

from tenants.isolation import tenant
from tests.api_client import ApiClient
from tests.decisions.builders import add, board_of
from tests.factories import Company

Api = Callable[[Any], ApiClient]
BODY = {
    "title": "Fleet telemetry gateway",
    "vendor": "Acme, Inc.",
    "kind": "software",
    "one_off_amount": "9000.00",
    "recurring_amount": "2458.33",
    "recurring_interval": "month",
    "term_months": 12,
    "options_amount": "0.04",
    "currency": "USD",
    "criteria": {
        "roi": {"score": 4, "note": "Pays back in 11 months."},
        "integration": {"score": 3, "note": "3 systems, 4 weeks."},
        "maintenance": {"score": 4, "note": "0.1 engineer."},
        "security": {"score": 3, "note": "Penetration test due."},
    },
}


def ok(response: Any, status: int = 200) -> dict[str, Any]:
    assert response.status_code == status, response.content
    body: dict[str, Any] = response.json()
    return body


def small(amount: str, vendor: str = "Acme", **fields: Any) -> dict[str, Any]:
    return {"title": "A thing", "vendor": vendor, "one_off_amount": amount} | fields


def test_request_from_draft_to_close(company: Company, api: Api) -> None:
    team, cto, finance = api(company.team), api(company.cto), api(company.finance)
    budget = ok(
        finance.post(
            "/budgets/",
            {"name": "Q4", "starts_on": "2026-10-01", "ends_on": "2026-12-31",
             "allocated": "180000", "currency": "USD"},
        ),
        201,
    )  # fmt: skip
    assert (budget["allocated"], budget["available"]) == ("180000.00", "180000.00")
    row = ok(team.post("/spend-requests/", BODY | {"budget_line": budget["id"]}), 201)
    assert (row["status"], row["commitment_amount"], row["steps"]) == ("draft", "38500.00", [])
    assert row["home_currency"] == "USD"
    url = f"/spend-requests/{row['id']}/"
    row = ok(team.post(f"{url}submit/"))
    assert row["commitment_amount"] == "38500.00"
    assert (row["tier"], row["status"], row["policy_version"]) == (2, "submitted", 1)
    assert [(s["roles"], s["rule"], s["status"]) for s in row["steps"]] == [
        (["cto"], "any", "open"),
        (["finance"], "any", "waiting"),
    ]
    assert [w["member"] for w in row["waiting_for"]] == [str(company.cto.pk)]
    assert finance.post(f"{url}approve/").status_code == 409
    row = ok(cto.post(f"{url}approve/", {"reason": "Cheaper than building."}))
    assert [w["name"] for w in row["waiting_for"]] == [company.finance.name]
    assert cto.post(f"{url}approve/").status_code == 409
    row = ok(finance.post(f"{url}approve/", {}))
    assert (row["status"], row["waiting_for"]) == ("approved", [])
    left = ok(finance.get(f"/budgets/{budget['id']}/"))
    assert (left["committed"], left["available"]) == ("38500.00", "141500.00")
    ok(team.post(f"{url}order/", {"reference": "PO-7"}))
    for reference, amount in (("INV-1", "30000"), ("INV-2", "8000.00")):
        body = {"reference": reference, "invoiced_on": "2026-10-15", "amount": amount}
        ok(finance.post(f"{url}invoices/", body), 201)
    left = ok(finance.get(f"/budgets/{budget['id']}/"))
    assert (left["committed"], left["actual"]) == ("500.00", "38000.00")
    assert ok(finance.post(f"{url}close/"))["status"] == "closed"
    left = ok(finance.get(f"/budgets/{budget['id']}/"))
    assert (left["committed"], left["available"]) == ("0.00", "142000.00")
    trail = ok(team.get(f"{url}trail/?limit=200"))["results"][::-1]
    said = [(e["verb"], e["actor_name"], e["policy_version"], e["step"]) for e in trail]
    assert ("approve", company.cto.name, 1, 1) in said
    assert ("approve", company.finance.name, 1, 2) in said
    assert [e["verb"] for e in trail][-1] == "closed"


@pytest.mark.parametrize(
    ("amount", "roles"),
    [
        ("0.01", ["cto"]),
        ("9999.99", ["cto"]),
        ("10000.00", ["cto", "finance"]),
        ("50000.00", ["cto", "finance"]),
        ("50000.01", ["cto", "finance", "board"]),
    ],
)
def test_boundaries_to_the_cent(company: Company, api: Api, amount: str, roles: list[str]) -> None:
    team = api(company.team)
    row = ok(team.post("/spend-requests/", small(amount)), 201)
    row = ok(team.post(f"/spend-requests/{row['id']}/submit/"))
    assert [step["roles"] for step in row["steps"]] == [[role] for role in roles]
    told = ok(team.get(f"/approval-policies/simulate/?amount={amount}"))
    assert [step["roles"] for step in told["steps"]] == [[role] for role in roles]


def test_default_tiers_are_those_of_the_product(company: Company, api: Api) -> None:
    current = ok(api(company.team).get("/approval-policies/current/"))
    assert [(t["up_to"], t["up_to_inclusive"]) for t in current["tiers"]] == [
        ("10000.00", False),
        ("50000.00", True),
        (None, False),
    ]
    assert [[(s["roles"], s["rule"]) for s in t["steps"]] for t in current["tiers"]] == [
        [(["cto"], "any")],
        [(["cto"], "any"), (["finance"], "any")],
        [(["cto"], "any"), (["finance"], "any"), (["board"], "majority")],
    ]
    assert ok(api(company.team).get("/approval-policies/"))["results"] == [current]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"one_off_amount": "-1"}, "one_off_amount"),
        ({"one_off_amount": "1e5"}, "one_off_amount"),
        ({"one_off_amount": "NaN"}, "one_off_amount"),
        ({"one_off_amount": "1,000"}, "one_off_amount"),
        ({"one_off_amount": True}, "one_off_amount"),
        ({"one_off_amount": "10.001"}, "one_off_amount"),
        ({"one_off_amount": "0.00001"}, "one_off_amount"),
        ({"one_off_amount": "1000000000000"}, "one_off_amount"),
        ({"one_off_amount": "10.5", "currency": "JPY"}, "one_off_amount"),
        ({"currency": "XXX"}, "currency"),
        ({"currency": "DOLLAR"}, "currency"),
        ({"term_months": 0}, "term_months"),
        ({"recurring_interval": "week"}, "recurring_interval"),
        ({"criteria": {"roi": {"score": 6, "note": "x"}}}, "criteria.roi.score"),
        ({"criteria": {"luck": {"score": 1}}}, "criteria.luck"),
        ({"kind": "Soft ware"}, "kind"),
        ({"title": ""}, "title"),
    ],
)
def test_wrong_input_is_named(
    company: Company, api: Api, fields: dict[str, Any], wrong: str
) -> None:
    response = api(company.team).post("/spend-requests/", small("10") | fields)
    body = ok(response, 422)
    assert [e["field"] for e in body["errors"]] == [wrong]
    assert api(company.team).get("/spend-requests/").json()["results"] == []


def test_requests_are_filtered_by_vendor_kind_and_tier(company: Company, api: Api) -> None:
    team = api(company.team)
    first = ok(
        team.post("/spend-requests/", small("10", vendor="Acme, Inc.", kind="hardware")), 201
    )
    second = ok(team.post("/spend-requests/", small("10", vendor="Globex GmbH")), 201)
    ok(team.post(f"/spend-requests/{second['id']}/submit/"))

    def found(query: str) -> list[str]:
        return [row["id"] for row in ok(team.get(f"/spend-requests/?{query}"))["results"]]

    assert found("vendor=acme, inc.") == [first["id"]]
    assert found("vendor=GLOBEX") == [second["id"]]
    assert found("kind=hardware") == [first["id"]]
    assert found("tier=1") == [second["id"]]
    ok(team.get("/spend-requests/?tier=first"), 422)


def test_currency_without_rate_is_asked_for(company: Company, api: Api) -> None:
    team, finance = api(company.team), api(company.finance)
    row = ok(team.post("/spend-requests/", small("1000", currency="KWD")), 201)
    assert row["commitment_amount"] is None
    url = f"/spend-requests/{row['id']}/"
    refused = ok(team.post(f"{url}submit/"), 422)
    assert refused["errors"][0]["field"] == "currency"
    assert "rate" in refused["detail"]
    rate = {"currency": "KWD", "on": "2026-10-14", "rate": "3.2512345"}
    assert team.post("/exchange-rates/", rate).status_code == 403
    ok(finance.post("/exchange-rates/", rate), 201)
    row = ok(team.post(f"{url}submit/"))
    assert (row["commitment_amount"], row["rate_on"]) == ("3251.23", "2026-10-14")
    ok(finance.post("/exchange-rates/", rate | {"rate": "9"}), 201)
    assert ok(team.get(url))["commitment_amount"] == "3251.23"


def test_only_member_with_three_roles_is_asked_once(company: Company, api: Api) -> None:
    """One person who is CTO, finance and board approves 60,000 with one word."""
    body = {"roles": ["observer"]}
    admin = api(company.admin)
    for role in ("cto", "finance", "board"):
        ok(admin.patch(f"/members/{company.member(role).pk}/", body))
    with tenant(company.id):
        chief = add("chief", "cto", "finance", "board")
    team = api(company.team)
    row = ok(team.post("/spend-requests/", small("60000")), 201)
    url = f"/spend-requests/{row['id']}/"
    ok(team.post(f"{url}submit/"))
    row = ok(api(chief).post(f"{url}approve/"))
    assert row["status"] == "approved"
    assert [d["carried"] for s in row["steps"] for d in s["decisions"]] == [False, True, True]


def test_new_policy_leaves_requests_in_flight(company: Company, api: Api) -> None:
    team, admin, cto = api(company.team), api(company.admin), api(company.cto)
    row = ok(team.post("/spend-requests/", small("100")), 201)
    url = f"/spend-requests/{row['id']}/"
    ok(team.post(f"{url}submit/"))
    tiers = [{"up_to": None, "steps": [{"roles": ["executive"], "rule": "all", "hours": 8}]}]
    assert cto.post("/approval-policies/", {"tiers": tiers}).status_code == 403
    made = ok(admin.post("/approval-policies/", {"tiers": tiers}), 201)
    assert (made["version"], made["effective_on"]) == (2, "2026-10-15")
    assert made["changes"]
    assert ok(cto.post(f"{url}approve/"))["status"] == "approved"
    row = ok(team.post("/spend-requests/", small("100", "Other")), 201)
    row = ok(team.post(f"/spend-requests/{row['id']}/submit/"))
    assert [s["roles"] for s in row["steps"]] == [["executive"]]


STEP = {"roles": ["cto"], "rule": "any", "hours": 24}


@pytest.mark.parametrize(
    ("tiers", "field", "word"),
    [
        ([], "tiers", "1 to 20"),
        ([{"up_to": "10", "steps": [STEP]}], "tiers.0.up_to", "last tier"),
        (
            [{"up_to": "10", "steps": [STEP]}, {"up_to": "5", "steps": [STEP]},
             {"up_to": None, "steps": [STEP]}],
            "tiers.1.up_to", "overlaps",
        ),
        (
            [{"up_to": "10", "steps": [STEP]}, {"from": "20", "up_to": None, "steps": [STEP]}],
            "tiers.1.from", "gap",
        ),
        (
            [{"up_to": None, "steps": [STEP]}, {"up_to": None, "steps": [STEP]}],
            "tiers.0.up_to", "Only the last",
        ),
        ([{"up_to": None, "steps": []}], "tiers.0.steps", "someone must approve"),
        ([{"up_to": None, "steps": [STEP | {"roles": []}]}], "tiers.0.steps.0.roles", "at least"),
        ([{"up_to": None, "steps": [STEP | {"hours": 0}]}], "tiers.0.steps.0.hours", "hours"),
    ],
)  # fmt: skip
def test_policy_that_cannot_work_is_refused(
    company: Company, api: Api, tiers: Any, field: str, word: str
) -> None:
    body = ok(api(company.admin).post("/approval-policies/", {"tiers": tiers}), 422)
    assert field in {e["field"] for e in body["errors"]}
    assert any(word in e["message"] for e in body["errors"])


def test_policy_with_a_role_that_nobody_holds_is_refused(company: Company, api: Api) -> None:
    admin = api(company.admin)
    assert admin.delete(f"/members/{company.finance.pk}/").status_code == 204
    tiers = [{"up_to": None, "steps": [STEP | {"roles": ["finance"]}]}]
    body = ok(admin.post("/approval-policies/", {"tiers": tiers}), 422)
    assert "Nobody holds the role Finance" in body["detail"]


def test_votes_against_reject_with_a_word_or_without(company: Company, api: Api) -> None:
    with tenant(company.id):
        first, second, _third = board_of(company, 3)
    row = ok(api(company.team).post("/spend-requests/", small("60000")), 201)
    url = f"/spend-requests/{row['id']}/"
    ok(api(company.team).post(f"{url}submit/"))
    for who in (company.cto, company.finance):
        ok(api(who).post(f"{url}approve/"))
    assert ok(api(first).post(f"{url}vote/", {"vote": "against"}))["status"] == "submitted"
    said = {"vote": "against", "reason": "Too dear."}
    row = ok(api(second).post(f"{url}vote/", said))
    assert row["status"] == "rejected"
    votes = [(each["vote"], each["reason"]) for each in row["steps"][2]["decisions"]]
    assert votes == [("against", ""), ("against", "Too dear.")]
