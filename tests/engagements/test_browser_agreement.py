"""Two sides and a month in a real browser: proposals in two windows, lines, the live view."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from engagements import services
from engagements.models import Engagement, Terms, TermsProposal, TimeEntry
from tenants.isolation import tenant
from tests.browser.site import Site
from tests.engagements.builders import D, add_terms, log, make_engagement
from tests.factories import Company, make_company

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BASE = "/t/northwind/engagement/"
TODAY = D(2026, 10, 15)


@pytest.fixture
def northwind(site: Site) -> Company:
    """A company whose rows are committed, so that the server sees them."""
    return make_company("northwind")


@pytest.fixture
def running(northwind: Company) -> Engagement:
    """Ten hours a month, of which twelve are used."""
    with tenant(northwind.id):
        engagement = make_engagement(northwind)
        add_terms(engagement, northwind, hours_per_month=Decimal(10), overage_rate=Decimal(240))
        log(engagement, northwind, D(2026, 10, 13), 720, note="Broker", initiative="Fleet")
        return engagement


def test_terms_are_proposed_and_accepted_in_two_windows(
    site: Site, northwind: Company, running: Engagement
) -> None:
    cto, client = site.window(northwind.cto), site.window(northwind.executive)
    cto.goto(BASE)
    cto.get_by_role("link", name="Propose a change").click()
    cto.get_by_label("Hours a month").fill("20")
    cto.get_by_label("Fee a month").fill("12000")
    cto.get_by_role("button", name="Show the difference").click()
    expect(cto.locator("#comparison")).to_contain_text("over twelve months")
    cto.get_by_role("button", name="Propose these terms").click()
    expect(cto.get_by_text("Waiting for the client")).to_be_visible()
    expect(cto.get_by_role("button", name="Accept these terms")).to_have_count(0)
    with tenant(northwind.id):
        proposal = TermsProposal.objects.get()
    client.goto(f"{BASE}proposals/{proposal.pk}/")
    client.get_by_role("button", name="Accept these terms").click()
    expect(client.get_by_text("They hold from 1 Nov 2026.")).to_be_visible()
    cto.reload()
    expect(cto.get_by_text("Agreed", exact=True)).to_be_visible()
    with tenant(northwind.id):
        assert Terms.objects.filter(hours_per_month=20, effective_on=D(2026, 11, 1)).exists()


def test_line_is_logged_edited_deleted_and_restored_by_keyboard(
    site: Site, northwind: Company, running: Engagement
) -> None:
    page = site.window(northwind.cto)
    client = site.window(northwind.executive)
    client.goto(f"{BASE}hours/")
    expect(client.get_by_text("2 h not approved")).to_be_visible()
    page.goto(f"{BASE}time/")
    page.get_by_label("One line").focus()
    page.keyboard.type("1h30 delivery Telemetry: pairing")
    page.keyboard.press("Enter")
    expect(page.get_by_role("rowheader", name="pairing")).to_be_visible()
    expect(page.get_by_label("One line")).to_be_focused()
    page.keyboard.type("delivery")
    page.keyboard.press("Enter")
    expect(page.get_by_text("“delivery” is no time").first).to_be_visible()
    expect(page.get_by_label("One line")).to_be_focused()  # to put it right
    page.get_by_role("link", name="Edit pairing").focus()
    page.keyboard.press("Enter")
    row = page.locator("tr", has=page.get_by_role("button", name="Save the entry"))
    row.get_by_label("Hours").fill("2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Delete pairing, 2 h")).to_be_visible()
    fields = page.get_by_role("form", name="Log time by fields")
    expect(fields.get_by_label("Hours")).to_be_focused()  # for the next entry
    page.get_by_role("button", name="Delete pairing, 2 h").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("rowheader", name="pairing")).to_be_visible()
    with tenant(northwind.id):
        entry = TimeEntry.objects.get(note="pairing")
    assert (entry.minutes, entry.initiative, entry.category) == (120, "Telemetry", "delivery")
    client.reload()
    expect(client.get_by_role("rowheader", name="pairing")).to_be_visible()


@pytest.mark.parametrize("side", ["client", "cto"])
def test_pages_have_no_accessibility_violations(
    site: Site,
    northwind: Company,
    running: Engagement,
    open_to_all: Callable[..., None],
    side: str,
) -> None:
    with tenant(northwind.id):
        proposal = services.proposal_create(
            engagement=running, actor=northwind.cto, effective_on=D(2026, 12, 1),
            scope_level="moderate", hours_per_month=Decimal(20), monthly_fee=Decimal(12000),
        )  # fmt: skip
        asked = services.overage_request(
            engagement=running, actor=northwind.cto, on_month=TODAY, minutes=120, note="Outage"
        )
        services.month_close(engagement=running, month=D(2026, 9, 1), actor=northwind.cto)
        timer = services.timer_start(engagement=running, actor=northwind.cto)
        gone = log(running, northwind, TODAY, 15)
        services.time_delete(entry=gone, actor=northwind.cto)
    visits = {
        "client": [
            "",
            f"proposals/{proposal.pk}/",
            f"{running.pk}/status/?to=ended",
            f"{running.pk}/overage/approve/",
            f"overage/{asked.pk}/",
            "hours/",
            "statement/",
        ],
        "cto": [
            f"{running.pk}/proposals/new/",
            f"{running.pk}/notice/",
            "hours/as-client/",
            f"time/?removed={gone.pk}",
            f"timer/{timer.pk}/stop/",
        ],
    }
    member = northwind.executive if side == "client" else northwind.cto
    page = site.window(member)
    for address in visits[side]:
        open_to_all(page, BASE + address)
