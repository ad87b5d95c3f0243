"""How a key figure is written: `99.94%`, `412 ms`, `$182k`, `≤ 5.0 days`."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from kpis.models import Period
from kpis.rollups.periods import Calendar
from tenants.ui import formats

_WORDS = {
    "percent": "%",
    "ms": "ms",
    "seconds": "s",
    "minutes": "min",
    "hours": "h",
    "days": "days",
}
_DIGITS = {
    "ms": 0,
    "seconds": 1,
    "minutes": 1,
    "hours": 1,
    "days": 1,
    "count": 0,
    "ratio": 2,
    "score": 1,
}
_NEARLY_ALL = Decimal(98)  # shares above it differ in the second decimal: 99.94% is not 99.90%


@dataclass(frozen=True)
class Wording:
    """How the values of one figure are written; one precision for all of them.

    `factor` turns a stored value into the shown one (a ratio of 0.999 in percent is 99.9).
    """

    unit: str
    direction: str
    factor: Decimal
    currency: str
    digits: int

    def parts(self, value: Decimal | None) -> tuple[str, str]:
        """The number and its unit apart, for large figures: (`412`, `ms`), (`99.94%`, ``)."""
        if value is None:
            return formats.MISSING, ""
        if self.unit == "money":
            return formats.money_short(value * self.factor, self.currency), ""
        word = _WORDS.get(self.unit, "")
        if word == "%":
            return formats.percent(value * self.factor, self.digits), ""
        return formats.number(value * self.factor, self.digits), word

    def text(self, value: Decimal | None) -> str:
        """The number with its unit: `412 ms`."""
        number, word = self.parts(value)
        return f"{number}{formats.NBSP}{word}" if word else number

    def number(self, value: Decimal | None) -> str:
        """The bare number, for a column whose head names the unit."""
        return self.parts(value)[0].removesuffix("%")

    def change(self, difference: Decimal | None) -> str:
        """A difference with its sign, without unit: `+11`, `−0.02`, `+$8k`."""
        if difference is None:
            return formats.MISSING
        if self.unit == "money":
            shown = formats.money_short(difference * self.factor, self.currency)
            return f"+{shown}" if difference > 0 else shown
        return formats.change(difference * self.factor, self.digits)

    def target(self, value: Decimal | None) -> str:
        """A target with its sign: `≥ 99.90%`; empty where there is none."""
        if value is None:
            return ""
        return f"{formats.SIGNS[self.direction]}{formats.NBSP}{self.text(value)}"


def wording(
    *,
    unit: str,
    direction: str,
    factor: Decimal,
    currency: str,
    values: tuple[Decimal | None, ...] = (),
) -> Wording:
    """How a figure with these values (its target among them) is written.

    Percentages carry one decimal, two where a value lies above 98 % of the whole; counts one where
    a value is no whole number.
    """
    shown = [value * factor for value in values if value is not None]
    digits = _DIGITS.get(unit, 1)
    if unit == "percent":
        digits = 2 if any(_NEARLY_ALL < value < 100 for value in shown) else 1
        if all(value == value.to_integral_value() for value in shown):
            digits = 0
    elif unit == "count" and any(value != value.to_integral_value() for value in shown):
        digits = 1
    return Wording(unit, direction, factor, currency, digits)


def period_name(period: str, start: dt.date, calendar: Calendar, today: dt.date) -> str:
    """The period in words: `16 Oct`, `Week 42`, `October`, `Q4 2026`, `2026`.

    The year stands where it is not this one. Fiscal quarters and years
    that are none of the calendar's are named by their months.
    """
    end = calendar.end(period, start)
    if period == Period.DAY:
        return formats.day_short(start, today)
    if period == Period.WEEK:
        year, week, _ = (start + dt.timedelta(days=3)).isocalendar()
        return f"Week {week}" if year == today.isocalendar().year else f"Week {week}, {year}"
    if period == Period.MONTH:
        return formats.month(start, today)
    if calendar.fiscal_month == 1:
        return (
            f"Q{(start.month + 2) // 3} {start.year}"
            if period == Period.QUARTER
            else f"{start.year}"
        )
    first, last = formats.MONTHS[start.month - 1], formats.MONTHS[end.month - 1]
    if start.year == end.year:
        return f"{first} to {last} {end.year}"
    return f"{first} {start.year} to {last} {end.year}"


def inside_sentence(name: str) -> str:
    """A period's name within a sentence: `week 42`, but `October` and `Q4 2026` as they are."""
    return name.replace("Week", "week", 1)
