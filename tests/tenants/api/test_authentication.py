"""Who may come in: keys in every state, browser sessions, suspended and archived companies."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from tenants.isolation import tenant
from tenants.models import ApiKey, Tenant
from tenants.services import api_key_revoke, member_add, member_remove
from tests.api_client import BASE, ApiClient, key_of, service_key
from tests.factories import BOWLINE, Company

Api = Callable[[Any], ApiClient]


def assert_problem(response: Any, status: int) -> dict[str, Any]:
    """The response is problem+json of this status; answers its body."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert {"type", "title", "detail"} <= body.keys()
    return body


def assert_unauthorized(response: Any) -> None:
    assert_problem(response, 401)
    assert response["WWW-Authenticate"] == "Bearer"


def test_key_acts_as_its_member_in_its_tenant(company: Company, api: Api) -> None:
    response = api(company.cto).get("/tenant/")
    assert response.status_code == 200
    assert response.json()["slug"] == company.slug


def test_without_key_is_asked_for_one(company: Company) -> None:
    assert_unauthorized(ApiClient().get("/tenant/"))


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer nonsense",
        "Bearer bl_000000000000." + "A" * 43,
        "Bearer bl_\x00",
        "Basic dXNlcjpwYXNz",
        "Bearer é",
        "Bearer " + "x" * 5000,
    ],
)
def test_wrong_authorization_header_is_refused(company: Company, header: str) -> None:
    assert_unauthorized(Client().get(f"{BASE}/tenant/", headers={"Authorization": header}))


def test_wrong_secret_behind_right_prefix_is_refused(company: Company) -> None:
    prefix, _, secret = key_of(company.cto).partition(".")
    flipped = ("A" if secret[0] != "A" else "B") + secret[1:]
    assert_unauthorized(ApiClient(f"{prefix}.{flipped}").get("/tenant/"))
    assert ApiClient(f"{prefix}.{secret}").get("/tenant/").status_code == 200


def test_revoked_key_is_refused(company: Company) -> None:
    key = key_of(company.cto)
    with tenant(company.id):
        api_key_revoke(key=ApiKey.objects.get(), actor=BOWLINE)
    assert_unauthorized(ApiClient(key).get("/tenant/"))


def test_expired_key_is_refused_from_its_second_on(company: Company) -> None:
    key = key_of(company.cto)
    with tenant(company.id):
        ApiKey.objects.update(expires_at=timezone.now() + dt.timedelta(hours=1))
    assert ApiClient(key).get("/tenant/").status_code == 200
    with time_machine.travel(timezone.now() + dt.timedelta(hours=1, seconds=1), tick=False):
        assert_unauthorized(ApiClient(key).get("/tenant/"))


def test_key_of_a_removed_member_is_refused_also_after_they_return(company: Company) -> None:
    key = key_of(company.cto)
    with tenant(company.id):
        member_remove(member=company.cto, actor=BOWLINE)
    assert_unauthorized(ApiClient(key).get("/tenant/"))
    with tenant(company.id):
        member_add(email=company.cto.email, roles=["cto"], actor=BOWLINE)
    assert_unauthorized(ApiClient(key).get("/tenant/"))


def test_bad_key_beside_a_good_session_is_refused(
    company: Company, sign_in: Callable[[Any], Client]
) -> None:
    client = sign_in(company.cto)
    assert client.get(f"{BASE}/tenant/").status_code == 200
    assert_unauthorized(client.get(f"{BASE}/tenant/", headers={"Authorization": "Bearer x"}))


def test_suspended_company_is_read_only(company: Company, api: Api) -> None:
    admin = api(company.admin)
    with tenant(company.id):
        Tenant.objects.update(status=Tenant.Status.SUSPENDED)
    assert admin.get("/members/").status_code == 200
    problem = assert_problem(admin.patch("/tenant/", {"name": "X"}), 403)
    assert "suspended" in problem["detail"]


def test_archived_company_refuses_its_keys_and_sessions(
    company: Company, api: Api, sign_in: Callable[[Any], Client]
) -> None:
    admin, browser = api(company.admin), sign_in(company.admin)
    with tenant(company.id):
        Tenant.objects.update(status=Tenant.Status.ARCHIVED)
    assert_unauthorized(admin.get("/tenant/"))
    assert_unauthorized(browser.get(f"{BASE}/tenant/"))


def test_service_key_may_what_its_scopes_name(company: Company) -> None:
    reader = ApiClient(service_key(company.id, "member.view"))
    assert reader.get("/members/").status_code == 200
    assert_problem(reader.get("/audit-events/"), 403)
    assert_problem(reader.post("/members/", {"email": "x@y.example", "roles": ["cto"]}), 403)


def test_session_of_one_company_needs_no_header(
    company: Company, sign_in: Callable[[Any], Client]
) -> None:
    response = sign_in(company.cto).get(f"{BASE}/tenant/")
    assert response.json()["slug"] == company.slug
    assert response["Cache-Control"] == "private, no-store"
    assert {"Authorization", "Cookie"} <= set(response["Vary"].split(", "))


def test_session_of_two_companies_names_one(
    company: Company, other_company: Company, sign_in: Callable[[Any], Client]
) -> None:
    with tenant(other_company.id):
        member_add(email=company.cto.email, roles=["cto"], actor=BOWLINE)
    browser = sign_in(company.cto)
    assert_unauthorized(browser.get(f"{BASE}/tenant/"))
    for each in (company, other_company):
        answer = browser.get(f"{BASE}/tenant/", headers={"Bowline-Tenant": each.slug})
        assert answer.json()["slug"] == each.slug


def test_session_naming_a_strange_company_gets_the_404_of_one_that_never_was(
    company: Company, other_company: Company, sign_in: Callable[[Any], Client]
) -> None:
    browser = sign_in(company.cto)
    answers = [
        browser.get(f"{BASE}/tenant/", headers={"Bowline-Tenant": slug})
        for slug in (other_company.slug, "never-was")
    ]
    assert_problem(answers[0], 404)
    assert answers[0].content == answers[1].content


def test_session_writes_need_the_csrf_token(company: Company) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(
        company.admin.user, backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    body = {"name": "Renamed"}
    assert_problem(browser.patch(f"{BASE}/tenant/", body, content_type="application/json"), 403)
    token = "a" * 32
    browser.cookies["csrftoken"] = token
    accepted = browser.patch(
        f"{BASE}/tenant/", body, content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert accepted.status_code == 200, accepted.content


def test_last_use_is_noted_at_most_once_a_minute(company: Company) -> None:
    client = ApiClient(key_of(company.cto))

    def last_used() -> dt.datetime:
        with tenant(company.id):
            return ApiKey.objects.get().last_used_at

    with time_machine.travel("2026-10-05T09:00:00Z", tick=False) as clock:
        client.get("/tenant/")
        assert last_used() == dt.datetime(2026, 10, 5, 9, tzinfo=dt.UTC)
        clock.shift(59)
        client.get("/tenant/")
        assert last_used() == dt.datetime(2026, 10, 5, 9, tzinfo=dt.UTC)
        clock.shift(1)
        client.get("/members/?limit=0")  # a refused call is a use too
        assert last_used() == dt.datetime(2026, 10, 5, 9, 1, tzinfo=dt.UTC)


def test_description_is_open_to_all(company: Company) -> None:
    assert Client().get(f"{BASE}/schema/").json()["openapi"].startswith("3.1")
    assert Client().get(f"{BASE}/docs/").status_code == 200
