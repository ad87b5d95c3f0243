"""What a cell says: numbers, instants and texts, as the import's options say they are written."""

import datetime as dt
import re
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from kpis.models import Aggregation
from kpis.values import (
    CONTROL,
    MAX_EXTERNAL_ID,
    MAX_SERIES,
    MAX_SOURCE,
    MISSING,
    NO_INSTANT,
    NO_NUMBER,
    NOT_FINITE,
    PLAIN_NUMBER,
    SKIPPED_HOUR,
    Parts,
    Row,
    in_zone,
    instant_problem,
    micros_of,
    number_problem,
    settle_parts,
)
from kpis.values import SHORT as SHORT_NUMBER

NUMBERS = {
    "plain": "1234.5",
    "comma_thousands": "1,234.5",
    "comma_decimal": "1.234,5",
}
DATES = {"iso": "2026-10-15", "day_first": "15/10/2026", "month_first": "10/15/2026"}
FIELDS = (
    "observed_at",
    "value",
    "numerator",
    "denominator",
    "weight",
    "series",
    "external_id",
    "source",
)
FORMULA = "This is a formula, not its result. Save the sheet as values and upload it again."
COMMA = (
    "Is this a decimal comma, or does it part the thousands? Say in the options how numbers"
    " are written."
)
AMBIGUOUS_DATE = "Is the day first, or the month? Say in the options how dates are written."
SHORT, MAX_SOUND = MAX_SOURCE, 1_000  # short enough for every field
MAX_KNOWN = 20_000  # numbers kept parsed
TOO_FEW = "This row has fewer columns than the header."

_PARTS = "' \u00a0\u202f"  # what may part thousands in either style
_GROUPED = {
    "comma_thousands": re.compile(
        rf"^[+-]?\d{{1,3}}([,{_PARTS}])\d{{3}}(?:\1\d{{3}})*(\.\d+)?$", re.ASCII
    ),
    "comma_decimal": re.compile(
        rf"^[+-]?\d{{1,3}}([.{_PARTS}])\d{{3}}(?:\1\d{{3}})*(,\d+)?$", re.ASCII
    ),
}
_COMMA_DECIMAL = re.compile(r"^[+-]?\d+(,\d+)?$")
_NOTHING_BUT_DIGITS = str.maketrans("", "", "' \u00a0\u202f")
_SLASHED = re.compile(
    r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?$"
)
_INFINITE = re.compile(r"^[+-]?(nan|inf|infinity)$", re.IGNORECASE)
_UTC = dt.UTC
_ONE = Decimal(1)
_new = tuple.__new__

CellError = tuple[str, str]  # column, message


class RowReader:
    """Reads a record's cells into a Row, by one mapping and one set of options."""

    def __init__(
        self,
        *,
        header: Sequence[str],
        mapping: Mapping[str, str],
        options: Mapping[str, Any],
        aggregation: str,
        zone: str,
        now: dt.datetime,
    ) -> None:
        self._names = dict(mapping)
        self._place = {name: header.index(column) for name, column in mapping.items()}
        self._needs = max(self._place.values()) + 1
        self._aggregation = aggregation
        self._zone = zoneinfo.ZoneInfo(options.get("time_zone") or zone)
        self._number = number_reader(options.get("numbers", "plain"))
        self._dates = options.get("dates", "iso")
        self._source = options.get("source") or "csv"
        self._now = now
        self._sound: set[str] = set()  # texts that were looked at: series come again and again
        self._known: dict[str, Decimal] = {}  # numbers too
        self._last_text: str | None = None
        self._last: tuple[dt.datetime | None, int] = (None, 0)
        self._at = self._place["observed_at"]
        # only ratios, and files with their parts, need more than a value
        self._settles = aggregation == Aggregation.RATIO or bool(
            {"numerator", "denominator"} & self._place.keys()
        )
        self._skip_zero = bool(options.get("skip_zero"))
        self._skip = [
            (header.index(column), str(value))
            for column, value in (options.get("skip_when") or {}).items()
        ]
        self._numbers = [
            (name, self._place[name])
            for name in ("value", "numerator", "denominator", "weight")
            if name in self._place
        ]
        self._texts: list[tuple[str, int, int]] = [
            (name, self._place[name], longest)
            for name, longest in (
                ("series", MAX_SERIES),
                ("external_id", MAX_EXTERNAL_ID),
                ("source", MAX_SOURCE),
            )
            if name in self._place
        ]

    def read(self, cells: list[str]) -> Row | list[CellError] | None:
        """The row; None for one to be left out; else what is wrong, column by column."""
        if len(cells) < self._needs:
            return [("", TOO_FEW)]
        for place, skipped in self._skip:
            if cells[place].strip() == skipped:
                return None
        errors: list[CellError] = []
        text = cells[self._at].strip()
        # the rows of an instant stand together in most files
        moment, micros = self._last if text == self._last_text else self._instant(text, errors)
        value: Decimal | None = None
        numerator: Decimal | None = None
        denominator: Decimal | None = None
        weight: Decimal | None = None
        for name, place in self._numbers:
            text = cells[place].strip()
            if not text:
                continue
            number = self._known.get(text)
            if number is None:
                number = self._parsed(text, name, errors)
            if name == "value":
                value = number
            elif name == "numerator":
                numerator = number
            elif name == "denominator":
                denominator = number
            else:
                weight = number
        if self._skip_zero and not errors and value == 0:
            return None
        series, source = "", self._source
        external_id: str | None = None
        for field, place, longest in self._texts:
            text = cells[place].strip()
            if not text:
                continue
            if text not in self._sound:
                self._look_at(text, field, longest, errors)
            if field == "series":
                series = text
            elif field == "source":
                source = text
            else:
                external_id = text
        if errors or moment is None:
            return errors
        parts: Parts = (value, None, None, weight)
        if self._settles or value is None or weight is not None:
            if numerator is not None and "denominator" not in self._place:
                denominator = _ONE  # each row is one of what is counted
            parts, found = settle_parts(value, numerator, denominator, weight, self._aggregation)
            if found:
                return [(self._names.get(name, name), message) for name, message in found.items()]
        return _new(Row, (moment, micros, *parts, series, source, external_id))

    def _parsed(self, text: str, name: str, errors: list[CellError]) -> Decimal | None:
        number, problem = self._number(text)
        if problem:
            errors.append((self._names[name], problem))
        elif number is not None and len(text) <= SHORT_NUMBER:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[text] = number
        return number

    def _look_at(self, text: str, name: str, longest: int, errors: list[CellError]) -> None:
        if problem := _text_problem(text, longest):
            errors.append((self._names[name], problem))
        elif len(text) <= SHORT and len(self._sound) < MAX_SOUND:
            self._sound.add(text)

    def _instant(self, text: str, errors: list[CellError]) -> tuple[dt.datetime | None, int]:
        """The instant and its microseconds since 1970; notes what is wrong with the text."""
        problem, moment = None, None
        if not text:
            problem = MISSING
        elif text[0] == "=":
            problem = FORMULA
        else:
            try:
                moment = dt.datetime.fromisoformat(text)
            except ValueError:
                moment, problem = self._written_date(text)
        if moment is not None:
            if moment.tzinfo is None:
                moment = in_zone(moment, self._zone)
                problem = SKIPPED_HOUR if moment is None else None
            if moment is not None:
                problem = instant_problem(moment, self._now)
        if problem:
            errors.append((self._names["observed_at"], problem))
            return None, 0
        if moment is None:
            return None, 0
        if moment.tzinfo is not _UTC:
            moment = moment.astimezone(_UTC)
        self._last_text, self._last = text, (moment, micros_of(moment))
        return self._last

    def _written_date(self, text: str) -> tuple[dt.datetime | None, str | None]:
        match = _SLASHED.match(text)
        if match is None:
            return None, NO_INSTANT
        one, two, year, hour, minute, second = (int(part or 0) for part in match.groups())
        if self._dates == "iso":
            return None, AMBIGUOUS_DATE
        day, month = (one, two) if self._dates == "day_first" else (two, one)
        try:
            return dt.datetime(year, month, day, hour, minute, second), None  # noqa: DTZ001
        except ValueError:
            return None, NO_INSTANT


def number_reader(style: str) -> Callable[[str], tuple[Decimal | None, str | None]]:
    """A function from a cell's text to its number or what is wrong with it."""

    def plain(text: str) -> tuple[Decimal | None, str | None]:
        if not PLAIN_NUMBER.match(text):
            return None, _no_number(text)
        number = Decimal(text)
        if len(text) > SHORT_NUMBER or "e" in text or "E" in text:
            return number, number_problem(number)
        return number, None

    def grouped(text: str) -> tuple[Decimal | None, str | None]:
        bare = text
        if _GROUPED[style].match(text):
            bare = text.translate(_NOTHING_BUT_DIGITS)
            bare = bare.replace("," if style == "comma_thousands" else ".", "")
        elif style == "comma_decimal" and not _COMMA_DECIMAL.match(text):
            return None, _no_number(text, said=True)
        if style == "comma_decimal":
            bare = bare.replace(",", ".")
        if not PLAIN_NUMBER.match(bare):
            return None, _no_number(text, said=True)
        return Decimal(bare), number_problem(Decimal(bare))

    return plain if style == "plain" else grouped


def _no_number(text: str, *, said: bool = False) -> str:
    if text[0] == "=":
        return FORMULA
    if _INFINITE.match(text):
        return NOT_FINITE
    if "," in text and not said and re.fullmatch(r"[+-]?[\d.,' \u00a0\u202f]+", text):
        return COMMA
    return NO_NUMBER


def _text_problem(text: str, longest: int) -> str | None:
    if text[0] == "=":
        return FORMULA
    if len(text) > longest:
        return f"This is longer than {longest} characters."
    if CONTROL.search(text):
        return "This holds a control character, such as a line break."
    return None
