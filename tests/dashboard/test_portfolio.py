"""The CTO's week over all companies: days, shared hours, absences, figures off target."""

import datetime as dt
import zoneinfo
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from dashboard.portfolio import portfolio
from dashboard.week import Week
from dashboard.working_hours import shared_hours
from engagements import services as engagements
from engagements.models import Engagement, TimeEntry
from kpis.models import Kpi
from kpis.rollups.working import work_off_marks
from kpis.services.definitions import target_set
from kpis.services.measurements import measurements_record
from reviews.models import Ask
from reviews.services import item_close
from tenants import doors
from tenants.errors import Denied, Invalid
from tenants.isolation import tenant
from tenants.models import Tenant
from tests.api_client import ApiClient
from tests.dashboard.furnished import furnish
from tests.factories import BOWLINE, Company

SignIn = Callable[[Any], Client]
D = dt.date
THURSDAY = dt.datetime(2026, 10, 15, 13, 10, tzinfo=dt.UTC)  # 14:10 in London, 09:10 in New York
LONDON = zoneinfo.ZoneInfo("Europe/London")


def seen_by(member: Any, week: str = "") -> Any:
    with timezone.override(LONDON):
        parsed = Week.parse(week, timezone.localdate())
        return portfolio(doors.memberships_of(member.user.pk), parsed)


def company_in(zone: str, start: int = 9, end: int = 17) -> Tenant:
    hours = {"working_hours_start": dt.time(start), "working_hours_end": dt.time(end)}
    return Tenant(name=zone, slug="x", time_zone=zone, **hours)


@pytest.mark.parametrize("text", ["2026-42", "2026-W54", "W42", "2026-W00", "9999-W60", "x"])
def test_week_that_is_none_is_refused_with_the_way_to_write_it(text: str) -> None:
    with pytest.raises(Invalid, match="2026-W42"):
        Week.parse(text, D(2026, 10, 15))


@given(st.dates(D(2001, 1, 1), D(2099, 12, 1)))
def test_week_leads_back_to_itself_through_its_neighbours(today: dt.date) -> None:
    week = Week.parse("", today)
    assert week.monday <= today <= week.sunday
    assert week.is_current
    assert Week.parse(week.after.address.removeprefix("?week="), today) == week.after
    assert week.after.before == week == week.before.after


@pytest.mark.parametrize(
    ("zone", "theirs", "shared", "text"),
    [
        ("Asia/Singapore", ((120, 600),), ((540, 600),), "1\u00a0h, 9 to 10"),
        ("Europe/Oslo", ((480, 960),), ((540, 960),), "7\u00a0h, 9 to 16"),
        ("America/New_York", ((840, 1320),), ((840, 1080),), "4\u00a0h, 14 to 18"),
        ("America/Los_Angeles", ((0, 60), (1020, 1440)), ((1020, 1080),), "1\u00a0h, 17 to 18"),
        ("Asia/Kolkata", ((270, 750),), ((540, 750),), "3\u00a0h 30\u00a0min, 9 to 12:30"),
        ("Pacific/Auckland", ((0, 300), (1260, 1440)), (), "None"),
    ],
)
def test_shared_hours_lie_where_both_work_on_the_readers_clock(
    zone: str, theirs: Any, shared: Any, text: str
) -> None:
    found = shared_hours(company_in(zone), zone=LONDON, day=D(2026, 10, 15))
    assert (found.theirs, found.shared, found.text) == (theirs, shared, text)


@pytest.mark.parametrize(
    ("mine", "shared", "text"),
    [
        ((7, 13), ((480, 780),), "5\u00a0h, 8 to 13"),
        ((22, 9), ((480, 540),), "1\u00a0h, 8 to 9"),
        ((15, 0), ((900, 960),), "1\u00a0h, 15 to 16"),
    ],
)
def test_shared_hours_are_counted_with_the_readers_own_also_over_midnight(
    mine: tuple[int, int], shared: Any, text: str
) -> None:
    hours = (dt.time(mine[0]), dt.time(mine[1]))
    oslo = company_in("Europe/Oslo")  # 8 to 16 in London
    found = shared_hours(oslo, zone=LONDON, day=D(2026, 10, 15), mine=hours)
    assert (found.shared, found.text) == (shared, text)


def test_shared_hours_move_in_the_weeks_when_only_one_side_has_changed_its_clocks() -> None:
    york = company_in("America/New_York")
    assert shared_hours(york, zone=LONDON, day=D(2026, 10, 24)).text == "4\u00a0h, 14 to 18"
    assert shared_hours(york, zone=LONDON, day=D(2026, 10, 27)).text == "5\u00a0h, 13 to 18"
    assert shared_hours(york, zone=LONDON, day=D(2026, 11, 2)).text == "4\u00a0h, 14 to 18"


@given(
    st.sampled_from(["Asia/Tokyo", "America/Chicago", "Europe/London", "Pacific/Apia"]),
    st.integers(0, 22),
    st.dates(D(2026, 1, 1), D(2026, 12, 31)),
)
def test_every_shared_minute_is_one_of_both_working_days(
    zone: str, start: int, day: dt.date
) -> None:
    company = company_in(zone, start, start + 1)
    found = shared_hours(company, zone=LONDON, day=day)
    for minute in range(0, 24 * 60, 15):
        naive = dt.datetime.combine(day, dt.time(minute // 60, minute % 60))
        there = naive.replace(tzinfo=LONDON).astimezone(company.zone)
        theirs = company.working_hours_start <= there.time() < company.working_hours_end
        if (
            naive.replace(tzinfo=LONDON).astimezone(dt.UTC).astimezone(LONDON).replace(tzinfo=None)
            != naive
            or naive.replace(tzinfo=LONDON, fold=1).utcoffset()
            != naive.replace(tzinfo=LONDON).utcoffset()
        ):
            continue  # a minute that summer time skips or repeats
        assert any(a <= minute < b for a, b in found.theirs) is theirs
        mine = 9 * 60 <= minute < 18 * 60
        assert any(a <= minute < b for a, b in found.shared) is (theirs and mine)


@time_machine.travel(THURSDAY, tick=False)
def test_week_shows_the_readers_own_hours_by_date_and_no_colleagues(company: Company) -> None:
    furnish(company, letter=False)  # an hour of today
    with tenant(company.id):
        engagement = Engagement.objects.get()
        engagements.time_log(
            engagement=engagement,
            actor=company.cto,
            date=D(2026, 10, 12),
            minutes=210,
            category="delivery",
        )
    (mine,) = seen_by(company.cto).clients
    assert [day.minutes for day in mine.days] == [210, 0, 0, 60, 0, 0, 0]
    (theirs,) = seen_by(company.executive).clients
    assert not any(day.minutes for day in theirs.days)
    assert not theirs.logs
    (before,) = seen_by(company.cto, "2026-W41").clients
    assert before.week_minutes == 0


@time_machine.travel(THURSDAY, tick=False)
def test_week_counts_no_deleted_entry_until_it_is_restored(company: Company) -> None:
    furnish(company, letter=False)  # an hour of today
    with tenant(company.id):
        entry = TimeEntry.objects.get(date=THURSDAY.date())
        engagements.time_delete(entry=entry, actor=company.cto)
    (gone,) = seen_by(company.cto).clients
    assert gone.week_minutes == 0
    with tenant(company.id):
        engagements.time_restore(entry=entry, actor=company.cto)
    (back,) = seen_by(company.cto).clients
    assert back.week_minutes == 60


@time_machine.travel(THURSDAY, tick=False)
def test_update_lies_on_the_readers_day_and_names_the_companys_clock(company: Company) -> None:
    furnish(company, letter=False)
    board = seen_by(company.cto)
    (slot,) = board.clients[0].days[4].slots  # Friday
    assert slot.state == "due"
    assert f"{slot.at.astimezone(LONDON):%H:%M}" == "22:00"
    assert slot.words == "Update due, 17:00 New York"
    assert slot.href.endswith("/updates/2026-10-12/edit/")
    assert board.updates == ["due"]


@pytest.mark.parametrize(
    ("hours", "words"), [(3, "Update late by 3\u00a0h"), (49, "Update late by 2 days")]
)
def test_update_not_sent_in_time_is_late_by_its_larger_part(
    company: Company, hours: int, words: str
) -> None:
    with time_machine.travel(THURSDAY, tick=False):
        furnish(company, letter=False)
    due = dt.datetime(2026, 10, 16, 21, 0, tzinfo=dt.UTC)
    with time_machine.travel(due + dt.timedelta(hours=hours), tick=False):
        (slot,) = seen_by(company.cto, "2026-W42").clients[0].days[4].slots
    assert (slot.state, slot.words) == ("late", words)


@time_machine.travel(THURSDAY, tick=False)
def test_update_that_was_sent_lies_on_the_day_it_went_out(company: Company) -> None:
    furnish(company)  # sends the week's letter now, on Thursday
    board = seen_by(company.cto)
    (slot,) = board.clients[0].days[3].slots
    assert (slot.state, slot.words) == ("done", "Update sent")
    assert board.updates == ["done"]


@time_machine.travel(THURSDAY, tick=False)
def test_absence_says_who_covers_and_where_it_was_not_entered(
    company: Company, other_company: Company
) -> None:
    from engagements.models import OffPeriod

    furnish(company)
    furnish(other_company)
    with tenant(other_company.id):
        from tenants.services import member_add

        member_add(email=company.cto.user.email, name="", roles=["cto"], actor=BOWLINE)
    with tenant(company.id):
        OffPeriod.objects.create(
            member=company.cto,
            starts_on=D(2026, 10, 26),
            ends_on=D(2026, 10, 30),
            deputy=company.team,
        )
        OffPeriod.objects.create(member=company.cto, starts_on=D(2026, 9, 1), ends_on=D(2026, 9, 2))
    board = seen_by(company.cto)
    ((away, covers),) = board.absences
    assert away.starts_on == D(2026, 10, 26)
    assert covers == [(company.team.name, [company.tenant.name])]
    assert [client.slug for client in board.uncovered(away)] == [other_company.slug]


@time_machine.travel(THURSDAY, tick=False)
def test_figure_off_target_says_since_which_period_it_has_missed(company: Company) -> None:
    furnish(company, figures=0)
    with tenant(company.id):
        kpi = Kpi.objects.filter(aggregation="mean", direction="lower").first()
        assert kpi is not None
        kpi.cadence = "weekly"
        kpi.expected_freshness_hours = None
        kpi.save()
        target_set(kpi=kpi, actor=BOWLINE, value=Decimal(10), effective_on=D(2026, 1, 1))
        days = {D(2026, 9, 22): 5, D(2026, 9, 29): 11, D(2026, 10, 6): 12, D(2026, 10, 13): 13}
        raws = [
            {"observed_at": f"{day}T12:00:00Z", "value": str(value)} for day, value in days.items()
        ]
        measurements_record(kpi=kpi, actor=BOWLINE, raws=raws)
        work_off_marks()
    ((_, off),) = seen_by(company.cto).off_target
    assert off.since == "Week 40"


@time_machine.travel(THURSDAY, tick=False)
def test_who_covers_has_the_queue_on_dashboard_and_portfolio_and_can_work_on_it(
    company: Company, sign_in: SignIn, api: Callable[[Any], ApiClient]
) -> None:
    furnish(company)  # the letter asks the executive for something
    words = "For Executive Northwind, who is away"
    client = sign_in(company.team)
    assert words not in client.get(f"/t/{company.slug}/").content.decode()
    with tenant(company.id):
        ask = Ask.objects.get()
        with pytest.raises(Denied):
            item_close(item=ask, actor=company.team)
        engagements.coverage_plan(
            actor=company.executive,
            member=company.executive,
            starts_on=D(2026, 10, 15),
            ends_on=D(2026, 10, 16),
            deputy=company.team,
        )
    for path in (f"/t/{company.slug}/", "/portfolio/"):
        page = client.get(path).content.decode()
        assert page.count(words) == 2, path  # the ask and the blocker
        assert "asks Executive Northwind" in page
    listed = api(company.team).get("/waiting/").json()["results"]
    assert [(row["kind"], row["for_name"], row["due_on"]) for row in listed] == [
        ("ask", "Executive Northwind", "2026-10-24"),
        ("blocker", "Executive Northwind", "2026-10-24"),
    ]
    assert api(company.finance).get("/waiting/").json() == {
        "next": None,
        "previous": None,
        "results": [],
    }
    assert "You cover for Executive Northwind" in client.get(f"/t/{company.slug}/").content.decode()
    assert words not in sign_in(company.finance).get(f"/t/{company.slug}/").content.decode()
    done = client.post(f"/t/{company.slug}/updates/2026-10-12/close/{ask.pk}/")
    assert done.status_code == 303
    assert client.get("/portfolio/").content.decode().count(words) == 1


@time_machine.travel(THURSDAY, tick=False)
def test_portfolio_page_answers_for_any_week_and_refuses_what_is_none(
    company: Company, sign_in: SignIn
) -> None:
    furnish(company)
    client = sign_in(company.cto)
    page = client.get("/portfolio/?week=2026-W41").content.decode()
    assert "<h1>Week 41</h1>" in page
    assert 'href="/portfolio/"' in page  # back to this week
    assert client.get("/portfolio/?week=nonsense").status_code == 422
