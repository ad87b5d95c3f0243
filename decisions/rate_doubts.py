"""Whether a rate can be right, going by the last one of its currency.

A slipped comma, or the rate of the other direction, would be frozen into requests and move their
tier.
"""

import datetime as dt
from bisect import bisect_left
from decimal import Context, Decimal

from decisions.models import ExchangeRate
from tenants.ui.formats import day_full

FACTOR = 8  # this many times the last rate, or a part of it as small: a comma has slipped
_APART = Decimal("1.1")  # nearer than this to the last one, nothing is asked
IMPLAUSIBLE = "rate_implausible"
_SHOWN = Context(prec=6)

Dated = tuple[dt.date, Decimal]


class Known:
    """The rates of some currencies by day; those of a file join them row by row. One query."""

    def __init__(self, currencies: set[str]) -> None:
        self._rates: dict[str, list[Dated]] = {}
        rows = ExchangeRate.objects.filter(currency__in=currencies).order_by("on")
        for currency, on, rate in rows.values_list("currency", "on", "rate"):
            self._rates.setdefault(currency, []).append((on, rate))

    def last(self, currency: str, on: dt.date) -> Dated | None:
        """What a rate of this day is measured by: the newest before, else the day's own, else the
        first after it."""
        rates = self._rates.get(currency, [])
        place = bisect_left(rates, on, key=lambda each: each[0])
        return rates[max(place - 1, 0)] if rates else None

    def add(self, currency: str, on: dt.date, rate: Decimal) -> None:
        rates = self._rates.setdefault(currency, [])
        place = bisect_left(rates, on, key=lambda each: each[0])
        is_there = place < len(rates) and rates[place][0] == on
        rates[place : place + is_there] = [(on, rate)]


def doubt(currency: str, home: str, rate: Decimal, last: Dated | None) -> str:
    """Why this rate may be wrong, with the last one and both readings; empty where it may be right.

    Asked about is one that is eight times the last or more, or an eighth or less; and one that is
    much nearer to the inverse of the last than to the last itself.
    """
    if last is None:
        return ""
    day, before = last
    apart = max(rate / before, before / rate)
    from_inverse = max(rate * before, 1 / (rate * before))
    is_inverse = apart >= _APART and from_inverse**4 <= apart
    if apart < FACTOR and not is_inverse:
        return ""
    times = "as much" if rate > before else "less"
    how = (
        "this looks like the rate of the other direction"
        if is_inverse
        else f"this one is {_short(apart)} times {times}"
    )
    return (
        f"On {day_full(day)} 1 {currency} was {_short(before)} {home}; {how}. As written, "
        f"1 {currency} is {_short(rate)} {home}; if 1 {home} is {_short(rate)} {currency}, then "
        f"1 {currency} is {_short(1 / rate)} {home}."
    )


def _short(number: Decimal) -> str:
    """Six digits, without an exponent or zeros that say nothing."""
    return f"{_SHOWN.create_decimal(number).normalize():f}"
