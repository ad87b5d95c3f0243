"""The trail as CSV, safe to open in a spreadsheet."""

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Any

from tenants.audit.words import sentence

COLUMNS = (
    "number", "occurred_at", "actor", "actor_id", "event", "verb", "target_type", "target_id",
    "target", "changes", "request_id", "hash",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class _Line:
    """A file for csv.writer that keeps nothing: `write` hands the line back."""

    def write(self, line: str) -> str:
        return line


def csv_lines(events: Iterable[Any]) -> Iterator[str]:
    """A header, then one line an event; instants in UTC (RFC 3339)."""
    writer = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    for event in events:
        yield writer.writerow([safe_cell(value) for value in _cells(event)])


def safe_cell(value: Any) -> str:
    """The value as text that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _cells(event: Any) -> tuple[Any, ...]:
    return (
        event.seq,
        event.occurred_at.isoformat().replace("+00:00", "Z"),
        event.actor_name,
        event.actor_id,
        sentence(event.verb),
        event.verb,
        event.target_type,
        event.target_id,
        event.target_label,
        json.dumps(event.changes, ensure_ascii=False, sort_keys=True) if event.changes else "",
        event.request_id,
        bytes(event.hash).hex() if event.hash else "",
    )
