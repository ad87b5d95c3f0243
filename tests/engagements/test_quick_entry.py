"""Typed lines and running clocks, as minutes."""

import datetime as dt
import zoneinfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagements.clock import measure
from engagements.models import TimeEntry
from engagements.quick_entry import QuickEntry, parse_line
from tenants.errors import Invalid
from tests.engagements.builders import D

TODAY = D(2026, 10, 15)  # a Thursday


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("1h30 delivery Telemetry: pairing",
         QuickEntry(TODAY, 90, "delivery", "Telemetry", "pairing")),
        ("yesterday 45m strat Roadmap", QuickEntry(D(2026, 10, 14), 45, "strategy_and_roadmap",
                                                   None, "Roadmap")),
        ("mon 1:05 hiring", QuickEntry(D(2026, 10, 12), 65, "team_and_hiring", None, "")),
        ("thursday 2h board", QuickEntry(TODAY, 120, "board_and_vendors", None, "")),
        ("fri 2,5 other x", QuickEntry(D(2026, 10, 9), 150, "other", None, "x")),
        ("2026-10-01 1 h 8:30 call", QuickEntry(D(2026, 10, 1), 60, "other", None, "8:30 call")),
        ("90 min read https://x.example: fine",
         QuickEntry(TODAY, 90, "other", "read https://x.example", "fine")),
        ("0.25h and so on", QuickEntry(TODAY, 15, "other", None, "and so on")),
        ("1h Telemetry:", QuickEntry(TODAY, 60, "other", "Telemetry", "")),
        ("1h2m DELIVERY", QuickEntry(TODAY, 62, "delivery", None, "")),
    ],
)  # fmt: skip
def test_line_says_what_it_says(line: str, wanted: QuickEntry) -> None:
    assert parse_line(line, today=TODAY) == wanted


@pytest.mark.parametrize(
    "line",
    ["", "   ", "delivery 1h", "today", "0h", "25h", "1:75", "1h75", "0.33 x", "-1h", "1441m",
     "2026-02-30 1h", "1999-01-01 1h", "１h"],
)  # fmt: skip
def test_line_that_makes_no_sense_says_how_to_write_it(line: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_line(line, today=TODAY)
    assert set(refused.value.errors) == {"line"}


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 1440),
    st.sampled_from(TimeEntry.Category.values),
    st.none() | st.text("abc XYZ", min_size=1, max_size=20).map(str.strip).filter(bool),
    st.text("abc xyz.", max_size=40).map(lambda text: " ".join(text.split())),
)
def test_what_is_written_out_is_read_back(
    minutes: int, category: str, initiative: str | None, note: str
) -> None:
    name = " ".join(initiative.split()) if initiative else None
    line = f"{minutes // 60}h{minutes % 60:02d} {category} " + (f"{name}: " if name else "") + note
    assert parse_line(line, today=TODAY) == QuickEntry(TODAY, minutes, category, name, note)


# ---- the clock ----

NEW_YORK = zoneinfo.ZoneInfo("America/New_York")


def at(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=NEW_YORK)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "end", "parts", "rounded"),
    [
        (at(2026, 10, 15, 9), at(2026, 10, 15, 10, 30), [(15, 90)], 0),
        (at(2026, 10, 15, 9), at(2026, 10, 15, 9, 0, 5), [(15, 1)], 55),
        (at(2026, 10, 15, 9), at(2026, 10, 15, 9, 1, 29), [(15, 1)], -29),
        (at(2026, 10, 15, 9), at(2026, 10, 15, 9, 1, 30), [(15, 2)], 30),
        (at(2026, 10, 15, 22), at(2026, 10, 16, 1, 15), [(15, 120), (16, 75)], 0),
        (at(2026, 10, 15, 23, 59, 50), at(2026, 10, 16, 0, 30), [(16, 30)], -10),
        (at(2026, 10, 15, 23), at(2026, 10, 17, 1), [(15, 60), (16, 1440), (17, 60)], 0),
    ],
)
def test_clock_is_split_at_midnight_and_says_what_it_rounded(
    start: dt.datetime, end: dt.datetime, parts: list[tuple[int, int]], rounded: int
) -> None:
    found = measure(start, end, NEW_YORK)
    assert [(part.date.day, part.minutes) for part in found.parts] == parts
    assert found.rounded_seconds == rounded


def test_clock_counts_real_time_in_the_night_of_the_change() -> None:
    """1 November 2026 has 25 hours in New York, 8 March 23."""
    longer = measure(at(2026, 11, 1, 0), at(2026, 11, 2, 0, 30), NEW_YORK)
    assert [part.minutes for part in longer.parts] == [25 * 60, 30]
    shorter = measure(at(2026, 3, 8, 0), at(2026, 3, 9, 0, 30), NEW_YORK)
    assert [part.minutes for part in shorter.parts] == [23 * 60, 30]


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 365 * 24 * 3600),
    st.integers(0, 3 * 24 * 3600),
    st.sampled_from(["America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
)
def test_parts_add_up_to_the_rounded_whole(since: int, seconds: int, zone: str) -> None:
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=since)
    found = measure(start, start + dt.timedelta(seconds=seconds), zoneinfo.ZoneInfo(zone))
    assert found.minutes == max(1, (seconds + 30) // 60)
    assert abs(found.rounded_seconds) <= 60
    days = [part.date for part in found.parts]
    assert days == sorted(set(days))
