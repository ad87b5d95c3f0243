"""The figures of pages, from rollups alone: each function is one query for all key figures.

Signatures that other apps call (dashboard, weekly update, key figure pages):

    cards(*, points=12, kpi_ids=None)  -> list[Card]     every active figure with its last periods
    series(*, kpi, period, first, last, points) -> list[Figure]   one figure, oldest period first
    week_changes(*, week_start)        -> list[Change]   what a week changed against the week before

Values are stored figures: multiply by `factor` to show them (a ratio in percent is kept as 0.999).
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from kpis.models import Kpi


@dataclass(frozen=True, slots=True)
class Point:
    """One period of a sparkline."""

    period_start: dt.date
    value: Decimal | None
    n: int


@dataclass(frozen=True, slots=True)
class Card:
    """A key figure on a dashboard: the latest period of its cadence that has data.

    `period_start` … `last_at` are None where nothing was ever measured (status `no_data`).
    `points` are oldest first and end with the shown period; periods without data are left out.
    `complete`: the period is over at the client's. `is_updating`: newer measurements wait, for
    more than a minute, to be counted. `override_reason` is set where a person set the status.
    """

    id: UUID
    key: str
    name: str
    unit: str
    direction: str
    aggregation: str
    category: str
    core_area: str
    factor: Decimal
    period: str
    period_start: dt.date | None
    period_end: dt.date | None
    value: Decimal | None
    n: int
    complete: bool
    target: Decimal | None
    at_risk_value: Decimal | None
    status: str
    override_reason: str
    last_at: dt.datetime | None
    is_updating: bool
    points: tuple[Point, ...]

    @property
    def change(self) -> Decimal | None:
        """The shown value less the one of the period before it that has data."""
        if len(self.points) < 2 or self.points[-1].value is None or self.points[-2].value is None:
            return None
        return self.points[-1].value - self.points[-2].value


@dataclass(frozen=True, slots=True)
class Figure:
    """One period of one key figure, with the target in force at the period's end."""

    period_start: dt.date
    period_end: dt.date
    value: Decimal | None
    n: int
    minimum: Decimal | None
    maximum: Decimal | None
    target: Decimal | None
    at_risk_value: Decimal | None
    status: str
    override_reason: str
    complete: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What one week did to a key figure. `before` is None where the week before has no data."""

    id: UUID
    key: str
    name: str
    unit: str
    direction: str
    factor: Decimal
    value: Decimal
    n: int
    before: Decimal | None
    target: Decimal | None
    status: str

    @property
    def difference(self) -> Decimal | None:
        return None if self.before is None else self.value - self.before

    @property
    def is_better(self) -> bool | None:
        """None where nothing changed, or nothing tells which way is good."""
        raise NotImplementedError


def cards(*, points: int = 12, kpi_ids: Collection[UUID] | None = None) -> list[Card]:
    """Every active figure (or those of `kpi_ids`), by category and position; one query."""
    raise NotImplementedError


def series(
    *,
    kpi: Kpi,
    period: str,
    first: dt.date | None = None,
    last: dt.date | None = None,
    points: int | None = None,
) -> list[Figure]:
    """The periods of one figure that have data and touch `first` … `last`, oldest first.

    With `points` only the latest so many. One query.
    """
    raise NotImplementedError


def week_changes(*, week_start: dt.date) -> list[Change]:
    """Active figures measured in the client's week of `week_start`, against the week before."""
    raise NotImplementedError
