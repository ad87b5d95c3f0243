"""Weekly updates over the API, by the contract's own names."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engagements.models import Engagement
from reviews.models import WeeklyUpdate
from tenants.isolation import tenant
from tests.api_client import ApiClient
from tests.engagements.builders import log, make_engagement
from tests.factories import Company
from tests.reviews.builders import WEEK_40, WEEK_41, WEEK_42, D, ask, sent, start

Api = Callable[[Any], ApiClient]
URL = "/weekly-updates/"
TEXTS = {
    "progress": "Onboarding open to all customers\nCache tested",
    "wins": "First customer onboarded itself",
    "risks": "The old broker",
    "next_week": "Roll out the cache",
    "confidence": 4,
}


def body(engagement: Engagement, **fields: Any) -> dict[str, Any]:
    return {"engagement": str(engagement.pk), "week_start": "2026-10-12"} | TEXTS | fields


def unlike(engagement: Engagement, fields: dict[str, Any]) -> dict[str, Any]:
    """A body that is right but for these fields."""
    return body(engagement) | fields


def answered(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.content
    found: dict[str, Any] = response.json()
    return found


def fields_of(response: Any) -> set[str]:
    return {error["field"] for error in answered(response, 422)["errors"]}


def test_from_draft_to_acknowledged_and_discussed(
    company: Company, running: Engagement, api: Api
) -> None:
    with tenant(company.id):
        log(running, company, D(2026, 10, 13), 150)
    cto, executive = api(company.cto), api(company.executive)
    asks = [{"text": "Vote", "member": str(company.executive.pk), "due_on": "2026-10-19"}]
    update = answered(cto.post(URL, body(running, asks=asks, blockers="No owner\nOld broker")), 201)
    assert {name: update[name] for name in TEXTS} == TEXTS
    assert update["engagement"] == str(running.pk)
    assert update["week_start"] == "2026-10-12"
    assert update["blockers"] == "No owner\nOld broker"
    assert [(a["text"], a["member"], a["due_on"]) for a in update["asks"]] == [
        ("Vote", str(company.executive.pk), "2026-10-19")
    ]
    assert (update["status"], update["due_at"]) == ("draft", "2026-10-16T21:00:00Z")
    assert (update["kpis"], update["hours"], update["submitted_at"]) == ([], None, None)

    one = f"{URL}{update['id']}/"
    changed = answered(cto.patch(one, {"summary": "Ready.", "health": "watch"}), 200)
    assert (changed["summary"], changed["health"], changed["wins"]) == (
        "Ready.", "watch", TEXTS["wins"],
    )  # fmt: skip
    gone = answered(cto.post(f"{one}submit/", {}), 200)
    assert (gone["status"], gone["submitted_at"], gone["late"]) == (
        "submitted", "2026-10-15T14:00:00Z", False,
    )  # fmt: skip
    assert gone["hours"]["total_minutes"] == 150

    read = answered(executive.post(f"{one}acknowledge/", {}), 200)
    assert (read["status"], read["acknowledged_by"]) == (
        "acknowledged", str(company.executive.pk),
    )  # fmt: skip
    again = answered(executive.post(f"{one}acknowledge/", {}), 200)
    assert again["acknowledged_at"] == read["acknowledged_at"]
    said = answered(executive.post(f"{one}comments/", {"body": "Well done."}), 201)
    assert (said["author"], said["body"]) == (str(company.executive.pk), "Well done.")
    thread = answered(cto.get(f"{one}comments/"), 200)
    assert [c["id"] for c in thread["results"]] == [said["id"]]
    answered(cto.patch(one, {"summary": "Other words"}), 409)


def test_a_second_post_of_the_week_is_a_conflict(
    company: Company, running: Engagement, api: Api
) -> None:
    cto = api(company.cto)
    answered(cto.post(URL, body(running)), 201)
    answered(cto.post(URL, body(running)), 409)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"week_start": "2026-10-13"}, {"week_start"}),
        ({"week_start": "0001-01-01"}, {"week_start"}),
        ({"week_start": "9999-12-27"}, {"week_start"}),
        ({"week_start": "soon"}, {"week_start"}),
        ({"engagement": "0198c0de-0000-7000-8000-000000000000"}, {"engagement"}),
        ({"confidence": 6}, {"confidence"}),
        ({"confidence": "high"}, {"confidence"}),
        ({"health": "green"}, {"health"}),
        ({"summary": "x" * 281}, {"summary"}),
        ({"progress": ["a"]}, {"progress"}),
        ({"asks": "Vote"}, {"asks"}),
        ({"asks": [{"text": ""}]}, {"asks.0.text"}),
        ({"asks": [{"text": "Vote", "member": "nobody"}]}, {"asks.0.member"}),
        ({"asks": [{"text": "Vote", "due_on": "19.10."}]}, {"asks.0.due_on"}),
        ({"asks": [7]}, {"asks.0"}),
        ({"asks": ["x"] * 31}, {"asks"}),
        ({"blockers": "\n".join(["x"] * 31)}, {"blockers"}),
        ({"blockers": {"a": 1}}, {"blockers"}),
        ({"kpis": [{"kpi": "x"}]}, {"kpis.0.kpi"}),
    ],
)
def test_values_that_break_a_rule_are_named(
    company: Company, running: Engagement, api: Api, fields: dict[str, Any], wrong: set[str]
) -> None:
    found = fields_of(api(company.cto).post(URL, unlike(running, fields)))
    assert {name.removesuffix(".non_field_errors") for name in found} == wrong


def test_another_companys_member_cannot_be_asked_nor_its_engagement_named(
    company: Company, other_company: Company, running: Engagement, api: Api
) -> None:
    with tenant(other_company.id):
        foreign = make_engagement(other_company)
    cto = api(company.cto)
    asks = [{"text": "Vote", "member": str(other_company.executive.pk), "due_on": "2026-10-19"}]
    assert fields_of(cto.post(URL, body(running, asks=asks))) == {"asks.0.member"}
    assert fields_of(cto.post(URL, body(foreign))) == {"engagement"}


def test_an_ask_without_person_or_date_is_not_sent(
    company: Company, running: Engagement, api: Api
) -> None:
    cto = api(company.cto)
    update = answered(cto.post(URL, body(running, asks=["Vote"])), 201)
    wrong = fields_of(cto.post(f"{URL}{update['id']}/submit/", {}))
    assert wrong == {"asks.0.member", "asks.0.due_on"}


def test_a_draft_is_its_writers_and_acknowledging_it_a_wrong_state(
    company: Company, running: Engagement, api: Api
) -> None:
    with tenant(company.id):
        draft = start(running, company.cto)
    executive = api(company.executive)
    answered(executive.get(f"{URL}{draft.pk}/"), 404)
    assert answered(executive.get(URL), 200)["results"] == []
    answered(executive.post(f"{URL}{draft.pk}/acknowledge/", {}), 409)
    answered(executive.post(f"{URL}{draft.pk}/comments/", {"body": "?"}), 409)
    assert len(answered(api(company.cto).get(URL), 200)["results"]) == 1


def test_a_stale_change_is_refused(
    company: Company, running: Engagement, api: Api, clock: time_machine.Traveller
) -> None:
    cto = api(company.cto)
    created = cto.post(URL, body(running))
    one = f"{URL}{answered(created, 201)['id']}/"
    tag = created["ETag"]
    clock.shift(1)
    answered(cto.patch(one, {"wins": "A"}, If_Match=tag), 200)
    answered(cto.patch(one, {"wins": "B"}, If_Match=tag), 412)
    assert answered(cto.get(one), 200)["wins"] == "A"


def test_the_engagement_and_week_are_fixed(company: Company, running: Engagement, api: Api) -> None:
    cto = api(company.cto)
    one = f"{URL}{answered(cto.post(URL, body(running)), 201)['id']}/"
    assert fields_of(cto.patch(one, {"week_start": "2026-10-05"})) == {"week_start"}
    answered(cto.patch(one, {"week_start": "2026-10-12", "wins": "Same week"}), 200)


def test_figures_are_ticked_and_commented_one_by_one(
    company: Company, running: Engagement, api: Api
) -> None:
    one_kpi, other_kpi = (f"0198c0de-0000-7000-8000-00000000000{n}" for n in (1, 2))
    cto = api(company.cto)
    kpis = [{"kpi": one_kpi, "shown": False}]
    update = answered(cto.post(URL, body(running, kpis=kpis)), 201)
    note = {"kpi": other_kpi, "shown": True, "comment": "Cache test"}
    answered(cto.patch(f"{URL}{update['id']}/", {"kpis": [note]}), 200)
    with tenant(company.id):
        assert WeeklyUpdate.objects.get().kpi_notes == {
            one_kpi: {"shown": False},
            other_kpi: {"shown": True, "comment": "Cache test"},
        }


def test_hours_are_null_for_those_who_may_not_see_time(
    company: Company, running: Engagement, api: Api
) -> None:
    with tenant(company.id):
        update = sent(running, company)
    assert answered(api(company.team).get(f"{URL}{update.pk}/"), 200)["hours"] is None
    assert answered(api(company.board).get(f"{URL}{update.pk}/"), 200)["hours"] is not None


@pytest.mark.parametrize("letters", [1, 3])
def test_one_and_three_letters_take_the_same_queries(
    company: Company, running: Engagement, api: Api, letters: int
) -> None:
    with tenant(company.id):
        for week in (WEEK_40, WEEK_41, WEEK_42)[-letters:]:
            sent(running, company, week, asks=[ask(company.finance)])
    executive = api(company.executive)
    executive.get(URL)
    with CaptureQueriesContext(connection) as queries:
        assert len(answered(executive.get(URL), 200)["results"]) == letters
    assert len(queries) == 9


@pytest.mark.parametrize(
    ("query", "weeks"),
    [
        ("?status=submitted", ["2026-10-12", "2026-10-05"]),
        ("?status=draft", []),
        ("?week_start=2026-10-05", ["2026-10-05"]),
        ("?week_start_from=2026-10-06", ["2026-10-12"]),
        ("?week_start_to=2026-10-06", ["2026-10-05"]),
        ("?engagement=0198c0de-0000-7000-8000-000000000000", []),
    ],
)
def test_lists_are_filtered(
    company: Company, running: Engagement, api: Api, query: str, weeks: list[str]
) -> None:
    with tenant(company.id):
        sent(running, company, WEEK_41)
        sent(running, company, WEEK_42)
    rows = answered(api(company.cto).get(f"{URL}{query}"), 200)["results"]
    assert [row["week_start"] for row in rows] == weeks
