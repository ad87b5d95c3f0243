"""The audit trail in a real browser: both themes, a phone, filters with and without JavaScript."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tenants import audit, services
from tenants.isolation import tenant
from tests.browser.site import Site
from tests.factories import BOWLINE, Company, make_company

pytestmark = pytest.mark.browser


def company_with_a_trail() -> Company:
    company = make_company("northwind")
    with tenant(company.id):
        services.member_set_roles(member=company.team, actor=company.admin, roles=["team", "board"])
        services.api_key_create(actor=company.cto, name="Laptop", member=company.cto)
        services.tenant_update(
            tenant=company.tenant, actor=company.admin, changes={"time_zone": "Europe/London"}
        )
        audit.record(
            actor=company.finance, verb="access.denied", changes={"path": "/t/northwind/audit/"}
        )
        for number in range(60):
            audit.record(actor=BOWLINE, verb="figures.imported", changes={"rows": number})
    return company


def test_trail_has_no_violations_and_fits(site: Site, open_to_all: Callable[..., None]) -> None:
    company = company_with_a_trail()
    page = site.window(company.admin)
    for address in ("", "?person=" + str(company.admin.pk), "?record=nothing", "?to_on=never"):
        page.goto(f"/t/{company.slug}/audit/{address}")
        expect(page.get_by_role("heading", name="Audit")).to_be_visible()
        open_to_all(page)


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])
def test_filter_and_older_events(site: Site, javascript: bool) -> None:
    company = company_with_a_trail()
    page = site.window(company.observer, javascript=javascript)
    page.goto(f"/t/{company.slug}/audit/")
    page.get_by_role("link", name="Older").click()
    expect(page.get_by_text("Bowline: Tenant created")).to_be_visible()
    page.get_by_role("link", name="Newer").click()
    page.get_by_label("Person").select_option(label=company.cto.name)
    page.get_by_role("button", name="Filter").click()
    trail = page.get_by_role("region", name="Events that match")
    expect(trail.get_by_text("API key created")).to_be_visible()
    expect(trail.get_by_text("Figures imported")).to_have_count(0)
