"""A purchase from its first word to the board's vote, and the tiers behind it, in a browser."""

import re
import time
from collections.abc import Callable

import pytest
from django.core import mail
from playwright.sync_api import Page, expect

from decisions.models import SpendRequest
from tenants.isolation import tenant
from tests.browser.site import PHONE, Site
from tests.decisions.builders import line, sent
from tests.factories import PASSWORD, Company, make_company

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
    phone.goto(home)
    expect(phone.get_by_role("heading", name="Waiting for me")).to_be_visible()
    no_violations(phone)
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
    board.get_by_role("link", name="Board page").click()
    no_violations(board)
    board.get_by_role("link", name="Vote").click()
    board.get_by_label("For", exact=True).check()
    board.get_by_role("button", name="Vote").click()
    expect(board.get_by_text("Approved").first).to_be_visible()
    board.emulate_media(media="print")
    expect(board.get_by_role("heading", name="History")).to_be_visible()
    expect(board.get_by_label("Question or answer")).to_be_hidden()
    with tenant(company.id):
        assert SpendRequest.objects.get().status == "approved"


def test_mail_leads_through_the_sign_in_to_the_answer_it_chose(
    site: Site, company: Company, no_violations: Callable[[Page], None]
) -> None:
    user = company.cto.user
    user.set_password(PASSWORD)
    user.save()
    with tenant(company.id):
        request = sent(company, "5000")
    for _ in range(100):
        found = [each for each in list(mail.outbox) if each.to == [user.email]]
        if found:
            break
        time.sleep(0.1)
    (approve,) = re.findall(r"Approve \$5,000: https?://[^/]+(\S+)", str(found[0].body))
    other = site.window(company.finance)
    other.goto(approve)
    expect(other.get_by_text("from a mail to somebody else")).to_be_visible()
    page = site.window()
    page.goto(approve)
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("nothing is decided before you confirm it here")).to_be_visible()
    no_violations(page)
    with tenant(company.id):
        assert SpendRequest.objects.get().status == "submitted"
    page.get_by_role("button", name="Approve $5,000").click()
    expect(page.get_by_text("Approved").first).to_be_visible()
    page.goto(approve)
    expect(page.get_by_text("The link from the mail changed nothing.")).to_be_visible()
    with tenant(company.id):
        assert SpendRequest.objects.get(pk=request.pk).status == "approved"


def test_draft_is_saved_as_it_is_typed_and_survives_a_lost_connection(
    site: Site, company: Company, no_violations: Callable[[Page], None]
) -> None:
    page = site.window(company.team)
    page.goto(f"/t/{company.slug}/spend/new/")
    status = page.locator("#draft-status")
    page.get_by_label("What is bought").fill("SOC 2 audit")
    page.get_by_label("Vendor").fill("Halyard Assurance")
    expect(status).to_contain_text("Draft saved at")
    page.wait_for_url("**/edit/")
    page.get_by_label("Once").fill("64,000")
    follows = page.locator("#draft-follows")
    expect(follows).to_contain_text("Tier 3, over $50,000.00")
    expect(follows).to_contain_text(company.board.name)
    no_violations(page)
    page.context.set_offline(True)
    page.get_by_label("What it is for").fill("A customer asks for it.")
    expect(status).to_have_text("Not saved. Your text is still here.")
    page.context.set_offline(False)
    expect(status).to_contain_text("Draft saved at")
    second = site.window(company.team)
    second.goto(page.url)
    expect(second.get_by_label("What it is for")).to_have_value("A customer asks for it.")
    with second.expect_response("**/edit/"):
        second.get_by_label("Vendor").fill("Somebody else")
    page.get_by_label("Vendor").fill("Halyard")
    expect(page.locator("#draft-trouble")).to_contain_text("changed in another window")
    page.get_by_role("button", name="Save mine over it").click()
    expect(page.get_by_label("Vendor")).to_have_value("Halyard")
    page.get_by_role("button", name="Send for approval").click()
    expect(page.get_by_text("Waiting for CTO").first).to_be_visible()
    with tenant(company.id):
        request = SpendRequest.objects.get()
    assert (request.vendor, request.purpose) == ("Halyard", "A customer asks for it.")


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


def test_pages_of_spend_have_no_violations(
    site: Site,
    company: Company,
    open_to_all: Callable[..., None],
) -> None:
    today = company.tenant.today
    with tenant(company.id):
        first, last = today.replace(month=1, day=1), today.replace(month=12, day=31)
        made = line(company, "200000", starts_on=first, ends_on=last)
    page = site.window(company.admin)
    paths = ("", "new/", "tiers/", "budgets/", f"budgets/{made.pk}/", "delegations/", "rates/")
    for path in paths:
        open_to_all(page, f"/t/{company.slug}/spend/{path}")
