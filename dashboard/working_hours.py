"""When a reader's working hours and a company's lie in the same part of the reader's day."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass

from reviews.weeks import place_name
from tenants.models import USUAL_HOURS, Tenant
from tenants.ui.formats import duration

DAY = 24 * 60
Span = tuple[int, int]  # minutes of the reader's day, the second one not included


@dataclass(frozen=True)
class SharedHours:
    """A company's hours on the reader's clock: `theirs` and `shared` are minutes of their day."""

    company: str
    place: str
    hours: str
    theirs: tuple[Span, ...]
    shared: tuple[Span, ...]
    sentence: str

    @property
    def minutes(self) -> int:
        return sum(end - start for start, end in self.shared)

    @property
    def text(self) -> str:
        """`4 h, 14 to 18`, or that there are none."""
        if not self.shared:
            return "None"
        return f"{duration(self.minutes)}, {_words(self.shared)}"


def shared_hours(
    company: Tenant,
    *,
    zone: zoneinfo.ZoneInfo,
    day: dt.date,
    mine: tuple[dt.time, dt.time] = USUAL_HOURS,
) -> SharedHours:
    """Where the company's working hours fall on `day` of the reader's calendar, in `zone`.

    `mine` are the reader's own hours on their clock; an end before the start is past midnight.

    Both clocks are read as they stand on that day, so a change to summer time in one of the two
    places moves the hours. Holidays and weekends are not looked at: it is a day as usual.
    """
    start, end = company.working_hours_start, company.working_hours_end
    nearby = (day + dt.timedelta(days=n) for n in (-1, 0, 1))
    theirs = _joined(
        _on_clock(_instants(date, start, end, company.zone), zone, day) for date in nearby
    )
    shared = _joined(
        (max(first, begun), min(last, over))
        for first, last in theirs
        for begun, over in spans_of(mine)
    )
    place, here = place_name(company.time_zone), place_name(zone.key)
    hours = hours_in_words((start, end))
    total = duration(sum(last - first for first, last in shared)) if shared else "nothing"
    sentence = f"{place} {hours} is {_words(theirs)} in {here}, {total} shared"
    return SharedHours(company.name, place, hours, theirs, shared, sentence)


def spans_of(hours: tuple[dt.time, dt.time]) -> tuple[Span, ...]:
    """A day's hours in minutes of it: two spans where they run over midnight."""
    start, end = _minute(hours[0]), _minute(hours[1]) or DAY
    return ((start, end),) if start < end else ((0, end), (start, DAY))


def hours_in_words(hours: tuple[dt.time, dt.time]) -> str:
    """`9 to 18`, `22 to 6`."""
    return f"{_clock(_minute(hours[0]))} to {_clock(_minute(hours[1]) or DAY)}"


def _instants(
    date: dt.date, start: dt.time, end: dt.time, zone: zoneinfo.ZoneInfo
) -> tuple[dt.datetime, dt.datetime]:
    """The working day of `date` there; an end at 00:00 is midnight after it."""
    last = date if end > start else date + dt.timedelta(days=1)
    return dt.datetime.combine(date, start, zone), dt.datetime.combine(last, end, zone)


def _on_clock(span: tuple[dt.datetime, dt.datetime], zone: zoneinfo.ZoneInfo, day: dt.date) -> Span:
    """The part of `span` that lies on `day` in `zone`, in minutes of its clock."""
    first, last = (_place(moment.astimezone(zone), day) for moment in span)
    return first, last


def _place(local: dt.datetime, day: dt.date) -> int:
    if local.date() < day:
        return 0
    return DAY if local.date() > day else local.hour * 60 + local.minute


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Without empty ones, in order, those that touch as one."""
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def _minute(time: dt.time) -> int:
    return time.hour * 60 + time.minute


def _words(spans: tuple[Span, ...]) -> str:
    """`14 to 22`, `17 to 24 and 0 to 1`."""
    return " and ".join(f"{_clock(start)} to {_clock(end)}" for start, end in spans)


def _clock(minute: int) -> str:
    hour, rest = divmod(minute, 60)
    return f"{hour}:{rest:02d}" if rest else str(hour)
