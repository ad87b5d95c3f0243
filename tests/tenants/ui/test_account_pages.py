"""Signing in and what belongs to it, in the product's own pages and words."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from tenants.ui import navigation
from tests.factories import PASSWORD, Company

PAGES = {
    "/accounts/login/": "Sign in",
    "/accounts/password/reset/": "Set a new password",
    "/accounts/password/reset/done/": "Look at your mail",
    "/accounts/password/reset/key/1-abc/": "This link no longer works",
    "/accounts/password/reset/key/done/": "Your password is changed",
    "/accounts/confirm-email/": "Look at your mail",
    "/accounts/confirm-email/unknown/": "Confirm your e-mail address",
    "/accounts/inactive/": "This login is switched off",
    "/accounts/signup/": "Logins are by invitation",
    "/accounts/invitation/unknown/": "This invitation does not work",
}
SIGNED_IN_PAGES = {
    "/accounts/password/change/": "Change your password",
    "/accounts/email/": "Your e-mail addresses",
    "/accounts/logout/": "Sign out?",
    "/accounts/reauthenticate/": "Confirm that it is you",
    "/accounts/profile/": "Your settings",
    "/accounts/2fa/": "Sign-in and security",
    "/accounts/2fa/totp/activate/": "Set up the authenticator app",
    "/accounts/2fa/webauthn/": "Your passkeys",
    "/accounts/2fa/webauthn/add/": "Add a passkey",
    "/accounts/sessions/": "Signed in at",
    "/accounts/second-factor/": "Set up a second factor",
}


@pytest.fixture
def email(company: Company, monkeypatch: pytest.MonkeyPatch) -> str:
    """The confirmed address of someone with a password, while no app has pages."""
    monkeypatch.setattr(navigation, "NAV", [])
    user = company.cto.user
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    return user.email


@pytest.mark.parametrize(("path", "heading"), PAGES.items())
def test_account_page_visitor_gets_our_page(
    client: Client, company: Company, path: str, heading: str
) -> None:
    html = client.get(path, follow=True).content.decode()
    assert f">{heading}</h1>" in html
    assert html.count("<h1") == 1


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("127.0.0.1:8000", "localhost:8000"),
        ("[::1]:8000", "localhost:8000"),
        ("192.0.2.7", "a name, such as"),
        ("localhost:8000", ""),
    ],
)
def test_passkeys_at_a_bare_number_say_where_to_go(
    company: Company, settings: Any, host: str, named: str
) -> None:
    settings.BASE_URL, settings.ALLOWED_HOSTS = f"http://{host}", ["*"]
    client = Client(headers={"host": host})
    client.force_login(
        company.cto.user, backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    html = client.get("/accounts/2fa/").content.decode()
    assert ("Add a passkey" in html) == (not named)
    assert (f"Open it as {named}" in html) == bool(named)


@pytest.mark.parametrize(("path", "heading"), SIGNED_IN_PAGES.items())
def test_account_page_signed_in_gets_our_page(
    client: Client, email: str, path: str, heading: str
) -> None:
    client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    html = client.get(path, follow=True).content.decode()
    assert f">{heading}</h1>" in html
    assert 'id="side"' in html


def test_login_wrong_password_keeps_the_address_and_says_so(client: Client, email: str) -> None:
    response = client.post("/accounts/login/", {"login": email, "password": "not this one"})
    html = response.content.decode()
    assert f'value="{email}"' in html
    assert 'class="err"' in html
    assert "not this one" not in html


def test_login_and_logout_say_only_what_the_page_does_not(client: Client, email: str) -> None:
    client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    html = client.get("/accounts/email/").content.decode()
    assert 'class="toast"' not in html
    html = client.post("/accounts/logout/", follow=True).content.decode()
    assert "You are signed out." in html
