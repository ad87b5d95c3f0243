"""The main path as people walk it: the CTO's Friday, the client's Monday, two clients, no mouse."""

import re
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from reviews.models import WeeklyUpdate
from reviews.weeks import week_start_of
from tenants.isolation import tenant
from tenants.models import Member
from tenants.services import member_add
from tests.browser.site import PHONE, Site, follow
from tests.dashboard.furnished import furnish
from tests.factories import BOWLINE, Company, make_company

pytestmark = pytest.mark.browser


@pytest.fixture
def northwind(committed_db: None) -> Company:
    company = make_company("northwind")
    furnish(company, letter=False)
    return company


def week_path(company: Company, name: str) -> str:
    week = week_start_of(company.tenant, company.tenant.today)
    return reverse(name, kwargs={"slug": company.slug, "week_start": week})


def write_and_send(page: Page, company: Company) -> None:
    page.goto(f"/t/{company.slug}/")
    page.get_by_role("link", name="Write it").click()
    page.get_by_label("What changed this week").fill("Robots join in two days. All is calm.")
    page.get_by_role("textbox", name="Done").fill("Onboarding is live\nBroker is off")
    page.get_by_role("radio", name="On track").check()
    page.get_by_role("button", name="Send to Northwind").click()
    expect(page.get_by_text("Robots join in two days. All is calm.")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_cto_sends_the_update_and_the_client_acknowledges_and_answers(
    site: Site, northwind: Company, javascript: bool
) -> None:
    write_and_send(site.window(northwind.cto, javascript=javascript), northwind)

    page = site.window(northwind.executive, javascript=javascript)
    page.goto(f"/t/{northwind.slug}/")
    expect(page.get_by_text("Robots join in two days. All is calm.")).to_be_visible()
    page.get_by_role("link", name="Read and acknowledge").click()
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("Acknowledged").first).to_be_visible()
    page.get_by_label("Your comment").fill("Show the board, please.")
    page.get_by_role("button", name="Add the comment").click()
    expect(page.get_by_text("Show the board, please.")).to_be_visible()

    with tenant(northwind.id):
        update = WeeklyUpdate.objects.get()
        assert update.status == "acknowledged"
        assert update.comments.get().author_id == northwind.executive.pk


def test_draft_is_saved_as_it_is_typed(site: Site, northwind: Company) -> None:
    page = site.window(northwind.cto)
    page.goto(week_path(northwind, "update_edit"))
    page.get_by_label("What changed this week").press_sequentially("Half a thought", delay=5)
    expect(page.get_by_text("Draft saved at")).to_be_visible()
    again = site.window(northwind.cto)
    again.goto(week_path(northwind, "update_edit"))
    expect(again.get_by_label("What changed this week")).to_have_value("Half a thought")


def test_figures_follow_new_measurements_without_a_reload(site: Site, northwind: Company) -> None:
    from kpis.models import Kpi
    from kpis.services.measurements import measurements_record

    page = site.window(northwind.executive)
    page.clock.install()
    page.goto(f"/t/{northwind.slug}/")
    expect(page.get_by_role("heading", name="Key figures")).to_be_visible()
    with tenant(northwind.id):
        kpi = Kpi.objects.get(key="customer_satisfaction")
        measurements_record(
            kpi=kpi,
            actor=BOWLINE,
            raws=[
                {
                    "observed_at": northwind.tenant.created_at.isoformat(),
                    "numerator": "9",
                    "denominator": "10",
                }
            ],
        )
    follow(page, page.get_by_text("Customer satisfaction (CSAT)"))


def test_switching_between_two_clients(site: Site, northwind: Company) -> None:
    contoso = make_company("contoso", time_zone="Europe/Oslo")
    with tenant(contoso.id):
        there = member_add(email=northwind.cto.email, roles=["cto"], actor=BOWLINE)
        assert there.user_id == northwind.cto.user_id
    page = site.window(northwind.cto)
    page.goto("/")
    expect(page).to_have_title(re.compile("^All clients"))
    page.get_by_role("row", name="Contoso").get_by_role("link", name="Contoso").click()
    expect(page.get_by_role("heading", level=1, name="Contoso")).to_be_visible()
    page.get_by_role("button", name="change client").click()
    page.get_by_role("link", name="Northwind").last.click()
    expect(page.get_by_role("heading", level=1, name="Northwind")).to_be_visible()


def test_everything_is_reached_by_keyboard(site: Site, northwind: Company) -> None:
    page = site.window(northwind.executive)
    page.goto(f"/t/{northwind.slug}/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    reached: set[str] = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent.trim()"))
    assert any("All 20 figures" in text for text in reached)
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_phone_has_the_navigation_in_a_drawer(site: Site, northwind: Company) -> None:
    page = site.window(northwind.executive, size=PHONE)
    page.goto(f"/t/{northwind.slug}/")
    link = page.get_by_role("navigation").get_by_role("link", name="Weekly updates")
    expect(link).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    link.click()
    expect(page.get_by_role("heading", level=1, name="Weekly updates")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_member_removed_while_reading_finds_nothing_at_the_next_click(
    site: Site, northwind: Company
) -> None:
    page = site.window(northwind.board)
    page.goto(f"/t/{northwind.slug}/")
    with tenant(northwind.id):
        remove(northwind.board)
    page.get_by_role("navigation").get_by_role("link", name="Weekly updates").click()
    expect(page.get_by_text("There is nothing here")).to_be_visible()
    expect(page.get_by_text("Robots")).to_have_count(0)


def remove(member: Any) -> None:
    from tenants.services import member_remove

    member_remove(member=Member.objects.get(pk=member.pk), actor=BOWLINE)
