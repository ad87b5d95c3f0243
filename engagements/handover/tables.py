"""Tables and texts of a pack: the same data gives the same bytes."""

import csv
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.db import models

from tenants.audit.export import safe_cell

_APART = {"tenant", "engagement", "id", "created_at", "updated_at"}


class _Line:
    """A file for csv.writer that keeps nothing: `write` hands the line back."""

    def write(self, line: str) -> str:
        return line


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """A header, then the rows; no cell can start a formula. Numbers stay numbers."""
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow(header)
    for row in rows:
        yield writer.writerow([cell(value) for value in row])


def cell(value: Any) -> str:
    """A value as the pack writes it: exact, dates as ISO, instants in UTC, text kept harmless."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, list):
        return safe_cell(", ".join(str(item) for item in value))
    return safe_cell(value)


def model_csv(rows: models.QuerySet[Any], *, leave_out: Iterable[str] = ()) -> Iterator[str]:
    """Every column of a model, those that lead to people and records by their names."""
    skipped = _APART | set(leave_out)
    fields = [f for f in rows.model._meta.concrete_fields if f.name not in skipped]
    related = [f.name for f in fields if f.is_relation]
    found = rows.select_related(*related) if related else rows
    return csv_lines(
        [field.name for field in fields],
        ([_shown(row, field) for field in fields] for row in found),
    )


def _shown(row: Any, field: Any) -> Any:
    value = getattr(row, field.name)
    return str(value) if field.is_relation and value is not None else value


def when(moment: dt.datetime | None, zone: dt.tzinfo) -> str:
    """An instant on the client's clock: `2026-10-16 14:12 (EDT)`."""
    if moment is None:
        return "never"
    local = moment.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M} ({local:%Z})"
