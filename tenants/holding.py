"""A row that is changed: read and held, then given its new values."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet

from tenants.errors import NotFound


def row_for_change(rows: QuerySet[Any], pk: Any) -> Any:
    """The row of `rows` with this key, held until the end of the transaction; raises NotFound.

    Rows that refer to it can still be written by others: only its key would wait.
    """
    found = rows.select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
    if found is None:
        raise NotFound()
    return found


def put(row: Any, changes: Mapping[str, Any], fields: Iterable[str]) -> None:
    """Give `row` those of `fields` that `changes` names, texts without blanks around them.

    `audit.changed` then says what differs: where nothing does, nothing is saved, recorded or told.
    """
    for name in fields:
        if name in changes:
            value = changes[name]
            setattr(row, name, value.strip() if isinstance(value, str) else value)
