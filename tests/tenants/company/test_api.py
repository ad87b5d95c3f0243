"""The company's settings, holidays, look and status in the API."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tenants.isolation import tenant
from tenants.models import Holiday, Tenant
from tests.api_client import ApiClient
from tests.factories import Company
from tests.tenants.company.test_logos import picture

Api = Callable[[Any], ApiClient]


def test_settings_are_patched_under_their_version(company: Company, api: Api) -> None:
    client = api(company.admin)
    read = client.get("/tenant/")
    assert read.json()["working_days"] == ["monday", "tuesday", "wednesday", "thursday", "friday"]
    assert (read.json()["working_hours_start"], read.json()["working_hours_end"]) == (
        "09:00",
        "17:00",
    )
    changes = {
        "working_days": ["sunday", "monday"],
        "working_hours_end": "00:00",
        "holiday_country": "DE",
        "holiday_subdivision": "BY",
        "update_due_weekday": "thursday",
        "update_due_time": "12:00",
        "brand_color": "#1B5A86",
    }
    answer = client.patch("/tenant/", changes, If_Match=read["ETag"])
    assert answer.status_code == 200, answer.json()
    body = answer.json()
    assert body["working_days"] == ["monday", "sunday"]
    assert body["brand_color"] == "#1b5a86"
    assert {k: body[k] for k in ("holiday_country", "holiday_subdivision")} == {
        "holiday_country": "DE",
        "holiday_subdivision": "BY",
    }
    stale = client.patch("/tenant/", {"name": "X Y"}, If_Match=read["ETag"])
    assert stale.status_code == 412
    refused = client.patch("/tenant/", {"brand_color": "#ff9900"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "brand_color"
    assert "#aa6600" in refused.json()["detail"]
    half = client.patch("/tenant/", {"name": "Not kept", "holiday_country": "XX"})
    assert half.status_code == 422
    assert client.get("/tenant/").json()["name"] == "Northwind", "nothing is half saved"


def test_holidays_are_listed_added_switched_and_removed(company: Company, api: Api) -> None:
    client = api(company.admin)
    client.patch("/tenant/", {"holiday_country": "US"})
    year = dt.datetime.now(dt.UTC).year + 1
    listed = client.get(f"/holidays/?date_from={year}-12-01&date_to={year}-12-31&limit=5").json()
    christmas = next(row for row in listed["results"] if row["date"] == f"{year}-12-25")
    assert (christmas["source"], christmas["country"], christmas["active"]) == ("list", "US", True)
    path = f"/holidays/{christmas['id']}/"
    assert client.delete(path).status_code == 409
    assert client.patch(path, {"name": "Other"}).status_code == 409
    assert client.patch(path, {"active": False}).json()["active"] is False
    added = client.post("/holidays/", {"date": f"{year}-12-21", "name": "Day of the team"})
    assert added.status_code == 201
    again = client.post("/holidays/", {"date": f"{year}-12-21", "name": "Day of the team"})
    assert (again.status_code, again.json()["errors"][0]["field"]) == (422, "date")
    own = f"/holidays/{added.json()['id']}/"
    stale = client.patch(own, {"name": "Y"}, If_Match='"0-0"')
    assert stale.status_code == 412
    assert client.delete(own).status_code == 204
    assert client.get(own).status_code == 404


def test_logo_and_archive(company: Company, api: Api, sign_in: Callable[[Any], Client]) -> None:
    admin = sign_in(company.admin)
    admin.defaults["HTTP_BOWLINE_TENANT"] = "northwind"

    def post(path: str, data: Any, **more: Any) -> Any:
        return admin.post(f"/api/v1{path}", data, **more)

    logo = post("/tenant/logo/", {"file": SimpleUploadedFile("l.png", picture("PNG"))})
    assert logo.status_code == 200, logo.content
    assert logo.json()["logo_url"].startswith("/t/northwind/brand/")
    bad = post("/tenant/logo/", {"file": SimpleUploadedFile("l.png", b"<svg/>")})
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (422, "file")
    key = api(company.admin)
    assert key.delete("/tenant/logo/").status_code == 204
    assert key.post("/tenant/logo/restore/", {}).json()["logo_url"] == logo.json()["logo_url"]
    wrong = key.post("/tenant/archive/", {"confirm": "northwind", "reason": "The work is over"})
    assert wrong.json()["errors"][0]["field"] == "confirm"
    done = key.post("/tenant/archive/", {"confirm": "Northwind", "reason": "The work is over"})
    assert (done.status_code, done.json()["status"]) == (200, "archived")
    assert done.json()["restorable_until"] is not None
    assert key.get("/tenant/").status_code == 401, "keys stop with the company"
    as_json = {"content_type": "application/json"}
    refused = post("/holidays/", {"date": "2027-01-01", "name": "No"}, **as_json)
    assert refused.status_code == 403
    assert "archived" in refused.json()["detail"]
    assert post("/tenant/restore/", {}, **as_json).json()["status"] == "active"
    with tenant(company.id):
        assert Tenant.objects.get().status == "active"
        assert not Holiday.objects.exists()
