"""Which money stands in a company's currency already: what keeps it from being changed.

Apps of higher floors register in `AppConfig.ready`; the ground floor knows none of them.
"""

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

from babel import Locale
from babel.core import get_global
from babel.numbers import get_currency_precision
from django.db import connection

from tenants.audit import Actor
from tenants.isolation import current_tenant_id

Standing = Callable[[], str]
"""What stands in the company's currency, such as "2 terms", for a sentence; empty for nothing."""

Follow = Callable[[Actor], Any]
"""Brings an app's own defaults into the new currency, for `actor`."""

_standing: list[Standing] = []
_following: list[Follow] = []


def register(standing: Standing) -> Standing:
    """Ask `standing` before a company's currency is changed. Usable as a decorator."""
    if standing not in _standing:
        _standing.append(standing)
    return standing


def follows(move: Follow) -> Follow:
    """Call `move` in the transaction in which a company's currency changes. Usable as a
    decorator."""
    if move not in _following:
        _following.append(move)
    return move


def move_what_follows(*, actor: Actor) -> None:
    """Bring what goes with the currency by itself into the current tenant's new one."""
    for move in _following:
        move(actor)


def held() -> str:
    """The current tenant's currency, which nobody changes until the end of the transaction.

    Whoever writes down money in it asks here, so that a change of the currency sees what was
    written, or waits; several may write at once. Only to be called inside a transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select currency from tenants_tenant where id = %s for share", [current_tenant_id()]
        )
        return str(cursor.fetchone()[0])


def standing_money() -> list[str]:
    """Everything that stands in the current tenant's currency."""
    return [found for ask in _standing if (found := ask())]


def decimals_of(currency: str) -> int:
    """How many decimals the currency has: 2 for USD, 0 for JPY, 3 for KWD."""
    return get_currency_precision(currency)


def decimals_problem(amount: Decimal, currency: str) -> str:
    """What is wrong with an amount of more decimals than its currency has, empty for no other."""
    places = decimals_of(currency)
    if amount == round(amount, places):
        return ""
    if places == 0:
        return f"{currency} has no decimals. Give a whole amount."
    return f"{currency} has {places} decimals. Give no more than that."


@cache
def names() -> dict[str, str]:
    """ISO code → English name of the currencies in use today, by code."""
    in_use = {
        entry[0]
        for entries in get_global("territory_currencies").values()
        for entry in entries
        if entry[2] is None and entry[3]
    }
    known = Locale("en").currencies
    return {code: known[code] for code in sorted(in_use) if code in known}
