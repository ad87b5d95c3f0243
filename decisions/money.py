"""Amounts to the minor unit of their currency.

Decimals come from CLDR (babel): 2 for USD, 0 for JPY, 3 for KWD. Rounding happens in one place
only, when an amount is converted: half up to the tenant currency's minor unit.
"""

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel.core import get_global
from babel.numbers import format_currency, list_currencies

from tenants.currencies import decimals_of, decimals_problem

MOST = Decimal(10) ** 12  # a thousand billions: what is above was mistyped
_PLAIN = re.compile(r"^[+-]?\d+(\.\d+)?$", re.ASCII)
ZERO = Decimal(0)


@lru_cache(maxsize=1)
def currencies() -> frozenset[str]:
    """The currencies in use somewhere today (ISO 4217 codes of CLDR's territories)."""
    listed = list_currencies()
    in_use = set()
    for entries in get_global("territory_currencies").values():
        in_use |= {code for code, _start, end, tender in entries if end is None and tender}
    return frozenset(in_use & listed)


def currency_problem(currency: str) -> str:
    """What is wrong with a currency code, empty where it is one."""
    if currency in currencies():
        return ""
    return f"There is no currency {currency!r}. Use a three-letter code such as USD."


def amount_problem(amount: Decimal, currency: str, *, least: Decimal = ZERO) -> str:
    """What is wrong with an amount of money, empty where nothing is.

    Amounts are finite, not below `least`, under a thousand billions, with no more decimals than
    the currency has.
    """
    if not amount.is_finite():
        return "Give an amount such as 1250.00."
    if amount < least:
        if least == ZERO:
            return "An amount cannot be below zero."
        return f"Give {plain(least, currency)} or more."
    if amount >= MOST:
        return "This amount is beyond anything a company spends. Check the zeros."
    return decimals_problem(amount, currency)


def minor_unit(currency: str) -> Decimal:
    """The smallest amount of the currency: 0.01 for USD, 1 for JPY, 0.001 for KWD."""
    return Decimal(1).scaleb(-decimals_of(currency))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The amount at the currency's minor unit, half up (0.005 USD is 0.01 USD)."""
    return amount.quantize(minor_unit(currency), rounding=ROUND_HALF_UP)


def converted(amount: Decimal, rate: Decimal, currency: str) -> Decimal:
    """`amount` × `rate` (units of `currency` for one of the other), half up to its minor unit."""
    return rounded(amount * rate, currency)


def plain(amount: Decimal, currency: str) -> str:
    """The amount as the API writes it: a decimal string with the currency's own decimals.

    An amount stored under another currency keeps the decimals it has: nothing is cut off.
    """
    unit = minor_unit(currency)
    fits = amount == amount.quantize(unit)
    return f"{amount.quantize(unit):f}" if fits else f"{amount.normalize():f}"


def in_words(amount: Decimal, currency: str) -> str:
    """The amount as people read it: $38,500.00, €12.50, ¥10,000."""
    return format_currency(amount, currency, locale="en_US")


def parse_amount(text: str) -> Decimal | None:
    """A decimal in digits; None for anything else, exponents and separators included."""
    return Decimal(text) if len(text) <= 40 and _PLAIN.match(text) else None
