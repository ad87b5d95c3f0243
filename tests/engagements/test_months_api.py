"""What two sides agree on and what a month comes to, over the API, by people as they act."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from engagements import services
from engagements.models import Engagement, Terms, TimeEntry
from tenants.isolation import tenant
from tests.api_client import ApiClient
from tests.engagements.builders import D, add_terms, log, make_engagement
from tests.factories import Company

Api = Callable[[Any], ApiClient]
TERMS = {
    "scope_level": "intensive",
    "hours_per_month": 60,
    "monthly_fee": "11400.00",
    "effective_on": "2026-12-01",
}


@pytest.fixture
def small(company: Company) -> Engagement:
    """10 hours a month, 240 an hour above."""
    with tenant(company.id):
        engagement = make_engagement(company)
        add_terms(engagement, company, hours_per_month=Decimal(10), overage_rate=Decimal(240))
        return engagement


def body_of(response: Any, status: int = 200) -> dict[str, Any]:
    assert response.status_code == status, response.content
    body: dict[str, Any] = response.json()
    return body


def test_terms_are_proposed_declined_and_agreed(
    company: Company, api: Api, small: Engagement
) -> None:
    cto, executive, finance = api(company.cto), api(company.executive), api(company.finance)
    here = f"/engagements/{small.pk}/proposals/"
    assert finance.post(here, TERMS).status_code == 403
    for fields, wrong in [
        ({"effective_on": "2026-10-14"}, "effective_on"),
        ({"currency": "EUR"}, "currency"),
        ({"hours_per_month": 800}, "hours_per_month"),
    ]:
        refused = body_of(cto.post(here, TERMS | fields), 422)
        assert {error["field"] for error in refused["errors"]} == {wrong}
    first = body_of(cto.post(here, TERMS | {"reason": "Telemetry"}), 201)
    assert (first["status"], first["side"]) == ("accepted_by_cto", "cto")
    assert first["accepted_by_cto"] == first["proposed_by"] == str(company.cto.pk)
    impact = first["impact"]
    assert (impact["minutes_before"], impact["minutes_after"]) == (7200, 43200)
    assert (impact["fee_before"], impact["fee_after"]) == ("96000.00", "136800.00")
    assert cto.post(here, TERMS).status_code == 409
    one = f"{here}{first['id']}/"
    assert cto.post(f"{one}decline/", {"reason": "Mine"}).status_code == 403
    assert executive.post(f"{one}withdraw/", {}).status_code == 403
    assert executive.post(f"{one}decline/", {}).status_code == 422
    declined = body_of(executive.post(f"{one}decline/", {"reason": "Too early"}))
    assert (declined["status"], declined["closing_reason"]) == ("declined", "Too early")
    assert executive.post(f"{one}accept/", {}).status_code == 409

    second = body_of(executive.post(here, TERMS), 201)
    one = f"{here}{second['id']}/"
    assert executive.post(f"{one}accept/", {"side": "cto"}).status_code == 403
    for _ in range(2):  # it stays in force, whoever accepts again
        assert body_of(cto.post(f"{one}accept/", {}))["status"] == "in_force"
    agreed = body_of(finance.get(one))
    with tenant(company.id):
        terms = Terms.objects.get(pk=agreed["terms"])
        assert (terms.hours_per_month, terms.effective_on) == (60, D(2026, 12, 1))
    assert [row["id"] for row in body_of(finance.get(here))["results"]] == [
        second["id"], first["id"],
    ]  # fmt: skip
    third = body_of(cto.post(here, TERMS | {"effective_on": "2027-01-01"}), 201)
    for _ in range(2):
        gone = body_of(cto.post(f"{here}{third['id']}/withdraw/", {"reason": "Later"}))
        assert gone["status"] == "withdrawn"


def test_hours_above_are_asked_for_approved_charged_and_revoked(
    company: Company, api: Api, small: Engagement
) -> None:
    cto, executive = api(company.cto), api(company.executive)
    here = f"/engagements/{small.pk}/overage-approvals/"
    with tenant(company.id):
        log(small, company, D(2026, 10, 14), 700)  # 100 above
    ask = {"month": "2026-10", "minutes": 120, "note": "Outage"}
    asked = body_of(cto.post(f"{here}request/", ask), 201)
    assert (asked["status"], asked["rate"], asked["currency"]) == ("requested", "240.00", "USD")
    assert cto.post(f"{here}request/", ask).status_code == 409
    one = f"{here}{asked['id']}/"
    assert cto.post(f"{one}approve/", {}).status_code == 403
    assert executive.post(f"{one}decline/", {"note": ""}).status_code == 422
    assert executive.post(f"{one}approve/", {"minutes": 121}).status_code == 422
    assert executive.post(f"{one}revoke/", {"note": "No"}).status_code == 422
    assert executive.post(f"{one}revoke/", {"note": "Not yet"}).status_code == 409
    approved = body_of(executive.post(f"{one}approve/", {"amount_cap": "300.00"}))
    assert (approved["status"], approved["minutes"]) == ("approved", 120)
    statement = body_of(executive.get(f"/engagements/{small.pk}/statement/?month=2026-10"))
    assert (statement["approved_over_minutes"], statement["total_amount"]) == (100, "300.00")
    for _ in range(2):
        revoked = body_of(executive.post(f"{one}revoke/", {"note": "Budget is gone"}))
        assert (revoked["status"], revoked["kept_minutes"]) == ("revoked", 100)
    assert revoked["revoked_by"] == str(company.executive.pk)
    retainer = body_of(cto.get(f"/engagements/{small.pk}/retainer/?month=2026-10"))
    assert (retainer["approved_over_minutes"], retainer["overage_amount"]) == (100, "300.00")
    ahead = body_of(executive.post(here, {"month": "2026-11", "minutes": 60, "rate": "200"}), 201)
    assert (ahead["status"], ahead["rate"]) == ("approved", "200.00")
    wrong = body_of(executive.post(here, {"month": "2026-13", "minutes": 0}), 422)
    assert {error["field"] for error in wrong["errors"]} == {"month", "minutes"}
    second = body_of(cto.post(f"{here}request/", ask | {"month": "2026-11"}), 201)
    for _ in range(2):
        assert body_of(cto.post(f"{here}{second['id']}/withdraw/"))["status"] == "withdrawn"
    assert len(body_of(executive.get(here))["results"]) == 3


def test_month_is_read_closed_once_and_corrected_in_the_next(
    company: Company, api: Api, small: Engagement
) -> None:
    cto, finance = api(company.cto), api(company.finance)
    here = f"/engagements/{small.pk}/statement/"
    with tenant(company.id):
        log(small, company, D(2026, 9, 2), 90, initiative="Telemetry", note="Audit")
    september = body_of(finance.get(f"{here}?month=2026-09"))
    assert (september["closed_at"], september["used_minutes"]) == (None, 90)
    assert september["by_initiative"] == [{"initiative": "Telemetry", "minutes": 90}]
    assert [entry["note"] for entry in september["entries"]] == ["Audit"]
    assert finance.post(here, {"month": "2026-09"}).status_code == 403
    assert cto.post(here, {"month": "2026-10"}).status_code == 409
    assert cto.post(here, {"month": "2026-08"}).status_code == 422
    closed = body_of(cto.post(here, {"month": "2026-09"}), 201)
    assert closed["closed_by"] == company.cto.name
    assert body_of(cto.post(here, {"month": "2026-09"}), 201) == closed
    with tenant(company.id):
        log(small, company, D(2026, 9, 3), 30)
    assert body_of(finance.get(f"{here}?month=2026-09")) == closed
    (added,) = body_of(finance.get(here))["adjustments"]
    assert (added["kind"], added["month"], added["change_minutes"]) == ("added", "2026-09", 30)
    assert finance.get(f"{here}?month=2027-01").status_code == 422


def test_timer_is_started_told_and_stopped(company: Company, api: Api, small: Engagement) -> None:
    cto = api(company.cto)
    timer = body_of(cto.post("/timers/", {"engagement": str(small.pk), "note": "Call"}), 201)
    assert cto.post("/timers/", {"engagement": str(small.pk)}).status_code == 409
    here = f"/timers/{timer['id']}/"
    assert api(company.admin).get(here).status_code == 403
    assert body_of(cto.patch(here, {"category": "delivery"}))["category"] == "delivery"
    assert cto.patch(here, {"category": "golf"}).status_code == 422
    late = cto.post(f"{here}stop/", {"ended_at": "2026-10-16T00:00:00Z"})
    assert {error["field"] for error in body_of(late, 422)["errors"]} == {"ended_at"}
    assert [row["id"] for row in body_of(cto.get("/timers/"))["results"]] == [timer["id"]]
    stopped = body_of(cto.post(f"{here}stop/", {}))
    (entry,) = stopped["entries"]
    assert (entry["category"], entry["note"], entry["minutes"]) == ("delivery", "Call", 1)
    assert stopped["minutes"] * 60 - stopped["seconds"] == stopped["rounded_seconds"]
    assert cto.post(f"{here}stop/", {}).status_code == 404
    again = body_of(cto.post("/timers/", {"engagement": str(small.pk)}), 201)
    assert cto.delete(f"/timers/{again['id']}/").status_code == 204
    assert body_of(cto.get("/timers/"))["results"] == []


def test_lines_copies_and_undo(company: Company, api: Api, small: Engagement) -> None:
    cto = api(company.cto)
    line = {"engagement": str(small.pk), "line": "mon 1h30 delivery Telemetry: pairing"}
    entry = body_of(cto.post("/time-entries/quick/", line), 201)
    assert (entry["date"], entry["minutes"], entry["initiative"], entry["note"]) == (
        "2026-10-12", 90, "Telemetry", "pairing",
    )  # fmt: skip
    assert cto.post("/time-entries/quick/", line | {"line": "25h talk"}).status_code == 422
    assert cto.delete(f"/time-entries/{entry['id']}/").status_code == 204
    for _ in range(2):
        restored = body_of(cto.post(f"/time-entries/{entry['id']}/restore/"))
        assert restored == entry | {"updated_at": restored["updated_at"]}
    with tenant(company.id):
        log(small, company, D(2026, 10, 6), 45)
    week = {"engagement": str(small.pk), "week_start": "2026-10-12"}
    copied = body_of(cto.post("/time-entries/copy-week/", week))
    assert [row["date"] for row in copied["copied"]] == ["2026-10-13"]
    assert body_of(cto.post("/time-entries/copy-week/", week))["there_already"] == 1
    with tenant(company.id):
        assert TimeEntry.objects.minutes() == 180


def test_locked_week_is_opened_by_an_admin_with_a_reason(
    company: Company, api: Api, small: Engagement
) -> None:
    admin, cto = api(company.admin), api(company.cto)
    here = f"/engagements/{small.pk}/week-locks/"
    with tenant(company.id):
        services.week_lock(engagement=small, actor=company.cto, week_start=D(2026, 10, 12))
    (lock,) = body_of(cto.get(here))["results"]
    assert (lock["week_start"], lock["unlocked_at"]) == ("2026-10-12", None)
    entry = {"engagement": str(small.pk), "date": "2026-10-13", "minutes": 5}
    assert cto.post("/time-entries/", entry).status_code == 409
    ask = {"week_start": "2026-10-12", "reason": "A call was forgotten"}
    assert cto.post(f"{here}unlock/", ask).status_code == 403
    assert admin.post(f"{here}unlock/", ask | {"reason": "x"}).status_code == 422
    assert body_of(admin.post(f"{here}unlock/", ask))["unlocked_by"] == str(company.admin.pk)
    assert admin.post(f"{here}unlock/", ask).status_code == 409
    assert cto.post("/time-entries/", entry).status_code == 201
    again = {"week_start": "2026-10-12"}
    assert cto.post(f"{here}lock/", again | {"week_start": "2026-10-19"}).status_code == 409
    locked = body_of(cto.post(f"{here}lock/", again))
    assert (locked["locked_by"], locked["unlocked_at"]) == (str(company.cto.pk), None)
    assert body_of(admin.post(f"{here}lock/", again))["id"] == locked["id"]
    assert cto.post("/time-entries/", entry).status_code == 409
