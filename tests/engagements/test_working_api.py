"""How both sides work together, over the API: charter, absences, plan, people map and tools."""

from collections.abc import Callable
from typing import Any

import pytest

from engagements.models import Engagement
from tenants.isolation import tenant, uuid7
from tests.api_client import ApiClient
from tests.engagements.builders import make_engagement
from tests.factories import Company

Api = Callable[[Any], ApiClient]


@pytest.fixture
def hired(company: Company) -> Engagement:
    with tenant(company.id):
        return make_engagement(company)


def fields_of(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.content
    return [error["field"] for error in answer.json()["errors"]]


def test_charter_is_drafted_published_acknowledged_compared_and_reviewed(
    company: Company, api: Api, hired: Engagement
) -> None:
    cto, executive = api(company.cto), api(company.executive)
    made = cto.post("/charters/", {"engagement": str(hired.pk)})
    row = made.json()
    assert (made.status_code, row["state"], len(row["clauses"])) == (201, "draft", 8)
    address = f"/charters/{row['id']}/"
    assert cto.post("/charters/", {"engagement": str(hired.pk)}).status_code == 409
    times = {"urgent": {"amount": 2, "counted": "clock_hours"}}
    path = [{"role": "executive"}, {"member": str(company.admin.pk)}]
    changed = cto.patch(
        address,
        {"response_times": times, "escalation_path": path, "deputy_from_days": 3},
        If_Match=made["ETag"],
    )
    assert [s["name"] for s in changed.json()["escalation_path"]] == [
        "Executive",
        "Admin Northwind",
    ]
    assert cto.patch(address, {"summary": "Late"}, If_Match=made["ETag"]).status_code == 412
    wrong = {"urgent": {"amount": 0, "counted": "clock_hours"}}
    assert fields_of(cto.patch(address, {"response_times": wrong})) == ["response_times.urgent"]
    assert cto.post(f"{address}publish/").status_code == 403  # the client puts it in force
    live = f"/engagements/{hired.pk}/charter/"
    assert cto.get(live).json()["boundaries"]["is_default"] is True
    dates = {"effective_on": "2026-09-01", "review_on": "2027-03-01"}
    published = executive.post(f"{address}publish/", dates)
    assert published.json()["state"] == "in_force", published.content
    found = cto.get(live).json()
    assert found["charter"]["id"] == row["id"]
    urgent = next(t for t in found["boundaries"]["response_times"] if t["urgency"] == "urgent")
    assert (urgent["amount"], urgent["counted"]) == (2, "clock_hours")
    assert found["boundaries"]["deputy_from_days"] == 3
    assert cto.get(f"{live}?on=2026-08-31").json()["charter"] is None
    assert cto.patch(address, {"summary": "Other"}).status_code == 409
    for _ in range(2):  # harmless twice
        assert api(company.finance).post(f"{address}acknowledge/").status_code == 200
    who = cto.get(f"{address}acknowledgements/").json()
    assert [a["name"] for a in who["acknowledged"]] == ["Finance Northwind"]
    assert len(who["missing"]) == 5  # all but who has, and the observer
    assert len(executive.post(f"{address}remind/").json()["members"]) == 4  # not of one's own act
    assert executive.post(f"{address}remind/").json()["members"] == []
    assert fields_of(cto.post(f"{address}review/", {"review_on": "2026-10-15"})) == ["review_on"]
    assert cto.post(f"{address}review/", {"review_on": "2027-01-15"}).json()["reviewed_on"]
    second = cto.post("/charters/", {"engagement": str(hired.pk), "summary": "Sooner"}).json()
    cto.patch(f"/charters/{second['id']}/", {"clauses": {"coverage": "Somebody always covers."}})
    diff = cto.get(f"/charters/{second['id']}/diff/").json()
    assert [c["clause"] for c in diff["clauses"] if c["changed"]] == ["coverage"]
    unknown = f"/charters/{second['id']}/diff/?against={uuid7()}"
    assert fields_of(cto.get(unknown)) == ["against"]
    assert cto.delete(address).status_code == 409
    assert cto.delete(f"/charters/{second['id']}/").status_code == 204


def test_absence_is_planned_changed_and_cancelled_with_clear_refusals(
    company: Company, api: Api, hired: Engagement
) -> None:
    cto = api(company.cto)
    body = {"starts_on": "2026-10-26", "ends_on": "2026-10-30", "deputy": str(company.team.pk)}
    made = cto.post("/coverage/", body)
    row = made.json()
    assert (row["status"], row["days"], row["member"]) == ("planned", 5, str(company.cto.pk))
    backwards = {"starts_on": "2026-11-09", "ends_on": "2026-11-02"}
    assert fields_of(cto.post("/coverage/", backwards)) == ["ends_on"]
    assert fields_of(cto.post("/coverage/", backwards | {"deputy": str(uuid7())})) == ["deputy"]
    again = cto.post("/coverage/", body | {"deputy": None})
    assert fields_of(again) == ["starts_on", "deputy"]
    itself = {"starts_on": "2026-11-02", "ends_on": "2026-11-02", "deputy": str(company.cto.pk)}
    assert fields_of(cto.post("/coverage/", itself)) == ["deputy"]
    assert fields_of(cto.post("/coverage/", {"starts_on": "2026-11-02"})) == ["ends_on"]
    address = f"/coverage/{row['id']}/"
    moved = cto.patch(address, {"ends_on": "2026-11-01"}, If_Match=made["ETag"])
    assert moved.json()["days"] == 7
    assert cto.patch(address, {"note": "x"}, If_Match=made["ETag"]).status_code == 412
    assert api(company.finance).patch(address, {"note": "x"}).status_code == 403
    assert fields_of(cto.patch(address, {"member": str(company.team.pk)})) == ["member"]
    assert [r["id"] for r in cto.get("/coverage/?ends_from=2026-11-01").json()["results"]] == [
        row["id"]
    ]
    assert cto.delete(address).status_code == 204
    assert cto.get(address).json()["status"] == "cancelled"  # the record stays
    assert cto.patch(address, {"note": "x"}).status_code == 409
    assert cto.get("/coverage/?cancelled=false").json()["results"] == []


def test_plan_is_worked_off_with_outcomes(company: Company, api: Api, hired: Engagement) -> None:
    cto = api(company.cto)
    plan = cto.post(f"/engagements/{hired.pk}/integration-plan/").json()
    assert [a["phase"] for a in plan] == ["initial"] * 5 + ["development"] * 4 + ["ongoing"] * 3
    assert plan[0]["overdue"] is True
    address = f"/integration-activities/{plan[0]['id']}/"
    assert fields_of(cto.patch(address, {"status": "done"})) == ["outcome"]
    person = cto.post("/stakeholders/", {"engagement": str(hired.pk), "name": "Ann Bell"}).json()
    done = cto.patch(
        address, {"status": "done", "outcome": "Five people, one phone.", "person": person["id"]}
    ).json()
    assert (done["done_on"], done["overdue"]) == ("2026-10-15", False)
    assert cto.delete(address).status_code == 409
    body = {"engagement": str(hired.pk), "phase": "initial", "title": "Walk the floor"}
    added = cto.post("/integration-activities/", body | {"position": 0}).json()
    listed = cto.get("/integration-activities/?phase=initial&status=planned").json()["results"]
    assert added["position"] == 0
    assert len(listed) == 5
    assert fields_of(cto.post("/integration-activities/", body | {"phase": "later"})) == ["phase"]
    assert cto.delete(f"/integration-activities/{added['id']}/").status_code == 204
    assert cto.delete(f"/stakeholders/{person['id']}/").status_code == 409


def test_people_map_keeps_attitude_and_notes_from_those_who_may_not_read_them(
    company: Company, api: Api, hired: Engagement
) -> None:
    cto = api(company.cto)
    body = {
        "engagement": str(hired.pk),
        "member": str(company.finance.pk),
        "influence": 4,
        "support": 2,
        "notes": "Ask early.",
    }
    made = cto.post("/stakeholders/", body)
    assert (made.status_code, made.json()["name"]) == (201, "Finance Northwind")
    assert fields_of(cto.post("/stakeholders/", body)) == ["member"]
    assert fields_of(cto.post("/stakeholders/", body | {"influence": 6})) == ["influence"]
    address = f"/stakeholders/{made.json()['id']}/"
    for reader in (company.admin, company.finance, company.observer):
        shown = api(reader).get(address).json()
        assert (shown["influence"], shown["support"], shown["notes"]) == (4, None, None)
    assert api(company.executive).get(address).json()["notes"] == "Ask early."
    assert api(company.team).get(address).status_code == 403
    assert cto.patch(address, {"support": 4}, If_Match=made["ETag"]).json()["support"] == 4
    assert cto.delete(address).status_code == 204
    assert cto.get(address).status_code == 404


def test_one_platform_of_each_type_is_used_and_a_late_reply_is_warned_of(
    company: Company, api: Api, hired: Engagement
) -> None:
    cto = api(company.cto)
    tools = cto.get("/communication-tools/?type=team_chat").json()["results"]
    slack, teams = sorted(tools, key=lambda tool: tool["platform"], reverse=True)
    address = f"/communication-tools/{slack['id']}/"
    link = {"link": "http://chat.example.com/"}
    assert fields_of(cto.patch(address, link)) == ["link"]
    used = {"status": "in_use", "expected_reply_hours": 80, "monthly_cost": "870.00"}
    assert cto.patch(address, used).json()["warning"] == ""  # no charter in force yet
    cto.patch(f"/communication-tools/{teams['id']}/", {"status": "in_use"})
    assert cto.get(address).json()["status"] == "candidate"
    cto.patch(address, {"status": "in_use"})
    draft = cto.post("/charters/", {"engagement": str(hired.pk), "normal_channel": slack["id"]})
    executive = api(company.executive)
    assert executive.post(f"/charters/{draft.json()['id']}/publish/").status_code == 200
    assert "expects a reply within 80 working hours" in cto.get(address).json()["warning"]
    assert cto.delete(address).status_code == 409  # a version of the charter names it
    same = {"type": "team_chat", "platform": "slack"}
    assert fields_of(cto.post("/communication-tools/", same)) == ["platform"]


def test_what_belongs_to_another_company_answers_as_what_never_was(
    company: Company, other_company: Company, api: Api, hired: Engagement
) -> None:
    with tenant(other_company.id):
        theirs = make_engagement(other_company)
    cto = api(company.cto)
    for path, body in (
        ("/charters/", {}),
        ("/integration-activities/", {"phase": "initial", "title": "Talk"}),
        ("/stakeholders/", {"name": "Ann Bell"}),
    ):
        answers = [
            cto.post(path, body | {"engagement": str(pk)}).json() for pk in (theirs.pk, uuid7())
        ]
        assert answers[0]["errors"][0]["field"] == "engagement"
        assert answers[0]["errors"] == answers[1]["errors"]
    days = {"starts_on": "2026-10-26", "ends_on": "2026-10-27"}
    foreign = cto.post("/coverage/", days | {"deputy": str(other_company.team.pk)})
    assert fields_of(foreign) == ["deputy"]
