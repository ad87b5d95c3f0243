"""Imports in the API, worked off by real jobs."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kpis.models import Kpi
from tenants.isolation import tenant
from tenants.jobs.drain import drain
from tests.api_client import ApiClient, key_of
from tests.factories import Company, make_company

CONTENT = b"at,ms\n2026-10-05T09:00:00Z,1.5\n2026-10-05T10:00:00Z,x\n2026-10-05T11:00:00Z,2.5\n"
MAPPING = {"observed_at": "at", "value": "ms"}


class Uploader(ApiClient):
    """Sends forms."""

    def upload(self, content: bytes = CONTENT, **fields: Any) -> Any:
        form = {"file": SimpleUploadedFile("probes.csv", content), **fields}
        return self.client.post("/api/v1/imports/", form, headers=self.headers)


@pytest.fixture
def committed(committed_db: None) -> Company:
    return make_company("northwind")


@pytest.fixture
def api(committed: Company) -> Uploader:
    return Uploader(key_of(committed.cto))


@pytest.fixture
def kpi_id(committed: Company) -> str:
    with tenant(committed.id):
        return str(Kpi.objects.get(key="response_time").pk)


def test_upload_is_worked_off_and_reaches_the_rollups(api: Uploader, kpi_id: str) -> None:
    created = api.upload(kpi=kpi_id, mapping=json.dumps(MAPPING))
    assert created.status_code == 201, created.content
    row = created.json()
    assert (row["status"], row["kpi"], row["dry_run"]) == ("queued", kpi_id, False)
    drain(queues=["imports"])
    done = api.get(f"/imports/{row['id']}/").json()
    assert {name: done[name] for name in done if name.startswith("rows_")} == {
        "rows_total": 3,
        "rows_accepted": 2,
        "rows_duplicate": 0,
        "rows_rejected": 1,
        "rows_skipped": 0,
    }
    assert done["status"] == "done"
    assert done["progress_percent"] == 100
    [error] = done["errors"]
    assert (error["row"], error["column"]) == (3, "ms")
    rollups = api.get(f"/kpis/{kpi_id}/rollups/?period=day&wait=true").json()
    assert [(r["period_start"], r["value"], r["n"]) for r in rollups] == [("2026-10-05", 2, 2)]


def test_trial_then_start(api: Uploader, kpi_id: str) -> None:
    row = api.upload(kpi=kpi_id, mapping=json.dumps(MAPPING), dry_run="true").json()
    drain(queues=["imports"])
    assert api.get(f"/imports/{row['id']}/").json()["rows_accepted"] == 2
    assert api.get(f"/kpis/{kpi_id}/measurements/").json()["results"] == []
    assert api.post(f"/imports/{row['id']}/start/", {}).status_code == 200
    drain(queues=["imports"])
    assert len(api.get(f"/kpis/{kpi_id}/measurements/").json()["results"]) == 2
    assert api.post(f"/imports/{row['id']}/start/", {}).status_code == 409
    assert api.post(f"/imports/{row['id']}/cancel/").status_code == 409


def test_cancelled_before_it_ran_stores_nothing(api: Uploader, kpi_id: str) -> None:
    row = api.upload(kpi=kpi_id).json()
    assert row["mapping"] == MAPPING, "guessed"
    assert api.post(f"/imports/{row['id']}/cancel/").json()["status"] == "cancelled"
    drain(queues=["imports"])
    assert api.get(f"/kpis/{kpi_id}/measurements/").json()["results"] == []


@pytest.mark.parametrize(
    ("content", "fields", "field"),
    [
        (CONTENT, {"mapping": '{"observed_at": "zeit", "value": "ms"}'}, "mapping.observed_at"),
        (CONTENT, {"mapping": "{"}, "mapping"),
        (CONTENT, {"mapping": "[1]"}, "mapping"),
        (CONTENT, {"mapping": "{}", "options": '{"numbers": "x"}'}, "options.numbers"),
        (CONTENT, {"kpi": "none"}, "kpi"),
        (b"", {}, "file"),
        (b"PK\x03\x04", {}, "file"),
    ],
)
def test_wrong_form_is_refused_and_leaves_nothing(
    api: Uploader, kpi_id: str, content: bytes, fields: dict[str, str], field: str
) -> None:
    response = api.upload(content, **{"kpi": kpi_id} | fields)
    assert response.status_code == 422, response.content
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert api.get("/imports/").json()["results"] == []


def test_file_over_the_limit_is_413(api: Uploader, kpi_id: str, settings: Any) -> None:
    settings.IMPORT_MAX_BYTES = 20
    assert api.upload(kpi=kpi_id).status_code == 413


def test_json_body_is_415(api: Uploader, kpi_id: str) -> None:
    assert api.post("/imports/", {"kpi": kpi_id}).status_code == 415


def test_same_key_and_file_give_the_first_answer(api: Uploader, kpi_id: str) -> None:
    api.headers["Idempotency-Key"] = "one-file"
    first, again = api.upload(kpi=kpi_id), api.upload(kpi=kpi_id)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert len(api.get("/imports/").json()["results"]) == 1
