"""The settings of a company that was made a moment ago, in a real browser."""

import re
from collections.abc import Callable

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from tenants import doors
from tenants.calendars import public
from tenants.isolation import tenant
from tenants.models import Member
from tenants.services import member_add
from tests.browser.site import Site
from tests.factories import BOWLINE

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HOME = "/t/fresh-foods/"


@pytest.fixture
def admin(site: Site) -> Member:
    """The first admin of a company that was made a moment ago, and its CTO."""
    public.subdivisions("DE")  # the rules of all countries are loaded once a process
    call_command(
        "create_tenant",
        name="Fresh Foods",
        slug="fresh-foods",
        time_zone="Europe/Berlin",
        currency="EUR",
        admin_email="ada@fresh.example",
        admin_name="Ada Fresh",
        verbosity=0,
    )
    tenant_id = doors.tenant_id_of("fresh-foods")
    assert tenant_id is not None
    with tenant(tenant_id):
        member_add(email="cleo@fresh.example", name="Cleo Tech", roles=["cto"], actor=BOWLINE)
        return Member.objects.select_related("user").get(roles=["admin"])


def test_new_company_is_led_to_a_working_dashboard(
    site: Site, admin: Member, no_violations: Callable[[Page], None]
) -> None:
    page = site.window(admin)
    page.goto("/")
    expect(page).to_have_url(f"{site.url}{HOME}")
    expect(page.get_by_role("heading", name="Set up Fresh Foods")).to_be_visible()
    no_violations(page)

    page.get_by_role("link", name="Choose holidays").click()
    expect(page.get_by_label("Country")).to_have_value("DE")
    page.get_by_role("button", name="Keep this list").click()
    expect(page.get_by_text("You keep the list of Germany.")).to_be_visible()

    page.goto(HOME)
    page.get_by_role("link", name="Start the engagement").click()
    page.get_by_label("Title").fill("Fractional CTO")
    page.get_by_label("CTO", exact=True).select_option(label="Cleo Tech")
    page.get_by_role("button", name="Create the engagement").click()
    expect(page.get_by_text("Engagement created.")).to_be_visible()

    page.goto(HOME)  # the step that comes next stands open
    page.get_by_role("link", name="Agree on the retainer").click()
    page.get_by_label("Hours a month").fill("40")
    page.get_by_label("Fee a month").fill("8000")
    page.get_by_role("button", name="Add the terms").click()
    expect(page.get_by_text("Terms added.")).to_be_visible()

    page.goto(HOME)
    expect(page.get_by_role("checkbox", name="Average response time", exact=True)).to_be_checked()
    page.get_by_role("button", name="Save the figures").click()
    expect(page.get_by_text("figures in use.")).to_be_visible()

    page.get_by_role("link", name="Check the tiers").click()
    expect(page.get_by_role("heading", name="Approval tiers").first).to_be_visible()
    page.goto(HOME)
    page.get_by_role("button", name="Keep the default tiers").click()
    expect(page.get_by_text("It stays as it is.")).to_be_visible()
    page.get_by_role("button", name="Undo: Check the approval tiers").click()
    expect(page.get_by_text("It stays as it is.")).to_have_count(0)
    page.get_by_role("button", name="Keep the default tiers").click()

    page.get_by_role("link", name="Choose the deadline").click()
    page.get_by_role("button", name="Save hours").click()
    expect(page.get_by_text("Saved.")).to_be_visible()

    page.goto("/t/fresh-foods/kpis/uptime/target/")
    page.get_by_label("Target").first.fill("99.9")
    page.locator("form button.primary").first.click()
    expect(page).not_to_have_url(re.compile("/target/"))
    page.goto("/t/fresh-foods/kpis/response_time/measurement/")
    page.get_by_label("Value").fill("412")
    page.locator("form button.primary").first.click()
    expect(page).not_to_have_url(re.compile("/measurement/"))

    page.goto(f"{HOME}setup/")
    expect(page.get_by_text("All done. The dashboard fills itself from here.")).to_be_visible()
    page.goto(HOME)
    expect(page.get_by_role("heading", name="Fresh Foods", level=1)).to_be_visible()
    expect(page.get_by_role("heading", name="Set up Fresh Foods")).to_have_count(0)


def test_settings_have_no_barriers(
    site: Site, admin: Member, open_to_all: Callable[..., None]
) -> None:
    page = site.window(admin)
    for path in ("", "general/", "hours/", "holidays/", "branding/", "status/"):
        open_to_all(page, f"{HOME}settings/{path}")
