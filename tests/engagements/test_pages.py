"""Pages of the engagement and its time, as each role sees and uses them."""

import csv
import datetime as dt
import io
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client

from engagements import services
from engagements.models import (
    Engagement,
    Initiative,
    IntegrationActivity,
    Saving,
    Stakeholder,
    Terms,
    TimeEntry,
    WeekLock,
)
from tenants.isolation import tenant
from tenants.permissions import Role
from tenants.services import member_remove, member_set_roles
from tests.engagements.builders import D, add_terms, log, make_engagement
from tests.factories import Company

TODAY = D(2026, 10, 15)
MONDAY = D(2026, 10, 12)
SignIn = Callable[[Any], Client]
BASE = "/t/northwind/engagement/"
TIME = f"{BASE}time/"
HTMX = {"HX-Request": "true"}
ENTRY = {"date": "2026-10-14", "minutes": "1:30", "category": "delivery", "note": "Cache"}


@pytest.fixture
def running(company: Company) -> Engagement:
    """An engagement with terms, made outside of the test's own tenant."""
    with tenant(company.id):
        engagement = make_engagement(company)
        add_terms(engagement, company)
        return engagement


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().replace("\xa0", " ").split())


# ---- who sees what ----


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_engagement_page_shows_each_role_its_part(
    company: Company, running: Engagement, sign_in: SignIn, role: str
) -> None:
    response = sign_in(company.member(role)).get(BASE)
    page = text_of(response)
    assert response.status_code == 200
    assert "Cto Northwind" in page
    assert ("$8,000" in page) == (role != "team")
    assert ("of 40 hours used" in page) == (role != "team")
    assert ("Record agreed terms" in page) == (role in ("admin", "executive"))
    assert ("Propose a change" in page) == (role in ("admin", "executive", "cto"))
    assert ("?to=ended" in page) == (role in ("admin", "executive"))
    assert ("Give notice" in page) == (role in ("admin", "executive", "cto"))


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_time_page_is_closed_to_the_team_and_written_by_the_cto(
    company: Company, running: Engagement, sign_in: SignIn, role: str
) -> None:
    client = sign_in(company.member(role))
    response = client.get(TIME)
    assert response.status_code == (403 if role == "team" else 200)
    assert ("Add the first entry above" in text_of(response)) == (role == "cto")
    assert client.post(TIME, ENTRY).status_code == (303 if role == "cto" else 403)


def test_pages_without_an_engagement_say_who_acts(company: Company, sign_in: SignIn) -> None:
    assert "Set up the engagement" in text_of(sign_in(company.executive).get(BASE))
    page = text_of(sign_in(company.cto).get(BASE))
    assert "Set up the engagement" not in page
    assert "An admin or an executive of Northwind sets it up" in page
    assert "No hours yet" in text_of(sign_in(company.cto).get(TIME))
    assert sign_in(company.cto).get(f"{TIME}export/").status_code == 404


def test_pages_of_another_company_are_not_there(
    company: Company, other_company: Company, running: Engagement, sign_in: SignIn
) -> None:
    with tenant(company.id):
        entry = log(running, company, TODAY)
    client = sign_in(other_company.admin)
    assert client.get(BASE).status_code == 404
    foreign = "/t/contoso/engagement/"
    addresses = [
        f"?engagement={running.pk}",
        f"{running.pk}/edit/",
        f"{running.pk}/terms/new/",
        f"time/?engagement={running.pk}",
    ]
    for address in addresses:
        assert client.get(foreign + address).status_code == 404
    assert client.post(f"{foreign}{running.pk}/status/", {"status": "ended"}).status_code == 404
    cto = sign_in(other_company.cto)
    assert cto.post(f"{foreign}time/{entry.pk}/delete/").status_code == 404
    assert cto.get(f"{foreign}time/{entry.pk}/edit/").status_code == 404


def test_suspended_company_is_read_only(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    with tenant(company.id):
        company.tenant.status = "suspended"
        company.tenant.save()
    client = sign_in(company.cto)
    assert client.get(TIME).status_code == 200
    assert client.post(TIME, ENTRY).status_code == 403


# ---- engagement and terms ----


def engagement_form(company: Company, **fields: str) -> dict[str, str]:
    return {
        "title": "Fractional CTO",
        "purpose": "Scale",
        "cto": str(company.cto.pk),
        "sponsor": str(company.executive.pk),
        "starts_on": "2026-10-01",
        "ends_on": "",
        "model": "enabler",
    } | fields


def test_engagement_create_leads_to_its_terms(company: Company, sign_in: SignIn) -> None:
    client = sign_in(company.executive)
    assert client.get(f"{BASE}new/").status_code == 200
    response = client.post(f"{BASE}new/", engagement_form(company))
    with tenant(company.id):
        created = Engagement.objects.get()
    assert response.status_code == 303
    assert response["Location"] == f"{BASE}{created.pk}/terms/new/"
    assert (created.status, created.model, created.sponsor_id) == (
        "proposed", "enabler", company.executive.pk,
    )  # fmt: skip


def test_engagement_create_keeps_what_was_typed_and_says_what_is_wrong(
    company: Company, sign_in: SignIn
) -> None:
    form = engagement_form(company, cto=str(company.finance.pk), ends_on="2026-09-01")
    response = sign_in(company.executive).post(f"{BASE}new/", form)
    assert response.status_code == 422
    assert "Select a valid choice" in text_of(response)
    response = sign_in(company.executive).post(
        f"{BASE}new/", engagement_form(company, ends_on="2026-09-01", purpose="Kept words")
    )
    assert response.status_code == 422
    assert "The end is before the start" in text_of(response)
    assert "Kept words" in text_of(response)


def test_engagement_update_saves(company: Company, running: Engagement, sign_in: SignIn) -> None:
    client = sign_in(company.admin)
    address = f"{BASE}{running.pk}/edit/"
    assert 'value="2026-09-01"' in client.get(address).content.decode()
    form = engagement_form(company, title="Second year", starts_on="2026-09-01", sponsor="")
    assert client.post(address, form).status_code == 303
    with tenant(company.id):
        running.refresh_from_db()
        assert (running.title, running.sponsor_id) == ("Second year", None)
    assert sign_in(company.cto).get(address).status_code == 403


def test_engagement_of_a_cto_who_left_is_edited_without_naming_another(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    with tenant(company.id):
        member_set_roles(member=company.cto, actor=company.admin, roles=["team"])
        member_remove(member=company.cto, actor=company.admin)
    client = sign_in(company.admin)
    address = f"{BASE}{running.pk}/edit/"
    assert f'value="{company.cto.pk}" selected' in client.get(address).content.decode()
    form = engagement_form(company, title="Handed over", starts_on="2026-09-01")
    assert client.post(address, form).status_code == 303


def test_engagement_moves_by_its_buttons(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    client = sign_in(company.executive)
    address = f"{BASE}{running.pk}/status/"
    page = text_of(client.get(f"{address}?to=paused"))
    assert "No hours are granted from today on" in page
    assert "Granted after this step</dt><dd><b>18.07 h" in page  # 14 of 31 days of 40 hours
    assert client.post(address, {"status": "paused"}).status_code == 422  # it asks why
    budget = {"reason": "Budget freeze"}
    assert client.post(address, {"status": "paused"} | budget).status_code == 303
    page = text_of(client.get(BASE))
    assert "Resume" in page
    assert "Budget freeze" in page
    assert client.post(address, {"status": "proposed"}).status_code == 409
    assert client.post(address, {"status": "odd"}).status_code == 422
    assert client.get(address).status_code == 422
    assert client.post(address, {"status": "ended"} | budget).status_code == 303
    assert client.post(address, {"status": "active"}).status_code == 409
    page = text_of(client.get(BASE))
    assert "Set up a new engagement" in page
    assert "Record agreed terms" not in page


def terms_form(**fields: str) -> dict[str, str]:
    return {
        "effective_on": "2026-11-01",
        "scope_level": "intensive",
        "hours_per_month": "60",
        "monthly_fee": "11400",
        "notice_days": "60",
        "rollover": "capped",
        "rollover_cap_minutes": "10",
        "rollover_expiry_months": "2",
        "overage_rate": "",
        "po_number": "PO-7",
    } | fields


def test_terms_page_starts_with_the_latest_from_next_month(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    page = sign_in(company.executive).get(f"{BASE}{running.pk}/terms/new/").content.decode()
    assert 'value="2026-11-01"' in page
    assert 'value="40"' in page
    assert 'value="8000"' in page
    assert "Hours and fee stay as they are" in page


def test_terms_preview_compares_cost_and_hours_without_saving(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    client = sign_in(company.executive)
    address = f"{BASE}{running.pk}/terms/new/"
    whole = client.post(address, terms_form(preview="1"))
    part = client.post(address, terms_form(preview="1"), headers=HTMX)
    assert (whole.status_code, part.status_code) == (200, 200)
    for page in (text_of(whole), text_of(part)):
        assert "$8,000" in page
        assert "$11,400" in page
        assert "$136,800" in page
        assert "+20 h and +$3,400 a month" in page
    assert "<html" in whole.content.decode()
    assert "<html" not in part.content.decode()
    with tenant(company.id):
        assert Terms.objects.count() == 1


def test_terms_add_stores_hours_of_the_cap_as_minutes(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    client = sign_in(company.executive)
    address = f"{BASE}{running.pk}/terms/new/"
    assert client.post(address, terms_form()).status_code == 303
    with tenant(company.id):
        terms = Terms.objects.in_force_on(D(2026, 11, 1)).first()
    assert (terms.rollover_cap_minutes, terms.po_number) == (600, "PO-7")
    assert terms.monthly_fee == Decimal(11400)
    again = client.post(address, terms_form(rollover_expiry_months=""))
    assert again.status_code == 422
    assert "There are terms from this date already" in text_of(again)
    lapse = terms_form(effective_on="2026-12-01", rollover="none")
    assert client.post(address, lapse).status_code == 303
    assert "Up to 10 h roll over" in text_of(client.get(BASE))


# ---- time ----


def test_time_is_logged_by_form_and_shown_by_day(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    client = sign_in(company.cto)
    response = client.post(TIME, ENTRY)
    assert response.status_code == 303
    page = text_of(client.get(response["Location"]))
    assert "Logged 1.5 h on Wed 14 Oct" in page
    assert "Cache" in page
    assert "Delivery 1.5 h." in page


def test_time_logged_with_htmx_answers_the_week_with_an_empty_form(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    response = sign_in(company.cto).post(TIME, ENTRY, headers=HTMX)
    page = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in page
    assert 'value="2026-10-14"' in page  # the date stays for the next entry
    assert 'value="1:30"' not in page
    assert "Logged 1.5" in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"minutes": "lots"}, "Give hours such as 1.5"),
        ({"minutes": "0"}, "Give between 1 minute and 24 hours"),
        ({"minutes": "25"}, "A day has 24 hours"),
        ({"minutes": "1.333"}, "Give hours such as 1.5"),
        ({"minutes": "1.33"}, "no whole minute"),
        ({"date": "2026-10-16"}, "It is 15 Oct 2026 at Northwind"),
        ({"date": "2026-08-31"}, "The engagement runs from 1 Sep 2026"),
        ({"date": "soon"}, "Enter a valid date"),
        ({"category": "golf"}, "Select a valid choice"),
    ],
)
def test_time_form_refuses_in_place_and_keeps_the_note(
    company: Company, running: Engagement, sign_in: SignIn, fields: dict[str, str], words: str
) -> None:
    for headers in ({}, HTMX):
        response = sign_in(company.cto).post(TIME, ENTRY | fields, headers=headers)
        assert response.status_code == 422
        assert words in text_of(response)
        assert 'value="Cache"' in response.content.decode()
    with tenant(company.id):
        assert not TimeEntry.objects.exists()


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [("1.5", 90), ("1,5 h", 90), ("0.25", 15), ("8", 480), ("1:05", 65), ("80 min", 80),
     ("12.05H", 723), ("24", 1440)],
)  # fmt: skip
def test_time_is_typed_as_people_write_it(
    company: Company, running: Engagement, sign_in: SignIn, typed: str, minutes: int
) -> None:
    sign_in(company.cto).post(TIME, ENTRY | {"minutes": typed})
    with tenant(company.id):
        entry = TimeEntry.objects.get()
    assert entry.minutes == minutes
    edit = f"{TIME}{entry.pk}/edit/"
    page = sign_in(company.cto).get(edit).content.decode()
    shown = re.search(r'name="minutes" value="([^"]+)"', page)
    assert shown is not None
    assert sign_in(company.cto).post(edit, ENTRY | {"minutes": shown[1]}).status_code == 303
    with tenant(company.id):
        assert TimeEntry.objects.get().minutes == minutes


def test_time_entry_is_changed_and_deleted_by_its_person_alone(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    with tenant(company.id):
        entry = log(running, company, TODAY, 60, note="Board call")
    client = sign_in(company.cto)
    edit, delete = f"{TIME}{entry.pk}/edit/", f"{TIME}{entry.pk}/delete/"
    assert client.post(edit, ENTRY | {"note": "Board calls"}).status_code == 303
    question = text_of(client.get(delete))
    assert "Board calls" in question
    assert "Delete the entry" in question
    for page in (edit, delete):
        assert sign_in(company.admin).get(page).status_code == 403
        assert sign_in(company.admin).post(page, ENTRY).status_code == 403
    assert client.post(delete).status_code == 303
    assert client.post(delete).status_code == 404
    with tenant(company.id):
        assert not TimeEntry.objects.exists()


def test_week_addresses(company: Company, running: Engagement, sign_in: SignIn) -> None:
    client = sign_in(company.cto)
    page = text_of(client.get(f"{TIME}?week=2026-09-23"))
    assert "21 to 27 Sep" in page
    assert "week=2026-09-14" in page
    assert "week=2026-09-28" in page
    first = text_of(client.get(f"{TIME}?week=2026-09-01"))
    assert "Earlier week" not in first
    assert "Later week" not in text_of(client.get(TIME))
    for odd in ("soon", "2026-02-31", "9999-12-31", "0001-01-01"):
        assert client.get(f"{TIME}?week={odd}").status_code == 422
    assert client.get(f"{TIME}?engagement=odd").status_code == 404


@pytest.mark.parametrize(
    ("week_start", "first"),
    [("monday", "2026-10-12"), ("saturday", "2026-10-10"), ("sunday", "2026-10-11")],
)
def test_week_begins_on_the_companys_day(
    company: Company, running: Engagement, sign_in: SignIn, week_start: str, first: str
) -> None:
    with tenant(company.id):
        company.tenant.week_start = week_start
        company.tenant.save()
        services.week_lock(engagement=running, actor=company.cto, week_start=D.fromisoformat(first))
    page = text_of(sign_in(company.cto).get(TIME))
    assert "This week is locked" in page
    assert f"week={D.fromisoformat(first) - dt.timedelta(days=7)}" in page


def test_lock_from_before_the_company_moved_its_week_can_be_taken_away(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    with tenant(company.id):
        services.week_lock(engagement=running, actor=company.cto, week_start=D(2026, 10, 10))
    page = text_of(sign_in(company.admin).get(TIME))
    assert 'name="week_start" value="2026-10-10"' in page


def test_locked_week_shows_why_and_only_an_admin_opens_it(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    with tenant(company.id):
        entry = log(running, company, TODAY)
        services.week_lock(engagement=running, actor=company.cto, week_start=MONDAY)
    cto = sign_in(company.cto)
    page = text_of(cto.get(TIME))
    assert "This week is locked" in page
    assert "by Cto Northwind" in page
    assert f"{entry.pk}/edit/" not in page
    assert "Unlock the week" not in page
    refused = cto.post(TIME, ENTRY)
    assert refused.status_code == 422
    page = text_of(refused)
    assert "An admin can unlock it." in page
    assert f'value="{ENTRY["note"]}"' in page, "nothing that was typed is lost"
    assert cto.get(f"{TIME}{entry.pk}/edit/").status_code == 409
    assert cto.post(f"{TIME}{entry.pk}/delete/").status_code == 409
    unlock = {"engagement": str(running.pk), "week_start": "2026-10-12", "reason": "Wrong day"}
    assert cto.post(f"{TIME}unlock/", unlock).status_code == 403
    admin = sign_in(company.admin)
    assert "Unlock the week" in text_of(admin.get(TIME))
    refused = admin.post(f"{TIME}unlock/", unlock | {"reason": " "})
    assert refused.status_code == 422
    assert "This week is locked" in text_of(refused)
    assert admin.post(f"{TIME}unlock/", unlock).status_code == 303
    with tenant(company.id):
        assert WeekLock.objects.get().reason == "Wrong day"
    page = text_of(cto.get(TIME))
    assert "This week was unlocked" in page
    assert "by Admin Northwind: “Wrong day”" in page
    assert cto.post(TIME, ENTRY).status_code == 303
    again = {"engagement": str(running.pk), "week_start": "2026-10-12"}
    assert cto.post(f"{TIME}lock/", again | {"week_start": "Monday"}).status_code == 422
    assert sign_in(company.executive).post(f"{TIME}lock/", again).status_code == 403
    assert [cto.post(f"{TIME}lock/", again).status_code for _ in range(2)] == [303, 303]
    page = text_of(cto.get(TIME))
    assert "It was locked again" in page
    assert cto.post(TIME, ENTRY).status_code == 422


def test_month_as_csv_escapes_formulas_and_reads_back(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    notes = ["=1+1", "+1", "-1", "@SUM(A1)", 'Quote " and, comma', "Überblick"]
    with tenant(company.id):
        for note in notes:
            log(running, company, D(2026, 9, 30), 20, note=note, initiative="=cmd")
        log(running, company, D(2026, 10, 1), 20, note="another month")
    response = sign_in(company.finance).get(f"{TIME}export/?month=2026-09")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="northwind-time-2026-09.csv"'
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [row["note"] for row in rows] == ["'=1+1", "'+1", "'-1", "'@SUM(A1)", *notes[4:]]
    assert {row["initiative"] for row in rows} == {"'=cmd"}
    assert rows[0] | {"note": ""} == {
        "date": "2026-09-30",
        "person": "Cto Northwind",
        "category": "delivery",
        "initiative": "'=cmd",
        "note": "",
        "minutes": "20",
        "hours": "0.33",
    }
    client = sign_in(company.finance)
    for odd in ("2026-13", "26-1", "soon", "9999-01"):
        assert client.get(f"{TIME}export/?month={odd}").status_code == 422
    assert sign_in(company.team).get(f"{TIME}export/").status_code == 403


# ---- a fixed number of queries ----

SHELL = 5  # login with memberships, transaction, seat, tenant unset


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_read_a_fixed_number_of_queries(
    company: Company,
    sign_in: SignIn,
    rows: int,
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    with tenant(company.id):
        for place in range(rows):
            engagement = make_engagement(company, title=f"Engagement {place}")
            for month in range(1, rows + 1):
                add_terms(engagement, company, effective_on=D(2026, 8 + month, 1))
            for _ in range(rows):
                log(engagement, company, MONDAY, 30)
    client = sign_in(company.cto)
    client.get(BASE)
    with django_assert_num_queries(SHELL + 10):
        assert client.get(BASE).status_code == 200
    with django_assert_num_queries(SHELL + 8):
        assert client.get(TIME).status_code == 200
    with django_assert_num_queries(SHELL + 2):
        assert client.get(f"{TIME}export/").status_code == 200


def test_hours_above_are_asked_for_by_the_cto_and_approved_by_the_client(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    cto, executive = sign_in(company.cto), sign_in(company.executive)
    here = f"/t/{company.slug}/engagement/{running.pk}/overage/"
    page = text_of(cto.get(f"{here}request/"))
    assert "Ask the client" in page
    assert "At most" not in page, "a cap is the client's to set"
    assert "At most" in text_of(executive.get(f"{here}approve/"))
    ask = {"month": "2026-10", "minutes": "2", "rate": "240", "note": "Night of the move"}
    assert cto.post(f"{here}request/", ask | {"minutes": "many"}).status_code == 422
    assert cto.post(f"{here}request/", ask).status_code == 303
    assert cto.get(f"{here}approve/").status_code == 403


def test_form_that_is_sent_twice_makes_one(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    base, cto = f"/t/{company.slug}", sign_in(company.cto)
    scores = dict.fromkeys(("business_value", "resource_demand", "timeline", "risk"), "3")
    sent: list[tuple[str, str, dict[str, str], Callable[[], int]]] = [
        (
            "initiatives/new/", "initiatives/new/",
            {"title": "Twice", "horizon": "short", **scores}, lambda: Initiative.objects.count(),
        ),
        (
            "engagement/working/people/new/", "engagement/working/people/new/",
            {"name": "Ada Byron", "influence": "3", "support": "3"},
            lambda: Stakeholder.objects.count(),
        ),
        (
            "engagement/working/plan/new/", "engagement/working/plan/new/",
            {"title": "Twice", "phase": "initial", "kind": "workshop", "status": "planned"},
            lambda: IntegrationActivity.objects.filter(title="Twice").count(),
        ),
        (
            f"engagement/{running.pk}/cost/", f"engagement/{running.pk}/cost/savings/",
            {"title": "Broker off", "amount": "100", "saved_on": "2026-10-01",
             "evidence": "Invoices before and after"}, lambda: Saving.objects.count(),
        ),
    ]  # fmt: skip
    for page, address, data, count in sent:
        form = re.search(r'name="form_id" value="([^"]+)"', text_of(cto.get(f"{base}/{page}")))
        assert form is not None, page
        body = data | {"form_id": form[1]}
        codes = [cto.post(f"{base}/{address}", body).status_code for _ in range(2)]
        assert codes == [303, 303], page
        with tenant(company.id):
            assert count() == 1, page


def test_days_of_a_week_are_the_companys_wherever_the_reader_is(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    with tenant(company.id):
        log(running, company, TODAY)
        company.cto.user.time_zone = "Pacific/Kiritimati"  # where it is tomorrow already
        company.cto.user.save()
    with time_machine.travel(dt.datetime(2026, 10, 15, 23, tzinfo=dt.UTC)):
        page = text_of(sign_in(company.cto).get(TIME))
    assert re.search(r"Today, <time[^>]*>Thu 15 Oct</time>", page)
