"""The charter and its sibling pages in a real browser: on paper, accessible."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from engagements import services
from tenants.isolation import tenant
from tests.browser.site import PHONE, Site
from tests.engagements.boundary_builders import published
from tests.engagements.builders import make_engagement
from tests.factories import Company, make_company

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BASE = "/t/northwind/engagement/working/"
PAGES = ["", "print/", "changes/", "away/", "plan/", "plan/new/", "people/", "tools/", "tools/new/"]


@pytest.fixture
def northwind(site: Site) -> Company:
    """Two versions of a charter and two people on the map, committed."""
    company = make_company("northwind")
    with tenant(company.id):
        engagement = make_engagement(company)
        published(engagement, company)
        published(engagement, company, clauses={"coverage": "Jonas covers."})
        for support, name in ((2, "Tom Becker"), (4, "Ann Bell")):
            services.stakeholder_add(
                engagement=engagement, actor=company.cto, name=name, support=support
            )
    return company


def test_paper_has_the_clauses_and_no_buttons(site: Site, northwind: Company) -> None:
    page = site.window(northwind.board)
    page.goto(f"{BASE}print/")
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="8. Coverage for off-periods")).to_be_visible()
    expect(page.locator(".side")).to_be_hidden()
    expect(page.locator(".noprint")).to_be_hidden()


def test_pages_have_no_accessibility_violations(
    site: Site,
    northwind: Company,
    open_to_all: Callable[..., None],
) -> None:
    page = site.window(northwind.cto)
    page.goto(BASE)
    page.get_by_role("button", name="Draft the next version").click()
    for address in [*PAGES, "edit/"]:
        open_to_all(page, BASE + address)


def test_charter_is_drafted_previewed_published_acknowledged_and_compared(
    site: Site, no_violations: Callable[[Page], None]
) -> None:
    company = make_company("northwind")
    with tenant(company.id):
        make_engagement(company)
    cto = site.window(company.cto)
    cto.goto(BASE)
    cto.get_by_role("button", name="Start from the template").click()
    coverage = cto.get_by_label("What was agreed").nth(7)
    coverage.fill("Somebody always covers.")
    cto.get_by_role("button", name="Preview").click()
    expect(cto.locator("#preview")).to_contain_text("Somebody always covers.")
    cto.get_by_label("Urgent", exact=True).fill("0")
    cto.get_by_role("button", name="Save the draft").click()
    expect(cto.locator(".err").first).to_be_visible()
    expect(coverage).to_have_value("Somebody always covers.")  # nothing typed is lost
    cto.get_by_label("Urgent", exact=True).fill("2")
    cto.get_by_role("button", name="Save the draft").click()
    expect(cto.get_by_role("button", name="Publish")).to_have_count(0)

    client = site.window(company.executive)
    client.goto(BASE)
    client.get_by_role("link", name="Continue the draft").click()
    client.get_by_role("button", name="Publish version 1").click()
    expect(client.get_by_text("In force", exact=True).first).to_be_visible()
    no_violations(client)

    team = site.window(company.team, theme="dark", size=PHONE)
    team.goto("/t/northwind/")
    team.get_by_role("link", name="Acknowledge the charter, version 1").click()
    team.get_by_role("button", name="Acknowledge version 1").click()
    expect(team.get_by_text("You acknowledged it")).to_be_visible()
    no_violations(team)
    team.goto("/t/northwind/")
    expect(team.get_by_text("Acknowledge the charter")).to_have_count(0)

    cto.goto(BASE)
    cto.get_by_role("button", name="Draft the next version").click()
    coverage.fill("Somebody nearly always covers.")
    cto.get_by_role("button", name="Save the draft").click()
    cto.goto(f"{BASE}changes/")
    expect(cto.locator("ins", has_text="nearly")).to_be_visible()
    no_violations(cto)
