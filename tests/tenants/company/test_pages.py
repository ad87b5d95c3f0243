"""The settings' pages: what they show, to whom, and what comes of sending them."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tenants.calendars.services import holidays_choose
from tenants.company.services import tenant_archive
from tenants.isolation import tenant
from tenants.models import Holiday, Tenant
from tests.factories import Company
from tests.tenants.company.test_logos import picture

SignIn = Callable[[Any], Client]
HERE = "/t/northwind/settings/"


def row(company: Company) -> Tenant:
    with tenant(company.id):
        return Tenant.objects.get()


def version(company: Company) -> str:
    return row(company).updated_at.isoformat()


def general(company: Company, **changes: Any) -> dict[str, Any]:
    return {
        "name": "Northwind Robotics",
        "time_zone": "America/New_York",
        "currency": "USD",
        "week_start": "monday",
        "fiscal_year_start_month": "1",
        "version": version(company),
    } | changes


def test_overview_lists_what_the_reader_may_open(company: Company, sign_in: SignIn) -> None:
    admin = sign_in(company.admin).get(HERE).content.decode()
    for word in ("General", "Calendar and hours", "Holidays", "Branding", "Archive"):
        assert f"Open {word}" in admin
    team = sign_in(company.team).get(HERE).content.decode()
    assert "Open Holidays" in team
    assert "Open General" not in team
    assert "Admins change these settings" in team


def test_general_settings_are_saved_and_a_new_zone_says_what_it_builds(
    company: Company, sign_in: SignIn
) -> None:
    client = sign_in(company.admin)
    sent = client.post(f"{HERE}general/", general(company, time_zone="Europe/Berlin"))
    assert sent.status_code == 303
    page = client.get(sent["Location"]).content.decode()
    assert "the old ones are shown until then" in page
    assert row(company).time_zone == "Europe/Berlin"


def test_refused_settings_keep_what_was_typed(company: Company, sign_in: SignIn) -> None:
    client = sign_in(company.admin)
    answer = client.post(f"{HERE}general/", general(company, name="x", week_start="friday"))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="x"' in page
    assert 'aria-invalid="true"' in page
    assert "Choose one from the list." in page
    stale = general(company, version="2020-01-01T00:00:00+00:00")
    answer = client.post(f"{HERE}general/", stale)
    assert answer.status_code == 422
    assert "changed since you read them" in answer.content.decode()
    assert row(company).name == "Northwind"


def test_hours_and_the_letters_deadline(company: Company, sign_in: SignIn) -> None:
    client = sign_in(company.admin)
    page = client.get(f"{HERE}hours/").content.decode()
    assert "Friday at 17:00 holds until you save another" in page
    sent = client.post(
        f"{HERE}hours/",
        {
            "working_days": ["sunday", "monday"],
            "working_hours_start": "08:30",
            "working_hours_end": "00:00",
            "update_due_weekday": "thursday",
            "update_due_time": "12:00",
            "version": version(company),
        },
    )
    assert sent.status_code == 303
    held = row(company)
    assert held.working_days == ["monday", "sunday"]
    assert (held.working_hours_start, held.working_hours_end) == (dt.time(8, 30), dt.time(0))
    assert (held.update_due_weekday, held.update_due_time) == ("thursday", dt.time(12))


def test_holidays_are_chosen_switched_added_changed_and_removed(
    company: Company, sign_in: SignIn
) -> None:
    client = sign_in(company.admin)
    page = client.get(f"{HERE}holidays/").content.decode()
    assert "No holidays yet" in page
    assert '<option value="US" selected>' in page, "the country of the zone is suggested"
    client.post(f"{HERE}holidays/", {"holiday_country": "DE", "holiday_subdivision": "BY"})
    assert (row(company).holiday_country, row(company).holiday_subdivision) == ("DE", "BY")
    year = row(company).today.year + 1
    with tenant(company.id):
        christmas = Holiday.objects.get(date=dt.date(year, 12, 25))
    client.post(f"{HERE}holidays/{christmas.pk}/switch/", {"active": "off"})
    refused = client.post(f"{HERE}holidays/{christmas.pk}/delete/")
    assert refused.status_code == 409
    client.post(f"{HERE}holidays/add/", {"date": f"{year}-12-21", "name": "Day of the team"})
    twice = client.post(f"{HERE}holidays/add/", {"date": f"{year}-12-21", "name": "Again"})
    assert twice.status_code == 422
    assert "is a holiday already: Day of the team" in twice.content.decode()
    with tenant(company.id):
        assert not Holiday.objects.get(pk=christmas.pk).active
        own = Holiday.objects.get(source="own")
    client.post(f"{HERE}holidays/{own.pk}/", {"date": f"{year}-12-20", "name": "Team"})
    with tenant(company.id):
        assert Holiday.objects.get(source="own").date == dt.date(year, 12, 20)
    client.post(f"{HERE}holidays/{own.pk}/delete/")
    with tenant(company.id):
        assert not Holiday.objects.filter(source="own").exists()
    undo(client, f"{HERE}holidays/")
    with tenant(company.id):
        again = Holiday.objects.get(source="own")
        assert (again.date, again.name) == (dt.date(year, 12, 20), "Team")


def undo(client: Client, address: str) -> None:
    """Press the button of the message that waits on a page."""
    form = re.search(r'<div class="toast">.*?</form>', client.get(address).content.decode(), re.S)
    assert form is not None
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))
    sent = client.post(re.findall(r'action="([^"]+)"', form[0])[0], fields)
    assert sent.status_code == 303


@pytest.mark.parametrize("rows", [1, 3])
def test_holidays_are_read_in_a_fixed_number_of_queries(
    company: Company, sign_in: SignIn, rows: int, django_assert_num_queries: Any
) -> None:
    with tenant(company.id):
        for n in range(rows):
            Holiday.objects.create(date=dt.date(company.tenant.today.year, 3, 1 + n), name="Off")
    client = sign_in(company.admin)
    client.get(f"{HERE}holidays/")
    with django_assert_num_queries(6):
        assert client.get(f"{HERE}holidays/").status_code == 200


def test_colour_is_refused_with_the_nearest_one_and_applied_by_a_sheet(
    company: Company, sign_in: SignIn
) -> None:
    client = sign_in(company.admin)
    refused = client.post(
        f"{HERE}branding/", {"brand_color": "#ff9900", "version": version(company)}
    )
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "2.14:1" in page
    assert "Take #aa6600" in page
    sent = client.post(f"{HERE}branding/", {"brand_color": "#aa6600", "version": version(company)})
    assert sent.status_code == 303
    undo(client, HERE)
    assert row(company).brand_color == ""
    client.post(f"{HERE}branding/", {"brand_color": "#aa6600"})
    page = client.get(HERE).content.decode()
    address = "/t/northwind/brand/aa6600/colour.css"
    assert f'href="{address}"' in page
    sheet = client.get(address)
    assert sheet["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in sheet["Cache-Control"]
    assert "private" in sheet["Cache-Control"]
    assert sheet["X-Content-Type-Options"] == "nosniff"
    assert "--brand: light-dark(#aa6600, #" in sheet.content.decode()
    assert client.get("/t/northwind/brand/000000/colour.css").status_code == 404


def test_logo_is_shown_served_and_removed(
    company: Company, other_company: Company, sign_in: SignIn
) -> None:
    client = sign_in(company.admin)
    bad = SimpleUploadedFile("logo.png", b"<svg/>", content_type="image/png")
    refused = client.post(f"{HERE}branding/logo/", {"logo": bad})
    assert refused.status_code == 422
    assert "PNG, JPEG or WebP" in refused.content.decode()
    good = SimpleUploadedFile("logo.svg", picture("WEBP"), content_type="image/svg+xml")
    assert client.post(f"{HERE}branding/logo/", {"logo": good}).status_code == 303
    address = f"/t/northwind/brand/{row(company).brand_version}/logo"
    assert address in client.get(HERE).content.decode()
    logo = client.get(address)
    assert (logo["Content-Type"], logo.content[:4]) == ("image/png", b"\x89PNG")
    assert logo["X-Content-Type-Options"] == "nosniff"
    assert sign_in(other_company.admin).get(address).status_code == 404
    for colour in ("#1b4b6e", ""):  # the address changes with the colour; the picture is gone
        client.post(f"{HERE}branding/logo/delete/")
        assert client.get(address).status_code == 404
        with tenant(company.id):
            Tenant.objects.update(brand_color=colour)
        assert client.get(f"/t/northwind/brand/{colour[1:] or 'x'}/logo").status_code == 404
    assert "branding/logo/restore/" in client.get(f"{HERE}branding/").content.decode()
    assert client.post(f"{HERE}branding/logo/restore/").status_code == 303
    assert client.get(address).content == logo.content


def test_suspended_company_says_so_on_every_page_and_changes_nothing(
    company: Company, sign_in: SignIn
) -> None:
    with tenant(company.id):
        Tenant.objects.update(status="suspended", status_reason="Invoice 1042 is open.")
    client = sign_in(company.admin)
    for address in (HERE, "/t/northwind/", "/t/northwind/kpis/"):
        page = client.get(address).content.decode()
        assert "This company is suspended." in page
        assert "Invoice 1042 is open." in page
    assert client.post(f"{HERE}general/", general(company)).status_code == 403
    assert client.post(f"{HERE}status/restore/").status_code == 409


def test_archived_company_leaves_the_switcher_and_comes_back(
    company: Company, other_company: Company, sign_in: SignIn
) -> None:
    client = sign_in(company.admin)
    wrong = client.post(f"{HERE}status/", {"confirm": "northwind", "reason": "The work is over"})
    assert wrong.status_code == 422
    sent = client.post(f"{HERE}status/", {"confirm": "Northwind", "reason": "The work is over"})
    assert sent.status_code == 303
    page = client.get(sent["Location"]).content.decode()
    assert "This company is archived." in page
    assert "Restore Northwind" in page
    assert sign_in(company.cto).get(HERE).status_code == 404
    home = client.get("/").content.decode()
    assert "Archived companies" in home
    assert 'href="/t/northwind/"' not in client.get("/portfolio/").content.decode()
    assert client.post(f"{HERE}general/", general(company)).status_code == 403
    assert client.post(f"{HERE}status/restore/").status_code == 303
    assert sign_in(company.cto).get(HERE).status_code == 200


def test_restoring_is_the_admins(company: Company, sign_in: SignIn) -> None:
    with tenant(company.id):
        holidays_choose(tenant=company.tenant, actor=company.admin, country="US")
        tenant_archive(
            tenant=company.tenant, actor=company.admin, confirm="Northwind", reason="It is over"
        )
    for role in ("executive", "cto", "observer"):
        client = sign_in(company.member(role))
        assert client.post(f"{HERE}status/restore/").status_code == 404
    assert row(company).status == "archived"
