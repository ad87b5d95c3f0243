"""The trail in words: what happened, and what it changed, for any verb of any app."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tenants.ui.formats import day_full, stamp

_SPELLED = {
    "api": "API",
    "csv": "CSV",
    "cto": "CTO",
    "id": "ID",
    "kpi": "KPI",
    "kpis": "KPIs",
    "po": "PO",
    "url": "URL",
}
_NOTHING = "nothing"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_BEGINNINGS = ("added", "created", "exported")


@dataclass(frozen=True)
class Change:
    """One field of an event; `is_pair` when it had a value before."""

    field: str
    before: str
    after: str
    is_pair: bool


def sentence(verb: str) -> str:
    """`member.roles_changed` → `Member roles changed`."""
    return _first_upper(" ".join(_spelled(verb.replace(".", "_").split("_"))))


def changes_in_words(verb: str, changes: Any) -> list[Change]:
    """An event's `changes`, `{field: [before, after]}` or plain facts, one line a field.

    What has just come into being had no value before: its lists are plain facts.
    """
    if not isinstance(changes, dict):
        return []
    is_new = verb.endswith(_BEGINNINGS)
    found = []
    for name, value in changes.items():
        label = _first_upper(" ".join(_spelled(name.split("_"))))
        if isinstance(value, list) and len(value) == 2 and not is_new:
            found.append(Change(label, _text(value[0]), _text(value[1]), is_pair=True))
        else:
            found.append(Change(label, "", _text(value), is_pair=False))
    return found


def _text(value: Any) -> str:
    if value is None or value == "" or value == [] or value == {}:
        return _NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_text(item)}" for key, item in value.items())
    return _moment(value) if isinstance(value, str) else str(value)


def _moment(text: str) -> str:
    """Days and instants as pages write them, the reader's zone named; anything else as it is."""
    try:
        if _DAY.fullmatch(text):
            return day_full(dt.date.fromisoformat(text))
        if _INSTANT.fullmatch(text):
            return stamp(dt.datetime.fromisoformat(text))
    except ValueError:
        pass
    return text


def _spelled(words: Iterable[str]) -> Iterable[str]:
    return (_SPELLED.get(word, word) for word in words)


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
