"""Pages of logged time: by form, by week and month, locked and unlocked."""

import csv
import datetime as dt
import io
import re

import pytest
import time_machine
from django.urls import reverse

from engagements import services
from engagements.models import Engagement, TimeEntry, WeekLock
from tenants.isolation import tenant, uuid7
from tests.engagements.builders import D, log
from tests.engagements.pages import ENTRY, HTMX, MONDAY, TIME, TODAY, SignIn, text_of
from tests.factories import Company


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
        ({"date": "soon"}, "Use a date such as"),
        ({"category": "golf"}, "Choose one from the list"),
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
    week = client.post(delete)["Location"]
    assert client.post(delete)["Location"] == week
    assert sign_in(company.admin).post(delete).status_code == 403
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


def test_timer_that_is_stopped_twice_says_what_stands_there(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    """A second click and a stale tab, without a script; nobody else learns of the timer."""
    client = sign_in(company.cto)
    with tenant(company.id), time_machine.travel(dt.datetime(2026, 10, 15, 12, 0, tzinfo=dt.UTC)):
        timer = services.timer_start(engagement=running, actor=company.cto)
    place = reverse("timer_stop", args=["northwind", timer.pk])
    with time_machine.travel(dt.datetime(2026, 10, 15, 13, 20, 20, tzinfo=dt.UTC)):
        first = client.post(place)
        assert first.status_code == 303
        discard = reverse("timer_discard", args=["northwind", timer.pk])
        for call, address in (
            (client.post, place),
            (client.get, place),
            (client.post, discard),
        ):
            again = call(address)
            assert (again.status_code, again["Location"]) == (303, first["Location"])
            page = text_of(client.get(again["Location"]))
            said = f"The timer had been stopped already: 1 h 20 min stand in {running.title}."
            assert said in page
        assert client.post(place.replace(str(timer.pk), str(uuid7()))).status_code == 404
        for stranger in (company.admin, company.team):
            assert sign_in(stranger).post(place).status_code in (403, 404)
    with tenant(company.id):
        assert TimeEntry.objects.count() == 1
