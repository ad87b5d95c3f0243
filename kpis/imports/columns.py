"""Which column holds what: checked as a person said it, or guessed from the file."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kpis.imports.cells import DATES, FIELDS, NUMBERS
from kpis.imports.records import DELIMITERS
from kpis.models import Aggregation, Kpi, Unit
from kpis.values import MAX_SOURCE, clean_text
from tenants import zones
from tenants.errors import Invalid

OPTIONS = (
    "numbers",
    "dates",
    "time_zone",
    "skip_zero",
    "skip_when",
    "source",
    "delimiter",
    "encoding",
)
ENCODINGS = ("utf-8", "cp1252", "latin-1")

_TIME_NAMES = ("observed_at", "measured_at", "occurred_at", "timestamp", "datetime", "time", "date")
_USUAL_NAMES = {
    "series": "series",
    "service": "series",
    "external_id": "external_id",
    "weight": "weight",
}
_UNIT_ENDINGS = {
    Unit.MS: ("_ms", "_millis", "_milliseconds"),
    Unit.SECONDS: ("_s", "_sec", "_seconds"),
    Unit.MINUTES: ("minutes", "_min"),
    Unit.HOURS: ("_hours", "_h"),
    Unit.DAYS: ("_days", "_d"),
    Unit.PERCENT: ("percent", "_pct"),
}
_MINUTES_FIRST = re.compile(r"^(minutes|hours|days|seconds)_")
_NO_HEADER = (
    "There is no header line: the first row looks like data. Add a line with the columns' names."
)


def clean_header(cells: Sequence[str]) -> list[str]:
    """The columns' names; raises Invalid where there are none."""
    header = [cell.strip() for cell in cells]
    if not any(header):
        raise Invalid({"file": "The first line is empty. It must hold the columns' names."})
    if any(_looks_like_data(cell) for cell in header):
        raise Invalid({"file": _NO_HEADER})
    return header


def check_mapping(mapping: Any, *, header: Sequence[str], kpi: Kpi) -> dict[str, str]:
    """The mapping with every needed field to an existing column; raises Invalid with all faults."""
    if not isinstance(mapping, Mapping):
        raise Invalid({"mapping": 'Use an object such as {"observed_at": "time", "value": "ms"}.'})
    errors: dict[str, str] = {}
    clean: dict[str, str] = {}
    columns = ", ".join(header)
    for field, column in mapping.items():
        name = f"mapping.{field}"
        if field not in FIELDS:
            errors[name] = f"There is no field {field!r}. Choose from {', '.join(FIELDS)}."
        elif column in (None, ""):
            continue
        elif not isinstance(column, str) or column.strip() not in header:
            errors[name] = f"There is no column {str(column)[:80]!r}. The file has: {columns}."
        elif header.count(column.strip()) > 1:
            errors[name] = f"Two columns are called {column.strip()!r}. Rename one of them."
        else:
            clean[field] = column.strip()
    if "observed_at" not in clean and "mapping.observed_at" not in errors:
        errors["mapping.observed_at"] = "Say which column holds the time of each measurement."
    needed, enough = "value", {"value"}
    if kpi.aggregation == Aggregation.RATIO:
        needed, enough = "numerator", {"value", "numerator"}
    optional = kpi.aggregation == Aggregation.COUNT
    if not enough & clean.keys() and not optional and f"mapping.{needed}" not in errors:
        errors[f"mapping.{needed}"] = f"Say which column holds the {needed}."
    if errors:
        raise Invalid(errors)
    return clean


def reading_of(options: Any) -> dict[str, Any]:
    """How the file's bytes become columns, as far as `options` says it validly."""
    given = options if isinstance(options, Mapping) else {}
    choices: dict[str, Sequence[str]] = {"delimiter": DELIMITERS, "encoding": ENCODINGS}
    return {name: given[name] for name in choices if given.get(name) in choices[name]}


def check_options(options: Any, *, header: Sequence[str]) -> dict[str, Any]:
    """The options that were given, each one valid; raises Invalid with all faults."""
    if not isinstance(options, Mapping):
        raise Invalid({"options": "Use an object."})
    errors: dict[str, str] = {}
    choices = {
        "numbers": tuple(NUMBERS),
        "dates": tuple(DATES),
        "delimiter": DELIMITERS,
        "encoding": ENCODINGS,
        "skip_zero": (True, False),
    }
    for name, value in options.items():
        field = f"options.{name}"
        if name not in OPTIONS:
            errors[field] = f"There is no option {name!r}. Choose from {', '.join(OPTIONS)}."
        elif name in choices and not any(value is c or value == c for c in choices[name]):
            errors[field] = f"Choose one of {', '.join(map(repr, choices[name]))}."
        elif name == "time_zone" and value and value not in zones.names():
            errors[field] = f"There is no time zone {value!r}. Use one such as Europe/London."
        elif name == "source":
            problem = clean_text(value, "csv", MAX_SOURCE)[1]
            if problem:
                errors[field] = problem
        elif name == "skip_when":
            unknown = (
                [c for c in value if c not in header] if isinstance(value, Mapping) else [value]
            )
            if unknown:
                errors[field] = f"There is no column {str(unknown[0])[:80]!r}."
    if errors:
        raise Invalid(errors)
    return dict(options)


def guess_mapping(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, kpi: Kpi
) -> dict[str, str]:
    """What the columns seem to hold; a field that is not clear is left out."""
    guessed: dict[str, str] = {}
    times = [c for i, c in enumerate(header) if _mostly(rows, i, _is_time)]
    numbers = [c for i, c in enumerate(header) if _mostly(rows, i, _is_number)]
    named = [c for name in _TIME_NAMES for c in times if c.lower() == name]
    if named or times:
        guessed["observed_at"] = (named or times)[0]
    lower = {column.lower(): column for column in header}
    for name, field in _USUAL_NAMES.items():
        if name in lower:
            guessed.setdefault(field, lower[name])
    if kpi.aggregation == Aggregation.RATIO:
        guessed |= {f: lower[f] for f in ("numerator", "denominator") if f in lower}
        flags = [c for i, c in enumerate(header) if _mostly(rows, i, _is_flag)]
        if "numerator" not in guessed and len(flags) == 1:
            guessed["numerator"] = flags[0]
        return guessed
    if kpi.aggregation != Aggregation.COUNT:
        candidates = _value_columns(numbers, kpi)
        if candidates:
            guessed["value"] = candidates[0]
    return guessed


def _value_columns(numbers: Sequence[str], kpi: Kpi) -> list[str]:
    exact = [c for c in numbers if c.lower() in ("value", kpi.key, kpi.unit)]
    endings = _UNIT_ENDINGS.get(Unit(kpi.unit), ())
    by_unit = [
        c
        for c in numbers
        if c.lower().endswith(endings or ("\x00",))
        or (_MINUTES_FIRST.match(c.lower()) and c.lower().startswith(kpi.unit))
    ]
    return exact or by_unit or (list(numbers) if len(numbers) == 1 else [])


def _mostly(rows: Sequence[Sequence[str]], place: int, test: Callable[[str], bool]) -> bool:
    """Whether more than half of the column's filled cells pass: a few are often wrong."""
    cells = [row[place].strip() for row in rows if place < len(row) and row[place].strip()]
    return sum(map(test, cells)) * 2 > len(cells)


def _is_flag(cell: str) -> bool:
    return cell in ("0", "1")


def _is_time(cell: str) -> bool:
    return bool(re.match(r"^\d{4}-\d{2}-\d{2}([T ]|$)|^\d{1,2}[./-]\d{1,2}[./-]\d{4}", cell))


def _is_number(cell: str) -> bool:
    return bool(re.match(r"^[+-]?\d[\d.,' ]*$", cell)) and not _is_time(cell)


def _looks_like_data(cell: str) -> bool:
    return bool(cell) and (_is_time(cell) or _is_number(cell))
