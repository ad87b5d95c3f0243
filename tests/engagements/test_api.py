"""Engagements, terms, retainer and time over the API, by the contract's own names."""

from collections.abc import Callable
from typing import Any

import pytest

from engagements import services
from engagements.models import Engagement, TimeEntry
from tenants.isolation import tenant
from tenants.models import Tenant
from tests.api_client import ApiClient, service_key
from tests.engagements.builders import D, log, make_engagement
from tests.factories import Company

Api = Callable[[Any], ApiClient]
TERMS = {
    "scope_level": "moderate",
    "hours_per_month": 40,
    "monthly_fee": "8000.00",
    "currency": "USD",
    "effective_on": "2026-09-01",
}


def created(response: Any) -> dict[str, Any]:
    assert response.status_code == 201, response.content
    body: dict[str, Any] = response.json()
    return body


def fields_of(response: Any) -> set[str]:
    """The fields that a 422 complains about."""
    assert response.status_code == 422, response.content
    return {error["field"] for error in response.json()["errors"]}


def engagement_body(company: Company, **fields: Any) -> dict[str, Any]:
    return {
        "title": "Fractional CTO",
        "cto": str(company.cto.pk),
        "sponsor": str(company.executive.pk),
        "status": "active",
        "starts_on": "2026-09-01",
    } | fields


def test_engagement_from_proposal_to_its_figures(company: Company, api: Api) -> None:
    """The whole way by the contract: engagement, terms, time, retainer."""
    executive, cto = api(company.executive), api(company.cto)
    body = engagement_body(company)
    del body["status"]
    engagement = created(executive.post("/engagements/", body))
    assert engagement["status"] == "proposed"
    assert (engagement["cto"], engagement["sponsor"]) == (body["cto"], body["sponsor"])
    address = f"/engagements/{engagement['id']}/"
    entry = {"engagement": engagement["id"], "date": "2026-10-14", "minutes": 90}
    assert cto.post("/time-entries/", entry).status_code == 409
    active = executive.patch(address, {"status": "active"})
    assert (active.status_code, active.json()["status"]) == (200, "active")
    terms = created(executive.post(f"{address}terms/", TERMS))
    assert (terms["hours_per_month"], terms["monthly_fee"]) == (40, "8000.00")
    assert (terms["currency"], terms["effective_on"]) == ("USD", "2026-09-01")
    logged = created(cto.post("/time-entries/", entry | {"category": "delivery", "note": "Cache"}))
    assert logged == logged | entry | {
        "category": "delivery", "initiative": None, "note": "Cache", "member": body["cto"],
    }  # fmt: skip
    retainer = cto.get(f"{address}retainer/?month=2026-10").json()
    assert retainer == {
        "month": "2026-10",
        "granted_minutes": 2400,
        "rolled_over_minutes": 0,
        "used_minutes": 90,
        "left_minutes": 2310,
        "over_minutes": 0,
        "expiring_minutes": 2310,
        "burn_percent": 3.8,
        "pace_percent": 50.0,
        "pace_minutes": 1200,
        "forecast_minutes": 180,
        "forecast_over_minutes": -2220,
        "working_days": 22,
        "working_days_elapsed": 11,
        "approved_over_minutes": 0,
        "unapproved_over_minutes": 0,
        "overage_amount": "0.00",
        "by_category": [{"category": "delivery", "minutes": 90}],
        "by_initiative": [{"initiative": None, "name": "", "minutes": 90}],
    }
    assert cto.get(f"{address}retainer/").json() == retainer


def test_engagement_refuses_wrong_input(company: Company, api: Api) -> None:
    executive = api(company.executive)
    assert fields_of(executive.post("/engagements/", {})) == {"title", "cto", "starts_on"}
    for fields, wrong in [
        ({"status": "ended"}, "status"),
        ({"cto": str(company.finance.pk)}, "cto"),
        ({"sponsor": "me"}, "sponsor"),
        ({"starts_on": "soon"}, "starts_on"),
        ({"ends_on": "2026-08-31"}, "ends_on"),
        ({"title": "x\u0000y"}, "title"),
        ({"model": "boss"}, "model"),
    ]:
        response = executive.post("/engagements/", engagement_body(company) | fields)
        assert fields_of(response) == {wrong}
    no_sponsor = created(executive.post("/engagements/", engagement_body(company, sponsor=None)))
    assert no_sponsor["sponsor"] is None
    listed = executive.get("/engagements/?status=active").json()["results"]
    assert [row["id"] for row in listed] == [no_sponsor["id"]]
    assert executive.get("/engagements/?status=paused").json()["results"] == []


def test_engagement_changes_only_from_the_version_that_was_read(
    company: Company, api: Api, running: Engagement
) -> None:
    executive = api(company.executive)
    address = f"/engagements/{running.pk}/"
    tag = executive.get(address)["ETag"]
    assert executive.patch(address, {"title": "One"}, If_Match=tag).status_code == 200
    assert executive.patch(address, {"title": "Two"}, If_Match=tag).status_code == 412
    assert executive.get(address).json()["title"] == "One"
    assert executive.patch(address, {"status": "proposed"}).status_code == 409
    assert executive.patch(address, {"status": "ended"}).json()["ends_on"] == "2026-10-15"
    assert executive.patch(address, {"title": "Three"}).status_code == 409


def test_terms_are_listed_and_refused(company: Company, api: Api, running: Engagement) -> None:
    executive = api(company.executive)
    address = f"/engagements/{running.pk}/terms/"
    body = TERMS | {
        "effective_on": "2026-11-01",
        "hours_per_month": 12.25,
        "rollover": "capped",
        "rollover_cap_minutes": 600,
        "rollover_expiry_months": 2,
        "overage_rate": "250.00",
        "notice_days": 60,
        "po_number": "PO-7",
    }
    assert created(executive.post(address, body)) | body == created_row(executive, address) | body
    for fields, wrong in [
        ({}, "effective_on"),
        ({"currency": "EUR"}, "currency"),
        ({"effective_on": "2026-12-01", "currency": "EUR"}, "currency"),
        ({"effective_on": "2026-12-01", "hours_per_month": 0.333}, "hours_per_month"),
        ({"effective_on": "2026-12-01", "hours_per_month": "NaN"}, "hours_per_month"),
        ({"effective_on": "2026-12-01", "monthly_fee": "-1"}, "monthly_fee"),
        ({"effective_on": "2026-12-01", "rollover": "none"}, "rollover_cap_minutes"),
    ]:
        assert wrong in fields_of(executive.post(address, body | fields))
    listed = executive.get(address).json()
    assert [row["effective_on"] for row in listed["results"]] == ["2026-11-01", "2026-09-01"]
    with tenant(company.id):
        services.week_lock(engagement=running, actor=company.cto, week_start=D(2026, 10, 5))
    assert executive.post(address, TERMS | {"effective_on": "2026-10-11"}).status_code == 409
    assert executive.post(address, TERMS | {"effective_on": "2026-10-12"}).status_code == 201


def created_row(client: ApiClient, address: str) -> dict[str, Any]:
    row: dict[str, Any] = client.get(address).json()["results"][0]
    return row


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "10-2026", "", "9999-12", "２０２６-10"])
def test_retainer_of_an_odd_month_is_refused(
    company: Company, api: Api, running: Engagement, month: str
) -> None:
    client = api(company.executive)
    response = client.get(f"/engagements/{running.pk}/retainer/?month={month}")
    assert fields_of(response) == {"month"}


def test_retainer_before_the_start_and_far_ahead(
    company: Company, api: Api, running: Engagement
) -> None:
    address = f"/engagements/{running.pk}/retainer/"
    before = api(company.cto).get(f"{address}?month=2000-01").json()
    assert (before["granted_minutes"], before["burn_percent"]) == (0, 0.0)
    ahead = api(company.cto).get(f"{address}?month=2100-12").json()
    assert (ahead["granted_minutes"], ahead["forecast_minutes"]) == (2400, 0)


def test_time_entries_are_filtered(company: Company, api: Api, running: Engagement) -> None:
    with tenant(company.id):
        other = make_engagement(company, title="Second")
        for day in (1, 2, 3):
            log(running, company, D(2026, 10, day))
        log(other, company, D(2026, 10, 2), category="other")
    client = api(company.finance)

    def dates(query: str) -> list[str]:
        return [row["date"] for row in client.get(f"/time-entries/?{query}").json()["results"]]

    assert dates(f"engagement={running.pk}") == ["2026-10-03", "2026-10-02", "2026-10-01"]
    assert dates("date_from=2026-10-02&date_to=2026-10-02") == ["2026-10-02"] * 2
    assert dates(f"member={company.board.pk}") == []
    assert len(dates(f"member={company.cto.pk}")) == 4
    assert dates("category=other") == ["2026-10-02"]
    assert dates("date=2026-10-01") == ["2026-10-01"]
    assert dates(f"initiative={running.pk}") == []
    found = client.get(f"/engagements/?cto={company.cto.pk}").json()["results"]
    assert len(found) == 2
    assert client.get(f"/engagements/?cto={company.board.pk}").json()["results"] == []
    found = client.get(f"/engagements/?sponsor={running.sponsor_id}").json()["results"]
    assert str(running.pk) in [row["id"] for row in found]
    assert fields_of(client.get("/time-entries/?date_from=soon")) == {"date_from"}


def test_time_entry_refuses_wrong_input(company: Company, api: Api, running: Engagement) -> None:
    cto = api(company.cto)
    body = {
        "engagement": str(running.pk),
        "date": "2026-10-14",
        "minutes": 60,
        "category": "delivery",
    }
    for fields, wrong in [
        ({"minutes": 0}, "minutes"),
        ({"minutes": 1441}, "minutes"),
        ({"minutes": 1.5}, "minutes"),
        ({"minutes": None}, "minutes"),
        ({"date": "2026-10-16"}, "date"),
        ({"date": "2026-08-31"}, "date"),
        ({"date": "2026-10-14T00:00:00Z"}, "date"),
        ({"category": "golf"}, "category"),
        ({"engagement": str(company.cto.pk)}, "engagement"),
        ({"member": str(running.pk)}, "member"),
        ({"initiative": "x" * 121}, "initiative"),
    ]:
        assert fields_of(cto.post("/time-entries/", body | fields)) == {wrong}
    assert cto.post("/time-entries/", body | {"member": str(company.admin.pk)}).status_code == 403
    created(cto.post("/time-entries/", body | {"minutes": 1440}))
    assert fields_of(cto.post("/time-entries/", body | {"minutes": 1})) == {"minutes"}


def test_time_entry_is_changed_and_deleted_from_the_version_that_was_read(
    company: Company, api: Api, running: Engagement
) -> None:
    with tenant(company.id):
        other = make_engagement(company, title="Second")
        entry = log(running, company, D(2026, 10, 14))
    cto = api(company.cto)
    address = f"/time-entries/{entry.pk}/"
    tag = cto.get(address)["ETag"]
    changed = cto.patch(address, {"minutes": 75, "initiative": "Onboarding"}, If_Match=tag)
    assert (changed.json()["minutes"], changed.json()["initiative"]) == (75, "Onboarding")
    assert cto.patch(address, {"minutes": 80}, If_Match=tag).status_code == 412
    assert cto.delete(address, If_Match=tag).status_code == 412
    assert fields_of(cto.patch(address, {"engagement": str(other.pk)})) == {"engagement"}
    assert fields_of(cto.patch(address, {"member": str(company.admin.pk)})) == {"member"}
    same = cto.patch(address, {"engagement": str(running.pk), "initiative": None})
    assert (same.status_code, same.json()["initiative"]) == (200, None)
    assert cto.delete(address).status_code == 204
    assert cto.delete(address).status_code == 404


def test_time_of_a_locked_week_answers_409(company: Company, api: Api, running: Engagement) -> None:
    with tenant(company.id):
        entry = log(running, company, D(2026, 10, 14))
        services.week_lock(engagement=running, actor=company.cto, week_start=D(2026, 10, 12))
    cto = api(company.cto)
    body = {"engagement": str(running.pk), "date": "2026-10-13", "minutes": 5}
    assert cto.post("/time-entries/", body).status_code == 409
    assert cto.patch(f"/time-entries/{entry.pk}/", {"minutes": 5}).status_code == 409
    assert cto.delete(f"/time-entries/{entry.pk}/").status_code == 409
    with tenant(company.id):
        assert TimeEntry.objects.minutes() == 60


def test_time_is_logged_once_under_one_idempotency_key(
    company: Company, api: Api, running: Engagement
) -> None:
    cto = api(company.cto)
    body = {"engagement": str(running.pk), "date": "2026-10-13", "minutes": 5}
    first = created(cto.post("/time-entries/", body, Idempotency_Key="clock-1"))
    again = created(cto.post("/time-entries/", body, Idempotency_Key="clock-1"))
    assert first["id"] == again["id"]
    with tenant(company.id):
        assert TimeEntry.objects.count() == 1


def test_service_key_logs_for_the_cto(company: Company, running: Engagement) -> None:
    key = ApiClient(service_key(company.id, "time.log"))
    body = {"engagement": str(running.pk), "date": "2026-10-13", "minutes": 5}
    assert created(key.post("/time-entries/", body))["member"] == str(company.cto.pk)
    assert key.get("/time-entries/").status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_read_a_fixed_number_of_queries(
    company: Company,
    api: Api,
    rows: int,
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    with tenant(company.id):
        for _ in range(rows):
            engagement = make_engagement(company)
            log(engagement, company, D(2026, 10, 1), 10)
    client = api(company.cto)
    client.get("/engagements/")
    with django_assert_num_queries(7):
        client.get("/engagements/")
    with django_assert_num_queries(7):
        client.get("/time-entries/")


def test_money_has_no_more_decimals_than_its_currency(company: Company, api: Api) -> None:
    with tenant(company.id):
        Tenant.objects.update(currency="JPY")
        engagement = make_engagement(company)
    executive = api(company.executive)
    terms = {
        "scope_level": "moderate",
        "hours_per_month": 40,
        "monthly_fee": "800000",
        "effective_on": "2026-12-01",
    }
    address = f"/engagements/{engagement.pk}"
    scores = dict.fromkeys(("business_value", "resource_demand", "timeline", "risk"), 3)
    initiative = {"title": "Move", "horizon": "short", "budget_amount": "10", **scores}
    saving = {
        "engagement": str(engagement.pk),
        "title": "Hosting",
        "amount": "10",
        "saved_on": str(engagement.starts_on),
        "evidence": "The bill of September.",
    }
    for path, body, money in [
        (f"{address}/terms/", terms, "monthly_fee"),
        (f"{address}/terms/", terms, "overage_rate"),
        (f"{address}/proposals/", terms | {"reason": "More to do."}, "monthly_fee"),
        ("/initiatives/", initiative, "budget_amount"),
        ("/full-time-costs/", {"amount": "10", "source": "A survey."}, "amount"),
        ("/savings/", saving, "amount"),
    ]:
        refused = executive.post(path, body | {money: "800000.50"})
        assert fields_of(refused) == {money}, refused.content
        assert refused.json()["errors"][0]["message"] == "JPY has no decimals. Give a whole amount."
    created(executive.post(f"{address}/terms/", terms | {"overage_rate": "20000.00"}))
