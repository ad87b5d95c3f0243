"""Two people at the same letter at the same instant, on real connections."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from engagements.models import TimeEntry, WeekLock
from reviews import services
from reviews.models import WeeklyUpdate
from reviews.weeks import week_start_of
from tenants.audit.models import AuditEvent
from tenants.errors import DomainError, StaleVersion, WrongState
from tenants.isolation import tenant
from tenants.models import Member
from tenants.services import member_add
from tests.engagements.builders import add_terms, log, make_engagement
from tests.factories import BOWLINE, Company, make_company
from tests.reviews.builders import FULL, letter, start


@pytest.fixture(autouse=True)
def clock() -> None:
    """These tests run on the real clock: threads and a moved clock do not mix."""


@pytest.fixture
def northwind(committed_db: None) -> Company:
    return make_company("northwind")


def together(company: Company, calls: list[Callable[[], Any]]) -> list[Any]:
    """Run the calls at once, each in its own thread and transaction; answers or refusals."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait(60)
            with tenant(company.id):
                return call()
        except DomainError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def draft_of_this_week(company: Company) -> WeeklyUpdate:
    with tenant(company.id):
        engagement = make_engagement(company, starts_on=dt.date(2026, 1, 1))
        add_terms(engagement, company)
        return start(
            engagement, company.cto, week_start_of(company.tenant, company.tenant.today), **FULL
        )


def deputy_of(company: Company) -> Member:
    with tenant(company.id):
        return member_add(
            email="deputy@northwind.example", name="Dee Puty", roles=["cto"], actor=BOWLINE
        )


def test_of_two_people_who_send_at_once_exactly_one_does(northwind: Company) -> None:
    update, deputy = draft_of_this_week(northwind), deputy_of(northwind)
    answers = together(
        northwind,
        [
            lambda: services.update_submit(update=update, actor=northwind.cto),
            lambda: services.update_submit(update=update, actor=deputy),
        ],
    )
    refused = [a for a in answers if isinstance(a, WrongState)]
    won = [a for a in answers if isinstance(a, WeeklyUpdate)]
    assert (len(won), len(refused)) == (1, 1)
    with tenant(northwind.id):
        stored = WeeklyUpdate.objects.with_people().get()
        assert stored.submitted_by == won[0].submitted_by
        assert str(refused[0]).startswith(f"{stored.submitted_by.name} sent this update on ")
        assert WeekLock.objects.in_force().count() == 1
        assert AuditEvent.objects.filter(verb="weekly_update.submitted").count() == 1


def test_one_person_who_sends_twice_at_once_sends_once(northwind: Company) -> None:
    update = draft_of_this_week(northwind)
    answers = together(
        northwind,
        [lambda: services.update_submit(update=update, actor=northwind.cto)] * 3,
    )
    assert {a.submitted_at for a in answers} == {answers[0].submitted_at}
    with tenant(northwind.id):
        assert AuditEvent.objects.filter(verb="weekly_update.submitted").count() == 1


def test_of_many_who_acknowledge_at_once_one_is_recorded(northwind: Company) -> None:
    update = draft_of_this_week(northwind)
    with tenant(northwind.id):
        services.update_submit(update=update, actor=northwind.cto)
    answers = together(
        northwind,
        [
            lambda: services.update_acknowledge(update=update, actor=northwind.executive),
            lambda: services.update_acknowledge(update=update, actor=northwind.admin),
        ]
        * 2,
    )
    assert len({a.acknowledged_by_id for a in answers}) == 1
    with tenant(northwind.id):
        assert AuditEvent.objects.filter(verb="weekly_update.acknowledged").count() == 1


def test_two_people_who_start_the_same_week_write_one_letter(northwind: Company) -> None:
    update, deputy = draft_of_this_week(northwind), deputy_of(northwind)
    next_week = update.week_start + dt.timedelta(days=7)
    answers = together(
        northwind,
        [
            lambda: services.update_start(
                engagement=update.engagement, actor=northwind.cto, week_start=next_week
            ),
            lambda: services.update_start(
                engagement=update.engagement, actor=deputy, week_start=next_week
            ),
        ],
    )
    assert sorted(is_new for _, is_new in answers) == [False, True]
    assert len({found.pk for found, _ in answers}) == 1


def test_of_two_tabs_that_save_at_once_one_is_told(northwind: Company) -> None:
    update = draft_of_this_week(northwind)

    def save(tab: str) -> Callable[[], Any]:
        return lambda: services.update_save_draft(
            update=update,
            actor=northwind.cto,
            content=letter(summary=f"From {tab}"),
            version=1,
            saved_from=tab,
        )

    answers = together(northwind, [save("a"), save("b")])
    assert sorted(type(a) for a in answers if isinstance(a, DomainError)) == [StaleVersion]
    won = next(a for a in answers if isinstance(a, WeeklyUpdate))
    with tenant(northwind.id):
        assert WeeklyUpdate.objects.get().summary == won.summary


def test_hours_logged_while_sending_are_in_the_letter_or_refused(northwind: Company) -> None:
    """Whatever order they come in: the letter's hours are the week's hours."""
    update = draft_of_this_week(northwind)
    day = northwind.tenant.today
    answers = together(
        northwind,
        [
            lambda: services.update_submit(update=update, actor=northwind.cto),
            *[lambda: log(update.engagement, northwind, day, 30)] * 3,
        ],
    )
    logged = [a for a in answers if isinstance(a, TimeEntry)]
    assert len(logged) + sum(isinstance(a, WrongState) for a in answers) == 3
    with tenant(northwind.id):
        assert WeeklyUpdate.objects.get().hours["total_minutes"] == 30 * len(logged)
