"""From a running clock to minutes on days, without a silent rounding."""

import datetime as dt
import zoneinfo
from dataclasses import dataclass
from itertools import pairwise

LONGEST = dt.timedelta(hours=12)
"""A timer that ran longer asks before it is logged."""
MINUTE = dt.timedelta(minutes=1)
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Part:
    """Whole minutes on one date of the client's calendar."""

    date: dt.date
    minutes: int


@dataclass(frozen=True)
class Measured:
    """What a clock measured: `seconds` exactly, and `parts` as they are logged.

    The sum is rounded to the nearest whole minute, half up, and is a minute at least;
    `rounded_seconds` is what that added (or took, below zero), and is said wherever it shows.
    """

    seconds: int
    parts: list[Part]

    @property
    def minutes(self) -> int:
        return sum(part.minutes for part in self.parts)

    @property
    def rounded_seconds(self) -> int:
        return self.minutes * 60 - self.seconds


def measure(started_at: dt.datetime, ended_at: dt.datetime, zone: zoneinfo.ZoneInfo) -> Measured:
    """Split the time between two instants at each midnight of `zone`.

    Real time is counted, so a night with a change of the clocks has an hour more or less. Each
    midnight is rounded like the end, so that the parts add up to the rounded whole; a part of no
    whole minute is left out, and goes to its neighbour.
    """
    started_at, ended_at = started_at.astimezone(dt.UTC), ended_at.astimezone(dt.UTC)
    seconds = max(0, int((ended_at - started_at).total_seconds()))
    edges = [0, *(_offset(started_at, m) for m in _midnights(started_at, ended_at, zone)), seconds]
    marks = [_whole(edge) for edge in edges]
    marks[-1] = max(marks[-1], 1)
    first = started_at.astimezone(zone).date()
    parts = [
        Part(first + place * ONE_DAY, after - before)
        for place, (before, after) in enumerate(pairwise(marks))
        if after > before
    ]
    return Measured(seconds, parts)


def _midnights(
    started_at: dt.datetime, ended_at: dt.datetime, zone: zoneinfo.ZoneInfo
) -> list[dt.datetime]:
    """The instants between the two at which a new date begins in `zone`."""
    day = started_at.astimezone(zone).date() + ONE_DAY
    found: list[dt.datetime] = []
    while True:
        midnight = dt.datetime.combine(day, dt.time(), tzinfo=zone).astimezone(dt.UTC)
        if midnight >= ended_at:
            return found
        found.append(midnight)
        day += ONE_DAY


def _offset(start: dt.datetime, moment: dt.datetime) -> int:
    return int((moment - start).total_seconds())


def _whole(seconds: int) -> int:
    """Whole minutes, half up."""
    return (seconds + 30) // 60
