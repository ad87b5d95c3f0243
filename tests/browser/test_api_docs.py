"""The API's page: shown by this site alone, under its content security policy."""

from collections.abc import Callable

import pytest
from playwright.sync_api import ConsoleMessage, Request, expect

from tests.browser.site import Site
from tests.factories import make_company

pytestmark = pytest.mark.browser
SLOW = 60_000  # milliseconds: Swagger UI draws some three hundred operations
INVITE = "Invite a person by mail; 409 when they are a member or invited already."


def test_swagger_ui_runs_under_the_policy(site: Site) -> None:
    complaints: list[str] = []
    asked: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    def note_address(request: Request) -> None:
        asked.append(request.url)

    page = site.window()
    page.on("console", note)
    page.on("request", note_address)
    page.goto("/api/v1/docs/try/")
    page.locator("#operations-tag-members").click(timeout=SLOW)
    page.locator("#operations-members-members_create button").first.click()
    expect(page.get_by_text(INVITE)).to_be_visible()
    assert complaints == []
    assert all(url.startswith((site.url, "data:")) for url in asked)


def test_swagger_ui_calls_the_api_in_the_visitors_session(site: Site) -> None:
    company = make_company("northwind")
    page = site.window(company.cto)
    page.goto("/api/v1/docs/try/#/tenant/tenant_retrieve")
    operation = page.locator("#operations-tenant-tenant_retrieve")
    operation.get_by_role("button", name="Try it out").click(timeout=SLOW)
    with page.expect_response("**/api/v1/tenant/") as answer:
        operation.get_by_role("button", name="Execute").click()
    assert answer.value.json()["slug"] == "northwind"


def test_swagger_ui_without_javascript_leads_to_the_description(site: Site) -> None:
    page = site.window(javascript=False)
    page.goto("/api/v1/docs/try/")
    expect(page.get_by_role("link", name="/api/v1/schema/")).to_be_visible()


def test_docs_are_read_by_everybody(site: Site, open_to_all: Callable[..., None]) -> None:
    page = site.window()
    page.goto("/api/v1/docs/")
    page.get_by_text("POST /api/v1/members/", exact=True).click()
    expect(page.get_by_text(INVITE)).to_be_visible()
    open_to_all(page)


def test_docs_are_read_without_javascript_by_members(site: Site) -> None:
    page = site.window(make_company("northwind").cto, javascript=False)
    page.goto("/api/v1/docs/")
    page.get_by_text("PATCH /api/v1/tenant/", exact=True).click()
    expect(page.get_by_role("row", name="fiscal_year_start_month")).to_have_count(2)
