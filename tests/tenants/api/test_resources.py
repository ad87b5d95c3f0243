"""The company, its people, its keys and its audit trail through the API."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from tenants.isolation import tenant
from tenants.models import ApiKey, AuditEvent, Member
from tests.api_client import ApiClient
from tests.factories import Company
from tests.tenants.api.test_authentication import assert_problem

Api = Callable[[Any], ApiClient]


def test_tenant_shows_its_settings(company: Company, api: Api) -> None:
    shown = api(company.observer).get("/tenant/").json()
    assert shown["slug"] == "northwind"
    assert shown["time_zone"] == "America/New_York"
    assert shown["currency"] == "USD"
    assert shown["week_start"] == "monday"
    assert shown["fiscal_year_start_month"] == 1
    assert shown["created_at"].endswith("Z")


def test_tenant_changes_what_is_named_and_leaves_the_rest(company: Company, api: Api) -> None:
    client = api(company.admin)
    before = client.get("/tenant/").json()
    changed = client.patch("/tenant/", {"week_start": "sunday", "slug": "stolen", "id": "x"}).json()
    assert changed == before | {"week_start": "sunday", "updated_at": changed["updated_at"]}
    with tenant(company.id):
        event = AuditEvent.objects.filter(verb="tenant.updated").get()
    assert event.changes == {"week_start": ["monday", "sunday"]}
    assert event.actor_id == company.admin.pk


def test_audit_event_carries_the_id_of_its_request(company: Company, api: Api) -> None:
    client = api(company.admin)
    sent = client.patch("/tenant/", {"name": "New"}, X_Request_Id="request-0001")
    assert sent["X-Request-Id"] == "request-0001"
    found = client.get("/audit-events/?verb=tenant.updated").json()["results"]
    assert [event["request_id"] for event in found] == ["request-0001"]


def test_invited_person_is_a_member_and_listed(company: Company, api: Api) -> None:
    client = api(company.admin)
    body = {"email": "New@Northwind.example", "name": "New Person", "roles": ["team", "board"]}
    response = client.post("/members/", body)
    assert response.status_code == 201
    member = response.json()
    assert member["email"] == "new@northwind.example"
    assert member["name"] == "New Person"
    assert member["roles"] == ["board", "team"]
    assert client.get(f"/members/{member['id']}/").json() == member
    assert member in client.get("/members/").json()["results"]
    with tenant(company.id):
        assert not Member.objects.get(pk=member["id"]).user.has_usable_password()


def test_member_already_there_answers_409_and_a_leaver_returns(company: Company, api: Api) -> None:
    client = api(company.admin)
    body = {"email": company.team.email, "roles": ["board"]}
    assert_problem(client.post("/members/", body), 409)
    assert client.get(f"/members/{company.team.pk}/").json()["roles"] == ["team"]
    assert client.delete(f"/members/{company.team.pk}/").status_code == 204
    returned = client.post("/members/", body)
    assert returned.status_code == 201
    assert returned.json()["id"] == str(company.team.pk)
    assert returned.json()["roles"] == ["board"]


def test_leaver_is_read_by_id_and_by_status_but_not_in_the_list(company: Company, api: Api) -> None:
    client = api(company.admin)
    client.delete(f"/members/{company.team.pk}/")
    left = client.get(f"/members/{company.team.pk}/").json()
    assert left["status"] == "left"
    assert left["left_at"].endswith("Z")
    assert left["id"] not in [m["id"] for m in client.get("/members/").json()["results"]]
    assert client.get("/members/?status=left").json()["results"] == [left]


def test_members_by_role(company: Company, api: Api) -> None:
    found = api(company.cto).get("/members/?role=finance").json()["results"]
    assert [member["id"] for member in found] == [str(company.finance.pk)]
    assert_problem(api(company.cto).get("/members/?role=king"), 422)
    address = company.finance.email.upper()
    assert api(company.cto).get(f"/members/?email={address}").json()["results"] == found


def test_roles_change_at_once_for_the_keys_in_use(company: Company, api: Api) -> None:
    admin, team = api(company.admin), api(company.team)
    assert_problem(team.get("/audit-events/"), 403)
    changed = admin.patch(f"/members/{company.team.pk}/", {"roles": ["observer", "team"]})
    assert changed.json()["roles"] == ["team", "observer"]
    assert team.get("/audit-events/").status_code == 200


def test_last_admin_stays(company: Company, api: Api) -> None:
    client, path = api(company.admin), f"/members/{company.admin.pk}/"
    problem = assert_problem(client.patch(path, {"roles": ["team"]}), 422)
    assert problem["errors"][0]["field"] == "roles"
    assert_problem(client.delete(path), 422)
    assert client.get(path).json()["roles"] == ["admin"]


def test_unknown_or_no_roles_answer_422(company: Company, api: Api) -> None:
    path = f"/members/{company.team.pk}/"
    for roles, field in ((["king"], "roles.0"), ([], "roles"), ("team", "roles"), (None, "roles")):
        problem = assert_problem(api(company.admin).patch(path, {"roles": roles}), 422)
        assert problem["errors"][0]["field"] == field


def test_own_keys_are_made_seen_and_revoked_by_their_member_alone(
    company: Company, api: Api
) -> None:
    cto, team, admin = api(company.cto), api(company.team), api(company.admin)
    made = cto.post("/api-keys/", {"name": "laptop"}).json()
    assert made["member"] == str(company.cto.pk)
    assert made["scopes"] == []
    assert ApiClient(made["key"]).get("/tenant/").status_code == 200
    path = f"/api-keys/{made['id']}/"
    assert "key" not in cto.get(path).json()
    assert_problem(team.get(path), 404)
    assert_problem(team.delete(path), 404)
    listed = [key["id"] for key in team.get("/api-keys/").json()["results"]]
    assert made["id"] not in listed
    assert made["id"] in [key["id"] for key in admin.get("/api-keys/").json()["results"]]
    assert cto.delete(path).status_code == 204
    assert cto.get(path).json()["revoked_at"]
    assert_problem(ApiClient(made["key"]).get("/tenant/"), 401)


def test_service_keys_are_made_by_admins_and_act_by_scope(company: Company, api: Api) -> None:
    body = {"name": "monitor", "scopes": ["member.view"]}
    assert_problem(api(company.cto).post("/api-keys/", body), 403)
    made = api(company.admin).post("/api-keys/", body).json()
    assert made["member"] is None
    service = ApiClient(made["key"])
    assert service.get("/members/").status_code == 200
    assert_problem(service.get("/tenant/"), 403)
    assert_problem(
        api(company.admin).post("/api-keys/", {"name": "x", "scopes": ["all.things"]}), 422
    )


def test_service_key_makes_no_keys_even_with_the_scope_of_own_ones(
    company: Company, api: Api
) -> None:
    body = {"name": "monitor", "scopes": ["api_key.own"]}
    service = ApiClient(api(company.admin).post("/api-keys/", body).json()["key"])
    assert service.get("/api-keys/").json()["results"] == []
    assert_problem(service.post("/api-keys/", {"name": "another"}), 403)
    with tenant(company.id):
        assert not ApiKey.objects.filter(name="another").exists()


def test_key_expires_in_time_to_come_only(company: Company, api: Api) -> None:
    client = api(company.cto)
    tomorrow = (timezone.now() + dt.timedelta(days=1)).isoformat()
    made = client.post("/api-keys/", {"name": "x", "expires_at": tomorrow})
    assert made.json()["expires_at"].endswith("Z")
    for bad in ("2020-01-01T00:00:00Z", "2099-01-01", "2099-01-01T00:00:00", "soon", 5, 1.5):
        problem = assert_problem(client.post("/api-keys/", {"name": "x", "expires_at": bad}), 422)
        assert problem["errors"][0]["field"] == "expires_at"


def test_audit_events_narrow_by_each_filter(company: Company, api: Api) -> None:
    client = api(company.admin)
    changed = client.patch(f"/members/{company.team.pk}/", {"roles": ["board"]})
    assert changed.status_code == 200
    client.patch("/tenant/", {"name": "Other"})

    def verbs(query: str) -> list[str]:
        page = client.get(f"/audit-events/?{query}&limit=200").json()
        return [event["verb"] for event in page["results"]]

    assert verbs(f"actor={company.admin.pk}") == ["tenant.updated", "member.roles_changed"]
    assert verbs(f"target_id={company.team.pk}") == ["member.roles_changed", "member.added"]
    assert set(verbs("target_type=tenant")) == {"tenant.created", "tenant.updated"}
    event = client.get("/audit-events/?verb=member.roles_changed").json()["results"][0]
    assert event["actor"] == str(company.admin.pk)
    assert event["target_id"] == str(company.team.pk)
    assert verbs(f"request_id={event['request_id']}") == ["member.roles_changed"]
    assert event["changes"] == {"roles": [["team"], ["board"]]}
    assert client.get(f"/audit-events/{event['id']}/").json() == event
    instant = event["occurred_at"]
    assert verbs(f"occurred_after={instant}") == ["tenant.updated", "member.roles_changed"]
    assert "member.roles_changed" not in verbs(f"occurred_before={instant}")


def test_new_row_says_where_it_is(company: Company, api: Api) -> None:
    client = api(company.admin)
    body = {"email": "new@northwind.example", "name": "New Person", "roles": ["team"]}
    response = client.post("/members/", body)
    assert response["Location"].endswith(f"/api/v1/members/{response.json()['id']}/")
    assert client.get(response["Location"]).json() == response.json()
