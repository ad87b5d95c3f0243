"""The retainer of a month: what was granted, rolled over and used, and where it is heading.

The rules, all in whole minutes and by dates of the client's calendar, so that a change to or from
summer time never adds or takes an hour:

- **Granted**: each day of the engagement that is not paused earns one part of the month's days of
  the terms in force on it. The parts of a month are added exactly, then rounded once, half up.
- **Used**: the minutes logged on the month's dates. They take rolled-over minutes first, the
  oldest before the newer, then the month's own.
- **Rolled over**: what is left at the end of a month, under the terms in force on its last day.
  `none`: it lapses. `capped`: minutes of month M may be used up to and including month
  M + `rollover_expiry_months`, and no more than `rollover_cap_minutes` go over in all; what is
  above the cap lapses, the oldest first. Nothing goes over the end of the engagement.
- **Left** = granted + rolled over − used. Below zero it is overage, which is never taken from the
  next month.
- **Pace**: the part of the month's working days, today included, that have come. Working days are
  those of the company's calendar (its weekdays without its holidays), between start and end,
  without pauses. They move pace and forecast alone, so a holiday that is added or switched off
  later never changes what was granted, rolled over, used or left; of a month that is over the
  pace is 100 % and the forecast what was used, whatever the calendar says.
- **Forecast**: used ÷ working days so far × working days of the month, rounded half up; the used
  minutes themselves while no working day has come.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engagements.models import (
    FIRST_YEAR,
    LAST_YEAR,
    Engagement,
    Pause,
    Terms,
    TimeEntry,
)
from tenants.calendars import WorkingCalendar, calendar_of
from tenants.errors import Invalid

ONE_DAY = dt.timedelta(days=1)
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
Span = tuple[dt.date, dt.date]
"""First and last day, both included."""


@dataclass(frozen=True, kw_only=True)
class Retainer:
    """One month of an engagement in minutes; `month` is its first day."""

    month: dt.date
    granted_minutes: int
    rolled_over_minutes: int
    used_minutes: int
    expiring_minutes: int
    """Of what is left, the part that lapses at the end of the month."""
    working_days: int
    working_days_elapsed: int

    @property
    def available_minutes(self) -> int:
        return self.granted_minutes + self.rolled_over_minutes

    @property
    def left_minutes(self) -> int:
        """Granted + rolled over − used; below zero when more was used than agreed."""
        return self.available_minutes - self.used_minutes

    @property
    def over_minutes(self) -> int:
        """Minutes used beyond what was agreed."""
        return max(0, -self.left_minutes)

    @property
    def burn_percent(self) -> float | None:
        """Used of available, to one decimal; None when hours were used and none were agreed."""
        if self.available_minutes:
            return _half_up(1000 * self.used_minutes, self.available_minutes) / 10
        return 0.0 if self.used_minutes == 0 else None

    @property
    def pace_percent(self) -> float:
        """Working days so far of the month's, to one decimal."""
        if not self.working_days:
            return 0.0
        return _half_up(1000 * self.working_days_elapsed, self.working_days) / 10

    @property
    def pace_minutes(self) -> int:
        """What would be used by now at an even pace."""
        if not self.working_days:
            return 0
        return _half_up(self.available_minutes * self.working_days_elapsed, self.working_days)

    @property
    def forecast_minutes(self) -> int:
        """Used at the end of the month, should the days to come be like those so far."""
        if not self.working_days_elapsed:
            return self.used_minutes
        return _half_up(self.used_minutes * self.working_days, self.working_days_elapsed)

    @property
    def forecast_over_minutes(self) -> int:
        """Forecast minus available: above zero is over the agreed hours, below is under."""
        return self.forecast_minutes - self.available_minutes


@dataclass(frozen=True)
class _Left:
    """Minutes of `month` that are still there."""

    month: dt.date
    minutes: int


def retainer(engagement: Engagement, month: dt.date, *, today: dt.date | None = None) -> Retainer:
    """The retainer of the month that `month` lies in; four queries, however long it runs.

    `today` is the client's date; it decides pace and forecast alone.
    """
    return history(engagement, upto=month, today=today)[-1]


def history(
    engagement: Engagement, *, upto: dt.date, today: dt.date | None = None
) -> list[Retainer]:
    """Every month from the engagement's first to that of `upto`, oldest first; never empty."""
    return months(
        starts_on=engagement.starts_on,
        ends_on=engagement.ends_on,
        terms=list(Terms.objects.filter(engagement=engagement).order_by("effective_on")),
        pauses=list(Pause.objects.filter(engagement=engagement)),
        used=TimeEntry.objects.filter(engagement=engagement).minutes_by_month(),
        upto=upto,
        today=today or engagement.tenant.today,
        calendar=calendar_of(engagement.tenant),
    )


def months(
    *,
    starts_on: dt.date,
    ends_on: dt.date | None,
    terms: Sequence[Terms],
    pauses: Sequence[Pause],
    used: Mapping[dt.date, int],
    upto: dt.date,
    today: dt.date,
    calendar: WorkingCalendar,
) -> list[Retainer]:
    """The months up to `upto` by the rules above; `terms` oldest first, `used` by firsts."""
    found = []
    carried: list[_Left] = []
    for month in _months_between(starts_on, upto):
        last = last_day(month)
        spans = _running(month, last, starts_on, ends_on, pauses)
        granted = _granted(spans, terms, days=last.day)
        spent = used.get(month, 0)
        remaining = _spend([*carried, _Left(month, granted)], spent)
        ends_here = ends_on is not None and ends_on <= last
        kept = [] if ends_here else _carried(remaining, month, _in_force(terms, last))
        found.append(
            Retainer(
                month=month,
                granted_minutes=granted,
                rolled_over_minutes=_total(carried),
                used_minutes=spent,
                expiring_minutes=_total(remaining) - _total(kept),
                working_days=_working_days(spans, calendar),
                working_days_elapsed=_working_days(_until(spans, today), calendar),
            )
        )
        carried = kept
    return found


def parse_month(text: str | None, *, today: dt.date) -> dt.date:
    """The first day of a month written as 2026-10, that of `today` for None; raises Invalid."""
    if text is None:
        return first_day(today)
    found = _MONTH.fullmatch(text)
    if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        raise Invalid({"month": f"Use a month such as 2026-10, from {FIRST_YEAR} to {LAST_YEAR}."})
    return dt.date(int(found[1]), int(found[2]), 1)


def first_day(day: dt.date) -> dt.date:
    """The first day of the month that `day` lies in."""
    return day.replace(day=1)


def last_day(day: dt.date) -> dt.date:
    """The last day of the month that `day` lies in."""
    return next_month(day) - ONE_DAY


def next_month(day: dt.date) -> dt.date:
    """The first day of the following month."""
    return (first_day(day) + dt.timedelta(days=32)).replace(day=1)


def _months_between(start: dt.date, upto: dt.date) -> Iterator[dt.date]:
    """First days from the month of `start` to that of `upto`; that of `upto` alone when earlier."""
    month = min(first_day(start), first_day(upto))
    if first_day(upto) < first_day(start):
        yield first_day(upto)
        return
    while month <= upto:
        yield month
        month = next_month(month)


def _running(
    first: dt.date,
    last: dt.date,
    starts_on: dt.date,
    ends_on: dt.date | None,
    pauses: Sequence[Pause],
) -> list[Span]:
    """The days between `first` and `last` on which the engagement ran, as spans in order."""
    start, end = max(first, starts_on), min(last, ends_on or last)
    spans = []
    for pause in sorted(pauses, key=lambda p: p.starts_on):
        if pause.starts_on > end:
            break
        if start < pause.starts_on:
            spans.append((start, pause.starts_on - ONE_DAY))
        if pause.resumes_on is None:
            return spans
        start = max(start, pause.resumes_on)
    if start <= end:
        spans.append((start, end))
    return spans


def _granted(spans: Sequence[Span], terms: Sequence[Terms], *, days: int) -> int:
    """Minutes that these days of one month earn; `days` is the month's length."""
    parts = 0
    for place, version in enumerate(terms):
        until = terms[place + 1].effective_on - ONE_DAY if place + 1 < len(terms) else dt.date.max
        for first, last in spans:
            start, end = max(first, version.effective_on), min(last, until)
            if start <= end:
                parts += version.minutes_per_month * ((end - start).days + 1)
    return _half_up(parts, days)


def _spend(buckets: Sequence[_Left], minutes: int) -> list[_Left]:
    """What remains of the buckets, oldest first, once `minutes` were taken."""
    remaining = []
    for bucket in buckets:
        taken = min(minutes, bucket.minutes)
        minutes -= taken
        if bucket.minutes > taken:
            remaining.append(_Left(bucket.month, bucket.minutes - taken))
    return remaining


def _carried(remaining: Sequence[_Left], month: dt.date, terms: Terms | None) -> list[_Left]:
    """What goes over from `month` into the next one under `terms`, oldest first."""
    if terms is None or terms.rollover != Terms.Rollover.CAPPED:
        return []
    alive = [b for b in remaining if _age(b.month, month) < (terms.rollover_expiry_months or 0)]
    return _spend(alive, max(0, _total(alive) - (terms.rollover_cap_minutes or 0)))


def _age(older: dt.date, newer: dt.date) -> int:
    """Whole months between two firsts of months."""
    return (newer.year - older.year) * 12 + newer.month - older.month


def _in_force(terms: Sequence[Terms], day: dt.date) -> Terms | None:
    return next((version for version in reversed(terms) if version.effective_on <= day), None)


def _total(buckets: Sequence[_Left]) -> int:
    return sum(bucket.minutes for bucket in buckets)


def _until(spans: Sequence[Span], day: dt.date) -> list[Span]:
    return [(first, min(last, day)) for first, last in spans if first <= day]


def _working_days(spans: Sequence[Span], calendar: WorkingCalendar) -> int:
    return sum(calendar.working_days(first, last) for first, last in spans)


def _half_up(numerator: int, denominator: int) -> int:
    """The quotient of two numbers that are not negative, rounded half up, without floats."""
    return (2 * numerator + denominator) // (2 * denominator)
