"""JSON as RFC 8259 means it: no NaN, no doubled keys, no bottomless nesting, no bombs of digits."""

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from tenants.errors import Invalid, TooLarge

MAX_DEPTH = 32
MAX_DIGITS = 60
SHORT = 20  # characters of a number that is in range, unless it has an exponent
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_ESCAPED = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
UNSTORABLE = "Remove the characters that cannot be stored (NUL or half a surrogate pair)."


class StrictJSONParser(BaseParser):
    """400 for a body that is not exact JSON, 413 over the limit, 422 for text no table can hold."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The value; numbers with a fraction as exact Decimals."""
        raw = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(raw) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge("The body is over the limit.")
        return parse_json(raw)


def parse_json(raw: bytes) -> Any:
    """The value of a JSON text; raises ParseError (400), or Invalid (422) for unstorable text."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParseError("The body is not UTF-8.") from error
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_fraction,
            parse_constant=_constant,
        )
    except ValueError as error:
        raise ParseError(f"The body is not JSON: {error}.") from error
    except RecursionError as error:
        raise ParseError("The body is nested too deeply.") from error
    if text.count("[") + text.count("{") > MAX_DEPTH:
        _check_depth(value)
    if _ESCAPED.search(text):  # JSON has no other way to write what cannot be stored
        _check_texts(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ParseError("The body is not JSON: a key stands twice in one object.")
    return found


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ParseError("The body holds a number with too many digits.")
    return int(text)


def _fraction(text: str) -> Decimal:
    if len(text) <= SHORT and "e" not in text and "E" not in text:
        return Decimal(text)
    if len(text) > MAX_DIGITS or not math.isfinite(float(text)):
        raise ParseError("The body holds a number that is out of range.")
    return Decimal(text)


def _constant(text: str) -> Any:
    raise ParseError(f"The body is not JSON: {text} is no number.")


def _check_depth(value: Any) -> None:
    """Level by level, without recursion of our own; raises ParseError under the last level."""
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for item in level
            for inner in (item.values() if type(item) is dict else item)
            if type(inner) is dict or type(inner) is list
        ]
        if not level:
            return
    raise ParseError("The body is nested too deeply.")


def _check_texts(value: Any) -> None:
    """Every text of a value of no great depth; raises Invalid for one that no table can hold."""
    waiting: list[tuple[Any, str]] = [(value, "")]
    while waiting:
        item, path = waiting.pop()
        if isinstance(item, str):
            if _UNSTORABLE.search(item):
                raise Invalid({path: UNSTORABLE})
        elif isinstance(item, dict):
            for key, inner in item.items():
                if _UNSTORABLE.search(key):
                    raise Invalid({path: UNSTORABLE})
                waiting.append((inner, f"{path}.{key}".lstrip(".")))
        elif isinstance(item, list):
            waiting += [(inner, f"{path}.{index}".lstrip(".")) for index, inner in enumerate(item)]
