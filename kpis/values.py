"""What a measurement may say: numbers and instants, each refusal in words that help.

Shared by the form, the API and imports, so that all doors keep the same rules.
"""

import datetime as dt
import re
import zoneinfo
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from kpis.fields import DECIMAL_PLACES, MAX_DIGITS
from kpis.models import Aggregation
from tenants.errors import Invalid

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
FUTURE_ALLOWED = dt.timedelta(minutes=5)  # clocks differ
SHORT = DECIMAL_PLACES  # a number of so few characters cannot have too many digits
MAX_SERIES, MAX_SOURCE, MAX_EXTERNAL_ID = 120, 60, 200

NO_NUMBER = "This is not a number. Write it with a decimal point, such as 12.5."
NOT_FINITE = "NaN and infinity are not figures. Leave the row out where nothing was measured."
TOO_MANY_DIGITS = (
    f"This has too many digits: at most {MAX_DIGITS - DECIMAL_PLACES} before and "
    f"{DECIMAL_PLACES} behind the point."
)
BEFORE_1970 = "This lies before 1970. Check the date's format."
IN_FUTURE = "This lies in the future. A measurement can be at most 5 minutes ahead of our clock."
NO_INSTANT = "This is no date and time. Write it such as 2026-10-15T09:30:00Z."
NO_ZONE = "Add the zone, such as 2026-10-15T09:30:00Z or 2026-10-15T09:30:00-04:00."
SKIPPED_HOUR = "Clocks were set forward over this time: it never was. Add the zone to the times."
NOT_POSITIVE = "The denominator must be more than 0. Leave the row out where nothing was counted."
NEGATIVE_WEIGHT = "A weight cannot be negative."
MISSING = "This is needed."
ONLY_RATIO = "This figure takes one value. Only ratios take a numerator and a denominator."
PLAIN_NUMBER = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?$", re.ASCII)
PLAIN_DECIMAL = re.compile(r"-?\d+(\.\d+)?$", re.ASCII)
INFINITE = re.compile(r"^[+-]?(nan|snan|inf|infinity)$", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Row(NamedTuple):
    """One measurement that keeps all rules. `micros` are those of `observed_at` since 1970."""

    observed_at: dt.datetime
    micros: int
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    weight: Decimal | None
    series: str
    source: str
    external_id: str | None


def clean_number(value: Any, field: str) -> Decimal:
    """The exact decimal; raises Invalid for what is no finite number or has too many digits."""
    problem = None
    number = Decimal(0)
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        problem = NO_NUMBER
    else:
        text = str(value).strip()
        if PLAIN_NUMBER.match(text):
            number = Decimal(text)
            if len(text) > SHORT or "e" in text or "E" in text:
                problem = number_problem(number)
        else:
            problem = NOT_FINITE if INFINITE.match(text) else NO_NUMBER
    if problem:
        raise Invalid({field: problem})
    return number


def number_problem(number: Decimal) -> str | None:
    """What keeps a parsed number from being stored exactly, or None."""
    if not number.is_finite():
        return NOT_FINITE
    _, digits, exponent = number.as_tuple()
    exponent = int(exponent)
    if number and (
        (-exponent > DECIMAL_PLACES and any(digits[exponent + DECIMAL_PLACES :]))
        or number.adjusted() >= MAX_DIGITS - DECIMAL_PLACES
    ):
        return TOO_MANY_DIGITS
    return None


def clean_instant(
    value: Any, field: str = "observed_at", *, zone: zoneinfo.ZoneInfo | None = None
) -> dt.datetime:
    """The instant; `zone` reads times that name none. Raises Invalid when there is no such time."""
    moment = value
    if isinstance(value, str):
        try:
            moment = dt.datetime.fromisoformat(value.strip())
        except ValueError:
            raise Invalid({field: NO_INSTANT}) from None
    if not isinstance(moment, dt.datetime):
        raise Invalid({field: NO_INSTANT})
    if moment.tzinfo is None:
        if zone is None:
            raise Invalid({field: NO_ZONE})
        moment = in_zone(moment, zone)
        if moment is None:
            raise Invalid({field: SKIPPED_HOUR})
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError:
        raise Invalid({field: NO_INSTANT}) from None


def in_zone(naive: dt.datetime, zone: zoneinfo.ZoneInfo) -> dt.datetime | None:
    """When clocks in `zone` showed so: the first of two such times, None where none was."""
    aware = naive.replace(tzinfo=zone)
    back = aware.astimezone(dt.UTC).astimezone(zone)
    return aware if back.replace(tzinfo=None) == naive else None


def instant_problem(moment: dt.datetime, now: dt.datetime) -> str | None:
    """What is wrong with when something was measured, or None."""
    if moment < EPOCH:
        return BEFORE_1970
    if moment > now and moment - now > FUTURE_ALLOWED:
        return IN_FUTURE
    return None


def micros_of(moment: dt.datetime) -> int:
    """Microseconds since 1970."""
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def clean_measurement(raw: Any, *, aggregation: str, now: dt.datetime, source: str = "api") -> Row:
    """One measurement from outside; raises Invalid naming every field that is wrong.

    A ratio takes `numerator` and `denominator`; a lone `value` counts as value over 1, as a probe
    that is up (1) or down (0). A count needs no value: each measurement counts as one.
    """
    if (row := _plain_row(raw, aggregation, now, source)) is not None:
        return row
    if not isinstance(raw, Mapping):
        raise Invalid({"": "This is no object with observed_at and value."})
    errors: dict[str, str] = {}
    got: dict[str, Any] = {}
    for name in ("value", "numerator", "denominator", "weight"):
        got[name] = None
        if raw.get(name) is not None:
            try:
                got[name] = clean_number(raw[name], name)
            except Invalid as error:
                errors |= error.errors
    moment = None
    if raw.get("observed_at") is None:
        errors["observed_at"] = MISSING
    else:
        try:
            moment = clean_instant(raw["observed_at"])
        except Invalid as error:
            errors |= error.errors
        else:
            if problem := instant_problem(moment, now):
                errors["observed_at"] = problem
    texts = {
        "series": ("", MAX_SERIES),
        "source": (source, MAX_SOURCE),
        "external_id": (None, MAX_EXTERNAL_ID),
    }
    for name, (default, longest) in texts.items():
        got[name], problem = clean_text(raw.get(name), default, longest)
        if problem:
            errors[name] = problem
    if not errors.keys() & {"value", "numerator", "denominator", "weight"}:
        parts, found = settle_parts(
            got["value"], got["numerator"], got["denominator"], got["weight"], aggregation
        )
        errors |= found
    if errors or moment is None:
        raise Invalid(errors)
    return Row(moment, micros_of(moment), *parts, got["series"], got["source"], got["external_id"])


_PLAIN_FIELDS = frozenset({"observed_at", "value", "series"})


def _plain_row(raw: Any, aggregation: str, now: dt.datetime, source: str) -> Row | None:
    """The row where it is plainly right, as most are; None says: look at it closely."""
    if type(raw) is not dict or not raw.keys() <= _PLAIN_FIELDS or aggregation == Aggregation.RATIO:
        return None
    value, at, series = raw.get("value"), raw.get("observed_at"), raw.get("series", "")
    text = str(value)
    if type(value) is int:
        value = Decimal(value)
    elif type(value) is not Decimal:
        return None
    if len(text) > SHORT or not PLAIN_DECIMAL.match(text):
        return None
    if type(series) is not str or type(at) is not str or len(series) > MAX_SOURCE:
        return None
    try:
        moment = dt.datetime.fromisoformat(at)
    except ValueError:
        return None
    if moment.tzinfo is None or not (series.isascii() and series.isprintable()):
        return None
    moment = moment.astimezone(dt.UTC) if moment.tzinfo is not dt.UTC else moment
    if instant_problem(moment, now):
        return None
    return Row(moment, micros_of(moment), value, None, None, None, series, source, None)


Parts = tuple[Decimal | None, Decimal | None, Decimal | None, Decimal | None]


def settle_parts(
    value: Decimal | None,
    numerator: Decimal | None,
    denominator: Decimal | None,
    weight: Decimal | None,
    aggregation: str,
) -> tuple[Parts, dict[str, str]]:
    """Value, numerator, denominator and weight as the aggregation needs them, and what is wrong."""
    errors: dict[str, str] = {}
    if aggregation == Aggregation.RATIO:
        if numerator is None and denominator is None and value is not None:
            return (None, value, Decimal(1), None), errors
        if numerator is None:
            errors["value" if denominator is None else "numerator"] = MISSING
        if denominator is None and numerator is not None:
            errors["denominator"] = MISSING
        if denominator is not None and denominator <= 0:
            errors["denominator"] = NOT_POSITIVE
        if value is not None and numerator is not None:
            errors["value"] = "Give either a value or numerator and denominator, not both."
        return (None, numerator, denominator, None), errors
    if numerator is not None:
        errors["numerator"] = ONLY_RATIO
    if denominator is not None:
        errors["denominator"] = ONLY_RATIO
    if value is None and aggregation == Aggregation.COUNT:
        value = Decimal(1)
    if value is None and not errors:
        errors["value"] = MISSING
    if weight is not None and weight < 0:
        errors["weight"] = NEGATIVE_WEIGHT
    return (value, None, None, weight), errors


def clean_text(value: Any, default: str | None, longest: int) -> tuple[str | None, str | None]:
    """A short text, and what is wrong with it."""
    if value is None or value == "":
        return default, None
    if not isinstance(value, str):
        return default, "This must be a text."
    if len(value) > longest:
        return default, f"This is longer than {longest} characters."
    if CONTROL.search(value):
        return default, "This holds a control character, such as a line break."
    try:
        value.encode()
    except UnicodeEncodeError:
        return default, "This holds half a character."
    return value, None
