"""Putting rows into the measurements: one way for forms, API and imports, a repeat harmless."""

import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.utils import OperationalError

from kpis.identity import external_measurement_id, measurement_id, row_key
from kpis.models import Kpi
from kpis.rollups.locks import Lock, lock
from kpis.values import Row
from tenants.errors import WrongState
from tenants.isolation import current_tenant_id

_NULL = "\\N"
COPY_FROM = 200  # rows from which a temporary table is worth its making

_STAGING = """
create temporary table if not exists measurement_staging (
  id uuid, micros bigint, value numeric, numerator numeric, denominator numeric,
  weight numeric, series text, source text, external_id text
) on commit delete rows
"""
_COPY = "copy pg_temp.measurement_staging from stdin"
_STAGED = """
(select *, timestamptz 'epoch' + micros * interval '1 microsecond' as observed_at
 from pg_temp.measurement_staging) s
"""
_ARRAYS = """
unnest(%(ids)s::uuid[], %(observed_ats)s::timestamptz[], %(values)s::numeric[],
       %(numerators)s::numeric[], %(denominators)s::numeric[], %(weights)s::numeric[],
       %(series)s::text[], %(sources)s::text[], %(external_ids)s::text[])
  as s (id, observed_at, value, numerator, denominator, weight, series, source, external_id)
"""
_INSERT = """
insert into kpis_measurement (tenant_id, kpi_id, id, observed_at, local_date, value, numerator,
  denominator, weight, series, source, external_id, import_id)
select %(tenant)s, %(kpi)s, s.id, s.observed_at, (s.observed_at at time zone %(zone)s)::date,
  s.value, s.numerator, s.denominator, s.weight, s.series, s.source, s.external_id, %(import)s
from {rows}
on conflict do nothing
"""


def zone_of(kpi_id: UUID) -> str:
    """The zone in which this figure's days are stored; held until the transaction ends.

    Raises WrongState while the figure is being rebuilt for longer than a request can wait.
    """
    try:
        with transaction.atomic():
            lock(Lock.CALENDAR, kpi_id, shared=True)
    except OperationalError as error:
        raise WrongState(
            "This figure is being computed anew for another time zone. Try again in a minute."
        ) from error
    zone: str = Kpi.objects.values_list("built_time_zone", flat=True).get(pk=kpi_id)
    return zone


def identify(rows: Iterable[Row], *, earlier: Callable[[bytes], int] | None = None) -> list[str]:
    """The id of each row; `earlier` says how often a key came before these rows in their file."""
    seen: dict[bytes, int] = {}
    ids = []
    for _, micros, _, _, _, _, series, source, external_id in rows:
        if external_id is not None:
            ids.append(external_measurement_id(external_id, micros))
            continue
        key = row_key(source, series, micros)
        nth = seen.get(key, 0)
        seen[key] = nth + 1
        if earlier is not None:
            nth += earlier(key)
        ids.append(measurement_id(key, micros, nth))
    return ids


def store(
    *,
    kpi_id: UUID,
    zone: str,
    ids: Sequence[str],
    rows: Sequence[Row],
    import_id: UUID | None = None,
) -> int:
    """Insert the rows that are not there yet, and answer how many they were."""
    facts: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "kpi": kpi_id,
        "zone": zone,
        "import": import_id,
    }
    with connection.cursor() as cursor:
        if len(rows) >= COPY_FROM:
            cursor.execute(_STAGING)
            cursor.copy_expert(_COPY, io.StringIO("".join(map(copy_line, ids, rows))))
            cursor.execute(_INSERT.format(rows=_STAGED), facts)
            stored = cursor.rowcount
            cursor.execute("truncate pg_temp.measurement_staging")
            return stored
        cursor.execute(_INSERT.format(rows=_ARRAYS), facts | _columns(ids, rows))
        return cursor.rowcount


def copy_line(row_id: str, row: Row) -> str:
    """One line of PostgreSQL's COPY text format."""
    _, micros, value, numerator, denominator, weight, series, source, external_id = row
    if "\\" in series or "\\" in source or (external_id and "\\" in external_id):
        series, source = series.replace("\\", "\\\\"), source.replace("\\", "\\\\")
        external_id = external_id and external_id.replace("\\", "\\\\")
    if numerator is None and weight is None and external_id is None:  # most rows of most files
        return f"{row_id}\t{micros}\t{value}\t\\N\t\\N\t\\N\t{series}\t{source}\t\\N\n"
    return (
        f"{row_id}\t{micros}\t{_NULL if value is None else value}\t"
        f"{_NULL if numerator is None else numerator}\t"
        f"{_NULL if denominator is None else denominator}\t"
        f"{_NULL if weight is None else weight}\t{series}\t{source}\t"
        f"{_NULL if external_id is None else external_id}\n"
    )


def _columns(ids: Sequence[str], rows: Sequence[Row]) -> dict[str, list[object]]:
    return {
        "ids": list(ids),
        "observed_ats": [row.observed_at for row in rows],
        "values": [row.value for row in rows],
        "numerators": [row.numerator for row in rows],
        "denominators": [row.denominator for row in rows],
        "weights": [row.weight for row in rows],
        "series": [row.series for row in rows],
        "sources": [row.source for row in rows],
        "external_ids": [row.external_id for row in rows],
    }
