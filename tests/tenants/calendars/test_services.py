"""A company's holidays: filled from a country's list, edited, and kept as they were edited."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection

from tenants.audit.models import AuditEvent
from tenants.calendars import calendar_of
from tenants.calendars.services import (
    holiday_add,
    holiday_remove,
    holiday_update,
    holidays_choose,
    holidays_fill,
)
from tenants.errors import Denied, Invalid, NotFound, StaleVersion, Suspended, WrongState
from tenants.isolation import tenant
from tenants.jobs.drain import drain
from tenants.jobs.models import Job
from tenants.jobs.ticking import queue_due_work
from tenants.models import Holiday, Tenant
from tenants.permissions import Role
from tests.factories import BOWLINE, Company, make_company

D = dt.date
NOW = dt.datetime(2026, 10, 15, 14, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _thursday_15_october() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


def choose(company: Company, country: str, subdivision: str = "") -> Tenant:
    return holidays_choose(
        tenant=company.tenant, actor=company.admin, country=country, subdivision=subdivision
    )


def names(active: bool = True) -> dict[dt.date, str]:
    return dict(Holiday.objects.filter(active=active).values_list("date", "name"))


def on(day: dt.date) -> Holiday:
    return Holiday.objects.get(date=day)


def test_new_company_keeps_no_holidays_and_works_from_monday_to_friday(inside: Company) -> None:
    """Nobody's clock stands still on a day that the company never chose."""
    calendar = calendar_of(inside.tenant)
    assert dict(calendar.holidays) == {}
    assert calendar.weekdays == frozenset(range(5))
    assert (calendar.opens, calendar.closes) == (dt.time(9), dt.time(17))
    assert calendar.zone.key == "America/New_York"


def test_list_of_a_country_is_filled_from_last_year_to_two_years_ahead(
    inside: Company, django_assert_num_queries: Any
) -> None:
    chosen = choose(inside, "US")
    assert chosen.holidays_through_year == 2028
    years = {day.year for day in names()}
    assert years == {2025, 2026, 2027, 2028}
    assert names()[D(2026, 11, 26)] == "Thanksgiving Day"
    with django_assert_num_queries(1):
        calendar = calendar_of(chosen)
    assert not calendar.is_working_day(D(2026, 11, 26))
    event = AuditEvent.objects.get(verb="tenant.holidays_chosen")
    assert event.changes["holiday_country"] == ["", "US"]
    assert event.changes["added"] == Holiday.objects.count()


def test_part_of_a_country_adds_its_own_days(inside: Company) -> None:
    choose(inside, "DE")
    assert D(2027, 1, 6) not in names()
    choose(inside, "DE", "BY")
    assert names()[D(2027, 1, 6)] == "Epiphany"
    assert on(D(2027, 1, 6)).subdivision == "BY"


def test_another_country_keeps_past_days_own_days_and_what_was_switched_off(
    inside: Company,
) -> None:
    choose(inside, "US")
    for day in (D(2026, 12, 25), D(2026, 11, 26)):
        holiday_update(holiday=on(day), actor=inside.admin, changes={"active": False})
    own = holiday_add(
        tenant=inside.tenant, actor=inside.admin, date=D(2026, 12, 24), name="Day of the team"
    )
    choose(inside, "GB", "ENG")
    assert D(2026, 10, 12) in names(), "Columbus Day was a day off and stays one"
    assert D(2026, 11, 26) not in names() | names(active=False)
    assert D(2026, 12, 25) in names(active=False), "both lists know it: it stays switched off"
    assert on(D(2026, 12, 24)) == own
    assert names()[D(2027, 5, 3)] == "May Day"
    choose(inside, "")
    assert set(names()) == {day for day in names() if day < D(2026, 10, 15)} | {D(2026, 12, 24)}


def test_choosing_and_filling_again_changes_nothing(inside: Company) -> None:
    chosen = choose(inside, "US")
    holiday_update(holiday=on(D(2026, 11, 26)), actor=inside.admin, changes={"active": False})
    before = list(Holiday.objects.values_list("pk", "date", "name", "active", "updated_at"))
    events = AuditEvent.objects.count()
    choose(inside, "US")
    assert holidays_fill(tenant=chosen, actor=BOWLINE) == 0
    assert before == list(Holiday.objects.values_list("pk", "date", "name", "active", "updated_at"))
    assert AuditEvent.objects.count() == events


def test_filling_a_year_later_adds_the_next_one_and_keeps_edits(inside: Company) -> None:
    chosen = choose(inside, "US")
    holiday_update(holiday=on(D(2028, 7, 4)), actor=inside.admin, changes={"active": False})
    with time_machine.travel(dt.datetime(2027, 1, 1, 12, tzinfo=dt.UTC)):
        assert holidays_fill(tenant=chosen, actor=BOWLINE) > 5
        assert holidays_fill(tenant=chosen, actor=BOWLINE) == 0
    assert max(names()).year == 2029
    assert D(2028, 7, 4) in names(active=False)


def test_unknown_country_or_part_is_refused(inside: Company) -> None:
    for country, part, field in (
        ("XX", "", "holiday_country"),
        ("USA", "", "holiday_country"),
        ("DE", "ZZ", "holiday_subdivision"),
        ("", "BY", "holiday_subdivision"),
    ):
        with pytest.raises(Invalid) as refused:
            choose(inside, country, part)
        assert list(refused.value.errors) == [field]
    assert not Holiday.objects.exists()


def test_own_holiday_is_added_changed_and_removed(inside: Company) -> None:
    own = holiday_add(
        tenant=inside.tenant, actor=inside.admin, date=D(2026, 12, 24), name=" Half of us away "
    )
    assert own.name == "Half of us away"
    own = holiday_update(
        holiday=own, actor=inside.admin, changes={"date": D(2026, 12, 23), "name": "Away"}
    )
    assert names() == {D(2026, 12, 23): "Away"}
    holiday_update(holiday=own, actor=inside.admin, changes={"name": "Away"})
    holiday_remove(holiday=own, actor=inside.admin)
    assert names() == {}
    with pytest.raises(NotFound):
        holiday_remove(holiday=own, actor=inside.admin)
    verbs = AuditEvent.objects.filter(verb__startswith="holiday.").order_by("id")
    assert [event.verb for event in verbs] == [
        "holiday.added",
        "holiday.updated",
        "holiday.removed",
    ]


def test_day_of_the_list_is_switched_off_never_changed_or_removed(inside: Company) -> None:
    choose(inside, "US")
    thanksgiving = on(D(2026, 11, 26))
    with pytest.raises(WrongState, match="Switch it off instead"):
        holiday_remove(holiday=thanksgiving, actor=inside.admin)
    with pytest.raises(WrongState, match="add your own day"):
        holiday_update(holiday=thanksgiving, actor=inside.admin, changes={"name": "Turkey"})
    for active in (False, True):
        holiday_update(holiday=thanksgiving, actor=inside.admin, changes={"active": active})
        assert calendar_of(inside.tenant).is_working_day(D(2026, 11, 26)) is not active
    verbs = AuditEvent.objects.filter(verb__startswith="holiday.").order_by("id")
    assert [event.verb for event in verbs] == ["holiday.switched_off", "holiday.switched_on"]


def test_date_that_is_a_holiday_already_is_refused(inside: Company) -> None:
    choose(inside, "US")
    for date, says in (
        (D(2026, 11, 26), "Thanksgiving Day"),
        (D(1999, 12, 31), "between 2000 and 2100"),
    ):
        with pytest.raises(Invalid, match=says):
            holiday_add(tenant=inside.tenant, actor=inside.admin, date=date, name="Again")
    with pytest.raises(Invalid, match="Fill this in"):
        holiday_add(tenant=inside.tenant, actor=inside.admin, date=D(2026, 11, 24), name="  ")
    holiday_update(holiday=on(D(2026, 11, 26)), actor=inside.admin, changes={"active": False})
    holiday_add(tenant=inside.tenant, actor=inside.admin, date=D(2026, 11, 26), name="Ours")
    switched_off = Holiday.objects.get(date=D(2026, 11, 26), source="list")
    with pytest.raises(Invalid, match="Ours"):
        holiday_update(holiday=switched_off, actor=inside.admin, changes={"active": True})


def test_stale_change_is_refused(inside: Company) -> None:
    own = holiday_add(tenant=inside.tenant, actor=inside.admin, date=D(2026, 12, 24), name="A")
    read_at = own.updated_at
    holiday_update(holiday=own, actor=inside.admin, changes={"name": "B"}, if_unmodified=read_at)
    with pytest.raises(StaleVersion):
        holiday_update(
            holiday=own, actor=inside.admin, changes={"name": "C"}, if_unmodified=read_at
        )


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("status", ["active", "suspended", "archived"])
def test_holidays_are_the_admins_while_the_company_is_active(
    inside: Company, role: Role, status: str
) -> None:
    Tenant.objects.update(status=status)
    inside.tenant.refresh_from_db()
    actor = inside.member(role)
    own = Holiday.objects.create(date=D(2026, 12, 24), name="Ours")
    calls: list[Any] = [
        lambda: holidays_choose(tenant=inside.tenant, actor=actor, country="US"),
        lambda: holiday_add(tenant=inside.tenant, actor=actor, date=D(2027, 2, 1), name="New"),
        lambda: holiday_update(holiday=own, actor=actor, changes={"name": "Theirs"}),
        lambda: holiday_remove(holiday=own, actor=actor),
    ]
    for call in calls:
        if role != Role.ADMIN:
            with pytest.raises(Denied):
                call()
        elif status != "active":
            with pytest.raises(Suspended):
                call()
        else:
            call()


def test_tick_fills_years_that_come_near(committed_db: None) -> None:
    """A list that ends too soon is continued once; a company that keeps none is left alone."""
    with connection.cursor() as cursor:  # the database's own clock decides
        cursor.execute("select extract(year from now())::int")
        (this_year,) = cursor.fetchone()
    companies = [make_company("northwind"), make_company("contoso")]
    with tenant(companies[0].id):
        choose(companies[0], "US")
        year = Tenant.objects.get().holidays_through_year
        assert year is not None
        Holiday.objects.filter(date__year=year).delete()
        Tenant.objects.update(holidays_through_year=this_year)
    for _ in range(2):
        queue_due_work()
        drain(queues=["default"])
    for company in companies:
        with tenant(company.id):
            filled = Job.objects.filter(kind="calendars.fill", state="done").count()
            assert filled == (1 if company is companies[0] else 0)
    with tenant(companies[0].id):
        assert Tenant.objects.get().holidays_through_year == year
        assert Holiday.objects.filter(date__year=year).exists()
        assert AuditEvent.objects.filter(verb="tenant.holidays_filled").count() == 1
