"""Reading a row to change it."""

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
