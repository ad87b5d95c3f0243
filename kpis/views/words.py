"""How pages of key figures name periods, ways of counting and the limits of a status."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from kpis.models import Aggregation, Direction, Kpi, Measurement, Period
from kpis.rollups.periods import Calendar
from kpis.wording import Wording, inside_sentence, wording
from tenants.models import Tenant
from tenants.ui import formats

PLURALS = {
    Period.DAY: "days",
    Period.WEEK: "weeks",
    Period.MONTH: "months",
    Period.QUARTER: "quarters",
    Period.YEAR: "years",
}
_ADVERBS = {
    Period.DAY: "Daily",
    Period.WEEK: "Weekly",
    Period.MONTH: "Monthly",
    Period.QUARTER: "Quarterly",
    Period.YEAR: "Yearly",
}
_COUNTED = {
    Aggregation.SUM: "total",
    Aggregation.MEAN: "average",
    Aggregation.WEIGHTED_MEAN: "weighted average",
    Aggregation.MIN: "lowest",
    Aggregation.MAX: "highest",
    Aggregation.LAST: "latest value",
    Aggregation.RATIO: "share",
    Aggregation.P50: "median",
    Aggregation.P95: "95th percentile",
    Aggregation.COUNT: "count",
}
_UNITS = {
    "ms": "ms",
    "seconds": "seconds",
    "minutes": "minutes",
    "hours": "hours",
    "days": "days",
}
HOW_COUNTED = {
    Aggregation.SUM: "Sum of all measurements",
    Aggregation.MEAN: "Average of all measurements",
    Aggregation.WEIGHTED_MEAN: "Average of all measurements, each by its weight",
    Aggregation.MIN: "Lowest measurement",
    Aggregation.MAX: "Highest measurement",
    Aggregation.LAST: "Latest measurement",
    Aggregation.RATIO: "Sum of numerators ÷ sum of denominators",
    Aggregation.P50: "Median of all measurements",
    Aggregation.P95: "95th percentile of all measurements",
    Aggregation.COUNT: "Number of measurements",
}
DIRECTION_WORDS = {
    Direction.HIGHER: "Higher is better.",
    Direction.LOWER: "Lower is better.",
    Direction.TARGET: "On target is best.",
}
MAX_DIGITS_SHOWN = 6


def unit_name(kpi: Kpi, currency: str) -> str:
    """The unit as the head of a column names it: `Days`, `Percent`, `USD`."""
    return currency if kpi.unit == "money" else kpi.get_unit_display()


def chart_title(kpi: Kpi, period: str) -> str:
    """What the chart shows: `Weekly average, days`."""
    counted = _COUNTED[Aggregation(kpi.aggregation)]
    if kpi.aggregation == Aggregation.RATIO and kpi.unit != "percent":
        counted = "ratio"
    title = f"{_ADVERBS[Period(period)]} {counted}"
    unit = _UNITS.get(kpi.unit)
    return f"{title}, {unit}" if unit else title


def within(period: str, name: str) -> str:
    """When something was: `in week 42`, `in October`, `on 16 Oct`."""
    return f"{'on' if period == Period.DAY else 'in'} {inside_sentence(name)}"


def axis_label(
    period: str, start: dt.date, calendar: Calendar, *, over_a_year: bool = False
) -> str:
    """The period below a chart: `16 Oct`, `W42`, `Oct`, `Jan 26`, `Q4 26`, `2026`.

    Days and weeks of a chart that is longer than a year are named by month and year.
    """
    month, year = formats.MONTHS[start.month - 1], f"{start.year % 100:02d}"
    if over_a_year and period in (Period.DAY, Period.WEEK):
        return f"{month} {year}"
    if period == Period.DAY:
        return f"{start.day} {month}"
    if period == Period.WEEK:
        return f"W{(start + dt.timedelta(days=3)).isocalendar().week}"
    if period == Period.MONTH:
        return f"{month} {year}" if start.month == 1 else month
    if calendar.fiscal_month != 1:
        return f"{month} {year}"
    return f"Q{(start.month + 2) // 3} {year}" if period == Period.QUARTER else f"{start.year}"


def dates_of(period: str, start: dt.date, end: dt.date, today: dt.date) -> str:
    """The days beside a name that does not say them: `12 to 18 Oct` for a week."""
    return formats.day_range(start, end, today) if period == Period.WEEK else ""


def exact(words: Wording, value: Decimal) -> Wording:
    """The wording with as many digits as `value` needs: a limit is never rounded away."""
    shown = (value * words.factor).normalize()
    needed = max(words.digits, -int(shown.as_tuple().exponent))
    return replace(words, digits=min(needed, MAX_DIGITS_SHOWN))


def limits(
    words: Wording, target: Decimal | None, at_risk_value: Decimal | None
) -> list[tuple[str, str]]:
    """What is on target, at risk and off target, as (status word, its range in words)."""
    if target is None:
        return []
    goal = exact(words, target).text(target)
    if words.direction == Direction.TARGET:
        rows = [("On target", goal)]
        if at_risk_value is not None:
            off = abs(at_risk_value - target)
            distance = exact(words, off).text(off)
            rows += [
                ("At risk", f"Up to {distance} from it"),
                ("Off target", f"More than {distance} from it"),
            ]
        else:
            rows.append(("Off target", "Anything else"))
        return rows
    higher = words.direction == Direction.HIGHER
    rows = [("On target", f"{goal} or {'more' if higher else 'less'}")]
    edge = goal
    if at_risk_value is not None and at_risk_value != target:
        edge = exact(words, at_risk_value).text(at_risk_value)
        rows.append(
            (
                "At risk",
                f"Below {goal}, down to {edge}" if higher else f"Above {goal}, up to {edge}",
            )
        )
    rows.append(("Off target", f"{'Less' if higher else 'More'} than {edge}"))
    return rows


def good_or_bad(direction: str, before: Decimal, after: Decimal, target: Decimal | None) -> str:
    """What a change means: good, bad, or none where nothing tells."""
    if before == after:
        return "none"
    if direction == Direction.TARGET:
        if target is None:
            return "none"
        return "good" if abs(after - target) < abs(before - target) else "bad"
    return "good" if (after > before) == (direction == Direction.HIGHER) else "bad"


def affixes(kpi: Kpi, currency: str) -> tuple[str, str]:
    """What stands before and after an input: (`$`, ``), (``, `%`), (``, `days`), (``, ``)."""
    if kpi.unit == "money":
        return formats.SYMBOLS.get(currency, currency), ""
    return "", "%" if kpi.unit == "percent" else _UNITS.get(kpi.unit, "")


def measured(kpi: Kpi, tenant: Tenant, row: Measurement) -> str:
    """What was measured, in words: the value with its unit, or both sides of a ratio."""
    if row.numerator is not None:
        return f"{row.numerator.normalize():f} ÷ {(row.denominator or 1):f}"
    words = wording(
        unit=kpi.unit,
        direction=kpi.direction,
        factor=kpi.display_factor,
        currency=tenant.currency,
        values=(row.value,),
    )
    return words.text(row.value)
