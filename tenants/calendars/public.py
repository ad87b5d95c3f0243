"""Public holidays by country and subdivision, from the `holidays` package.

Loading its rules takes over a second, in each process that asks for a country. Pages need only what
can be chosen, so that is kept in the cache that all processes share, for the package's version.
"""

import datetime as dt
import logging
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from typing import Any

from babel import Locale
from babel.core import get_global
from django.core.cache import cache as shared
from redis.exceptions import RedisError

logger = logging.getLogger("bowline.calendars")

ENGLISH = "en"
_PREFERRED = ("en_US", "en_GB", "en")
_CODE_LENGTH = 2
_KEPT_SECONDS = 30 * 24 * 3600


@cache
def countries() -> dict[str, str]:
    """ISO code → English name, by name, of every country that has a list."""
    return _kept("countries", _countries)


@cache
def subdivisions(country: str) -> dict[str, str]:
    """Code → name of the parts of a country with holidays of their own; none for most."""
    if country not in countries():
        return {}
    return _kept(f"parts:{country}", lambda: _subdivisions(country))


def _kept(name: str, make: Callable[[], dict[str, str]]) -> dict[str, str]:
    """What another process made and kept, else what `make` makes now."""
    key = f"public-holidays:{version('holidays')}:{name}"
    try:
        found: dict[str, str] | None = shared.get(key)
        if found is None:
            found = make()
            shared.set(key, found, _KEPT_SECONDS)
    except (RedisError, OSError):  # a page is never refused because nothing could be kept
        logger.warning("kept lists of holidays cannot be read")
        return make()
    return found


def _countries() -> dict[str, str]:
    from holidays.registry import COUNTRIES  # its own list of them loads every country's rules

    names = Locale(ENGLISH).territories
    codes = (code for entry in COUNTRIES.values() for code in entry if len(code) == _CODE_LENGTH)
    found = {code: names[code] for code in codes if code in names}
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


def _subdivisions(country: str) -> dict[str, str]:
    listing = _package().country_holidays(country)
    names: dict[str, str] = {}
    for alias, code in listing.subdivisions_aliases.items():
        names.setdefault(code, alias)
    found = {code: names.get(code, code) for code in listing.subdivisions}
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


def country_of_zone(zone: str) -> str:
    """The country that a time zone lies in, where it has a list; else an empty text."""
    country: str = get_global("zone_territories").get(zone, "")
    return country if country in countries() else ""


def days(country: str, subdivision: str, years: range) -> dict[dt.date, str]:
    """Date → name of the public holidays of these years, in English where the list has it.

    Two that fall on one date share a name: "Christmas Day; Sunday".
    """
    package = _package()
    languages = package.country_holidays(country).supported_languages or ()
    language = next((name for name in _PREFERRED if name in languages), None)
    return dict(
        package.country_holidays(
            country, subdiv=subdivision or None, years=list(years), language=language
        )
    )


def _package() -> Any:
    """Imported when first asked for: most requests never need the lists of all countries."""
    import holidays

    return holidays
