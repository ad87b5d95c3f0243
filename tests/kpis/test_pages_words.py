"""How pages name periods, limits and trends: each expectation written by hand."""

import datetime as dt
from decimal import Decimal

import pytest

from kpis.rollups.periods import Calendar
from kpis.views.trend import Forecast, forecast
from kpis.views.words import axis_label, good_or_bad, limits, within
from kpis.wording import period_name, wording

D = Decimal
TODAY = dt.date(2026, 10, 15)
USUAL = Calendar("America/New_York", "monday", 1)
SUNDAY = Calendar("America/New_York", "sunday", 1)
AUGUST = Calendar("Europe/London", "monday", 8)


@pytest.mark.parametrize(
    ("period", "start", "calendar", "name", "label"),
    [
        ("day", (2026, 10, 5), USUAL, "5 Oct", "5 Oct"),
        ("day", (2025, 10, 5), USUAL, "5 Oct 2025", "5 Oct"),
        ("week", (2026, 10, 12), USUAL, "Week 42", "W42"),
        ("week", (2025, 12, 29), USUAL, "Week 1", "W1"),  # most of it lies in 2026
        ("week", (2025, 12, 22), USUAL, "Week 52, 2025", "W52"),
        ("week", (2026, 10, 11), SUNDAY, "Week 42", "W42"),
        ("month", (2026, 10, 1), USUAL, "October", "Oct"),
        ("month", (2026, 1, 1), USUAL, "January", "Jan 26"),
        ("month", (2025, 10, 1), USUAL, "October 2025", "Oct"),
        ("quarter", (2026, 10, 1), USUAL, "Q4 2026", "Q4 26"),
        ("quarter", (2025, 11, 1), AUGUST, "Nov 2025 to Jan 2026", "Nov 25"),
        ("quarter", (2026, 8, 1), AUGUST, "Aug to Oct 2026", "Aug 26"),
        ("year", (2026, 1, 1), USUAL, "2026", "2026"),
        ("year", (2025, 8, 1), AUGUST, "Aug 2025 to Jul 2026", "Aug 25"),
    ],
)
def test_periods_have_names(
    period: str, start: tuple[int, int, int], calendar: Calendar, name: str, label: str
) -> None:
    day = dt.date(*start)
    assert period_name(period, day, calendar, TODAY) == name
    assert axis_label(period, day, calendar) == label


def test_long_charts_name_the_year() -> None:
    label = axis_label("day", dt.date(2024, 8, 1), USUAL, over_a_year=True)
    assert label == "Aug 24"


def test_periods_stand_in_sentences() -> None:
    assert within("week", "Week 42") == "in week 42"
    assert within("month", "October") == "in October"
    assert within("day", "5 Oct") == "on 5 Oct"


@pytest.mark.parametrize(
    ("direction", "target", "edge", "said"),
    [
        (
            "lower",
            "5",
            "6.5",
            ["5.0 days or less", "Above 5.0 days, up to 6.5 days", "More than 6.5 days"],
        ),
        (
            "higher",
            "5",
            "4",
            ["5.0 days or more", "Below 5.0 days, down to 4.0 days", "Less than 4.0 days"],
        ),
        ("lower", "5", None, ["5.0 days or less", "More than 5.0 days"]),
        ("lower", "5.125", None, ["5.125 days or less", "More than 5.125 days"]),
        (
            "target",
            "5",
            "5.5",
            ["5.0 days", "Up to 0.5 days from it", "More than 0.5 days from it"],
        ),
        ("target", "5", None, ["5.0 days", "Anything else"]),
    ],
)
def test_limits_are_said_without_rounding(
    direction: str, target: str, edge: str | None, said: list[str]
) -> None:
    words = wording(unit="days", direction=direction, factor=D(1), currency="USD")
    found = limits(words, D(target), None if edge is None else D(edge))
    assert [text.replace("\xa0", " ") for _, text in found] == said
    assert found[0][0] == "On target"
    assert found[-1][0] == "Off target"


@pytest.mark.parametrize(
    ("direction", "before", "after", "target", "means"),
    [
        ("lower", 6, 5, None, "good"),
        ("lower", 5, 6, None, "bad"),
        ("higher", 5, 6, None, "good"),
        ("higher", 6, 6, None, "none"),
        ("target", 3, 4, 5, "good"),
        ("target", 5, 7, 5, "bad"),
        ("target", 5, 7, None, "none"),
    ],
)
def test_changes_are_good_or_bad(
    direction: str, before: int, after: int, target: int | None, means: str
) -> None:
    goal = None if target is None else D(target)
    assert good_or_bad(direction, D(before), D(after), goal) == means


@pytest.mark.parametrize(
    ("values", "target", "direction", "found"),
    [
        # 10, 9, 8, 7 fall by one a period: 5 is reached two periods after the last
        ([10, 9, 8, 7], 5, "lower", Forecast("reaches", 2)),
        ([10, 9, 8, 7], 12, "higher", Forecast("away")),
        ([7, 8, 9, 10], 11.5, "higher", Forecast("reaches", 2)),
        ([7, 8, 9, 10], 5, "lower", Forecast("away")),
        ([7, 7, 7, 7], 5, "lower", Forecast("away")),
        # 1, 2, 3, 4 rise by one: above 6 after more than two periods
        ([1, 2, 3, 4], 6, "lower", Forecast("loses", 2)),
        ([4, 3, 2, 1], 6, "lower", Forecast("stays")),
        ([100, 99, 98, 97], 10, "lower", Forecast("far")),
        # a gap counts: 10 and 9 lie two periods apart, so the fall is half as steep
        ([10, None, 9, None, 8, None, 7], 5, "lower", Forecast("reaches", 4)),
        ([10, 9, 8], 5, "lower", Forecast("unknown")),
        ([10, 9, 8, 7], None, "lower", Forecast("unknown")),
        ([3, 3.5, 4, 4.5], 5, "target", Forecast("reaches", 1)),
    ],
)
def test_forecast(
    values: list[float | None], target: float | None, direction: str, found: Forecast
) -> None:
    points = [(i, D(str(v))) for i, v in enumerate(values) if v is not None]
    goal = None if target is None else D(str(target))
    result = forecast(points, latest=len(values) - 1, target=goal, direction=direction)
    assert result == found
