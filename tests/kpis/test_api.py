"""Figures, targets, measurements and rollups in the API, by its contract."""

from decimal import Decimal
from typing import Any

import pytest
import time_machine

from kpis.models import Kpi, Measurement
from kpis.serializers import exact
from tenants.isolation import tenant, uuid7
from tests.api_client import ApiClient, key_of
from tests.factories import Company

UPTIME = {
    "key": "availability",
    "name": "Availability",
    "unit": "percent",
    "direction": "higher",
    "aggregation": "mean",
    "category": "technical_performance",
    "core_area": "system_reliability",
    "cadence": "weekly",
}


@pytest.fixture
def api(company: Company) -> ApiClient:
    """The CTO's key."""
    return ApiClient(key_of(company.cto))


@pytest.fixture
def path(api: ApiClient) -> str:
    """The address of a fresh figure, counted as a mean."""
    created = api.post("/kpis/", UPTIME)
    assert created.status_code == 201, created.content
    return f"/kpis/{created.json()['id']}/"


def problems(response: Any) -> list[str]:
    assert response.status_code == 422, response.content
    return [error["field"] for error in response.json()["errors"]]


def test_created_figure_answers_all_its_fields(api: ApiClient) -> None:
    created = api.post("/kpis/", UPTIME).json()
    assert {name: created[name] for name in UPTIME} == UPTIME
    assert created["is_active"] is True
    assert api.get(f"/kpis/{created['id']}/").json() == created


def test_catalogue_is_listed_and_filtered(api: ApiClient) -> None:
    assert len(api.get("/kpis/?limit=200").json()["results"]) == 20
    team = api.get("/kpis/?category=team_development").json()["results"]
    assert {row["key"] for row in team} == {"attrition_rate", "retention", "skill_advancement"}


def test_key_that_is_taken_is_refused(api: ApiClient, path: str) -> None:
    assert problems(api.post("/kpis/", UPTIME)) == ["key"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("key", "Not a slug"), ("unit", "furlong"), ("direction", "up"), ("aggregation", "avg"),
     ("category", "other"), ("core_area", "other"), ("cadence", "often"), ("name", "")],
)  # fmt: skip
def test_word_that_is_none_of_ours_is_refused(api: ApiClient, field: str, value: str) -> None:
    assert problems(api.post("/kpis/", UPTIME | {field: value})) == [field]


def test_other_spellings_of_unit_and_cadence_are_understood(api: ApiClient) -> None:
    created = api.post("/kpis/", UPTIME | {"unit": "%", "cadence": "month"}).json()
    assert (created["unit"], created["cadence"]) == ("percent", "monthly")


def test_change_of_a_stale_version_is_refused(api: ApiClient, path: str) -> None:
    etag = api.get(path)["ETag"]
    assert api.patch(path, {"name": "A"}, If_Match=etag).status_code == 200
    assert api.patch(path, {"name": "B"}, If_Match=etag).status_code == 412


def test_one_measurement_and_its_repeat(api: ApiClient, path: str) -> None:
    body = {"observed_at": "2026-10-05T09:00:00+02:00", "value": 99.95, "series": "eu"}
    first = api.post(f"{path}measurements/", body)
    assert first.status_code == 201
    row = first.json()
    assert (row["observed_at"], row["value"], row["series"], row["source"]) == (
        "2026-10-05T07:00:00Z",
        99.95,
        "eu",
        "api",
    )
    again = api.post(f"{path}measurements/", body)
    assert (again.status_code, again.json()) == (200, row)
    assert [r["id"] for r in api.get(f"{path}measurements/").json()["results"]] == [row["id"]]


def test_list_counts_accepted_duplicates_and_rejected(api: ApiClient, path: str) -> None:
    rows = [
        {"observed_at": "2026-10-05T09:00:00Z", "value": 1, "external_id": "a"},
        {"observed_at": "2026-10-05T10:00:00Z", "value": 2, "external_id": "a"},
        {"observed_at": "2026-10-05T09:00:00Z", "value": 1},
        {"observed_at": "2026-10-05T09:00:00Z", "value": 1},
        {"observed_at": "2026-10-05T09:00:00Z"},
        {"observed_at": "yesterday", "value": "many"},
        7,
    ]
    response = api.post(f"{path}measurements/", rows)
    assert response.status_code == 200
    result = response.json()
    assert (result["accepted"], result["duplicates"]) == (3, 1)
    assert [(r["index"], [e["field"] for e in r["errors"]]) for r in result["rejected"]] == [
        (4, ["value"]),
        (5, ["value", "observed_at"]),
        (6, [""]),
    ]


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"observed_at": None}, "observed_at", "needed"),
        ({"observed_at": "2026-10-05T09:00:00"}, "observed_at", "zone"),
        ({"observed_at": "1969-12-31T23:59:59Z"}, "observed_at", "1970"),
        ({"observed_at": "2999-01-01T00:00:00Z"}, "observed_at", "future"),
        ({"observed_at": 5}, "observed_at", "date and time"),
        ({"value": None}, "value", "needed"),
        ({"value": ""}, "value", "number"),
        ({"value": "1,5"}, "value", "decimal point"),
        ({"value": "NaN"}, "value", "NaN"),
        ({"value": "-Infinity"}, "value", "infinity"),
        ({"value": True}, "value", "number"),
        ({"value": "1_000"}, "value", "number"),
        ({"value": "1" * 21}, "value", "digits"),
        ({"value": "0." + "1" * 19}, "value", "digits"),
        ({"value": "1e5000"}, "value", "digits"),
        ({"weight": -1}, "weight", "negative"),
        ({"numerator": 1, "value": None}, "numerator", "ratios"),
        ({"series": "x" * 121}, "series", "120"),
        ({"series": "a\nb"}, "series", "control"),
        ({"series": 5}, "series", "text"),
        ({"external_id": "x" * 201}, "external_id", "200"),
    ],
)  # fmt: skip
def test_wrong_measurement_is_refused_with_a_clear_word(
    api: ApiClient, path: str, change: dict[str, Any], field: str, words: str
) -> None:
    body = {"observed_at": "2026-10-05T09:00:00Z", "value": 1} | change
    response = api.post(f"{path}measurements/", body)
    assert problems(response) == [field]
    assert words in response.json()["errors"][0]["message"]
    assert api.get(f"{path}measurements/").json()["results"] == []


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"numerator": 1, "denominator": 0}, "denominator"),
        ({"numerator": 1, "denominator": -1}, "denominator"),
        ({"numerator": 1}, "denominator"),
        ({"denominator": 1}, "numerator"),
        ({}, "value"),
        ({"value": 1, "numerator": 1, "denominator": 1}, "value"),
    ],
)
def test_wrong_ratio_is_refused(api: ApiClient, parts: dict[str, Any], field: str) -> None:
    kpi = api.post("/kpis/", UPTIME | {"aggregation": "ratio"}).json()
    body = {"observed_at": "2026-10-05T09:00:00Z"} | parts
    assert problems(api.post(f"/kpis/{kpi['id']}/measurements/", body)) == [field]


def test_more_than_ten_thousand_are_too_many(api: ApiClient, path: str) -> None:
    assert api.post(f"{path}measurements/", [{}] * 10_001).status_code == 413


def test_rollups_wait_for_what_was_just_sent(api: ApiClient, path: str) -> None:
    api.post(
        f"{path}measurements/",
        [
            {"observed_at": "2026-10-05T03:59:59Z", "value": 1},
            {"observed_at": "2026-10-05T04:00:00Z", "value": 2},
            {"observed_at": "2026-10-05T05:00:00Z", "value": "2.5"},
        ],
    )
    assert api.get(f"{path}rollups/?period=day").json() == []
    api.post(f"{path}targets/", {"value": 2, "at_risk_value": 1, "effective_on": "2026-10-05"})
    response = api.get(f"{path}rollups/?period=day&wait=true")
    assert response.status_code == 200
    assert response.json() == [
        {
            "period_start": "2026-10-04",
            "period_end": "2026-10-04",
            "value": 1,
            "n": 1,
            "minimum": 1,
            "maximum": 1,
            "target": None,
            "status": "no_target",
            "complete": True,
            "override_reason": "",
        },
        {
            "period_start": "2026-10-05",
            "period_end": "2026-10-05",
            "value": 2.25,
            "n": 2,
            "minimum": 2,
            "maximum": 2.5,
            "target": 2,
            "status": "on_track",
            "complete": True,
            "override_reason": "",
        },
    ]
    assert len(api.get(f"{path}rollups/?period=month").json()) == 1
    narrowed = api.get(f"{path}rollups/?period=day&from=2026-10-05&to=2026-10-31").json()
    assert [row["period_start"] for row in narrowed] == ["2026-10-05"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("period=hour", "period"),
        ("wait=perhaps", "wait"),
        ("from=today", "from"),
        ("to=2026-13-01", "to"),
        ("from=2026-10-05&to=2026-10-04", "to"),
    ],
)
def test_wrong_rollup_query_is_refused(api: ApiClient, path: str, query: str, field: str) -> None:
    assert problems(api.get(f"{path}rollups/?{query}")) == [field]


def test_deleted_measurement_is_gone_from_the_figure(api: ApiClient, path: str) -> None:
    sent = api.post(
        f"{path}measurements/", {"observed_at": "2026-10-05T09:00:00Z", "value": 1}
    ).json()
    assert len(api.get(f"{path}rollups/?wait=true").json()) == 1
    one = f"{path}measurements/{sent['id']}/"
    assert api.get(one).json() == sent
    assert api.delete(one).status_code == 204
    assert api.delete(one).status_code == 404
    assert api.get(f"{path}rollups/?wait=true").json() == []


def test_measurements_page_newest_first(api: ApiClient, path: str) -> None:
    rows = [{"observed_at": f"2026-10-05T09:00:{s:02}Z", "value": s} for s in range(5)]
    api.post(f"{path}measurements/", rows)
    page = api.get(f"{path}measurements/?limit=2").json()
    assert [row["value"] for row in page["results"]] == [4, 3]
    page = api.get(page["next"]).json()
    assert [row["value"] for row in page["results"]] == [2, 1]


@time_machine.travel("2026-10-15T14:00:00Z")
def test_status_is_set_by_hand_for_the_running_period(
    api: ApiClient, path: str, company: Company
) -> None:
    api.post(f"{path}targets/", {"value": 9, "effective_on": "2026-10-01"})
    now = {"observed_at": "2026-10-15T12:00:00Z", "value": 1}
    assert api.post(f"{path}measurements/", now).status_code == 201
    said = {"status": "at_risk", "reason": "One release is not in yet."}
    made = api.post(f"{path}status-overrides/", said)
    assert made.status_code == 201, made.content
    row = made.json()
    assert (row["period"], row["period_start"]) == ("week", "2026-10-12")  # its cadence's
    assert row["set_by"] == str(company.cto.pk)
    assert api.get(f"{path}status-overrides/").json()["results"] == [row]
    week = api.get(f"{path}rollups/?period=week&wait=true").json()[-1]
    assert (week["status"], week["override_reason"]) == (said["status"], said["reason"])
    month = api.get(f"{path}rollups/?period=month").json()[-1]
    assert (month["status"], month["override_reason"]) == ("off_track", "")
    api.post(f"{path}status-overrides/", said | {"period": "month"})
    assert api.get(f"{path}rollups/?period=month").json()[-1]["status"] == "at_risk"
    for wrong in ({"status": "no_data"}, {"reason": " "}, {"period": "hour"}):
        assert problems(api.post(f"{path}status-overrides/", said | wrong)) == list(wrong)


def test_measurements_are_filtered(api: ApiClient, path: str) -> None:
    times = [f"2026-10-0{day}T10:00:00.000500Z" for day in (1, 2, 3)]
    rows = [{"observed_at": at, "value": "1", "external_id": at[:10]} for at in times]
    assert api.post(f"{path}measurements/", rows).json()["accepted"] == 3

    def days(query: str) -> list[str]:
        found = api.get(f"{path}measurements/?{query}").json()["results"]
        return [row["observed_at"][8:10] for row in found]

    assert days("external_id=2026-10-02") == ["02"]
    assert days(f"observed_after={times[1]}") == ["03", "02"]
    assert days(f"observed_before={times[1]}") == ["01"]
    assert days("observed_before=2026-10-02T10:00:00.0006Z") == ["02", "01"]
    assert days("observed_after=0001-01-01T00:00:00Z&observed_before=1950-01-01T00:00:00Z") == []
    assert days("observed_before=9999-12-31T23:59:59.999999Z") == ["03", "02", "01"]
    refused = api.get(f"{path}measurements/?observed_after=yesterday")
    assert problems(refused) == ["observed_after"]


def test_new_measurement_says_where_it_is(api: ApiClient, path: str) -> None:
    sent = {"observed_at": "2026-10-01T10:00:00Z", "value": "1"}
    created = api.post(f"{path}measurements/", sent)
    assert created["Location"].endswith(f"{path}measurements/{created.json()['id']}/")
    assert api.get(created["Location"]).json() == created.json()


def test_targets_are_listed_newest_first(api: ApiClient, path: str) -> None:
    for value in (1, 2):
        body = {"value": value, "effective_on": "2026-10-05"}
        assert api.post(f"{path}targets/", body).status_code == 201
    rows = api.get(f"{path}targets/").json()["results"]
    assert [(row["value"], row["at_risk_value"]) for row in rows] == [(2, None), (1, None)]


def test_at_risk_value_on_the_good_side_is_refused(api: ApiClient, path: str) -> None:
    body = {"value": 1, "at_risk_value": 2, "effective_on": "2026-10-05"}
    assert problems(api.post(f"{path}targets/", body)) == ["at_risk_value"]


@pytest.mark.parametrize("tail", ["", "measurements/", "rollups/", "targets/"])
def test_foreign_figure_answers_as_one_that_never_was(
    api: ApiClient, other_company: Company, tail: str
) -> None:
    with tenant(other_company.id):
        foreign = Kpi.objects.get(key="uptime").pk
    one, other = api.get(f"/kpis/{foreign}/{tail}"), api.get(f"/kpis/{uuid7()}/{tail}")
    assert one.status_code == other.status_code == 404
    assert one.json() == other.json()


@pytest.mark.parametrize(
    ("role", "create", "target", "measure"),
    [
        ("admin", 201, 201, 201), ("executive", 403, 201, 403), ("cto", 201, 201, 201),
        ("finance", 403, 403, 403), ("board", 403, 403, 403), ("team", 403, 403, 201),
        ("observer", 403, 403, 403),
    ],
)  # fmt: skip
def test_roles(
    company: Company, path: str, role: str, create: int, target: int, measure: int
) -> None:
    api = ApiClient(key_of(company.member(role)))
    assert api.get("/kpis/").status_code == 200
    assert api.post("/kpis/", UPTIME | {"key": role}).status_code == create
    body = {"value": 1, "effective_on": "2026-10-05"}
    assert api.post(f"{path}targets/", body).status_code == target
    body = {"value": 1, "observed_at": "2026-10-05T09:00:00Z"}
    assert api.post(f"{path}measurements/", body).status_code == measure


def test_switched_off_figure_takes_no_measurement(api: ApiClient, path: str) -> None:
    api.patch(path, {"is_active": False})
    body = {"value": 1, "observed_at": "2026-10-05T09:00:00Z"}
    assert api.post(f"{path}measurements/", body).status_code == 409


@pytest.mark.parametrize(
    ("number", "shown"),
    [("1.50", 1.5), ("3", 3), ("3.000", 3), ("0.1", 0.1), ("1E+3", 1000),
     ("12345678901234567890", "12345678901234567890"),
     ("0.123456789012345678", "0.123456789012345678")],
)  # fmt: skip
def test_numbers_are_exact_in_json(number: str, shown: object) -> None:
    assert exact(Decimal(number)) == shown
    assert type(exact(Decimal(number))) is type(shown)


def test_measurement_of_other_figure_is_not_found(
    api: ApiClient, path: str, company: Company
) -> None:
    sent = api.post(
        f"{path}measurements/", {"observed_at": "2026-10-05T09:00:00Z", "value": 1}
    ).json()
    with tenant(company.id):
        other = Kpi.objects.get(key="downtime").pk
        assert Measurement.objects.count() == 1
    assert api.delete(f"/kpis/{other}/measurements/{sent['id']}/").status_code == 404
