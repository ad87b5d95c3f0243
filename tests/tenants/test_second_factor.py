"""Second factors: asked for by a company, sealed at rest, never the last one gone."""

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from allauth.account.internal.flows import login
from allauth.account.internal.userkit import user_id_to_str
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from cryptography.fernet import InvalidToken
from django.test import Client

from tenants import second_factor, services
from tenants.accounts import MFAAdapter
from tenants.errors import Denied, Invalid
from tenants.isolation import tenant
from tenants.models import AuditEvent, Member, Tenant
from tests.factories import BOWLINE, PASSWORD, Company
from tests.tenants.test_sessions import told

SignIn = Callable[[Any], Client]
DASHBOARD = "/t/northwind/"


def give_app(member: Member) -> str:
    """Set an authenticator app up; its secret."""
    secret = generate_totp_secret()
    TOTP.activate(member.user, secret)
    return secret


def code_of(secret: str) -> str:
    counters = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(secret, counters[len(counters) // 2]))


def require(company: Company, **facts: Any) -> None:
    with tenant(company.id):
        second_factor.second_factor_require(
            tenant=company.tenant, actor=facts.pop("actor", BOWLINE), required=True, **facts
        )


def confirmed(client: Client, member: Member) -> Client:
    """The same session, in which the person confirmed themselves a moment ago."""
    session = client.session
    session[login.AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time()}]
    session[login._AUTHENTICATION_METHODS_USER_SESSION_KEY] = user_id_to_str(member.user)
    session.save()
    return client


def verbs(company: Company) -> list[str]:
    with tenant(company.id):
        return [event.verb for event in AuditEvent.objects.order_by("id")]


def test_member_without_one_is_led_to_it_and_back(sign_in: SignIn, company: Company) -> None:
    require(company)
    client = sign_in(company.cto)
    led = client.get("/t/northwind/people/?q=a")
    assert led.status_code == 303
    html = client.get(led["Location"]).content.decode()
    assert "Northwind asks every member for a second factor" in html
    assert client.post("/t/northwind/people/leave/").status_code == 303
    with tenant(company.id):
        assert Member.objects.get(pk=company.cto.pk).status == "active"
    part = client.get(DASHBOARD, headers={"HX-Request": "true"})
    assert part["HX-Redirect"].startswith("/accounts/second-factor/")
    give_app(company.cto)
    assert client.get("/accounts/second-factor/")["Location"] == "/t/northwind/people/?q=a"
    assert client.get(DASHBOARD).status_code == 200


def test_rule_of_one_company_is_not_the_others(
    sign_in: SignIn, company: Company, other_company: Company
) -> None:
    require(company)
    with tenant(other_company.id):
        services.member_add(email=company.cto.email, roles=["cto"], actor=BOWLINE)
    client = sign_in(company.cto)
    assert client.get("/t/contoso/").status_code == 200
    assert client.get(DASHBOARD).status_code == 303


def test_keys_go_on_working_and_sessions_at_the_api_do_not(
    sign_in: SignIn, api: Any, company: Company
) -> None:
    require(company)
    assert api(company.cto).get("/members/me/").status_code == 200
    refused = sign_in(company.cto).get("/api/v1/members/me/")
    assert refused.status_code == 403
    assert "second factor" in refused.json()["detail"]


def test_grace_reminds_until_it_is_over(sign_in: SignIn, company: Company) -> None:
    with time_machine.travel("2026-10-05T09:00Z", tick=False):
        require(company, grace_days=3)
        client = sign_in(company.cto)
        assert "Set up a second factor by" in client.get("/t/northwind/people/").content.decode()
    with time_machine.travel("2026-10-08T08:59Z", tick=False):
        assert client.get("/t/northwind/people/").status_code == 200
    with time_machine.travel("2026-10-08T09:00Z", tick=False):
        assert client.get("/t/northwind/people/").status_code == 303


def test_admin_without_one_cannot_ask_others_for_one(api: Any, company: Company) -> None:
    with pytest.raises(Denied, match="for yourself first"):
        require(company, actor=company.admin)
    assert api(company.admin).patch("/tenant/", {"require_second_factor": True}).status_code == 403
    give_app(company.admin)
    answer = api(company.admin).patch("/tenant/", {"require_second_factor": True})
    assert answer.json()["require_second_factor"] is True
    assert answer.json()["second_factor_from"]
    again = api(company.admin).patch("/tenant/", {"require_second_factor": True})
    assert again.json()["second_factor_from"] == answer.json()["second_factor_from"]
    off = api(company.admin).patch("/tenant/", {"require_second_factor": False, "name": "NW"})
    assert (off.json()["require_second_factor"], off.json()["name"]) == (False, "NW")
    assert [verb for verb in verbs(company) if verb.startswith("tenant.")][-3:] == [
        "tenant.second_factor_required", "tenant.second_factor_optional", "tenant.updated",
    ]  # fmt: skip


def test_service_key_cannot_ask_people_for_one(company: Company) -> None:
    with tenant(company.id):
        key, _ = services.api_key_create(actor=BOWLINE, name="k", scopes=["tenant.manage"])
        with pytest.raises(Denied, match="not a service key"):
            second_factor.second_factor_require(tenant=company.tenant, actor=key, required=True)


def test_odd_grace_is_named(company: Company) -> None:
    with pytest.raises(Invalid) as refused:
        require(company, grace_days=400)
    assert "grace_days" in refused.value.errors


def test_page_switches_it_on_and_lists_who_has_none(sign_in: SignIn, company: Company) -> None:
    give_app(company.admin)
    client = confirmed(sign_in(company.admin), company.admin)
    html = client.get("/t/northwind/people/security/").content.decode()
    assert "6 of 7 have none" in html
    saved = client.post("/t/northwind/people/security/", {"required": "yes", "grace_days": "7"})
    assert saved.status_code == 303
    with tenant(company.id):
        begins = Tenant.objects.get().second_factor_from
    assert begins is not None
    assert dt.timedelta(days=6) < begins - dt.datetime.now(dt.UTC) <= dt.timedelta(days=7)


def test_last_factor_stays_while_a_company_asks_for_it(company: Company) -> None:
    give_app(company.cto)
    app = Authenticator.objects.get(user=company.cto.user)
    assert MFAAdapter().can_delete_authenticator(app)
    require(company)
    assert not MFAAdapter().can_delete_authenticator(app)
    Authenticator.objects.create(user=company.cto.user, type="webauthn", data={})
    assert MFAAdapter().can_delete_authenticator(app)


def test_secrets_are_sealed_at_rest_and_open_with_the_key_alone(company: Company) -> None:
    secret = give_app(company.cto)
    kept = Authenticator.objects.get(user=company.cto.user).data["secret"]
    assert secret not in kept
    assert MFAAdapter().decrypt(kept) == secret
    for other in (secret, "v1:" + kept[3:-4] + "AAAA", ""):
        with pytest.raises(InvalidToken):
            MFAAdapter().decrypt(other)


def sign_in_by_password(client: Client, member: Member) -> Any:
    member.user.set_password(PASSWORD)
    member.user.save()
    member.user.emailaddress_set.update(verified=True, primary=True)
    return client.post("/accounts/login/", {"login": member.email, "password": PASSWORD})


def test_code_of_the_app_is_the_second_step_and_works_once(
    client: Client, company: Company
) -> None:
    secret = give_app(company.cto)
    assert sign_in_by_password(client, company.cto)["Location"] == "/accounts/2fa/authenticate/"
    assert client.get(DASHBOARD).status_code == 302
    html = client.post("/accounts/2fa/authenticate/", {"code": "000000"}).content.decode()
    assert "not correct" in html
    assert "member.second_factor_failed" in verbs(company)
    code = code_of(secret)
    assert client.post("/accounts/2fa/authenticate/", {"code": code})["Location"] == "/"
    assert client.get(DASHBOARD).status_code == 200
    again = Client()
    sign_in_by_password(again, company.cto)
    assert again.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 200


def test_codes_are_guessed_only_so_often(client: Client, company: Company) -> None:
    give_app(company.cto)
    sign_in_by_password(client, company.cto)
    for n in range(6):
        html = client.post("/accounts/2fa/authenticate/", {"code": f"00000{n}"}).content.decode()
    assert "Too many attempts" in html


def test_setting_up_and_removing_tell_the_person_and_the_trail(
    client: Client, company: Company, django_capture_on_commit_callbacks: Any
) -> None:
    sign_in_by_password(client, company.cto)
    client.get("/accounts/2fa/totp/activate/")
    secret = client.session["mfa.totp.secret"]
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert done["Location"] == "/accounts/2fa/recovery-codes/"
    html = client.get(done["Location"]).content.decode()
    assert html.count("<li><code>") == 10
    assert told(company)[-1].subject == "Authenticator app set up"
    assert client.post("/accounts/2fa/totp/deactivate/")["Location"] == "/accounts/2fa/"
    assert told(company)[-1].subject == "Authenticator app removed"
    assert {"member.second_factor_added", "member.second_factor_removed"} <= set(verbs(company))
