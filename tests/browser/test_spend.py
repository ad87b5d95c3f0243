"""A purchase from its first word to the board's vote, and the tiers behind it, in a browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from decisions.models import SpendRequest
from tenants.isolation import tenant
from tests.browser.site import DESKTOP, PHONE, Site
from tests.decisions.builders import line
from tests.factories import Company, make_company

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def company(site: Site) -> Company:
    """A company whose rows are committed, so that the server sees them."""
    return make_company("northwind")


def test_purchase_goes_from_its_writer_to_the_boards_vote(
    site: Site, company: Company, no_violations: Callable[[Page], None]
) -> None:
    home = f"/t/{company.slug}/spend/"
    today = company.tenant.today
    with tenant(company.id):
        first, last = today.replace(month=1, day=1), today.replace(month=12, day=31)
        line(company, "200000", starts_on=first, ends_on=last)
    writer = site.window(company.team, javascript=False)
    writer.goto(f"{home}new/")
    writer.get_by_label("What is bought").fill("SOC 2 audit")
    writer.get_by_label("Vendor").fill("Halyard Assurance")
    writer.get_by_label("Once").fill("64,000")
    writer.get_by_role("button", name="Send for approval").click()
    expect(writer.get_by_role("heading", name="SOC 2 audit")).to_be_visible()
    with tenant(company.id):
        request = SpendRequest.objects.get()
    assert request.status == "submitted"

    phone = site.window(company.cto, size=PHONE)
    phone.goto(f"/t/{company.slug}/")
    phone.get_by_role("link", name="Review and approve").click()
    no_violations(phone)
    phone.get_by_role("button", name="Approve $64,000").click()
    expect(phone.get_by_text("Waiting for Finance").first).to_be_visible()

    finance = site.window(company.finance, theme="dark")
    finance.goto(f"{home}{request.pk}/")
    no_violations(finance)
    finance.get_by_role("button", name="Approve $64,000").click()
    expect(finance.get_by_text("Waiting for Board").first).to_be_visible()

    board = site.window(company.board)
    board.goto(f"/t/{company.slug}/")
    expect(board.get_by_text("Vote on SOC 2 audit, $64,000")).to_be_visible()
    board.get_by_role("link", name="Review and vote").click()
    board.get_by_label("For", exact=True).check()
    board.get_by_role("button", name="Vote").click()
    expect(board.get_by_text("Approved").first).to_be_visible()
    with tenant(company.id):
        assert SpendRequest.objects.get().status == "approved"


def test_tiers_are_edited_with_a_try_before_they_are_saved(
    site: Site, company: Company, no_violations: Callable[[Page], None]
) -> None:
    home = f"/t/{company.slug}/spend/"
    page = site.window(company.admin)
    page.goto(f"{home}tiers/")
    page.locator("#t1-up-to").fill("40,000")
    page.get_by_label("Committed amount").fill("50,000")
    page.get_by_role("button", name="Who approves it?").click()
    expect(page.get_by_text("Tier 3, over $40,000.00", exact=True)).to_be_visible()
    page.locator("#t1-up-to").fill("9,000")
    page.get_by_role("button", name="Save tiers").click()
    expect(page.get_by_text("overlaps the one below it").first).to_be_visible()
    no_violations(page)
    page.locator("#t1-up-to").fill("40,000")
    page.get_by_role("button", name="Save tiers").click()
    expect(page.get_by_text("Tiers saved as version 2.")).to_be_visible()

    plain = site.window(company.admin, javascript=False)
    plain.goto(f"{home}tiers/")
    plain.get_by_role("button", name="Add a step to tier 1").click()
    plain.get_by_role("button", name="Add the role to tier 1, step 2").click()
    plain.get_by_role("button", name="Save tiers").click()
    expect(plain.get_by_text("Tiers saved as version 3.")).to_be_visible()


@pytest.mark.parametrize(("theme", "size"), [("light", DESKTOP), ("dark", PHONE)])
def test_pages_of_spend_have_no_violations(
    site: Site,
    company: Company,
    no_violations: Callable[[Page], None],
    theme: str,
    size: dict[str, int],
) -> None:
    today = company.tenant.today
    with tenant(company.id):
        first, last = today.replace(month=1, day=1), today.replace(month=12, day=31)
        made = line(company, "200000", starts_on=first, ends_on=last)
    page = site.window(company.admin, theme=theme, size=size)
    paths = ("", "new/", "tiers/", "budgets/", f"budgets/{made.pk}/", "delegations/", "rates/")
    for path in paths:
        answer = page.goto(f"/t/{company.slug}/spend/{path}")
        assert answer is not None
        assert answer.ok, path
        no_violations(page)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path} is {wide} px too wide"
