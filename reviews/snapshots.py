"""The numbers of a letter: read live while it is a draft, written down for ever when it is sent.

Both shapes are plain JSON. Figures are as shown (a ratio in percent as 99.9), decimals as text.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

from engagements import figures as engagement_figures
from engagements.models import Engagement, TimeEntry
from engagements.retainer import retainer
from kpis import figures as kpi_figures
from kpis.figures import Change
from reviews.models import WeeklyUpdate

SHOWN_BY_ITSELF = 4  # a letter is read in a minute
NEEDS_WORDS = ("off_track", "at_risk")


def hours_of(engagement: Engagement, week_start: dt.date) -> dict[str, Any]:
    """Minutes of the week by category, and of the month it ends in against what was agreed."""
    minutes = engagement_figures.week_minutes(engagement, week_start)
    today = engagement.tenant.today
    month = retainer(engagement, min(week_start + dt.timedelta(days=6), max(today, week_start)))
    return {
        "total_minutes": sum(minutes.values()),
        "categories": [
            {
                "category": category,
                "name": TimeEntry.Category(category).label,
                "minutes": minutes[category],
            }
            for category in minutes
        ],
        "month": month.month.isoformat(),
        "month_used_minutes": month.used_minutes,
        "month_available_minutes": month.available_minutes,
        "month_forecast_minutes": month.forecast_minutes,
        "month_pace_percent": month.pace_percent,
    }


def kpis_of(update: WeeklyUpdate) -> list[dict[str, Any]]:
    """What the week changed in each measured figure, with the writer's ticks and comments.

    Figures that nobody ticked or unticked yet are shown when they are off target or moved most
    recently against the client, up to four in all; the writer's own choice always stands.
    """
    changes = kpi_figures.week_changes(week_start=update.week_start)
    chosen = _shown_by_itself(changes)
    return [_kpi_row(change, update, shown=change.id in chosen) for change in changes]


def _shown_by_itself(changes: list[Change]) -> set[Any]:
    def urgency(change: Change) -> tuple[int, bool, bool]:
        rank = NEEDS_WORDS.index(change.status) if change.status in NEEDS_WORDS else 2
        return (rank, change.is_better is not False, not change.difference)

    return {change.id for change in sorted(changes, key=urgency)[:SHOWN_BY_ITSELF]}


def _kpi_row(change: Change, update: WeeklyUpdate, *, shown: bool) -> dict[str, Any]:
    note = update.kpi_notes.get(str(change.id), {})
    return {
        "kpi": str(change.id),
        "name": change.name,
        "unit": change.unit,
        "direction": change.direction,
        "previous": _shown_value(change.before, change.factor),
        "current": _shown_value(change.value, change.factor),
        "change": _shown_value(change.difference, change.factor),
        "is_better": change.is_better,
        "n": change.n,
        "target": _shown_value(change.target, change.factor),
        "status": change.status,
        "comment": note.get("comment", ""),
        "shown": note.get("shown", shown),
    }


def _shown_value(value: Decimal | None, factor: Decimal) -> str | None:
    """Exact decimal text without an exponent or trailing zeros."""
    if value is None:
        return None
    text = f"{value * factor:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
