"""The inbox, its choices and the handover in a real browser: both themes, a phone, live, no JS."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from engagements.models import Engagement
from engagements.services import handover_build, handover_continue
from tenants import services as people
from tenants.isolation import tenant
from tenants.notifications.links import link_to
from tenants.notifications.services import notify
from tests.browser.site import Site
from tests.engagements.builders import add_terms, make_engagement
from tests.factories import BOWLINE, Company, make_company

pytestmark = pytest.mark.browser
TOLD = (
    ("update.submitted", "Marcus Okafor sent the weekly update, week 42", "Onboarding is ready."),
    ("update.commented", "Elena Vasquez commented on the weekly update, week 41", "Thank you."),
    ("import.finished", "Import of response-times.csv is finished", "12,400 rows taken in."),
    ("handover.ready", "The handover pack of Fractional CTO is ready", "Completeness 64 of 100."),
)


def told(company: Company) -> Engagement:
    """An executive with four notifications, two of them of a moment ago."""
    with tenant(company.id):
        engagement = make_engagement(company)
        add_terms(engagement, company)
        for kind, title, body in TOLD:
            notify(to=[company.executive], kind=kind, title=title, body=body, link="engagement/")
        return engagement


def shoot(page: Page, name: str, theme: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=Path(folder) / f"{name}-{width}-{theme}.png", full_page=True)


def test_pages_have_no_violations_and_fit(site: Site, open_to_all: Callable[..., None]) -> None:
    company = make_company("northwind")
    engagement = told(company)
    with tenant(company.id):
        pack = handover_build(engagement=engagement, actor=company.executive)
        while handover_continue(pack_id=pack.pk)[0]:
            pass
    page = site.window(company.executive)
    pages = {
        f"/t/{company.slug}/notifications/": "Notifications",
        f"/t/{company.slug}/notifications/?unread=on&group=weekly-updates": "Notifications",
        "/accounts/notifications/": "How you are told",
        f"/t/{company.slug}/engagement/handover/": "Handover",
    }
    for number, (address, heading) in enumerate(pages.items()):
        page.goto(address)
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        shoot(page, f"notify{number}", "light")
        open_to_all(page)


def test_inbox_is_read_undone_and_counts_by_itself(site: Site) -> None:
    company = make_company("northwind")
    with tenant(company.id):
        for kind, title, body in TOLD:  # no engagement: the worker would tell of its months
            notify(to=[company.executive], kind=kind, title=title, body=body, link="engagement/")
    page = site.window(company.executive)
    page.goto(f"/t/{company.slug}/notifications/?unread=on")
    count = page.locator("#nav-inbox .count")
    expect(count).to_contain_text("4")
    page.get_by_role("button", name="Import of response-times.csv").click()
    expect(count).to_contain_text("3")
    page.get_by_role("button", name="Mark all as read").click()
    expect(count).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(count).to_contain_text("3")
    with tenant(company.id):
        to_audit = link_to("audit_list")
        notify(to=[company.executive], kind="update.submitted", title="News", link=to_audit)
    page.evaluate("document.querySelector('#nav-inbox').dataset.poll = '0'; poll()")
    expect(count).to_contain_text("4")
    page.reload()
    page.get_by_role("link", name="News").click()
    expect(page.get_by_role("heading", name="Audit")).to_be_visible()
    expect(count).to_contain_text("3")


def test_choices_without_javascript_reach_all_clients(site: Site) -> None:
    company, other = make_company("northwind"), make_company("contoso")
    with tenant(other.id):
        people.member_add(email=company.cto.email, name="", roles=["cto"], actor=BOWLINE)
    page = site.window(company.cto, javascript=False)
    page.goto("/accounts/notifications/")
    page.get_by_label("Mail about: Weekly updates").select_option(label="No mail")
    page.get_by_label("From").fill("21:00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Give both ends of your quiet hours")).to_be_visible()
    page.get_by_label("Until").fill("07:00")
    page.get_by_label("Use this for all my clients").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. It holds from the next")).to_be_visible()
    for client in (company, other):
        page.goto(f"/accounts/notifications/?client={client.slug}")
        expect(page.get_by_label("Mail about: Weekly updates")).to_have_value("off")
        expect(page.get_by_label("Until")).to_have_value("07:00")
