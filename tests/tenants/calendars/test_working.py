"""The working calendar: examples of the rules, and a slow model that walks minute by minute."""

import datetime as dt
import zoneinfo
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenants.calendars.working import WorkingCalendar

D = dt.date
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)


def of(zone: str = "America/New_York", **fields: Any) -> WorkingCalendar:
    return WorkingCalendar(zone=zoneinfo.ZoneInfo(zone), **fields)


def at(calendar: WorkingCalendar, text: str) -> dt.datetime:
    """An instant as the company's clock shows it."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=calendar.zone)


def shown(calendar: WorkingCalendar, instant: dt.datetime) -> str:
    assert instant.tzinfo is dt.UTC
    return instant.astimezone(calendar.zone).strftime("%a %d %b %H:%M")


THANKSGIVING = {D(2026, 11, 26): "Thanksgiving Day"}


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-10-13T14:12", 72, "Fri 16 Oct 14:12"),  # a Tuesday
        ("2026-10-16T14:12", 24, "Mon 19 Oct 14:12"),  # a Friday
        ("2026-10-17T11:00", 24, "Tue 20 Oct 00:00"),  # a Saturday: all of Monday
        ("2026-10-17T11:00", 0, "Mon 19 Oct 00:00"),
        ("2026-10-16T00:00", 24, "Sat 17 Oct 00:00"),  # all of Friday, not a minute more
        ("2026-10-16T14:12", 0, "Fri 16 Oct 14:12"),
        ("2026-10-16T14:12", Decimal("0.25"), "Fri 16 Oct 14:27"),
        ("2026-11-25T14:12", 24, "Fri 27 Nov 14:12"),  # over Thanksgiving
        ("2026-11-26T09:00", 1, "Fri 27 Nov 01:00"),  # on it
        ("2026-10-30T14:12", 24, "Mon 02 Nov 14:12"),  # summer time ends on that Sunday
        ("2026-03-06T14:12", 24, "Mon 09 Mar 14:12"),  # summer time begins on that Sunday
    ],
)
def test_due_after_counts_all_hours_of_working_days(
    start: str, hours: float | Decimal, due: str
) -> None:
    calendar = of(holidays=THANKSGIVING)
    assert shown(calendar, calendar.due_after(at(calendar, start), hours)) == due


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-10-16T16:00", 2, "Mon 19 Oct 10:00"),
        ("2026-10-16T16:00", 1, "Fri 16 Oct 17:00"),
        ("2026-10-16T19:00", 1, "Mon 19 Oct 10:00"),
        ("2026-10-16T05:00", 1, "Fri 16 Oct 10:00"),
        ("2026-10-12T09:00", 40, "Fri 16 Oct 17:00"),
        ("2026-11-25T16:30", 1, "Fri 27 Nov 09:30"),
    ],
)
def test_due_after_working_hours(start: str, hours: float, due: str) -> None:
    calendar = of(holidays=THANKSGIVING)
    assert shown(calendar, calendar.due_after_working_hours(at(calendar, start), hours)) == due


def test_a_working_day_on_which_the_clocks_change_has_its_real_hours() -> None:
    """A company that works on Sundays: 25 hours on 1 November, 23 on 8 March."""
    calendar = of(weekdays=frozenset({6}))
    for day, hours in (("2026-11-01", 25), ("2026-03-08", 23)):
        start = at(calendar, f"{day}T00:00")
        assert calendar.elapsed(start, start + 2 * 24 * HOUR) == hours * HOUR
        assert calendar.due_after(start, hours) == start.astimezone(dt.UTC) + hours * HOUR


@pytest.mark.parametrize(
    ("zone", "day", "first"),
    [
        ("Africa/Cairo", D(2026, 4, 24), "2026-04-23T22:00"),  # 00:00 is skipped: begins at 01:00
        ("Asia/Beirut", D(2026, 3, 29), "2026-03-28T22:00"),
        ("America/Havana", D(2026, 11, 1), "2026-11-01T04:00"),  # 00:00 comes twice: the first
        ("Pacific/Apia", D(2011, 12, 30), "2011-12-30T10:00"),  # the day that never was
        ("Pacific/Apia", D(2011, 12, 31), "2011-12-30T10:00"),
        ("America/Toronto", D(1919, 3, 31), "1919-03-31T04:30"),  # 23:30 → 00:30 over midnight
    ],
)
def test_day_starts_where_midnight_is_skipped_or_repeated(
    zone: str, day: dt.date, first: str
) -> None:
    assert of(zone).day_start(day) == dt.datetime.fromisoformat(first).replace(tzinfo=dt.UTC)


def test_days_of_the_calendar() -> None:
    calendar = of(holidays={D(2026, 10, 12): "Columbus Day", D(2026, 10, 17): "a Saturday"})
    friday, monday, tuesday = D(2026, 10, 9), D(2026, 10, 12), D(2026, 10, 13)
    assert calendar.is_working_day(friday)
    assert not calendar.is_working_day(monday)
    assert calendar.working_days(D(2026, 10, 1), D(2026, 10, 31)) == 21
    assert calendar.working_days(tuesday, friday) == 0
    assert calendar.next_working_day(friday) == tuesday
    assert calendar.next_working_day(D(2026, 10, 11)) == tuesday
    assert calendar.working_day_from(monday) == tuesday
    assert calendar.working_day_from(friday) == friday
    assert calendar.add_working_days(friday, 5) == D(2026, 10, 19)
    assert calendar.add_working_days(D(2026, 10, 10), 1) == tuesday
    assert calendar.add_working_days(tuesday, -1) == friday
    assert calendar.add_working_days(monday, 0) == monday


def test_what_cannot_be_a_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one working day"):
        of(weekdays=frozenset())
    with pytest.raises(ValueError, match="end after they begin"):
        of(opens=dt.time(17), closes=dt.time(9))
    assert of(opens=dt.time(17), closes=dt.time(0)).closes == dt.time(0)
    calendar = of()
    now = at(calendar, "2026-10-16T09:00")
    for hours in (-1, 24 * 4000):
        with pytest.raises(ValueError, match="ten years"):
            calendar.due_after(now, hours)
    with pytest.raises(ValueError, match="time zone"):
        calendar.due_after(now.replace(tzinfo=None), 1)
    with pytest.raises(TypeError):
        calendar.holidays[D(2026, 1, 1)] = "cannot be changed"  # type: ignore[index]


# ---- against a slow model: one minute after the other, one day after the other ----

ZONES = [
    "America/New_York",
    "Europe/London",
    "Africa/Cairo",  # leaps over midnight
    "America/Havana",  # repeats midnight
    "America/St_Johns",  # before 2012 it set its clock back at 00:01, into yesterday
    "Australia/Lord_Howe",  # half an hour
    "Asia/Kolkata",
    "Pacific/Apia",  # skipped a whole day
]
CHANGES = [  # days around which clocks leap somewhere
    D(2026, 3, 8), D(2026, 11, 1), D(2026, 3, 29), D(2026, 10, 25), D(2026, 4, 24),
    D(2010, 11, 7), D(2011, 3, 13), D(2011, 12, 30), D(2026, 10, 4),
]  # fmt: skip


@st.composite
def cases(draw: st.DrawFn) -> tuple[WorkingCalendar, dt.datetime]:
    """A calendar and an instant near a change of some clock, in whole minutes."""
    around = draw(st.sampled_from(CHANGES))
    near = st.integers(-3, 4).map(lambda n: around + n * 24 * HOUR)
    opens, closes = sorted(draw(st.lists(st.integers(0, 47), min_size=2, max_size=2, unique=True)))
    calendar = of(
        draw(st.sampled_from(ZONES)),
        weekdays=draw(st.frozensets(st.integers(0, 6), min_size=2)),
        holidays=dict.fromkeys(draw(st.lists(near, max_size=4)), "off"),
        opens=dt.time(opens // 2, opens % 2 * 30),
        closes=dt.time(closes // 2, closes % 2 * 30),
    )
    midnight = dt.datetime.combine(around, dt.time(), dt.UTC)
    return calendar, midnight + draw(st.integers(-4 * 1440, 2 * 1440)) * MINUTE


def counted(calendar: WorkingCalendar, instant: dt.datetime, reached: dt.datetime) -> bool:
    """Whether the minute that begins here counts, where the clock has shown `reached` at most."""
    day = reached.date()
    return day.weekday() in calendar.weekdays and day not in calendar.holidays


def counted_hours(calendar: WorkingCalendar, instant: dt.datetime, reached: dt.datetime) -> bool:
    inside = calendar.opens <= reached.time() < calendar.closes
    return inside and counted(calendar, instant, reached)


def walk(
    calendar: WorkingCalendar, start: dt.datetime, minutes: int, counts: Any
) -> list[tuple[dt.datetime, bool]]:
    """Each minute from `start` on, and whether it counts; the clock is watched from a day before,
    because a clock that is set back over midnight does not make it yesterday again."""
    reached = (start - 2 * 1440 * MINUTE).replace(tzinfo=None)
    found = []
    for n in range(-1440, minutes):
        instant = start + n * MINUTE
        reached = max(reached, instant.astimezone(calendar.zone).replace(tzinfo=None))
        if n >= 0:
            found.append((instant, counts(calendar, instant, reached)))
    return found


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(1, 2000))
def test_due_after_is_where_a_walk_by_minutes_ends(
    case: tuple[WorkingCalendar, dt.datetime], minutes: int
) -> None:
    calendar, start = case
    for counts, due, elapsed in (
        (counted, calendar.due_after, calendar.elapsed),
        (counted_hours, calendar.due_after_working_hours, calendar.elapsed_working_hours),
    ):
        walked = [i for i, yes in walk(calendar, start, 9 * 1440, counts) if yes]
        found = due(start, Decimal(minutes) / 60)
        if minutes <= len(walked):
            assert abs(found - (walked[minutes - 1] + MINUTE)) < dt.timedelta(microseconds=10)
        assert abs(elapsed(start, found) - minutes * MINUTE) < dt.timedelta(microseconds=10)
        assert elapsed(found, start) == dt.timedelta()


@settings(max_examples=60, deadline=None)
@given(cases(), st.integers(0, 5 * 1440))
def test_elapsed_is_what_a_walk_by_minutes_counts(
    case: tuple[WorkingCalendar, dt.datetime], minutes: int
) -> None:
    calendar, start = case
    end = start + minutes * MINUTE
    for counts, elapsed in (
        (counted, calendar.elapsed),
        (counted_hours, calendar.elapsed_working_hours),
    ):
        walked = sum(yes for _, yes in walk(calendar, start, minutes, counts))
        assert elapsed(start, end) == walked * MINUTE


@given(
    st.frozensets(st.integers(0, 6), min_size=1),
    st.lists(st.dates(D(2026, 1, 1), D(2026, 3, 1)), max_size=20),
    st.dates(D(2026, 1, 1), D(2026, 3, 1)),
    st.integers(-15, 15),
)
def test_days_are_those_of_a_walk_by_days(
    weekdays: frozenset[int], holidays: list[dt.date], start: dt.date, n: int
) -> None:
    calendar = of(weekdays=weekdays, holidays=dict.fromkeys(holidays, ""))

    def works(day: dt.date) -> bool:
        return day.weekday() in weekdays and day not in holidays

    end = calendar.add_working_days(start, n)
    step = dt.timedelta(days=1 if n > 0 else -1)
    walked = [start + i * step for i in range(1, abs((end - start).days) + 1)]
    assert sum(works(day) for day in walked) == abs(n)
    assert n == 0 or works(end)
    first, last = min(start, end), max(start, end)
    between = [first + dt.timedelta(days=i) for i in range((last - first).days + 1)]
    assert calendar.working_days(first, last) == sum(works(day) for day in between)
