"""Undo, copies of a week, entries that are sent twice, and the running clock."""

import datetime as dt

import pytest
import time_machine

from engagements import services
from engagements.figures import retainer_now
from engagements.models import Engagement, TimeEntry, Timer
from engagements.services.time import removed_entries_purge
from engagements.services.timers import running_timer
from tenants.errors import Denied, Invalid, NotFound, WrongState
from tenants.isolation import tenant, uuid7
from tenants.models import ApiKey, AuditEvent
from tenants.services import member_add, member_remove
from tests.engagements.builders import D, add_terms, log, make_engagement
from tests.factories import BOWLINE, Company

TODAY = D(2026, 10, 15)
MONDAY = D(2026, 10, 12)


def on(*parts: int) -> time_machine.travel:
    return time_machine.travel(dt.datetime(*parts, tzinfo=dt.UTC), tick=False)  # type: ignore[arg-type]


# ---- undo ----


def test_deleted_entry_counts_nowhere_and_comes_back(
    inside: Company, engagement: Engagement
) -> None:
    entry = log(engagement, inside, TODAY, 90, note="Board call")
    services.time_delete(entry=entry, actor=inside.cto)
    assert not TimeEntry.objects.exists()
    assert retainer_now(engagement).used_minutes == 0
    for _ in range(2):
        restored = services.time_restore(entry=entry, actor=inside.cto)
        assert (restored.minutes, restored.note, restored.removed_at) == (90, "Board call", None)
    assert retainer_now(engagement).used_minutes == 90
    verbs = list(AuditEvent.objects.order_by("id").values_list("verb", flat=True))
    assert verbs[-2:] == ["time.deleted", "time.restored"]


def test_restoring_keeps_every_rule_of_logging(inside: Company, engagement: Engagement) -> None:
    entry = log(engagement, inside, TODAY, 1000)
    services.time_delete(entry=entry, actor=inside.cto)
    with pytest.raises(Denied):
        services.time_restore(entry=entry, actor=inside.admin)
    other = log(engagement, inside, TODAY, 600)
    with pytest.raises(Invalid, match="24 hours"):
        services.time_restore(entry=entry, actor=inside.cto)
    services.time_delete(entry=other, actor=inside.cto)
    services.week_lock(engagement=engagement, actor=inside.cto, week_start=MONDAY)
    with pytest.raises(WrongState):
        services.time_restore(entry=entry, actor=inside.cto)


def test_deleted_entries_are_forgotten_after_a_month(
    inside: Company, engagement: Engagement
) -> None:
    entry = log(engagement, inside, TODAY)
    kept = log(engagement, inside, TODAY)
    services.time_delete(entry=entry, actor=inside.cto)
    soon = dt.datetime(2026, 10, 15, tzinfo=dt.UTC)
    assert removed_entries_purge(before=soon) == 0
    assert removed_entries_purge(before=soon + dt.timedelta(days=31)) == 1
    with pytest.raises(NotFound):
        services.time_restore(entry=entry, actor=inside.cto)
    assert TimeEntry.objects.get() == kept


def test_form_that_is_sent_twice_logs_once(inside: Company, engagement: Engagement) -> None:
    once = uuid7()
    first, second = (log(engagement, inside, TODAY, 30, entry_id=once) for _ in range(2))
    assert first == second
    assert TimeEntry.objects.count() == 1
    services.time_delete(entry=first, actor=inside.cto)
    with pytest.raises(WrongState, match="logged and deleted"):
        log(engagement, inside, TODAY, 30, entry_id=once)


# ---- copying a week ----


def test_last_week_is_copied_once_and_never_into_the_future(
    inside: Company, engagement: Engagement
) -> None:
    for day, minutes in ((5, 60), (5, 60), (7, 45), (9, 30)):  # Monday twice, Wednesday, Friday
        log(engagement, inside, D(2026, 10, day), minutes, note="Stand-up", initiative="Fleet")
    log(engagement, inside, MONDAY, 60, note="Stand-up", initiative="Fleet")  # there already
    copied = services.time_copy_week(engagement=engagement, actor=inside.cto, week_start=MONDAY)
    assert [(e.date.day, e.minutes, e.note) for e in copied.entries] == [
        (12, 60, "Stand-up"), (14, 45, "Stand-up"),
    ]  # fmt: skip
    assert copied.there_already == 1
    ((left_out, why),) = copied.refused
    assert left_out.date == D(2026, 10, 9)
    assert "Log time once it is worked" in why
    again = services.time_copy_week(engagement=engagement, actor=inside.cto, week_start=MONDAY)
    assert (again.entries, again.there_already) == ([], 3)
    assert TimeEntry.objects.between(MONDAY, TODAY).minutes() == 165


def test_copy_into_a_locked_week_is_refused(inside: Company, engagement: Engagement) -> None:
    log(engagement, inside, D(2026, 10, 5))
    services.week_lock(engagement=engagement, actor=inside.cto, week_start=MONDAY)
    with pytest.raises(WrongState):
        services.time_copy_week(engagement=engagement, actor=inside.cto, week_start=MONDAY)
    with pytest.raises(Denied):
        services.time_copy_week(engagement=engagement, actor=inside.admin, week_start=MONDAY)


# ---- the clock ----


def test_timer_becomes_an_entry(inside: Company, engagement: Engagement) -> None:
    with on(2026, 10, 15, 14, 0):
        timer = services.timer_start(
            engagement=engagement, actor=inside.cto, category="delivery", initiative=" Fleet "
        )
    with on(2026, 10, 15, 15, 15, 40):
        stopped = services.timer_stop(timer=timer, actor=inside.cto, changes={"note": "Pairing"})
    entry = stopped.entries[0]
    assert (entry.minutes, entry.category, entry.initiative, entry.note) == (
        76, "delivery", "Fleet", "Pairing",
    )  # fmt: skip
    assert (stopped.measured.seconds, stopped.measured.rounded_seconds) == (4540, 20)
    assert not Timer.objects.exists()
    with pytest.raises(NotFound):
        services.timer_stop(timer=timer, actor=inside.cto)


def test_timer_over_midnight_at_the_client_is_two_entries(
    inside: Company, engagement: Engagement
) -> None:
    with on(2026, 10, 15, 2, 0):  # 22:00 of the 14th in New York
        timer = services.timer_start(engagement=engagement, actor=inside.cto)
    with on(2026, 10, 15, 5, 30):
        stopped = services.timer_stop(timer=timer, actor=inside.cto)
    assert [(e.date.day, e.minutes) for e in stopped.entries] == [(14, 120), (15, 90)]


def test_forgotten_timer_asks(inside: Company, engagement: Engagement) -> None:
    with on(2026, 10, 14, 14, 0):
        timer = services.timer_start(engagement=engagement, actor=inside.cto)
    with on(2026, 10, 15, 14, 0):
        with pytest.raises(WrongState, match="ran for 1 day"):
            services.timer_stop(timer=timer, actor=inside.cto)
        for wrong in (
            dt.datetime(2026, 10, 14, 13, 59, tzinfo=dt.UTC),
            dt.datetime(2026, 10, 15, 14, 1, tzinfo=dt.UTC),
        ):
            with pytest.raises(Invalid):
                services.timer_stop(timer=timer, actor=inside.cto, ended_at=wrong)
        ended = dt.datetime(2026, 10, 14, 17, 0, tzinfo=dt.UTC)
        stopped = services.timer_stop(timer=timer, actor=inside.cto, ended_at=ended)
        assert [(e.date.day, e.minutes) for e in stopped.entries] == [(14, 180)]


def test_timer_that_cannot_be_logged_runs_on(inside: Company, engagement: Engagement) -> None:
    timer = services.timer_start(engagement=engagement, actor=inside.cto)
    services.week_lock(engagement=engagement, actor=inside.cto, week_start=MONDAY)
    with pytest.raises(WrongState):
        services.timer_stop(timer=timer, actor=inside.cto)
    assert Timer.objects.exists()
    with pytest.raises(Denied):
        services.timer_discard(timer=timer, actor=inside.admin)
    services.timer_discard(timer=timer, actor=inside.cto)
    assert not TimeEntry.objects.exists()


def test_a_person_has_one_timer(inside: Company, engagement: Engagement) -> None:
    other = make_engagement(inside, title="Second")
    services.timer_start(engagement=engagement, actor=inside.cto)
    with pytest.raises(WrongState, match="runs already, at Northwind"):
        services.timer_start(engagement=other, actor=inside.cto)
    key = ApiKey.objects.create(name="Clock", scopes=["time.log"], prefix="bl_x", secret_hash=b"")
    with pytest.raises(Denied):
        services.timer_start(engagement=other, actor=key)


def test_a_person_has_one_timer_over_all_companies(
    company: Company, other_company: Company
) -> None:
    with tenant(company.id):
        services.timer_start(engagement=make_engagement(company), actor=company.cto)
    with tenant(other_company.id):
        same = member_add(email=company.cto.email, roles=["cto"], actor=BOWLINE)
        theirs = make_engagement(other_company, cto=same)
        running = running_timer(same.user)
        assert running is not None
        assert running.slug == "northwind"
        with pytest.raises(WrongState, match="at Northwind"):
            services.timer_start(engagement=theirs, actor=same)
    with tenant(company.id):
        member_remove(member=company.cto, actor=company.admin)
    with tenant(other_company.id):  # a clock in a company that one has left holds nobody up
        assert running_timer(same.user) is None
        services.timer_start(engagement=theirs, actor=same)


@pytest.mark.parametrize("status", ["proposed", "paused", "ended"])
def test_timer_needs_an_engagement_that_runs(inside: Company, status: str) -> None:
    engagement = make_engagement(inside, status="proposed")
    if status != "proposed":
        services.engagement_transition(engagement=engagement, actor=inside.admin, status="active")
        services.engagement_transition(engagement=engagement, actor=inside.admin, status=status)
    with pytest.raises(WrongState):
        services.timer_start(engagement=engagement, actor=inside.cto)


def test_alerts_of_the_clock_are_those_of_logging(inside: Company) -> None:
    engagement = make_engagement(inside)
    add_terms(engagement, inside, hours_per_month=1)
    with on(2026, 10, 15, 14, 0):
        timer = services.timer_start(engagement=engagement, actor=inside.cto)
    with on(2026, 10, 15, 15, 0):
        services.timer_stop(timer=timer, actor=inside.cto)
    assert AuditEvent.objects.filter(verb="retainer.alerted").count() == 1
