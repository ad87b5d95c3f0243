"""An independent computation of every rollup in plain Python: fractions, zoneinfo, calendar rules.

It shares no code with kpis.rollups on purpose.
"""

import datetime as dt
import zoneinfo
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction


@dataclass(frozen=True)
class Raw:
    """One measurement; `order` breaks ties of `last` as the product's ids do."""

    at: dt.datetime
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    weight: Decimal | None
    order: str


def first_day(period: str, day: dt.date, week_start: str, fiscal_month: int) -> dt.date:
    """The first day of the period, by walking back day by day."""
    names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    quarter_starts = {(fiscal_month - 1 + 3 * i) % 12 + 1 for i in range(4)}
    while True:
        if (
            period == "day"
            or (period == "week" and names[day.weekday()] == week_start)
            or (day.day == 1 and period == "month")
            or (day.day == 1 and period == "quarter" and day.month in quarter_starts)
            or (day.day == 1 and period == "year" and day.month == fiscal_month)
        ):
            return day
        day -= dt.timedelta(1)


def rounded(number: Fraction) -> Decimal:
    """To 12 places, half away from zero."""
    with localcontext() as context:
        context.prec = 80
        scaled = abs(number) * 10**12
        whole = int(scaled)
        if scaled - whole >= Fraction(1, 2):
            whole += 1
        sign = -1 if number < 0 else 1
        return (Decimal(sign * whole) / 10**12).quantize(Decimal("1e-12"), ROUND_HALF_UP)


def unrounded(number: Fraction) -> Decimal:
    """A fraction that is a decimal, exactly."""
    with localcontext() as context:
        context.prec = 80
        found = Decimal(number.numerator) / Decimal(number.denominator)
        assert Fraction(found) == number
        return found


def value_of(aggregation: str, rows: list[Raw]) -> Decimal | None:
    """The figure of one period."""
    values = [Fraction(row.value) for row in rows if row.value is not None]
    if aggregation == "count":
        return Decimal(len(rows))
    if aggregation == "ratio":
        below = sum(Fraction(row.denominator or 0) for row in rows)
        return rounded(sum(Fraction(row.numerator or 0) for row in rows) / below)
    if aggregation == "weighted_mean":
        weights = [Fraction(1 if row.weight is None else row.weight) for row in rows]
        if not sum(weights):
            return None
        return rounded(
            sum(v * w for v, w in zip(values, weights, strict=True)) / sum(weights, Fraction(0))
        )
    if aggregation == "last":
        return max(rows, key=lambda row: (row.at, row.order)).value
    if aggregation == "mean":
        return rounded(sum(values, Fraction(0)) / len(values))
    if aggregation in ("p50", "p95"):
        place = Fraction({"p50": "0.5", "p95": "0.95"}[aggregation]) * (len(values) - 1)
        ordered = sorted(values)
        low = ordered[int(place)]
        high = ordered[min(int(place) + 1, len(ordered) - 1)]
        return unrounded(low + (place - int(place)) * (high - low))
    found = {"sum": sum(values, Fraction(0)), "min": min(values), "max": max(values)}[aggregation]
    return unrounded(found)


def recompute(
    aggregation: str, rows: list[Raw], *, zone: str, week_start: str, fiscal_month: int
) -> dict[tuple[str, dt.date], tuple[Decimal | None, int]]:
    """Every period's value and count from nothing but the raw rows."""
    tz = zoneinfo.ZoneInfo(zone)
    groups: dict[tuple[str, dt.date], list[Raw]] = {}
    for row in rows:
        day = row.at.astimezone(tz).date()
        for period in ("day", "week", "month", "quarter", "year"):
            start = first_day(period, day, week_start, fiscal_month)
            groups.setdefault((period, start), []).append(row)
    return {key: (value_of(aggregation, found), len(found)) for key, found in groups.items()}
