"""What dashboards show of weekly updates."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engagements import services as engagement_services
from engagements.models import Engagement
from reviews import services
from reviews.content import Item
from reviews.figures import letters, next_update, waiting_for
from reviews.models import Ask
from tenants.models import Member
from tests.factories import Company
from tests.reviews.builders import (
    FULL,
    MON_19,
    WEEK_40,
    WEEK_41,
    WEEK_42,
    D,
    acknowledged,
    ask,
    sent,
    start,
)

MONDAY_26 = dt.datetime(2026, 10, 26, 14, tzinfo=dt.UTC)


def kinds(member: Member) -> list[str]:
    return [item.kind for item in waiting_for(member)]


def test_the_latest_letter_is_the_last_that_was_sent_with_its_lines(
    inside: Company, engagement: Engagement
) -> None:
    assert letters().latest is None
    sent(engagement, inside, WEEK_40)
    sent(engagement, inside, WEEK_41, asks=[ask(inside.finance)], blockers=[Item(text="Stuck")])
    start(engagement, inside.cto, WEEK_42)
    with CaptureQueriesContext(connection) as queries:
        letter = letters().latest
        assert letter is not None
        assert (letter.update.week_start, letter.author_name) == (WEEK_41, "Cto Northwind")
        assert [(a.text, a.member_name) for a in letter.asks] == [
            ("Vote on the audit", "Finance Northwind")
        ]
        assert [(b.text, b.member_name) for b in letter.blockers] == [("Stuck", "")]
        assert letter.update.hours["total_minutes"] == 0
    assert len(queries) == 2


def test_next_update_is_this_weeks_until_it_is_sent(
    inside: Company, engagement: Engagement, clock: time_machine.Traveller
) -> None:
    due = next_update(engagement)
    assert due is not None
    assert (due.week_start, due.sent, due.late, due.week_name) == (WEEK_42, False, False, "week 42")
    start(engagement, inside.cto, **FULL)
    clock.move_to(due.due_at + dt.timedelta(seconds=1))
    due = next_update(engagement)
    assert due is not None
    assert (due.sent, due.late) == (False, True)
    services.update_submit(update=due.update, actor=inside.cto)
    due = next_update(engagement)
    assert due is not None
    assert (due.sent, due.late) == (True, True)


def test_last_weeks_letter_stays_due_until_it_is_sent(
    inside: Company, engagement: Engagement, clock: time_machine.Traveller
) -> None:
    clock.move_to(MONDAY_26)
    due = next_update(engagement)
    assert due is not None
    assert (due.week_start, due.late) == (D(2026, 10, 19), True)
    sent(engagement, inside, D(2026, 10, 19))
    due = next_update(engagement)
    assert due is not None
    assert (due.week_start, due.late) == (D(2026, 10, 26), False)


def test_a_week_before_the_engagement_was_entered_is_owed_by_nobody(
    inside: Company, engagement: Engagement
) -> None:
    """It began in September, but is known here since this Thursday."""
    due = next_update(engagement)
    assert due is not None
    assert due.week_start == WEEK_42


@pytest.mark.parametrize("status", ["paused", "ended"])
def test_an_engagement_that_does_not_run_owes_no_letter(
    inside: Company, engagement: Engagement, status: str
) -> None:
    moved = engagement_services.engagement_transition(
        engagement=engagement, actor=inside.admin, status=status
    )
    assert next_update(moved) is None
    assert waiting_for(inside.cto) == []


def test_each_waits_for_what_is_theirs(inside: Company, engagement: Engagement) -> None:
    assert kinds(inside.cto) == ["write"]
    assert kinds(inside.executive) == []
    sent(engagement, inside, asks=[ask(inside.finance)], blockers=[stuck(inside.executive)])
    assert kinds(inside.cto) == []
    assert kinds(inside.executive) == ["acknowledge", "blocker"]
    assert kinds(inside.finance) == ["ask"]
    assert kinds(inside.admin) == ["acknowledge"]
    assert kinds(inside.team) == []


def stuck(member: Member) -> Item:
    return Item(text="No on-call owner", member=member, due_on=D(2026, 10, 20))


def test_what_is_done_waits_no_longer(inside: Company, engagement: Engagement) -> None:
    acknowledged(engagement, inside, asks=[ask(inside.executive)])
    assert kinds(inside.executive) == ["ask"]
    services.item_close(item=Ask.objects.get(), actor=inside.executive)
    assert kinds(inside.executive) == []


def test_only_the_latest_letter_asks(
    inside: Company, engagement: Engagement, clock: time_machine.Traveller
) -> None:
    sent(engagement, inside, WEEK_41, asks=[ask(inside.finance)])
    draft = start(engagement, inside.cto, WEEK_42, **FULL)
    assert [item.href for item in waiting_for(inside.finance)] == [
        "/t/northwind/updates/2026-10-05/#asks"
    ]
    services.update_submit(update=draft, actor=inside.cto)
    assert [item.href for item in waiting_for(inside.finance)] == [
        "/t/northwind/updates/2026-10-12/#asks"
    ]


def test_items_say_who_what_and_by_when_the_soonest_first(
    inside: Company, engagement: Engagement, clock: time_machine.Traveller
) -> None:
    sent(
        engagement,
        inside,
        asks=[ask(inside.finance, "Later", MON_19), ask(inside.finance, "Soon", D(2026, 10, 16))],
    )
    clock.move_to(dt.datetime(2026, 10, 18, 14, tzinfo=dt.UTC))
    soon, later = waiting_for(inside.finance)
    assert (soon.title, soon.detail, soon.is_late) == (
        "Soon", "Cto Northwind asks you in week 42. 2 days late.", True,
    )  # fmt: skip
    assert (later.title, later.detail, later.is_late) == (
        "Later", "Cto Northwind asks you in week 42. Due Mon 19 Oct.", False,
    )  # fmt: skip


@pytest.mark.parametrize("rows", [1, 3])
def test_waiting_takes_the_same_queries_however_much_waits(
    inside: Company, engagement: Engagement, rows: int
) -> None:
    sent(
        engagement,
        inside,
        asks=[ask(inside.executive, f"Ask {n}") for n in range(rows)],
        blockers=[stuck(inside.executive)] * rows,
    )
    with CaptureQueriesContext(connection) as queries:
        assert len(waiting_for(inside.executive)) == 2 * rows + 1
    assert len(queries) == 3  # the third: for whom they cover
