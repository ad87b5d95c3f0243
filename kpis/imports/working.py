"""One step of an import: so many records read, checked, stored, and the place in the file noted."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from kpis.imports.cells import CellError, RowReader
from kpis.imports.columns import clean_header
from kpis.imports.numbering import earlier_counts
from kpis.imports.records import BrokenFile, records
from kpis.models import MeasurementImport
from kpis.services.store import identify, store, zone_of
from kpis.values import Row

STEP_ROWS = 25_000
MAX_ERRORS = 100


class Line(NamedTuple):
    """A record: its number (the header is 1), what it says, and the byte behind it."""

    number: int
    content: Row | list[CellError] | None
    is_blank: bool
    end: int


def import_step(upload: MeasurementImport) -> bool:
    """Take the next records in; answers whether more remain. Changes `upload`, does not save it.

    Everything happens in the caller's transaction, together with the new offset: a step that dies
    is repeated from the same byte. A dry run stores the rows too, and takes them back at once.
    """
    zone = zone_of(upload.kpi_id)
    reader = _reader(upload, zone)
    lines, broken = _take(upload, reader)
    is_end = len(lines) < STEP_ROWS
    if not is_end:
        lines = _without_last_instant(lines)
    rows = [line.content for line in lines if isinstance(line.content, Row)]
    earlier = earlier_counts(upload, rows, rows_before=lambda: _rows_before(upload, reader))
    ids = identify(rows, earlier=earlier)
    with transaction.atomic():
        stored = store(kpi_id=upload.kpi_id, zone=zone, ids=ids, rows=rows, import_id=upload.pk)
        if upload.dry_run:
            transaction.set_rollback(True)
    _note(upload, lines, stored=stored, rows=len(rows))
    if broken:
        upload.problem = f"Row {upload.line + 1}: {broken}"
    elif upload.rows_total > settings.IMPORT_MAX_ROWS:
        upload.problem = f"The file has more than {settings.IMPORT_MAX_ROWS:,} rows. Split it."
    return not is_end and not upload.problem


def _take(upload: MeasurementImport, reader: RowReader) -> tuple[list[Line], str]:
    """The next lines, and why they end before the file does."""
    lines: list[Line] = []
    try:
        for line in islice(_lines(upload, reader, offset=upload.offset), STEP_ROWS):
            lines.append(line)  # noqa: PERF402  what was read before a fault counts
    except BrokenFile as error:
        return lines, str(error)
    return lines, ""


def _lines(
    upload: MeasurementImport, reader: RowReader, *, offset: int, number: int | None = None
) -> Iterator[Line]:
    number = upload.line if number is None else number
    for cells, end in records(upload, offset=offset):
        number += 1
        is_blank = not any(cells)
        yield Line(number, None if is_blank else reader.read(cells), is_blank, end)


def _rows_before(upload: MeasurementImport, reader: RowReader) -> Iterator[Row]:
    """The file's rows up to where this step starts, read again."""
    start = next(records(upload))[1]
    for line in _lines(upload, reader, offset=start, number=1):
        if line.end > upload.offset:
            return
        if isinstance(line.content, Row):
            yield line.content


def _without_last_instant(lines: list[Line]) -> list[Line]:
    """Leave the rows of the last instant to the next step, so that equals stay together."""
    kept = len(lines)
    last = next((x.content.micros for x in reversed(lines) if isinstance(x.content, Row)), None)
    while kept and not (
        isinstance(content := lines[kept - 1].content, Row) and content.micros != last
    ):
        kept -= 1
    return lines[:kept] if kept else lines


def _note(upload: MeasurementImport, lines: Sequence[Line], *, stored: int, rows: int) -> None:
    if not lines:
        return
    upload.offset, upload.line = lines[-1].end, lines[-1].number
    upload.rows_accepted += stored
    upload.rows_duplicate += rows - stored
    for line in lines:
        if line.is_blank:
            continue
        upload.rows_total += 1
        if line.content is None:
            upload.rows_skipped += 1
        elif isinstance(line.content, list):
            upload.rows_rejected += 1
            for column, message in line.content:
                if len(upload.errors) < MAX_ERRORS:
                    upload.errors.append({"row": line.number, "column": column, "message": message})


def _reader(upload: MeasurementImport, zone: str) -> RowReader:
    cells, end = next(records(upload))
    if upload.offset == 0:
        upload.offset, upload.line = end, 1
    return RowReader(
        header=clean_header(cells),
        mapping=upload.mapping,
        options=upload.options,
        aggregation=upload.kpi.aggregation,
        zone=zone,
        now=timezone.now(),
    )
