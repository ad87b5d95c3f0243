"""The retainer's rules, case by case and against a simple model of single days and minutes."""

import calendar
import datetime as dt
import zoneinfo
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagements import services
from engagements.figures import current_engagement, engagements, retainer_now, week_minutes
from engagements.models import Engagement, Pause, TimeEntry
from engagements.retainer import Retainer, history, months, next_month, retainer
from tenants.calendars import WorkingCalendar
from tenants.models import Holiday
from tests.engagements.builders import START, D, add_terms, log, make_engagement, unsaved_terms
from tests.factories import Company

OCTOBER = D(2026, 10, 1)
NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
WEEKDAYS = WorkingCalendar(zone=NEW_YORK)
CAPPED = {"rollover": "capped", "rollover_cap_minutes": 600, "rollover_expiry_months": 2}


def at(
    upto: dt.date,
    *,
    terms: Sequence[Any],
    used: dict[dt.date, int] | None = None,
    pauses: Sequence[Pause] = (),
    starts_on: dt.date = OCTOBER,
    ends_on: dt.date | None = None,
    today: dt.date | None = None,
    calendar: WorkingCalendar = WEEKDAYS,
) -> Retainer:
    """The month of `upto`, seen on its last day unless `today` says otherwise."""
    return months(
        starts_on=starts_on,
        ends_on=ends_on,
        terms=terms,
        pauses=pauses,
        used=used or {},
        upto=upto,
        today=today or upto,
        calendar=calendar,
    )[-1]


def test_retainer_example_of_the_dashboard() -> None:
    """38 of 60 hours on Thursday 15 October 2026: pace 30, forecast 76, 16 over."""
    found = at(
        OCTOBER,
        terms=[unsaved_terms(OCTOBER, 60)],
        used={OCTOBER: 38 * 60},
        today=D(2026, 10, 15),
    )
    assert (found.working_days_elapsed, found.working_days) == (11, 22)
    assert found.granted_minutes == 3600
    assert found.left_minutes == 22 * 60
    assert found.burn_percent == 63.3
    assert found.pace_percent == 50.0
    assert found.pace_minutes == 30 * 60
    assert found.forecast_minutes == 76 * 60
    assert found.forecast_over_minutes == 16 * 60


def test_holidays_and_days_off_are_no_working_days() -> None:
    """Columbus Day, and a company that does not work on Fridays: 16 days, 8 of them by the 15th."""
    calendar = WorkingCalendar(
        zone=NEW_YORK, weekdays=frozenset(range(4)), holidays={D(2026, 10, 12): "Columbus Day"}
    )
    found = at(
        OCTOBER,
        terms=[unsaved_terms(OCTOBER, 60)],
        used={OCTOBER: 8 * 60},
        today=D(2026, 10, 15),
        calendar=calendar,
    )
    assert (found.working_days_elapsed, found.working_days) == (8, 16)
    assert found.forecast_minutes == 16 * 60
    assert (found.granted_minutes, found.left_minutes) == (3600, 52 * 60)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "granted"),
    [
        (D(2026, 10, 1), None, 2400),
        (D(2026, 10, 31), None, 77),  # 2400 / 31 = 77.42
        (D(2026, 10, 2), None, 2323),  # 2400 × 30 / 31 = 2322.58
        (D(2026, 9, 1), D(2026, 10, 1), 77),
        (D(2026, 10, 10), D(2026, 10, 19), 774),  # ten days
        (D(2026, 11, 1), None, 0),
        (D(2026, 8, 1), D(2026, 9, 30), 0),
    ],
)
def test_grant_is_prorated_by_days_of_the_month(
    starts_on: dt.date, ends_on: dt.date | None, granted: int
) -> None:
    found = at(
        OCTOBER,
        terms=[unsaved_terms(D(2026, 1, 1), 40)],
        starts_on=starts_on,
        ends_on=ends_on,
    )
    assert found.granted_minutes == granted


def test_grant_of_a_change_within_the_month_adds_parts_and_rounds_once() -> None:
    terms = [unsaved_terms(OCTOBER, 10), unsaved_terms(D(2026, 10, 11), 20)]
    # (600 × 10 + 1200 × 21) / 31 = 1006.45; rounded apart it would be 194 + 813 = 1007
    assert at(OCTOBER, terms=terms).granted_minutes == 1006


def test_grant_stops_while_paused() -> None:
    pauses = [
        Pause(starts_on=D(2026, 9, 20), resumes_on=D(2026, 10, 4)),
        Pause(starts_on=D(2026, 10, 4), resumes_on=D(2026, 10, 4)),  # paused and resumed at once
        Pause(starts_on=D(2026, 10, 10), resumes_on=D(2026, 10, 20)),
        Pause(starts_on=D(2026, 10, 30), resumes_on=None),
    ]
    found = at(OCTOBER, terms=[unsaved_terms(OCTOBER, 31)], pauses=pauses)
    assert found.granted_minutes == 60 * (31 - 3 - 10 - 2)
    assert found.working_days == 22 - 2 - 6 - 1  # 1, 2 / 12 to 16, 19 / 30 October
    assert at(D(2026, 11, 1), terms=[unsaved_terms(OCTOBER, 31)], pauses=pauses) == Retainer(
        month=D(2026, 11, 1),
        granted_minutes=0,
        rolled_over_minutes=0,
        used_minutes=0,
        expiring_minutes=0,
        working_days=0,
        working_days_elapsed=0,
    )


def test_rollover_none_lapses() -> None:
    terms = [unsaved_terms(OCTOBER, 40, rollover="none")]
    assert at(OCTOBER, terms=terms, used={OCTOBER: 400}).expiring_minutes == 2000
    assert at(D(2026, 11, 1), terms=terms, used={OCTOBER: 400}).rolled_over_minutes == 0


def test_rollover_capped_keeps_the_newer_minutes_and_uses_the_older_first() -> None:
    terms = [unsaved_terms(OCTOBER, 10, **CAPPED)]
    used = {OCTOBER: 200, D(2026, 11, 1): 350, D(2026, 12, 1): 0}
    november, december, january = (
        at(month, terms=terms, used=used)
        for month in (D(2026, 11, 1), D(2026, 12, 1), D(2027, 1, 1))
    )
    assert november.rolled_over_minutes == 400  # October's, to be used up to December
    # November used 350 of October's 400: 50 + 600 stand, the cap takes 50, the older ones
    assert november.expiring_minutes == 50
    assert december.rolled_over_minutes == 600
    # December used nothing: 600 of November and 600 of its own, the cap takes November's
    assert january.rolled_over_minutes == 600
    assert january.available_minutes == 1200


def test_rollover_expires_after_its_months_to_the_minute() -> None:
    terms = [
        unsaved_terms(
            OCTOBER,
            1,
            rollover="capped",
            rollover_cap_minutes=10_000,
            rollover_expiry_months=2,
        ),
    ]
    found = [
        at(m, terms=terms, used={D(2026, 12, 1): 7}).rolled_over_minutes
        for m in (D(2026, 11, 1), D(2026, 12, 1), D(2027, 1, 1), D(2027, 2, 1))
    ]
    # into January: October's last 53 lapse at the end of December, November's and December's go on
    assert found == [60, 120, 120, 120]


def test_rollover_follows_the_terms_in_force_at_the_end_of_the_month() -> None:
    terms = [
        unsaved_terms(OCTOBER, 10, **CAPPED),
        unsaved_terms(D(2026, 11, 30), 10, rollover="none"),
    ]
    assert at(D(2026, 11, 1), terms=terms).rolled_over_minutes == 600
    assert at(D(2026, 12, 1), terms=terms).rolled_over_minutes == 0


def test_overage_is_not_taken_from_the_next_month() -> None:
    terms = [unsaved_terms(OCTOBER, 10, **CAPPED)]
    over = at(OCTOBER, terms=terms, used={OCTOBER: 900})
    assert (over.left_minutes, over.over_minutes, over.burn_percent) == (-300, 300, 150.0)
    assert over.expiring_minutes == 0
    following = at(D(2026, 11, 1), terms=terms, used={OCTOBER: 900})
    assert (following.rolled_over_minutes, following.left_minutes) == (0, 600)


def test_nothing_rolls_over_the_end_of_the_engagement() -> None:
    terms = [unsaved_terms(OCTOBER, 10, **CAPPED)]
    found = at(OCTOBER, terms=terms, ends_on=D(2026, 10, 31))
    assert found.expiring_minutes == 600
    assert at(D(2026, 11, 1), terms=terms, ends_on=D(2026, 10, 31)).available_minutes == 0


def test_month_without_agreed_hours_has_no_burn() -> None:
    assert at(OCTOBER, terms=[]).burn_percent == 0.0
    assert at(OCTOBER, terms=[], used={OCTOBER: 30}).burn_percent is None


def test_forecast_of_months_past_and_to_come_is_what_was_used() -> None:
    terms = [unsaved_terms(OCTOBER, 40)]
    assert at(OCTOBER, terms=terms, used={OCTOBER: 77}, today=D(2027, 1, 1)).forecast_minutes == 77
    assert at(OCTOBER, terms=terms, today=D(2026, 9, 1)).forecast_minutes == 0


def test_forecast_on_a_weekend_before_the_first_working_day() -> None:
    """1 August 2026 is a Saturday: there is nothing yet to project from."""
    found = at(
        D(2026, 8, 1),
        starts_on=D(2026, 8, 1),
        terms=[unsaved_terms(D(2026, 8, 1), 40)],
        used={D(2026, 8, 1): 120},
        today=D(2026, 8, 2),
    )
    assert (found.working_days_elapsed, found.forecast_minutes, found.pace_minutes) == (0, 120, 0)


def test_month_before_the_start_is_empty() -> None:
    found = at(D(2026, 5, 1), terms=[unsaved_terms(OCTOBER, 40)])
    assert (found.month, found.available_minutes, found.working_days) == (D(2026, 5, 1), 0, 0)


@pytest.mark.parametrize(
    ("month", "zone"),
    [
        (D(2026, 3, 1), "America/New_York"),  # 8 March 2026 has 23 hours
        (D(2026, 11, 1), "America/New_York"),  # 1 November 2026 has 25 hours
        (D(2026, 3, 1), "Europe/London"),
        (D(2026, 10, 1), "Australia/Lord_Howe"),  # half an hour
    ],
)
def test_summer_time_adds_and_takes_nothing(inside: Company, month: dt.date, zone: str) -> None:
    inside.tenant.time_zone = zone
    inside.tenant.save()
    engagement = make_engagement(inside, starts_on=D(2026, 1, 1))
    add_terms(engagement, inside, hours_per_month=Decimal(40))
    days = calendar.monthrange(month.year, month.month)[1]
    TimeEntry.objects.bulk_create(
        TimeEntry(
            engagement=engagement,
            member=inside.cto,
            date=month.replace(day=day),
            minutes=1440,
            category="other",
        )
        for day in range(1, days + 1)
    )
    found = retainer(engagement, month, today=month.replace(day=days))
    assert found.granted_minutes == 2400
    assert found.used_minutes == days * 1440
    assert found.forecast_minutes == found.used_minutes


def test_retainer_takes_the_same_queries_however_long_the_history(
    inside: Company, django_assert_num_queries: Callable[[int], Any]
) -> None:
    engagement = make_engagement(inside, starts_on=D(2020, 1, 1))
    for year in range(2020, 2026):
        add_terms(engagement, inside, effective_on=D(year, 1, 1), **CAPPED)
        log(engagement, inside, D(year, 5, 4), 90)
    engagement = current_engagement()
    assert engagement is not None
    with django_assert_num_queries(4):
        assert len(history(engagement, upto=D(2026, 10, 1), today=D(2026, 10, 1))) == 82
    pause = D(2026, 8, 3)
    Pause.objects.create(engagement=engagement, starts_on=pause, resumes_on=D(2026, 8, 10))
    log(engagement, inside, D(2026, 8, 20), 45)
    with django_assert_num_queries(1):
        found = retainer_now(engagement, today=D(2026, 8, 25))
    assert found == retainer(engagement, D(2026, 8, 1), today=D(2026, 8, 25))
    assert found.used_minutes == 45


def test_current_engagement_is_the_running_one(inside: Company) -> None:
    assert current_engagement() is None
    ended = make_engagement(inside, title="Older")
    services.engagement_transition(engagement=ended, actor=inside.admin, status="ended")
    assert current_engagement() == ended
    active = make_engagement(inside, title="Running", starts_on=D(2026, 1, 1))
    proposed = make_engagement(inside, title="Next", status="proposed", starts_on=D(2026, 11, 1))
    assert current_engagement() == active
    assert engagements() == [active, proposed, ended]


def test_week_minutes_names_every_category(inside: Company) -> None:
    engagement = make_engagement(inside)
    log(engagement, inside, D(2026, 9, 7), 30)
    log(engagement, inside, D(2026, 9, 13), 45)
    log(engagement, inside, D(2026, 9, 13), 15, category="other")
    log(engagement, inside, D(2026, 9, 14), 15)
    log(engagement, inside, D(2026, 9, 6), 15)
    assert week_minutes(engagement, D(2026, 9, 7)) == {
        "strategy_and_roadmap": 0,
        "delivery": 75,
        "team_and_hiring": 0,
        "board_and_vendors": 0,
        "other": 15,
    }


# ---- against a simple model: one day after the other, one minute after the other ----

days = st.dates(D(2025, 11, 1), D(2026, 8, 31))
versions = st.builds(
    lambda day, hours, cap, expiry: unsaved_terms(
        day,
        hours,
        rollover="none" if cap is None else "capped",
        rollover_cap_minutes=cap,
        rollover_expiry_months=None if cap is None else expiry,
    ),
    days,
    st.integers(0, 8),
    st.none() | st.integers(0, 900),
    st.integers(1, 4),
)


calendars = st.builds(
    lambda weekdays, holidays: WorkingCalendar(
        zone=NEW_YORK, weekdays=weekdays, holidays=dict.fromkeys(holidays, "")
    ),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.lists(days, max_size=40),
)


@st.composite
def stories(draw: st.DrawFn) -> dict[str, Any]:
    """An engagement with terms, pauses and minutes over up to a year."""
    starts_on = draw(days)
    ends_on = draw(st.none() | days.filter(lambda day: day >= starts_on))
    terms = draw(st.lists(versions, max_size=5, unique_by=lambda t: t.effective_on))
    edges = sorted(draw(st.lists(days, max_size=5)))
    pauses = [
        Pause(starts_on=first, resumes_on=edges[i + 1] if i + 1 < len(edges) else None)
        for i, first in enumerate(edges)
        if i % 2 == 0
    ]
    used = draw(
        st.dictionaries(days.map(lambda day: day.replace(day=1)), st.integers(0, 1200), max_size=9)
    )
    return {
        "starts_on": starts_on,
        "ends_on": ends_on,
        "terms": sorted(terms, key=lambda t: t.effective_on),
        "pauses": pauses,
        "used": {month: minutes for month, minutes in used.items() if month >= starts_on},
        "today": draw(days),
        "calendar": draw(calendars),
    }


def simple_model(story: dict[str, Any], upto: dt.date) -> list[tuple[int, int, int, int]]:
    """(granted, rolled over, used, lapsed) of each month: a purse of single minutes."""
    purse: list[dt.date] = []  # one item per minute: the month that earned it, oldest first
    out = []
    day = story["starts_on"].replace(day=1)
    while day <= upto:
        month, length = day, calendar.monthrange(day.year, day.month)[1]
        earned, terms = Fraction(0), None
        for _ in range(length):
            begun = [t for t in story["terms"] if t.effective_on <= day]
            terms = begun[-1] if begun else None
            if terms is not None and runs(story, day):
                earned += Fraction(int(terms.hours_per_month) * 60, length)
            day += dt.timedelta(days=1)
        rolled, granted = len(purse), int(earned + Fraction(1, 2))
        used = story["used"].get(month, 0)
        purse = (purse + [month] * granted)[used:]
        left = len(purse)
        over = story["ends_on"] is not None and story["ends_on"] < day
        if over or terms is None or terms.rollover == "none":
            purse = []
        else:
            following = month.year * 12 + month.month + 1
            purse = [
                earned_in
                for earned_in in purse
                if following - (earned_in.year * 12 + earned_in.month)
                <= terms.rollover_expiry_months
            ]
            purse = purse[max(0, len(purse) - terms.rollover_cap_minutes) :]
        out.append((granted, rolled, used, left - len(purse)))
    return out


def runs(story: dict[str, Any], day: dt.date) -> bool:
    inside = story["starts_on"] <= day and (story["ends_on"] is None or day <= story["ends_on"])
    return inside and not any(pause.covers(day) for pause in story["pauses"])


UPTO = D(2026, 8, 1)


@settings(max_examples=250, deadline=None)
@given(stories())
def test_every_history_agrees_with_the_simple_model(story: dict[str, Any]) -> None:
    found = [
        (r.granted_minutes, r.rolled_over_minutes, r.used_minutes, r.expiring_minutes)
        for r in months(**story, upto=UPTO)
    ]
    assert found == simple_model(story, UPTO)


@settings(max_examples=150, deadline=None)
@given(stories())
def test_minutes_are_conserved(story: dict[str, Any]) -> None:
    """granted + rolled over = used + left, and what is left lapses or goes over, nothing else."""
    found = months(**story, upto=UPTO)
    assert found[0].rolled_over_minutes == 0
    for this in found:
        assert this.granted_minutes + this.rolled_over_minutes == (
            this.used_minutes + this.left_minutes
        )
        assert 0 <= this.expiring_minutes <= max(0, this.left_minutes)
        assert 0 <= this.working_days_elapsed <= this.working_days
        assert this.forecast_minutes >= this.used_minutes
    for this, following in pairwise(found):
        assert max(0, this.left_minutes) == (this.expiring_minutes + following.rolled_over_minutes)


@settings(max_examples=150, deadline=None)
@given(stories(), st.integers(0, 9), st.integers(1, 600))
def test_more_minutes_used_never_leave_more(story: dict[str, Any], place: int, extra: int) -> None:
    before = months(**story, upto=UPTO)
    month = before[min(place, len(before) - 1)].month
    story["used"] = story["used"] | {month: story["used"].get(month, 0) + extra}
    for less, more in zip(before, months(**story, upto=UPTO), strict=True):
        assert more.left_minutes <= less.left_minutes
        assert more.rolled_over_minutes <= less.rolled_over_minutes
        assert more.used_minutes >= less.used_minutes
        assert more.forecast_minutes >= less.forecast_minutes


@settings(max_examples=150, deadline=None)
@given(stories(), calendars)
def test_calendar_moves_pace_and_forecast_of_running_months_alone(
    story: dict[str, Any], other: WorkingCalendar
) -> None:
    """What was reported stays true when holidays or working days are changed afterwards."""
    before, after = months(**story, upto=UPTO), months(**story | {"calendar": other}, upto=UPTO)
    for this, that in zip(before, after, strict=True):
        for figure in ("granted", "rolled_over", "used", "left", "expiring"):
            assert getattr(this, f"{figure}_minutes") == getattr(that, f"{figure}_minutes")
        if next_month(this.month) <= story["today"]:
            assert this.forecast_minutes == that.forecast_minutes == this.used_minutes


@pytest.mark.parametrize("active", [True, False])
def test_retainer_counts_the_companys_own_holidays(inside: Company, active: bool) -> None:
    """Both ways of reading agree, and a holiday that was switched off is a working day."""
    engagement = make_engagement(inside)
    add_terms(engagement, inside)
    Holiday.objects.create(date=D(2026, 10, 12), name="Columbus Day", active=active)
    Holiday.objects.create(date=D(2026, 9, 30), name="Another month's")
    found = retainer_now(engagement, today=D(2026, 10, 15))
    assert found == retainer(engagement, OCTOBER, today=D(2026, 10, 15))
    assert (found.working_days_elapsed, found.working_days) == ((10, 21) if active else (11, 22))


def test_engagement_covers_its_first_and_last_day() -> None:
    engagement = Engagement(starts_on=START, ends_on=D(2026, 9, 30))
    assert [engagement.covers(d) for d in (D(2026, 8, 31), START, D(2026, 9, 30), OCTOBER)] == [
        False, True, True, False,
    ]  # fmt: skip
