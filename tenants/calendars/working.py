"""The working calendar: pure rules over days and instants of one zone.

A *working day* is one of the company's weekdays that is no holiday. Days are dates of the company's
zone, instants are aware. Hours are real hours, as a stopwatch counts them: a working day on which
the clocks change has 23 or 25 of them, and a change on a day off adds and takes nothing.
"""

import datetime as dt
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONDAY_TO_FRIDAY = frozenset(range(5))
MIDNIGHT = dt.time()
NO_TIME = dt.timedelta()
ONE_DAY = dt.timedelta(days=1)
LONGEST = dt.timedelta(days=3660)  # of a deadline: ten years
Span = tuple[dt.datetime, dt.datetime]
"""First instant, and the first one after."""


@dataclass(frozen=True, kw_only=True)
class WorkingCalendar:
    """Which days and hours count for a company.

    `weekdays` counts Monday as 0; `holidays` maps dates that are not worked to their names.
    Working hours run from `opens` up to `closes`, midnight at the end being the end of the day.
    Raises ValueError for a week without a working day and for hours that end before they begin.
    """

    zone: zoneinfo.ZoneInfo
    weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    holidays: Mapping[dt.date, str] = field(default_factory=dict)
    opens: dt.time = dt.time(9)
    closes: dt.time = dt.time(17)

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= frozenset(range(7)):
            raise ValueError("A week needs at least one working day, Monday being 0.")
        if self.closes <= self.opens and self.closes != MIDNIGHT:
            raise ValueError("Working hours end after they begin.")
        object.__setattr__(self, "holidays", MappingProxyType(dict(self.holidays)))

    # ---- days ----

    def is_working_day(self, day: dt.date) -> bool:
        """Whether the company works on this date."""
        return day.weekday() in self.weekdays and day not in self.holidays

    def working_days(self, start: dt.date, end: dt.date) -> int:
        """How many working days lie from `start` to `end`, both included; 0 when end is earlier."""
        if end < start:
            return 0
        weeks, rest = divmod((end - start).days + 1, 7)
        worked = weeks * len(self.weekdays) + sum(
            (start.weekday() + offset) % 7 in self.weekdays for offset in range(rest)
        )
        return worked - sum(
            start <= day <= end and day.weekday() in self.weekdays for day in self.holidays
        )

    def next_working_day(self, day: dt.date) -> dt.date:
        """The first working day after `day`."""
        return self.add_working_days(day, 1)

    def working_day_from(self, day: dt.date) -> dt.date:
        """`day` itself where it is a working day, else the next one."""
        return day if self.is_working_day(day) else self.next_working_day(day)

    def add_working_days(self, day: dt.date, n: int) -> dt.date:
        """The n-th working day after `day`, before it for a negative n; `day` itself for 0.

        One working day after a Friday, Saturday or Sunday is the same Monday.
        """
        step = ONE_DAY if n > 0 else -ONE_DAY
        for _ in range(abs(n)):
            day += step
            while not self.is_working_day(day):
                day += step
        return day

    # ---- instants ----

    def date_of(self, instant: dt.datetime) -> dt.date:
        """The date it is in the company's zone; raises ValueError for a naive datetime."""
        return _aware(instant).astimezone(self.zone).date()

    def due_after(self, start: dt.datetime, hours: float | Decimal) -> dt.datetime:
        """The instant at which so many hours of working days have passed, all 24 of each.

        From Tuesday 14:12, 72 hours are Friday 14:12; from Friday 14:12, 24 hours are Monday 14:12.
        What starts on a day off counts from 00:00 of the next working day. UTC. Raises ValueError
        for a naive start, and for hours below zero or above ten years.
        """
        return self._due(start, hours, self._whole_day)

    def due_after_working_hours(self, start: dt.datetime, hours: float | Decimal) -> dt.datetime:
        """The instant at which so many hours inside working hours have passed.

        From Friday 16:00, two hours of a company that works from 9:00 to 17:00 are Monday 10:00.
        UTC. Raises ValueError as `due_after` does.
        """
        return self._due(start, hours, self._working_hours)

    def elapsed(self, start: dt.datetime, end: dt.datetime) -> dt.timedelta:
        """How much of the time from `start` to `end` lies on working days, none for an earlier end.

        `elapsed(start, due_after(start, h))` is h hours.
        """
        return self._elapsed(start, end, self._whole_day)

    def elapsed_working_hours(self, start: dt.datetime, end: dt.datetime) -> dt.timedelta:
        """How much of the time from `start` to `end` lies inside working hours."""
        return self._elapsed(start, end, self._working_hours)

    def day_start(self, day: dt.date) -> dt.datetime:
        """The first instant of a date, in UTC: 00:00, or later where the clock leaps over it."""
        return self._reaches(day, MIDNIGHT)

    def _due(
        self, start: dt.datetime, hours: float | Decimal, span_of: Callable[[dt.date], Span]
    ) -> dt.datetime:
        left = dt.timedelta(hours=float(hours))
        if not NO_TIME <= left <= LONGEST:
            raise ValueError("Hours run from 0 to ten years.")
        for first, last in self._spans(start, span_of):
            if left <= last - first:
                return first + left
            left -= last - first
        raise AssertionError("working days never end")

    def _elapsed(
        self, start: dt.datetime, end: dt.datetime, span_of: Callable[[dt.date], Span]
    ) -> dt.timedelta:
        end = _aware(end).astimezone(dt.UTC)
        total = NO_TIME
        for first, last in self._spans(start, span_of):
            if first >= end:
                break
            total += min(last, end) - first
        return total

    def _spans(self, start: dt.datetime, span_of: Callable[[dt.date], Span]) -> Iterator[Span]:
        """The stretches that count from `start` on, in UTC and in order, without end."""
        start = _aware(start).astimezone(dt.UTC)
        day = self.date_of(start)
        while True:
            if self.is_working_day(day):
                first, last = span_of(day)
                if start < last:
                    yield max(start, first), last
            day += ONE_DAY

    def _whole_day(self, day: dt.date) -> Span:
        return self._reaches(day, MIDNIGHT), self._reaches(day + ONE_DAY, MIDNIGHT)

    def _working_hours(self, day: dt.date) -> Span:
        until = day + ONE_DAY if self.closes == MIDNIGHT else day
        return self._reaches(day, self.opens), self._reaches(until, self.closes)

    def _reaches(self, day: dt.date, time: dt.time) -> dt.datetime:
        """The first instant, in UTC, at which the zone's clock shows `time` of `day` or later."""
        wall = dt.datetime.combine(day, time)
        first = wall.replace(tzinfo=self.zone, fold=0).astimezone(dt.UTC)
        if first.astimezone(self.zone).replace(tzinfo=None) == wall:
            return first
        # skipped by a leap of the clock: somewhere between the two readings of it
        before = wall.replace(tzinfo=self.zone, fold=1).astimezone(dt.UTC)
        while first - before > dt.timedelta(seconds=1):
            middle = before + (first - before) // 2
            if middle.astimezone(self.zone).replace(tzinfo=None) >= wall:
                first = middle
            else:
                before = middle
        return first.replace(microsecond=0)


def _aware(instant: dt.datetime) -> dt.datetime:
    if instant.tzinfo is None:
        raise ValueError("An instant needs its time zone.")
    return instant
