"""The roadmap, the scope dial and the cost comparison in a real browser, accessible."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from engagements import services
from engagements.models import Engagement, Initiative, Milestone
from kpis.models import Kpi
from kpis.services.initiatives import initiative_kpi_link
from tenants.isolation import tenant
from tests.browser.site import Site
from tests.engagements.builders import D, add_terms, log, make_engagement
from tests.engagements.roadmap_builders import make_initiative, make_weights
from tests.engagements.value_builders import make_saving, make_signals
from tests.factories import Company, make_company

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BASE = "/t/northwind/initiatives/"


@pytest.fixture
def northwind(site: Site) -> Company:
    """A company whose rows are committed, so that the server sees them."""
    return make_company("northwind")


@pytest.fixture
def furnished(northwind: Company) -> tuple[Initiative, Engagement]:
    with tenant(northwind.id):
        engagement = make_engagement(northwind)
        add_terms(engagement, northwind)
        made = make_initiative(
            northwind, owner=northwind.team, due_on=D(2026, 12, 15), expected_result="Half the time"
        )
        make_initiative(northwind, title="Polish", business_value=1, risk=5, horizon="long")
        services.milestone_add(
            initiative=made, actor=northwind.cto, title="First pilot", due_on=D(2026, 11, 1)
        )
        initiative_kpi_link(initiative=made, kpi=Kpi.objects.get(key="uptime"), actor=northwind.cto)
        make_weights(northwind)
        services.prioritisation_record(actor=northwind.cto, proposals={})
        log(engagement, northwind, D(2026, 10, 14), 90, initiative=str(made.pk))
        make_signals(
            northwind,
            D(2026, 7, 1),
            revenue_growth=18,
            market_expansion=1,
            product_launches=2,
            team_size=30,
        )
        make_saving(engagement, northwind)
        return made, engagement


def test_milestone_is_ticked_and_taken_back_by_its_owner(
    site: Site, northwind: Company, furnished: tuple[Initiative, Engagement]
) -> None:
    page = site.window(northwind.team, javascript=False)
    page.goto(f"{BASE}{furnished[0].pk}/")
    page.get_by_role("button", name="Mark as reached: First pilot").click()
    expect(page.get_by_text("Reached Thu 15 Oct")).to_be_visible()
    page.get_by_role("button", name="Undo: First pilot is not reached").click()
    expect(page.get_by_text("Due Sun 1 Nov")).to_be_visible()
    with tenant(northwind.id):
        assert not Milestone.objects.get().is_done


def test_pages_have_no_accessibility_violations(
    site: Site,
    northwind: Company,
    furnished: tuple[Initiative, Engagement],
    open_to_all: Callable[..., None],
) -> None:
    initiative, engagement = furnished
    page = site.window(
        northwind.executive,
    )
    value = f"/t/northwind/engagement/{engagement.pk}/"
    for address in (
        BASE,
        f"{BASE}{initiative.pk}/",
        f"{BASE}{initiative.pk}/edit/",
        f"{BASE}portfolio/",
        f"{BASE}weights/",
        f"{BASE}reviews/",
        f"{BASE}reviews/new/",
        f"{value}scope/",
        f"{value}cost/",
        "/t/northwind/",
    ):
        open_to_all(page, address)
