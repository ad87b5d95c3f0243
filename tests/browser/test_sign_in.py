"""Signing in and out, as people do it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.site import Site
from tests.factories import PASSWORD, make_company

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("javascript", [True, False])
def test_sign_in_with_password_reaches_the_dashboard(site: Site, javascript: bool) -> None:
    user = make_company("northwind").executive.user
    user.set_password(PASSWORD)
    user.save()
    page = site.window(javascript=javascript)
    page.goto("/t/northwind/")
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Northwind")).to_be_visible()
    page.get_by_role("button", name=user.name).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_wrong_password_says_so_and_keeps_the_address(site: Site) -> None:
    user = make_company("northwind").executive.user
    page = site.window()
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password", exact=True).fill("not the password at all")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("are not correct")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value(user.email)


def test_pages_of_visitors_are_open_to_all(site: Site, open_to_all: Callable[..., None]) -> None:
    page = site.window()
    open_to_all(page, "/accounts/login/")
    open_to_all(page, "/accounts/password/reset/")
    open_to_all(page, "/nothing/", status=404)
