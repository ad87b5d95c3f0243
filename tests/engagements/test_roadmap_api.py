"""The roadmap over the API."""

from collections.abc import Callable
from typing import Any

import pytest

from engagements.models import Initiative
from tenants.isolation import tenant, uuid7
from tests.api_client import ApiClient
from tests.engagements.builders import D, log, make_engagement
from tests.engagements.roadmap_builders import make_initiative, make_weights
from tests.factories import Company

Api = Callable[[Any], ApiClient]
BODY = {
    "title": "SOC 2 readiness",
    "business_value": 5,
    "resource_demand": 4,
    "timeline": 3,
    "risk": 2,
    "horizon": "short",
    "status": "on_track",
    "due_on": "2026-12-15",
}


def test_initiative_is_made_read_and_changed(company: Company, api: Api) -> None:
    cto = api(company.cto)
    made = cto.post("/initiatives/", BODY)
    assert made.status_code == 201, made.content
    row = made.json()
    assert {name: row[name] for name in BODY} == BODY
    assert (row["impact"], row["impact_score"]) == ("high", "3.80")
    assert "so 3.8 of 5: high from 3.7." in row["impact_reason"]
    address = f"/initiatives/{row['id']}/"
    changed = cto.patch(address, {"risk": 5, "progress_percent": 30}, If_Match=made["ETag"])
    assert (changed.json()["impact"], changed.json()["progress_percent"]) == ("medium", 30)
    assert cto.patch(address, {"risk": 4}, If_Match=made["ETag"]).status_code == 412
    wrong = cto.patch(address, {"impact": "low", "business_value": 7})
    assert wrong.status_code == 422
    assert [e["field"] for e in wrong.json()["errors"]] == ["business_value"]
    assert cto.patch(address, {"status": "not_started"}).status_code == 409
    assert api(company.executive).get(address).json()["impact"] == "medium"


def test_impact_follows_the_companys_weights_and_filters_by_them(
    company: Company, api: Api
) -> None:
    with tenant(company.id):
        make_initiative(company, title="Value", business_value=4, resource_demand=5, risk=5)
        make_initiative(company, title="Cheap", business_value=2, resource_demand=1)
    reader = api(company.observer)

    def levels() -> dict[str, str]:
        return {r["title"]: r["impact"] for r in reader.get("/initiatives/").json()["results"]}

    assert levels() == {"Value": "medium", "Cheap": "medium"}
    with tenant(company.id):
        make_weights(company)
    assert levels() == {"Value": "medium", "Cheap": "medium"}
    body = {
        "effective_on": "2026-10-15",
        "business_value": 85,
        "resource_demand": 5,
        "timeline": 5,
        "risk": 5,
        "high_from": "3.60",
        "medium_from": "2.50",
        "reason": "Revenue",
    }
    assert api(company.cto).post("/impact-weights/", body).status_code == 403
    assert api(company.executive).post("/impact-weights/", body).status_code == 201
    assert levels() == {"Value": "high", "Cheap": "low"}
    found = reader.get("/initiatives/?impact=high").json()["results"]
    assert [r["title"] for r in found] == ["Value"]
    assert reader.get("/initiatives/?q=chea&horizon=short").json()["results"][0]["title"] == "Cheap"
    assert reader.get("/initiatives/?impact=huge").status_code == 422


@pytest.mark.parametrize("rows", [1, 3])
def test_list_reads_a_fixed_number_of_queries(
    company: Company, api: Api, rows: int, django_assert_num_queries: Any
) -> None:
    with tenant(company.id):
        for number in range(rows):
            made = make_initiative(company, title=f"No {number}", owner=company.team)
            api(company.cto).post("/milestones/", {"initiative": str(made.pk), "title": "Step"})
    reader = api(company.cto)
    reader.get("/initiatives/")
    with django_assert_num_queries(9):
        assert len(reader.get("/initiatives/").json()["results"]) == rows


def test_milestones_are_added_reached_and_taken_back(company: Company, api: Api) -> None:
    with tenant(company.id):
        made = make_initiative(company, owner=company.team)
        other = make_initiative(company, title="Other")
    team = api(company.team)
    step = team.post("/milestones/", {"initiative": str(made.pk), "title": "Pilot", "done": True})
    assert (step.status_code, step.json()["done"]) == (201, True)
    address = f"/milestones/{step.json()['id']}/"
    assert team.patch(address, {"done": False, "due_on": "2026-11-01"}).json()["done"] is False
    assert team.patch(address, {"initiative": str(other.pk)}).status_code == 422
    inside = team.get(f"/initiatives/{made.pk}/").json()["milestones"]
    assert [(s["title"], s["due_on"], s["done"]) for s in inside] == [
        ("Pilot", "2026-11-01", False)
    ]
    assert team.get("/milestones/?done=true").json()["results"] == []
    assert len(team.get("/milestones/?done=false").json()["results"]) == 1
    assert team.post("/milestones/", {"initiative": str(other.pk), "title": "X"}).status_code == 422
    refused = team.post("/milestones/", {"initiative": str(other.pk), "title": "Theirs"})
    assert refused.status_code == 403
    assert team.delete(address).status_code == 204
    assert team.get(address).status_code == 404


def test_session_is_recorded_with_the_ranking_before_and_after(company: Company, api: Api) -> None:
    with tenant(company.id):
        made = make_initiative(company)
        make_initiative(company, title="Second", business_value=4)
    cto = api(company.cto)
    scores = {"initiative": str(made.pk), "business_value": 1}
    refused = cto.post("/prioritisations/", {"scores": [scores]})
    assert refused.status_code == 422
    assert "say why" in refused.json()["detail"]
    done = cto.post("/prioritisations/", {"scores": [scores | {"reason": "No demand"}]})
    assert done.status_code == 201
    assert [(r["title"], r["rank_before"], r["rank_after"]) for r in done.json()["rankings"]] == [
        ("Second", 2, 1),
        ("Self-service onboarding", 1, 2),
    ]
    assert cto.get(f"/initiatives/{made.pk}/").json()["business_value"] == 1


def test_time_entry_takes_an_initiative_or_a_name_in_one_field(company: Company, api: Api) -> None:
    with tenant(company.id):
        engagement = make_engagement(company)
        made = make_initiative(company)
    cto = api(company.cto)
    entry = {"engagement": str(engagement.pk), "date": "2026-10-14", "minutes": 60}
    linked = cto.post("/time-entries/", entry | {"initiative": str(made.pk)})
    assert (linked.status_code, linked.json()["initiative"]) == (201, str(made.pk))
    named = cto.post("/time-entries/", entry | {"initiative": "Old name"})
    assert named.json()["initiative"] == "Old name"
    address = f"/time-entries/{named.json()['id']}/"
    assert cto.patch(address, {"initiative": str(made.pk)}).json()["initiative"] == str(made.pk)
    assert cto.get(address).json()["initiative"] == str(made.pk)
    assert cto.patch(address, {"initiative": ""}).json()["initiative"] is None
    long = cto.patch(address, {"initiative": "x" * 121})
    assert [e["field"] for e in long.json()["errors"]] == ["initiative"]
    assert cto.get(f"/initiatives/{made.pk}/").json()["logged_minutes"] == 60
    assert api(company.team).get(f"/initiatives/{made.pk}/").json()["logged_minutes"] is None


def test_foreign_initiative_in_a_time_entry_answers_as_one_that_never_was(
    company: Company, other_company: Company, api: Api
) -> None:
    with tenant(company.id):
        engagement = make_engagement(company)
    with tenant(other_company.id):
        foreign = make_initiative(other_company)
    cto = api(company.cto)
    entry = {"engagement": str(engagement.pk), "date": "2026-10-14", "minutes": 60}
    answers = [
        cto.post("/time-entries/", entry | {"initiative": str(pk)}) for pk in (foreign.pk, uuid7())
    ]
    assert [a.status_code for a in answers] == [422, 422]
    assert answers[0].json() == answers[1].json()
    with tenant(company.id):
        assert not Initiative.objects.exists()


def test_retired_names_stay_readable(company: Company, api: Api) -> None:
    with tenant(company.id):
        log(make_engagement(company), company, D(2026, 10, 14), initiative="Onboarding")
    rows = api(company.finance).get("/time-entries/").json()["results"]
    assert [row["initiative"] for row in rows] == ["Onboarding"]
