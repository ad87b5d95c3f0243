"""Two at once: real threads, real transactions."""

import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connections

from engagements import services
from engagements.models import Engagement, Pause, Terms, TimeEntry
from engagements.retainer import retainer
from tenants.errors import DomainError, Invalid, WrongState
from tenants.isolation import tenant
from tenants.models import Member
from tenants.services import member_add
from tests.engagements.builders import D, add_terms, log, make_engagement
from tests.factories import Company, make_company

DAY = D(2026, 10, 14)
Outcome = object


@pytest.fixture
def busy(committed_db: None) -> Company:
    return make_company("northwind")


@pytest.fixture
def running(busy: Company) -> Engagement:
    with tenant(busy.id):
        return make_engagement(busy)


def at_once(company: Company, *calls: Callable[[], Outcome]) -> list[Outcome]:
    """Run all calls in threads that start together; answers what each returned or raised."""
    start = threading.Barrier(len(calls))
    outcomes: list[Outcome] = [None] * len(calls)

    def run(place: int, call: Callable[[], Outcome]) -> None:
        try:
            start.wait(10)
            with tenant(company.id):
                outcomes[place] = call()
        except DomainError as error:
            outcomes[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert all(outcome is not None for outcome in outcomes)
    return outcomes


def test_last_hours_of_a_day_are_logged_once(busy: Company, running: Engagement) -> None:
    with tenant(busy.id):
        other = make_engagement(busy, title="Second")
        log(running, busy, DAY, 1380)
    outcomes = at_once(
        busy,
        *[lambda e=e: log(e, busy, DAY, 60) for e in (running, other, running, other)],
    )
    assert sum(isinstance(o, TimeEntry) for o in outcomes) == 1
    assert sum(isinstance(o, Invalid) for o in outcomes) == 3
    with tenant(busy.id):
        assert TimeEntry.objects.minutes() == 1440


def test_two_people_log_the_last_hours_and_both_count(busy: Company, running: Engagement) -> None:
    """The retainer is no barrier to work that was done: both stand, the overage shows."""
    with tenant(busy.id):
        add_terms(running, busy, hours_per_month=Decimal(1))
        deputy = member_add(
            email="deputy@northwind.example", name="Deputy", roles=["cto"], actor=busy.admin
        )

    def as_(member: Member) -> TimeEntry:
        return services.time_log(
            engagement=running, actor=member, date=DAY, minutes=60, category="delivery"
        )

    outcomes = at_once(busy, lambda: as_(busy.cto), lambda: as_(deputy))
    assert all(isinstance(o, TimeEntry) for o in outcomes)
    with tenant(busy.id):
        found = retainer(running, DAY)
        assert (found.used_minutes, found.over_minutes) == (120, 60)


def test_terms_of_one_date_are_added_once(busy: Company, running: Engagement) -> None:
    outcomes = at_once(
        busy,
        *[
            lambda hours=hours: add_terms(running, busy, hours_per_month=Decimal(hours))
            for hours in (20, 30, 40)
        ],
    )
    assert sum(isinstance(o, Terms) for o in outcomes) == 1
    assert sum(isinstance(o, Invalid) for o in outcomes) == 2
    with tenant(busy.id):
        assert Terms.objects.count() == 1


def test_time_never_slips_into_a_week_as_it_locks(busy: Company, running: Engagement) -> None:
    """Whoever comes second sees the other: an entry is before the lock, or refused."""

    def lock() -> Outcome:
        services.week_lock(engagement=running, actor=busy.cto, week_start=D(2026, 10, 12))
        return TimeEntry.objects.count()

    counted, *logged = at_once(busy, lock, *[lambda: log(running, busy, DAY, 10)] * 3)
    with tenant(busy.id):
        assert TimeEntry.objects.count() == counted
    assert sum(isinstance(o, TimeEntry) for o in logged) == counted
    assert all(isinstance(o, (TimeEntry, WrongState)) for o in logged)


def test_pause_of_two_is_one_pause(busy: Company, running: Engagement) -> None:
    outcomes = at_once(
        busy,
        *[
            lambda: services.engagement_transition(
                engagement=running, actor=busy.admin, status="paused"
            )
        ]
        * 2,
    )
    assert all(isinstance(o, Engagement) for o in outcomes)
    with tenant(busy.id):
        assert Pause.objects.count() == 1
