"""Which of its equals in the file a row is, exact whatever the file's order and however often
the import was cut off.

In a file sorted by time (either way) a step's rows lie beyond all earlier ones, so they are counted
within the step alone. As soon as one does not, the keys of everything before are counted into
`ImportKey`, and from then on each step adds its own.
"""

import datetime as dt
import io
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from django.db import connection

from kpis.identity import key_number, row_key
from kpis.models import ImportKey, MeasurementImport
from kpis.values import EPOCH, Row, micros_of
from tenants.isolation import current_tenant_id

_STAGE = """
create temporary table if not exists import_key_staging (key bigint, rows int) on commit delete rows
"""
_ADD = """
insert into kpis_importkey as old (tenant_id, measurement_import_id, key, rows)
select %(tenant)s, %(import)s, key, sum(rows)::int from pg_temp.import_key_staging group by key
on conflict (tenant_id, measurement_import_id, key) do update set rows = old.rows + excluded.rows
"""
_COUNTED_AT_ONCE = 200_000


def earlier_counts(
    upload: MeasurementImport,
    rows: Sequence[Row],
    *,
    rows_before: Callable[[], Iterable[Row]],
) -> Callable[[bytes], int] | None:
    """How often each row key came in earlier steps, None for never; notes these rows for later."""
    own = [row for row in rows if row.external_id is None]
    if not own:
        return None
    instants = [row.micros for row in own]
    lowest, highest = min(instants), max(instants)
    first = None if upload.first_at is None else micros_of(upload.first_at)
    last = None if upload.last_at is None else micros_of(upload.last_at)
    beyond = first is None or last is None or lowest > last or highest < first
    upload.first_at = _instant(lowest if first is None else min(lowest, first))
    upload.last_at = _instant(highest if last is None else max(highest, last))
    if not upload.counts_keys:
        if beyond:
            return None
        upload.counts_keys = True
        _count(upload, rows_before())
    numbers = {key_number(_key(row)) for row in own}
    known = dict(
        ImportKey.objects.filter(measurement_import=upload, key__in=numbers).values_list(
            "key", "rows"
        )
    )
    _count(upload, own)
    return lambda key: known.get(key_number(key), 0)


def forget(upload: MeasurementImport) -> None:
    """Drop what was counted."""
    ImportKey.objects.filter(measurement_import=upload).delete()


def _count(upload: MeasurementImport, rows: Iterable[Row]) -> None:
    counts: Counter[int] = Counter()
    for row in rows:
        if row.external_id is None:
            counts[key_number(_key(row))] += 1
        if len(counts) >= _COUNTED_AT_ONCE:
            _add(upload, counts)
            counts = Counter()
    if counts:
        _add(upload, counts)


def _add(upload: MeasurementImport, counts: Counter[int]) -> None:
    text = io.StringIO("".join(f"{key}\t{rows}\n" for key, rows in counts.items()))
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        cursor.copy_expert("copy pg_temp.import_key_staging from stdin", text)
        cursor.execute(_ADD, {"tenant": current_tenant_id(), "import": upload.pk})
        cursor.execute("truncate pg_temp.import_key_staging")


def _key(row: Row) -> bytes:
    return row_key(row.source, row.series, row.micros)


def _instant(micros: int) -> dt.datetime:
    return EPOCH + dt.timedelta(microseconds=micros)
