"""A weekly update as its reader sees it: every number written, nothing left to compute."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kpis.wording import wording
from reviews.models import UpdateItem, WeeklyUpdate
from reviews.snapshots import hours_of, kpis_of
from tenants.models import Member
from tenants.ui.formats import hours as hours_text
from tenants.ui.formats import month

ONE = Decimal(1)


@dataclass(frozen=True, kw_only=True)
class FigureLine:
    """A key figure of the week, written."""

    kpi: str
    name: str
    previous: str
    current: str
    change: str
    tone: str
    target: str
    status: str
    comment: str
    shown: bool


@dataclass(frozen=True, kw_only=True)
class HoursLine:
    """The hours of the week, and of the month against what was agreed."""

    total_minutes: int
    categories: list[dict[str, Any]]
    month: str
    used_minutes: int
    available_minutes: int
    forecast_minutes: int
    pace_percent: float

    @property
    def used_percent(self) -> float:
        """Of what was agreed, 100 at most: a bar is no longer than full."""
        return min(100.0, 100 * self.used_minutes / self.available_minutes)

    @property
    def over_minutes(self) -> int:
        return max(0, self.forecast_minutes - self.available_minutes)

    @property
    def sentence(self) -> str:
        """`9.5 h this week, 38 h of 60 h in October.`"""
        text = f"{hours_text(self.total_minutes)} this week, {hours_text(self.used_minutes)}"
        if self.available_minutes:
            text += f" of {hours_text(self.available_minutes)}"
        return f"{text} in {self.month}."


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What a reader sees of one update; `hours` is None where the reader may not see time."""

    update: WeeklyUpdate
    figures: list[FigureLine]
    hours: HoursLine | None
    blockers: list[UpdateItem]
    asks: list[UpdateItem]

    @property
    def shown_figures(self) -> list[FigureLine]:
        return [line for line in self.figures if line.shown]

    @property
    def is_empty(self) -> bool:
        """Nothing has been written yet."""
        update = self.update
        texts = (update.lead, update.wins, update.risks, update.next_week)
        return not (any(texts) or self.blockers or self.asks)


def letter_of(
    update: WeeklyUpdate,
    *,
    reader: Member,
    blockers: list[UpdateItem] | None = None,
    asks: list[UpdateItem] | None = None,
) -> Letter:
    """The letter for `reader`: live numbers in a draft, those of the day it was sent afterwards.

    `blockers` and `asks` stand for the stored ones where they are given.
    """
    rows = kpis_of(update) if update.is_draft else update.kpis
    hours = _hours_json(update) if reader.can("time.view") else None
    return Letter(
        update=update,
        figures=[_figure(row, reader.tenant.currency) for row in rows],
        hours=_hours(hours) if hours else None,
        blockers=list(update.blockers.all()) if blockers is None else blockers,
        asks=list(update.asks.all()) if asks is None else asks,
    )


def _hours_json(update: WeeklyUpdate) -> dict[str, Any]:
    if update.is_draft:
        return hours_of(update.engagement, update.week_start)
    return update.hours


def _figure(row: dict[str, Any], currency: str) -> FigureLine:
    number = {
        name: None if row[name] is None else Decimal(row[name])
        for name in ("previous", "current", "change", "target")
    }
    words = wording(
        unit=row["unit"],
        direction=row["direction"],
        factor=ONE,
        currency=currency,
        values=(number["previous"], number["current"], number["target"]),
    )
    return FigureLine(
        kpi=row["kpi"],
        name=row["name"],
        previous=words.text(number["previous"]),
        current=words.text(number["current"]),
        change=words.change(number["change"]),
        tone={True: "good", False: "bad", None: "none"}[row["is_better"]],
        target=words.target(number["target"]),
        status=row["status"],
        comment=row["comment"],
        shown=row["shown"],
    )


def _hours(stored: dict[str, Any]) -> HoursLine:
    return HoursLine(
        total_minutes=stored["total_minutes"],
        categories=stored["categories"],
        month=month(dt.date.fromisoformat(stored["month"])),
        used_minutes=stored["month_used_minutes"],
        available_minutes=stored["month_available_minutes"],
        forecast_minutes=stored["month_forecast_minutes"],
        pace_percent=stored["month_pace_percent"],
    )
