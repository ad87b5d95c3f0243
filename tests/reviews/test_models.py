"""What a weekly update knows by itself."""

import datetime as dt

import pytest

from reviews.models import WeeklyUpdate, lines


def test_lines_of_a_text_drop_blanks_and_typed_dashes() -> None:
    assert lines("- One\n\n  • Two  \nThree - four\n–") == ["One", "Two", "Three - four"]


@pytest.mark.parametrize(
    ("week_start", "number"),
    [
        (dt.date(2026, 10, 12), 42),  # Monday
        (dt.date(2026, 10, 11), 42),  # Sunday: six of its days lie in ISO week 42
        (dt.date(2026, 10, 10), 42),  # Saturday: five of its days do
        (dt.date(2026, 12, 28), 53),
        (dt.date(2027, 1, 4), 1),
    ],
)
def test_week_number_of_any_week_start_is_where_most_days_lie(
    week_start: dt.date, number: int
) -> None:
    assert WeeklyUpdate(week_start=week_start).week_number == number


@pytest.mark.parametrize(("sent_minutes", "late"), [(-1, False), (0, False), (1, True)])
def test_late_is_after_the_due_instant(sent_minutes: int, late: bool) -> None:
    due_at = dt.datetime(2026, 10, 16, 21, tzinfo=dt.UTC)
    update = WeeklyUpdate(due_at=due_at, submitted_at=due_at + dt.timedelta(minutes=sent_minutes))
    assert update.late is late
