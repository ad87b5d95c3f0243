"""Weeks by the client's first day, and the due time on the client's clock."""

import datetime as dt

import pytest

from reviews import weeks
from tenants.models import Tenant

D = dt.date


@pytest.mark.parametrize(
    ("first", "day", "start"),
    [
        ("monday", D(2026, 10, 15), D(2026, 10, 12)),
        ("monday", D(2026, 10, 12), D(2026, 10, 12)),
        ("monday", D(2026, 10, 18), D(2026, 10, 12)),
        ("sunday", D(2026, 10, 15), D(2026, 10, 11)),
        ("sunday", D(2026, 10, 17), D(2026, 10, 11)),
        ("sunday", D(2026, 10, 18), D(2026, 10, 18)),
        ("saturday", D(2026, 10, 16), D(2026, 10, 10)),
        ("saturday", D(2026, 10, 17), D(2026, 10, 17)),
    ],
)
def test_week_starts_on_the_clients_day(first: str, day: dt.date, start: dt.date) -> None:
    assert weeks.week_start_of(Tenant(week_start=first), day) == start


@pytest.mark.parametrize("start", [D(2026, 10, 12), D(2026, 10, 11), D(2026, 10, 10)])
def test_due_is_the_weeks_friday_at_17_on_the_clients_clock(start: dt.date) -> None:
    due = weeks.default_due_at(Tenant(time_zone="America/New_York"), start)
    assert due.isoformat() == "2026-10-16T17:00:00-04:00"


def test_due_keeps_its_hour_after_summer_time() -> None:
    due = weeks.default_due_at(Tenant(time_zone="America/New_York"), D(2026, 11, 2))
    assert due.isoformat() == "2026-11-06T17:00:00-05:00"
