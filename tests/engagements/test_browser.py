"""The engagement's pages in a real browser: keyboard alone, without JavaScript, accessible."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from engagements import services
from engagements.models import Engagement, TimeEntry
from tenants.isolation import tenant
from tests.browser.site import Site
from tests.engagements.builders import D, add_terms, log, make_engagement
from tests.factories import Company, make_company

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BASE = "/t/northwind/engagement/"
MONDAY = D(2026, 10, 12)


@pytest.fixture
def northwind(site: Site) -> Company:
    """A company whose rows are committed, so that the server sees them."""
    return make_company("northwind")


@pytest.fixture
def running(northwind: Company) -> Engagement:
    with tenant(northwind.id):
        engagement = make_engagement(northwind)
        add_terms(engagement, northwind)
        log(engagement, northwind, MONDAY, 90, note="Board call", initiative="Onboarding")
        services.week_lock(engagement=engagement, actor=northwind.cto, week_start=D(2026, 9, 21))
        return engagement


def test_time_is_logged_with_the_keyboard_alone(
    site: Site, northwind: Company, running: Engagement
) -> None:
    page = site.window(northwind.cto)
    page.goto(f"{BASE}time/")
    page.get_by_label("Hours", exact=True).focus()
    page.keyboard.type("1:15")
    page.keyboard.press("Tab")
    page.keyboard.press("D")  # Delivery
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("Cache in front")
    page.keyboard.press("Enter")
    expect(page.get_by_role("rowheader", name="Cache in front")).to_be_visible()
    expect(page.get_by_label("Hours", exact=True)).to_be_focused()  # for the next entry
    expect(page.get_by_label("Hours", exact=True)).to_have_value("")
    with tenant(northwind.id):
        entry = TimeEntry.objects.get(note="Cache in front")
    assert (entry.minutes, entry.category) == (75, "delivery")
    page.keyboard.type("lots")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Give hours such as 1.5, 1:30 or 90 min.")).to_be_visible()
    expect(page.get_by_label("Hours", exact=True)).to_have_value("lots")


def test_time_is_logged_changed_and_deleted_without_javascript(
    site: Site, northwind: Company, running: Engagement
) -> None:
    page = site.window(northwind.cto, javascript=False)
    page.goto(f"{BASE}time/")
    page.get_by_label("Hours", exact=True).fill("2")
    page.get_by_label("Note").fill("Plan")
    page.get_by_role("button", name="Log time").click()
    page.get_by_role("link", name="Edit Plan").click()
    page.get_by_label("Hours").fill("2.5")
    page.get_by_role("button", name="Save the entry").click()
    expect(page.get_by_role("row", name="Plan")).to_contain_text("2.5")
    page.get_by_role("button", name="Delete Plan").click()
    expect(page.get_by_role("row", name="Plan")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("row", name="Plan")).to_contain_text("2.5")
    page.get_by_role("button", name="Delete Plan").click()
    page.get_by_role("button", name="Start the timer").click()
    expect(page.get_by_role("button", name="Stop and log")).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Stop and log").click()
    expect(page.get_by_text("rounded to 1 min").first).to_be_visible()
    with tenant(northwind.id):
        assert set(TimeEntry.objects.values_list("note", "minutes")) == {
            ("Board call", 90),
            ("", 1),
        }


def test_terms_show_the_difference_before_they_are_added(
    site: Site, northwind: Company, running: Engagement
) -> None:
    page = site.window(northwind.executive)
    page.goto(BASE)
    page.get_by_role("link", name="Record agreed terms").click()
    page.get_by_label("Hours a month").fill("60")
    page.get_by_label("Fee a month").fill("11400")
    page.get_by_role("button", name="Show the difference").click()
    expect(page.locator("#comparison")).to_contain_text("+20")
    expect(page.locator("#comparison")).to_contain_text("$136,800")
    page.get_by_role("button", name="Add the terms").click()
    expect(page.get_by_role("cell", name="$11,400")).to_be_visible()


def test_pages_have_no_accessibility_violations(
    site: Site,
    northwind: Company,
    running: Engagement,
    open_to_all: Callable[..., None],
) -> None:
    with tenant(northwind.id):
        entry = TimeEntry.objects.get()
    visits = [
        (northwind.executive, ""),
        (northwind.executive, "new/"),
        (northwind.executive, f"{running.pk}/edit/"),
        (northwind.executive, f"{running.pk}/terms/new/"),
        (northwind.cto, "time/"),
        (northwind.cto, f"time/{entry.pk}/edit/"),
        (northwind.cto, f"time/{entry.pk}/delete/"),
        (northwind.admin, "time/?week=2026-09-21"),
    ]
    windows = {member.pk: site.window(member) for member, _ in visits}
    for member, address in visits:
        open_to_all(windows[member.pk], BASE + address)
