"""Writing and reading weekly updates in a real browser."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from engagements.models import Engagement
from reviews import services
from reviews.content import Item
from reviews.models import WeeklyUpdate
from reviews.weeks import WEEK, week_start_of
from tenants.isolation import tenant
from tests.browser.site import Site
from tests.engagements.builders import make_engagement
from tests.factories import Company, make_company
from tests.reviews.builders import FULL, acknowledged, ask, sent, start

pytestmark = pytest.mark.browser


@pytest.fixture
def northwind(site: Site) -> Company:
    return make_company("northwind")


@pytest.fixture
def engagement(northwind: Company) -> Engagement:
    with tenant(northwind.id):
        today = northwind.tenant.today
        return make_engagement(northwind, starts_on=today - 5 * WEEK)


def address(company: Company, tail: str = "", *, weeks_ago: int = 0) -> str:
    week = week_start_of(company.tenant, company.tenant.today) - weeks_ago * WEEK
    return f"/t/northwind/updates/{week}/{tail}"


def stored(company: Company) -> WeeklyUpdate:
    with tenant(company.id):
        update: WeeklyUpdate = WeeklyUpdate.objects.get()
        return update


def test_the_draft_is_saved_and_shown_beside_as_it_is_typed(
    site: Site, northwind: Company, engagement: Engagement
) -> None:
    page = site.window(northwind.cto)
    page.goto(address(northwind, "edit/"))
    expect(page.locator("#draft-status")).to_have_text("Nothing is saved before you write")
    summary = page.get_by_label("What changed this week")
    summary.press_sequentially("Onboarding is ready", delay=20)
    expect(page.locator("#draft-preview .lead")).to_have_text("Onboarding is ready")
    expect(page.locator("#draft-status")).to_contain_text("Draft saved at")
    expect(summary).to_be_focused()
    summary.press_sequentially(" from Monday.", delay=20)
    expect(page.locator("#draft-preview .lead")).to_have_text("Onboarding is ready from Monday.")
    assert stored(northwind).summary == "Onboarding is ready from Monday."


def test_sending_right_after_typing_never_loses_against_its_own_saving(
    site: Site, northwind: Company, engagement: Engagement
) -> None:
    page = site.window(northwind.cto)
    page.goto(address(northwind, "edit/"))
    page.get_by_label("What changed this week").fill("First")
    expect(page.locator("#draft-status")).to_contain_text("Draft saved at")
    page.get_by_label("What changed this week").fill("Last words")
    page.get_by_text("On track", exact=True).click()
    with page.expect_navigation():
        page.get_by_role("button", name="Send to Northwind").click()
    expect(page.get_by_text("Waiting to be acknowledged")).to_be_visible()
    update = stored(northwind)
    assert (update.status, update.summary) == ("submitted", "Last words")


def test_two_windows_on_one_draft_are_told_and_nothing_is_lost(
    site: Site, northwind: Company, engagement: Engagement
) -> None:
    first, second = site.window(northwind.cto), site.window(northwind.cto)
    for page in (first, second):
        page.goto(address(northwind, "edit/"))
    first.get_by_label("What changed this week").fill("From the first window")
    expect(first.locator("#draft-status")).to_contain_text("Draft saved at")
    second.get_by_label("What changed this week").fill("From the second window")
    trouble = second.locator("#draft-trouble")
    expect(trouble).to_contain_text("Cto Northwind changed this draft in the meantime")
    expect(second.get_by_label("What changed this week")).to_have_value("From the second window")
    assert stored(northwind).summary == "From the first window"
    with second.expect_navigation():
        trouble.get_by_role("button", name="Save mine over it").click()
    assert stored(northwind).summary == "From the second window"


def test_without_script_a_letter_is_written_previewed_and_sent(
    site: Site, northwind: Company, engagement: Engagement
) -> None:
    page = site.window(northwind.cto, javascript=False)
    page.goto(address(northwind, "edit/"))
    page.get_by_label("What changed this week").fill("Written without script.")
    page.get_by_role("button", name="Add an ask").click()
    page.get_by_role("textbox", name="Ask 1", exact=True).fill("Vote on the audit")
    page.get_by_role("button", name="Send to Northwind").click()
    expect(page.get_by_role("alert")).to_contain_text("Not sent. Change these 3 things first.")
    page.get_by_label("Of whom 1").select_option(label="Executive Northwind")
    due_on = northwind.tenant.today + WEEK
    page.get_by_label("By 1", exact=True).fill(due_on.isoformat())
    page.get_by_label("Watch").check()
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".letter .lead")).to_have_text("Written without script.")
    page.get_by_role("link", name="Back to the draft").click()
    page.get_by_role("button", name="Send to Northwind").click()
    expect(page.get_by_text("Waiting to be acknowledged")).to_be_visible()
    update = stored(northwind)
    assert (update.status, update.health) == ("submitted", "watch")


def test_every_page_is_open_to_all(
    site: Site,
    northwind: Company,
    engagement: Engagement,
    open_to_all: Callable[..., None],
) -> None:
    def week(ago: int) -> Any:
        return week_start_of(northwind.tenant, northwind.tenant.today) - ago * WEEK

    with tenant(northwind.id):
        soon = northwind.tenant.today + WEEK
        rows = {
            "asks": [ask(northwind.executive, due_on=soon)],
            "blockers": [Item(text="No on-call owner", member=northwind.executive, due_on=soon)],
        }
        old = acknowledged(engagement, northwind, week(2), **rows)
        services.update_comment(update=old, actor=northwind.executive, body="Well done.")
        services.update_amend(
            update=old, actor=northwind.cto, texts={"wins": "Two"}, reason="A wrong number"
        )
        sent(engagement, northwind, week(1), **rows)
        start(engagement, northwind.cto, week(0), **FULL)
    page = site.window(northwind.cto)
    reader = site.window(northwind.executive)
    for window, path in (
        (page, "/t/northwind/updates/"),
        (page, address(northwind, "edit/")),
        (page, address(northwind, "preview/")),
        (page, address(northwind, "amend/", weeks_ago=2)),
        (reader, address(northwind, weeks_ago=2)),
        (reader, address(northwind, weeks_ago=1)),
    ):
        open_to_all(window, path)
