"""Changes of engagements, terms, time and locks: what they write, and what they refuse."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from engagements import services
from engagements.models import Engagement, Pause, Terms, TimeEntry, WeekLock
from engagements.retainer import retainer
from tenants.errors import Denied, DomainError, Invalid, NotFound, StaleVersion, WrongState
from tenants.models import ApiKey, AuditEvent
from tenants.services import member_add, member_remove
from tests.engagements.builders import START, D, add_terms, log, make_engagement
from tests.factories import BOWLINE, Company

TODAY = D(2026, 10, 15)
MONDAY = D(2026, 10, 12)


def verbs() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("verb", flat=True))


def later(days: int) -> Any:
    """Travel this many days on from Thursday 15 October."""
    moment = dt.datetime(2026, 10, 15, 14, 0, tzinfo=dt.UTC) + dt.timedelta(days=days)
    return time_machine.travel(moment, tick=True)


# ---- engagement ----


def test_engagement_create_writes_one_event(inside: Company) -> None:
    engagement = make_engagement(inside, status="proposed")
    event = AuditEvent.objects.get(verb="engagement.created")
    assert (event.target_id, event.actor_id) == (engagement.pk, inside.admin.pk)
    assert engagement.status == "proposed"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"model": "boss"}, "model"),
        ({"status": "ended"}, "status"),
        ({"ends_on": START - dt.timedelta(days=1)}, "ends_on"),
        ({"starts_on": D(1999, 12, 31)}, "starts_on"),
        ({"ends_on": D(2101, 1, 1)}, "ends_on"),
    ],
)
def test_engagement_create_refuses(inside: Company, fields: dict[str, Any], wrong: str) -> None:
    with pytest.raises(Invalid) as refused:
        make_engagement(inside, **fields)
    assert set(refused.value.errors) == {wrong}
    assert not Engagement.objects.exists()


def test_engagement_people_must_serve_in_their_roles(inside: Company) -> None:
    with pytest.raises(Invalid) as refused:
        make_engagement(inside, cto=inside.finance, sponsor=inside.team)
    assert set(refused.value.errors) == {"cto", "sponsor"}
    member_remove(member=inside.cto, actor=inside.admin)
    inside.cto.refresh_from_db()
    with pytest.raises(Invalid):
        make_engagement(inside)
    assert make_engagement(
        inside,
        cto=member_add(
            email="new@northwind.example", name="New", roles=["cto"], actor=inside.admin
        ),
        sponsor=inside.admin,
    )


def test_engagement_update_writes_differences_alone(
    inside: Company, engagement: Engagement
) -> None:
    before = verbs()
    services.engagement_update(
        engagement=engagement, actor=inside.executive, changes={"title": engagement.title}
    )
    assert verbs() == before
    changed = services.engagement_update(
        engagement=engagement,
        actor=inside.executive,
        changes={"title": " Second year ", "status": "paused"},
    )
    assert (changed.title, changed.status) == ("Second year", "paused")
    assert verbs()[len(before) :] == ["engagement.updated", "engagement.paused"]
    event = AuditEvent.objects.get(verb="engagement.updated")
    assert event.changes == {"title": ["Fractional CTO", "Second year"]}


def test_engagement_of_a_cto_who_left_can_still_be_changed(
    inside: Company, engagement: Engagement
) -> None:
    member_remove(member=inside.cto, actor=inside.admin)
    engagement = Engagement.objects.get(pk=engagement.pk)
    services.engagement_update(
        engagement=engagement, actor=inside.admin, changes={"title": "Handed over"}
    )
    with pytest.raises(Invalid):
        services.engagement_update(
            engagement=engagement, actor=inside.admin, changes={"cto": inside.board}
        )


def test_engagement_update_of_an_older_reading_is_stale(
    inside: Company, engagement: Engagement
) -> None:
    with pytest.raises(StaleVersion):
        services.engagement_update(
            engagement=engagement,
            actor=inside.admin,
            changes={"title": "Other"},
            if_unmodified=engagement.updated_at - dt.timedelta(microseconds=1),
        )


def test_engagement_dates_never_leave_logged_time_outside(
    inside: Company, engagement: Engagement
) -> None:
    log(engagement, inside, D(2026, 9, 10))
    for changes in ({"starts_on": D(2026, 9, 11)}, {"ends_on": D(2026, 9, 9)}):
        with pytest.raises(Invalid) as refused:
            services.engagement_update(engagement=engagement, actor=inside.admin, changes=changes)
        assert set(refused.value.errors) == set(changes)
    services.engagement_update(
        engagement=engagement,
        actor=inside.admin,
        changes={"starts_on": D(2026, 9, 10), "ends_on": D(2026, 12, 31)},
    )


def test_engagement_start_is_fixed_once_a_week_is_locked(
    inside: Company, engagement: Engagement
) -> None:
    services.week_lock(engagement=engagement, actor=inside.cto, week_start=D(2026, 9, 7))
    for changes in ({"starts_on": D(2026, 8, 1)}, {"ends_on": D(2026, 9, 13)}):
        with pytest.raises(WrongState):
            services.engagement_update(engagement=engagement, actor=inside.admin, changes=changes)
    services.engagement_update(
        engagement=engagement, actor=inside.admin, changes={"ends_on": D(2026, 9, 14)}
    )


def test_pause_and_resume_stop_the_grant_for_these_days(
    inside: Company, engagement: Engagement
) -> None:
    services.engagement_transition(engagement=engagement, actor=inside.admin, status="paused")
    with later(5):
        services.engagement_transition(engagement=engagement, actor=inside.admin, status="active")
        found = Pause.objects.get()
        assert (found.starts_on, found.resumes_on) == (TODAY, D(2026, 10, 20))
        # 5 of 31 days are missing: 2400 × 26 / 31 = 2012.9
        assert retainer(engagement, TODAY).granted_minutes == 2013
        services.engagement_transition(engagement=engagement, actor=inside.admin, status="paused")
    found.refresh_from_db()
    assert found.resumes_on is None, "paused again on the day it resumed: one pause that goes on"


def test_pause_and_resume_on_one_day_cost_nothing(inside: Company, engagement: Engagement) -> None:
    for status in ("paused", "active"):
        services.engagement_transition(engagement=engagement, actor=inside.admin, status=status)
    assert retainer(engagement, TODAY).granted_minutes == 2400
    log(engagement, inside, TODAY)


def test_end_makes_today_the_last_day(inside: Company, engagement: Engagement) -> None:
    ended = services.engagement_transition(
        engagement=engagement, actor=inside.admin, status="ended"
    )
    assert ended.ends_on == TODAY
    assert retainer(ended, TODAY).granted_minutes == 1161  # 2400 × 15 / 31 = 1161.3
    with pytest.raises(WrongState):
        services.engagement_update(engagement=ended, actor=inside.admin, changes={"title": "No"})


def test_end_out_of_a_pause_grants_no_day_of_it(inside: Company, engagement: Engagement) -> None:
    services.engagement_transition(engagement=engagement, actor=inside.admin, status="paused")
    with later(4):
        ended = services.engagement_transition(
            engagement=engagement, actor=inside.admin, status="ended"
        )
        assert retainer(ended, TODAY).granted_minutes == 1084  # 14 days: 2400 × 14 / 31


def test_end_before_the_start_keeps_sane_dates(inside: Company) -> None:
    ahead = make_engagement(inside, starts_on=D(2026, 11, 1), ends_on=D(2027, 1, 1))
    services.engagement_transition(engagement=ahead, actor=inside.admin, status="paused")
    services.engagement_transition(engagement=ahead, actor=inside.admin, status="active")
    ended = services.engagement_transition(engagement=ahead, actor=inside.admin, status="ended")
    assert ended.ends_on == D(2026, 11, 1)


def test_transition_refuses_leaps_and_repeats_without_harm(
    inside: Company, engagement: Engagement
) -> None:
    before = verbs()
    services.engagement_transition(engagement=engagement, actor=inside.admin, status="active")
    assert verbs() == before
    with pytest.raises(WrongState, match="active: it cannot become proposed"):
        services.engagement_transition(engagement=engagement, actor=inside.admin, status="proposed")
    with pytest.raises(Invalid):
        services.engagement_transition(engagement=engagement, actor=inside.admin, status="odd")
    with pytest.raises(Denied):
        services.engagement_transition(engagement=engagement, actor=inside.cto, status="paused")


# ---- terms ----


def test_terms_take_the_company_currency_and_leave_earlier_ones_alone(
    inside: Company, engagement: Engagement
) -> None:
    terms = add_terms(
        engagement, inside, effective_on=D(2026, 11, 1), hours_per_month=Decimal("60.5")
    )
    assert (terms.currency, terms.minutes_per_month) == ("USD", 3630)
    assert Terms.objects.filter(engagement=engagement).count() == 2
    assert Terms.objects.in_force_on(TODAY).first().hours_per_month == 40
    assert Terms.objects.in_force_on(D(2026, 11, 1)).first() == terms
    event = AuditEvent.objects.filter(verb="terms.added").order_by("id").last()
    assert event.changes["hours_per_month"] == "60.5"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"effective_on": START}, {"effective_on"}),
        ({"effective_on": D(1990, 1, 1)}, {"effective_on"}),
        ({"currency": "EUR"}, {"currency"}),
        ({"hours_per_month": Decimal("0.33")}, {"hours_per_month"}),
        ({"hours_per_month": Decimal(-1)}, {"hours_per_month"}),
        ({"hours_per_month": Decimal(745)}, {"hours_per_month"}),
        ({"hours_per_month": Decimal("NaN")}, {"hours_per_month"}),
        ({"monthly_fee": Decimal("-0.01")}, {"monthly_fee"}),
        ({"monthly_fee": Decimal("1.005")}, {"monthly_fee"}),
        ({"scope_level": "total"}, {"scope_level"}),
        ({"notice_days": 366}, {"notice_days"}),
        ({"rollover": "capped"}, {"rollover_cap_minutes", "rollover_expiry_months"}),
        ({"rollover": "capped", "rollover_cap_minutes": 60}, {"rollover_expiry_months"}),
        (
            {"rollover": "capped", "rollover_cap_minutes": 60, "rollover_expiry_months": 0},
            {"rollover_expiry_months"},
        ),
        ({"rollover_cap_minutes": 60}, {"rollover_cap_minutes"}),
        ({"rollover": "all"}, {"rollover"}),
    ],
)
def test_terms_refuse(
    inside: Company, engagement: Engagement, fields: dict[str, Any], wrong: set[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        add_terms(engagement, inside, **({"effective_on": D(2026, 11, 1)} | fields))
    assert set(refused.value.errors) == wrong
    assert Terms.objects.count() == 1


def test_terms_after_the_end_are_refused(inside: Company) -> None:
    engagement = make_engagement(inside, ends_on=D(2026, 12, 31))
    with pytest.raises(Invalid):
        add_terms(engagement, inside, effective_on=D(2027, 1, 1))
    add_terms(engagement, inside, effective_on=D(2026, 12, 31))


def test_terms_never_change_what_a_locked_week_reported(
    inside: Company, engagement: Engagement
) -> None:
    services.week_lock(engagement=engagement, actor=inside.cto, week_start=MONDAY)
    with pytest.raises(WrongState, match="Time up to 18 Oct 2026 is locked"):
        add_terms(engagement, inside, effective_on=TODAY)
    add_terms(engagement, inside, effective_on=D(2026, 10, 16))  # to come: changes nothing reported
    services.week_unlock(
        engagement=engagement, actor=inside.admin, week_start=MONDAY, reason="Wrong hours"
    )
    add_terms(engagement, inside, effective_on=TODAY)


# ---- time ----


def test_time_log_writes_the_actors_entry(inside: Company, engagement: Engagement) -> None:
    entry = log(engagement, inside, TODAY, 90, initiative="  Onboarding ", note=" Pairing ")
    assert (entry.member, entry.initiative, entry.note) == (inside.cto, "Onboarding", "Pairing")
    event = AuditEvent.objects.get(verb="time.logged")
    assert event.target_id == entry.pk
    assert event.changes["minutes"] == 90
    assert log(engagement, inside, TODAY, initiative=" ").initiative is None


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"day": D(2026, 10, 16)}, "date"),
        ({"day": D(2026, 8, 31)}, "date"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": -5}, "minutes"),
        ({"minutes": 1441}, "minutes"),
        ({"category": "golf"}, "category"),
        ({"note": "x" * 501}, "note"),
        ({"initiative": "x" * 121}, "initiative"),
    ],
)
def test_time_log_refuses(
    inside: Company, engagement: Engagement, fields: dict[str, Any], wrong: str
) -> None:
    with pytest.raises(Invalid) as refused:
        log(engagement, inside, **({"day": TODAY} | fields))
    assert set(refused.value.errors) == {wrong}
    assert not TimeEntry.objects.exists()


def test_time_log_knows_the_date_at_the_client(inside: Company, engagement: Engagement) -> None:
    """22:00 in New York on the 15th is the 16th in UTC: the 16th is still to come."""
    with time_machine.travel(dt.datetime(2026, 10, 16, 2, 0, tzinfo=dt.UTC)):
        log(engagement, inside, TODAY)
        with pytest.raises(Invalid):
            log(engagement, inside, D(2026, 10, 16))


def test_time_of_a_day_ends_at_24_hours_over_all_engagements(
    inside: Company, engagement: Engagement
) -> None:
    other = make_engagement(inside, title="Second")
    log(engagement, inside, TODAY, 1000)
    entry = log(other, inside, TODAY, 440)
    with pytest.raises(Invalid, match="0\xa0h are left"):
        log(engagement, inside, TODAY, 1)
    services.time_update(entry=entry, actor=inside.cto, changes={"minutes": 439})
    log(engagement, inside, TODAY, 1)
    with pytest.raises(Invalid):
        services.time_update(entry=entry, actor=inside.cto, changes={"minutes": 440})


def test_time_needs_an_engagement_that_runs(inside: Company) -> None:
    proposed = make_engagement(inside, status="proposed")
    with pytest.raises(WrongState):
        log(proposed, inside, TODAY)
    services.engagement_transition(engagement=proposed, actor=inside.admin, status="active")
    entry = log(proposed, inside, TODAY)
    services.engagement_transition(engagement=proposed, actor=inside.admin, status="paused")
    with pytest.raises(Invalid, match="paused on this day"):
        log(proposed, inside, TODAY)
    log(proposed, inside, MONDAY)
    services.time_update(entry=entry, actor=inside.cto, changes={"note": "of before the pause"})
    with later(1):
        services.engagement_transition(engagement=proposed, actor=inside.admin, status="ended")
        log(proposed, inside, D(2026, 10, 14))


def test_time_belongs_to_its_person(inside: Company, engagement: Engagement) -> None:
    entry = log(engagement, inside, TODAY)
    second = member_add(
        email="second@northwind.example", name="Second", roles=["cto"], actor=inside.admin
    )
    for change in (
        lambda: services.time_update(entry=entry, actor=second, changes={"minutes": 1}),
        lambda: services.time_delete(entry=entry, actor=second),
        lambda: services.time_delete(entry=entry, actor=inside.admin),
        lambda: log(engagement, inside, TODAY, member=second),
    ):
        with pytest.raises(Denied):
            change()
    entry.refresh_from_db()
    assert entry.minutes == 60


def test_service_key_logs_for_the_engagements_cto(inside: Company, engagement: Engagement) -> None:
    key = ApiKey.objects.create(name="Clock", scopes=["time.log"], prefix="bl_x", secret_hash=b"")
    entry = services.time_log(
        engagement=engagement, actor=key, date=TODAY, minutes=5, category="other"
    )
    assert entry.member == inside.cto


def test_time_update_without_a_difference_writes_nothing(
    inside: Company, engagement: Engagement
) -> None:
    entry = log(engagement, inside, TODAY)
    before = verbs()
    same = services.time_update(
        entry=entry, actor=inside.cto, changes={"minutes": 60, "initiative": ""}
    )
    assert (verbs(), same.updated_at) == (before, entry.updated_at)
    with pytest.raises(StaleVersion):
        services.time_update(
            entry=entry,
            actor=inside.cto,
            changes={"minutes": 61},
            if_unmodified=entry.updated_at - dt.timedelta(seconds=1),
        )


def test_time_delete_leaves_its_facts_in_the_trail(inside: Company, engagement: Engagement) -> None:
    entry = log(engagement, inside, TODAY, 75, note="Board call")
    gone = TimeEntry.objects.get(pk=entry.pk)
    services.time_delete(entry=entry, actor=inside.cto)
    event = AuditEvent.objects.get(verb="time.deleted")
    assert (event.changes["minutes"], event.changes["note"]) == (75, "Board call")
    with pytest.raises(NotFound):
        services.time_delete(entry=gone, actor=inside.cto)


# ---- locked weeks ----


def test_locked_week_holds_its_entries(inside: Company, engagement: Engagement) -> None:
    entry = log(engagement, inside, TODAY)
    before = log(engagement, inside, D(2026, 10, 11))
    lock = services.week_lock(engagement=engagement, actor=inside.cto, week_start=MONDAY)
    assert services.week_lock(engagement=engagement, actor=inside.cto, week_start=MONDAY) == lock
    for change in (
        lambda: log(engagement, inside, MONDAY),
        lambda: services.time_update(entry=entry, actor=inside.cto, changes={"minutes": 5}),
        lambda: services.time_delete(entry=entry, actor=inside.cto),
        lambda: services.time_update(entry=entry, actor=inside.cto, changes={"date": before.date}),
        lambda: services.time_update(entry=before, actor=inside.cto, changes={"date": MONDAY}),
    ):
        with pytest.raises(WrongState, match="week of 12 Oct 2026 is locked"):
            change()
    services.time_update(entry=before, actor=inside.cto, changes={"minutes": 5})
    assert verbs().count("week.locked") == 1


def test_week_unlock_needs_an_admin_and_a_reason_and_stays_on_record(
    inside: Company, engagement: Engagement
) -> None:
    facts: dict[str, Any] = {"engagement": engagement, "week_start": MONDAY}
    services.week_lock(**facts, actor=inside.cto)
    attempts: list[tuple[Any, str, type[DomainError]]] = [
        (inside.cto, "Typing error", Denied),
        (inside.executive, "Typing error", Denied),
        (inside.admin, "  ", Invalid),
        (inside.admin, "x" * 501, Invalid),
    ]
    for actor, reason, error in attempts:
        with pytest.raises(error):
            services.week_unlock(**facts, actor=actor, reason=reason)
    lock = services.week_unlock(**facts, actor=inside.admin, reason="Typing error")
    assert (lock.unlocked_by, lock.reason) == (inside.admin, "Typing error")
    event = AuditEvent.objects.get(verb="week.unlocked")
    assert event.changes["reason"] == "Typing error"
    log(engagement, inside, MONDAY)
    with pytest.raises(WrongState):
        services.week_unlock(**facts, actor=inside.admin, reason="Again")
    services.week_lock(**facts, actor=BOWLINE)
    assert WeekLock.objects.count() == 2
    assert WeekLock.objects.in_force().get().locked_by is None


def test_unlocked_week_is_locked_again_by_hand(inside: Company, engagement: Engagement) -> None:
    facts: dict[str, Any] = {"engagement": engagement, "week_start": MONDAY}
    with pytest.raises(WrongState, match="never locked"):
        services.week_relock(**facts, actor=inside.cto)
    first = services.week_lock(**facts, actor=inside.cto)
    assert services.week_relock(**facts, actor=inside.admin) == first, "harmless while locked"
    services.week_unlock(**facts, actor=inside.admin, reason="Typing error")
    with pytest.raises(Denied):
        services.week_relock(**facts, actor=inside.executive)
    again = services.week_relock(**facts, actor=inside.admin)
    assert services.week_relock(**facts, actor=inside.cto) == again, "a repeat changes nothing"
    assert again.locked_by == inside.admin
    with pytest.raises(WrongState, match="is locked"):
        log(engagement, inside, MONDAY)
    assert verbs().count("week.locked") == 2


def test_lock_of_another_engagement_does_not_hold(inside: Company, engagement: Engagement) -> None:
    other = make_engagement(inside, title="Second")
    services.week_lock(engagement=other, actor=inside.cto, week_start=MONDAY)
    log(engagement, inside, TODAY)


# ---- foreign rows ----


def test_rows_of_another_company_are_not_there(inside: Company, engagement: Engagement) -> None:
    foreign = Engagement(pk=engagement.pk, tenant=inside.tenant)
    foreign.pk = "01900000-0000-7000-8000-000000000000"
    with pytest.raises(NotFound):
        log(foreign, inside, TODAY)
    with pytest.raises(NotFound):
        add_terms(foreign, inside, effective_on=TODAY)
