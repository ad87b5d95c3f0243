"""Joining, second factors and passkeys, as people do it: with a mail, a phone, a fingerprint."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from playwright.sync_api import Page, expect

from tenants.isolation import tenant
from tenants.models import Member
from tenants.second_factor import second_factor_require
from tests.browser.site import PHONE, Site
from tests.factories import BOWLINE, PASSWORD, Company, make_company

pytestmark = pytest.mark.browser
Check = Callable[[Page], None]


@pytest.fixture
def northwind(committed_db: None) -> Company:
    return make_company("northwind")


def link_in_mail(to: str) -> str:
    """The invitation's path, once the worker has sent it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for message in mail.outbox:
            if message.to == [to] and (
                found := re.search(r"/accounts/invitation/\S+", message.body)
            ):
                return found[0]
        time.sleep(0.1)
    raise AssertionError(f"no mail to {to}")


def code_now(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def enter(page: Page, email: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.parametrize(("javascript", "theme"), [(True, "dark"), (False, "light")])
def test_admin_invites_and_a_new_person_joins(
    site: Site, northwind: Company, no_violations: Check, javascript: bool, theme: str
) -> None:
    admin = site.window(northwind.admin, javascript=javascript, theme=theme)
    admin.goto("/t/northwind/people/")
    if javascript:
        no_violations(admin)
    admin.get_by_role("link", name="Invite someone").click()
    if javascript:
        no_violations(admin)
    admin.get_by_label("E-mail").fill("nina@holm.example")
    admin.get_by_label("Name").fill("Nina")
    admin.get_by_role("checkbox", name="CTO").check()
    admin.get_by_role("button", name="Send the invitation").click()
    expect(admin.get_by_role("row", name="Nina").get_by_text("Invited")).to_be_visible()

    nina = site.window(javascript=javascript, size=PHONE, theme=theme)
    nina.goto(link_in_mail("nina@holm.example"))
    expect(nina.get_by_role("heading", name="Join Northwind")).to_be_visible()
    if javascript:
        no_violations(nina)
        assert nina.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    nina.get_by_label("Your name").fill("Nina Holm")
    nina.get_by_label("Password").fill("short")
    nina.get_by_role("button", name="Join Northwind").click()
    expect(nina.get_by_text("too short")).to_be_visible()
    nina.get_by_label("Password").fill(PASSWORD)
    nina.get_by_role("button", name="Join Northwind").click()
    expect(nina.get_by_role("heading", level=1, name="Northwind")).to_be_visible()
    nina.goto("/t/northwind/people/")
    expect(nina.get_by_role("row", name="Nina Holm").get_by_text("Here")).to_be_visible()
    if javascript:
        no_violations(nina)
        assert nina.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    admin.goto("/t/northwind/people/")
    admin.get_by_role("link", name="Nina Holm").click()
    admin.get_by_role("checkbox", name=re.compile("^Board")).check()
    admin.get_by_role("button", name="Show what changes").click()
    expect(admin.get_by_role("heading", name="Nina Holm becomes CTO and Board")).to_be_visible()


def test_company_asks_for_a_second_factor_and_a_code_lets_in(
    site: Site, northwind: Company, no_violations: Check
) -> None:
    user = northwind.executive.user
    user.set_password(PASSWORD)
    user.save()
    with tenant(northwind.id):
        second_factor_require(tenant=northwind.tenant, actor=BOWLINE, required=True)
    page = site.window()
    enter(page, user.email)
    expect(page.get_by_role("heading", name="Set up a second factor")).to_be_visible()
    no_violations(page)
    page.get_by_role("link", name="Use an authenticator app").click()
    no_violations(page)
    page.get_by_text("Type the key instead").click()
    secret = page.locator("code.code").inner_text().replace(" ", "")
    page.get_by_role("textbox", name="Code").fill(code_now(secret))
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator(".codes code")).to_have_count(10)
    codes = page.locator(".codes code").all_inner_texts()
    no_violations(page)
    page.get_by_role("link", name="I have kept them. Go on").click()
    expect(page.get_by_role("heading", level=1, name="Northwind")).to_be_visible()

    phone = site.window(size=PHONE, javascript=False)
    enter(phone, user.email)
    phone.get_by_role("textbox", name="Code").fill(codes[3])
    phone.get_by_role("button", name="Sign in", exact=True).click()
    expect(phone.get_by_role("heading", level=1, name="Northwind")).to_be_visible()
    page.goto("/accounts/2fa/")
    expect(page.get_by_text("9 left")).to_be_visible()
    no_violations(page)
    page.goto("/accounts/sessions/")
    no_violations(page)
    page.get_by_role("button", name="Sign out Chrome").click()
    phone.goto("/t/northwind/")
    expect(phone.get_by_role("heading", name="Sign in")).to_be_visible()


def test_passkey_is_added_and_signs_in_alone(
    site: Site, northwind: Company, no_violations: Check
) -> None:
    user = northwind.cto.user
    user.set_password(PASSWORD)
    user.save()
    here = site.url.replace("127.0.0.1", "localhost")
    page = site.window()
    fingerprint(page)
    page.goto(f"{here}/accounts/login/")
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Northwind")).to_be_visible()
    page.goto(f"{here}/accounts/2fa/webauthn/add/")
    no_violations(page)
    page.get_by_label("Name").fill("Laptop")
    page.get_by_role("checkbox", name="Sign in with it alone").check()
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert Authenticator.objects.filter(user=user, type="webauthn").count() == 1
    page.goto(f"{here}/accounts/logout/")
    page.get_by_role("button", name="Sign out", exact=True).click()
    no_violations(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", level=1, name="Northwind")).to_be_visible()
    page.goto(f"{here}/accounts/2fa/")
    expect(page.get_by_text("Laptop")).to_be_visible()


def fingerprint(page: Page) -> Any:
    """A device with a fingerprint reader that always says yes."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return devtools


def test_pages_of_people_and_of_oneself_are_accessible(
    site: Site, northwind: Company, open_to_all: Callable[..., None]
) -> None:
    page = site.window(northwind.admin)
    with tenant(northwind.id):
        cto = Member.objects.get(pk=northwind.cto.pk)
    for path in (
        "roles/",
        "security/",
        "leave/",
        "keys/",
        "keys/new/",
        f"{cto.pk}/",
        f"{cto.pk}/remove/",
    ):
        open_to_all(page, f"/t/northwind/people/{path}")
    for path in ("profile/", "email/", "second-factor/"):
        open_to_all(page, f"/accounts/{path}")
    page.goto("/t/northwind/people/keys/new/")
    page.get_by_label("Name").fill("Laptop")
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_label("Key", exact=True)).to_have_value(re.compile(r"^bl_"))
    open_to_all(page)
