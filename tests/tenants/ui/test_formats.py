"""Numbers and dates as UI.md writes them."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tenants.ui import formats

PITTSBURGH = ZoneInfo("America/New_York")
TODAY = date(2026, 10, 15)


@pytest.mark.parametrize(
    ("value", "currency", "cents", "text"),
    [
        (38500, "USD", False, "$38,500"),
        (Decimal("10000.00"), "USD", True, "$10,000.00"),
        (Decimal("-26000"), "USD", False, "−$26,000"),
        (Decimal("0.5"), "EUR", False, "€1"),
        (Decimal("-0.4"), "USD", False, "$0"),
        (1234, "CHF", False, "CHF\u00a01,234"),
        (1234, "JPY", True, "¥1,234"),
        (None, "USD", False, "–"),
        (float("nan"), "USD", False, "–"),
    ],
)
def test_money_amount_reads_as_written(
    value: formats.Number | None, currency: str, cents: bool, text: str
) -> None:
    assert formats.money(value, currency, cents) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (182_000, "$182k"),
        (1_100_000, "$1.1m"),
        (-26_000, "−$26k"),
        (8_000, "$8k"),
        (2_150, "$2.2k"),
        (999, "$999"),
        (Decimal("999.60"), "$1k"),
        (999_499, "$999k"),
        (999_500, "$1m"),
        (250_000_000, "$250m"),
        (1_500_000_000, "$1.5bn"),
        (0, "$0"),
        (-0.2, "$0"),
        (None, "–"),
    ],
)
def test_money_short_amount_keeps_two_or_three_figures(
    value: formats.Number | None, text: str
) -> None:
    assert formats.money_short(value) == text


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_money_short_any_amount_is_near_the_truth(value: Decimal) -> None:
    text = formats.money_short(value)
    match = re.fullmatch(r"(−?)\$([\d,]+(?:\.\d)?)(k|m|bn)?", text)
    assert match, text
    size = {None: 1, "k": 10**3, "m": 10**6, "bn": 10**9}[match[3]]
    shown = Decimal(match[2].replace(",", "")) * size * (-1 if match[1] else 1)
    assert abs(shown - value) <= max(abs(value) * Decimal("0.051"), Decimal("0.5"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (formats.percent(Decimal("99.94")), "99.94%"),
        (formats.percent(58, 1), "58.0%"),
        (formats.number(412, 0, "ms"), "412\u00a0ms"),
        (formats.number(1234567), "1,234,567"),
        (formats.number(Decimal("1E+3")), "1,000"),
        (formats.number(Decimal("12.50")), "12.5"),
        (formats.number(-0.02, 2), "−0.02"),
        (formats.number(-0.001, 2), "0.00"),
        (formats.number(2.675, 2), "2.68"),
        (formats.number(None), "–"),
        (formats.change(11), "+11"),
        (formats.change(-0.02, 2), "−0.02"),
        (formats.change(0.001, 2), "0.00"),
        (formats.change(0), "0"),
        (formats.hours(750), "12.5\u00a0h"),
        (formats.hours(2280), "38\u00a0h"),
        (formats.hours(735), "12.25\u00a0h"),
        (formats.hours(240, 1), "4.0\u00a0h"),
        (formats.hours(50), "0.83\u00a0h"),
        (formats.hours(None), "–"),
        (formats.target(5, "lower", 1, "days"), "≤\u00a05.0\u00a0days"),
        (formats.target(Decimal("99.9"), "higher", 2, "%"), "≥\u00a099.90%"),
        (formats.target(None, "lower"), "–"),
        (formats.duration(1740), "1 day 5\u00a0h"),
        (formats.duration(2 * 1440), "2 days"),
        (formats.duration(190), "3\u00a0h 10\u00a0min"),
        (formats.duration(60), "1\u00a0h"),
        (formats.duration(0), "0\u00a0min"),
        (formats.filesize(184_000), "184\u00a0kB"),
        (formats.filesize(12), "1\u00a0kB"),
        (formats.filesize(0), "0\u00a0kB"),
        (formats.filesize(1_200_000), "1.2\u00a0MB"),
        (formats.filesize(3_500_000_000), "3.5\u00a0GB"),
    ],
)
def test_numbers_known_values_read_as_written(text: str, expected: str) -> None:
    assert text == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (formats.day(date(2026, 10, 16), TODAY), "Fri 16 Oct"),
        (formats.day(date(2027, 3, 31), TODAY), "Wed 31 Mar 2027"),
        (formats.day_short(date(2026, 11, 13), TODAY), "13 Nov"),
        (formats.day_short(date(2027, 3, 31), TODAY), "31 Mar 2027"),
        (formats.day_full(date(2026, 10, 6)), "6 Oct 2026"),
        (formats.month(date(2026, 10, 1), TODAY), "October"),
        (formats.month(date(2025, 12, 1), TODAY), "December 2025"),
        (formats.day_range(date(2026, 10, 12), date(2026, 10, 18), TODAY), "12 to 18 Oct"),
        (formats.day_range(date(2026, 9, 28), date(2026, 10, 4), TODAY), "28 Sep to 4 Oct"),
        (
            formats.day_range(date(2026, 12, 28), date(2027, 1, 3), TODAY),
            "28 Dec 2026 to 3 Jan 2027",
        ),
        (formats.day_range(date(2026, 10, 12), date(2026, 10, 12), TODAY), "12 Oct"),
        (formats.near_day(date(2026, 10, 16), TODAY), "Tomorrow"),
        (formats.near_day(date(2026, 10, 15), TODAY), "Today"),
        (formats.near_day(date(2026, 10, 14), TODAY), "Yesterday"),
        (formats.near_day(date(2026, 10, 17), TODAY), "Sat 17 Oct"),
        (formats.late(date(2026, 10, 13), TODAY), "2 days late"),
        (formats.late(date(2026, 10, 14), TODAY), "1 day late"),
        (formats.late(date(2026, 10, 15), TODAY), ""),
        (formats.week(date(2026, 10, 15)), "week 42"),
        (formats.week(date(2027, 1, 1)), "week 53"),
        (formats.day(None), "–"),
        (formats.clock(None), "–"),
    ],
)
def test_dates_known_values_read_as_written(text: str, expected: str) -> None:
    assert text == expected


def test_clock_shows_the_zone_of_the_moment_not_of_today() -> None:
    summer = datetime(2026, 10, 16, 18, 12, tzinfo=UTC)
    winter = datetime(2026, 12, 16, 18, 12, tzinfo=UTC)
    assert formats.clock(summer, PITTSBURGH) == "14:12 EDT"
    assert formats.clock(winter, PITTSBURGH) == "13:12 EST"


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("Asia/Singapore", "UTC+8"),
        ("America/Sao_Paulo", "UTC−3"),
        ("Asia/Kathmandu", "UTC+5:45"),
        ("Europe/London", "GMT"),
    ],
)
def test_zone_name_without_letters_is_the_distance(zone: str, name: str) -> None:
    assert formats.zone_name(datetime(2026, 1, 5, tzinfo=UTC), ZoneInfo(zone)) == name


def test_near_words_follow_the_readers_day() -> None:
    now = datetime(2026, 10, 16, 2, 0, tzinfo=UTC)  # still the 15th in Pittsburgh
    due = datetime(2026, 10, 16, 14, 0, tzinfo=UTC)
    assert formats.near(due, now, PITTSBURGH) == "Tomorrow, 10:00"
    assert formats.near(due, now, ZoneInfo("Europe/London")) == "Today, 15:00"
    assert formats.near(due + timedelta(days=3), now, UTC) == "Mon 19 Oct, 14:00"


def test_time_left_counts_down_and_then_up() -> None:
    now = datetime(2026, 10, 15, 9, 12, tzinfo=UTC)
    assert formats.time_left(now + timedelta(days=1, hours=5), now) == "1 day 5\u00a0h left"
    assert formats.time_left(now - timedelta(hours=20), now) == "20\u00a0h late"


@time_machine.travel(datetime(2026, 10, 15, 12, tzinfo=UTC), tick=False)
def test_when_instant_carries_the_offset() -> None:
    with timezone.override(PITTSBURGH):
        moment = datetime(2026, 10, 16, 14, 0, tzinfo=UTC)
        assert formats.when(moment, "near") == (
            '<time datetime="2026-10-16T10:00-04:00">Tomorrow, 10:00</time>'
        )
        assert formats.when(moment) == (
            '<time datetime="2026-10-16T10:00-04:00">Fri 16 Oct, 10:00 EDT</time>'
        )
        assert formats.when(moment, "day_short").endswith(">16 Oct</time>")
    assert formats.when(date(2026, 10, 16)) == '<time datetime="2026-10-16">Fri 16 Oct</time>'
    assert formats.when(None) == "–"
    with pytest.raises(KeyError):
        formats.when(moment, "tomorow")


@time_machine.travel(datetime(2026, 1, 1, 2, tzinfo=UTC), tick=False)
def test_day_around_new_year_uses_the_readers_year() -> None:
    with timezone.override(PITTSBURGH):
        assert formats.day(date(2025, 12, 31)) == "Wed 31 Dec"
        assert formats.day(date(2026, 1, 1)) == "Thu 1 Jan 2026"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Marcus Okafor", "MO"),
        ("Ana María de la Cruz", "AC"),
        ("Plato", "PL"),
        ("Halden & Sons", "HS"),
        ("", "?"),
        ("  ", "?"),
    ],
)
def test_initials_first_and_last_word(name: str, letters: str) -> None:
    assert formats.initials(name) == letters


@given(st.text())
def test_initials_and_tone_any_name_answer(name: str) -> None:
    assert 1 <= len(formats.initials(name)) <= 6
    assert formats.tone(name) in range(5)
