"""The settings of a company that was made a moment ago, in a real browser."""

from collections.abc import Callable

import pytest
from django.core.management import call_command
from playwright.sync_api import Page

from tenants import doors
from tenants.calendars import public
from tenants.isolation import tenant
from tenants.models import Member
from tenants.services import member_add
from tests.browser.site import DESKTOP, PHONE, Site
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


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_settings_have_no_barriers(
    site: Site, admin: Member, no_violations: Callable[[Page], None], theme: str
) -> None:
    page = site.window(admin, theme=theme, size=PHONE if theme == "dark" else DESKTOP)
    for path in ("", "general/", "hours/", "holidays/", "branding/", "status/"):
        page.goto(f"{HOME}settings/{path}")
        no_violations(page)
