"""One step of an import: so many records read, checked, stored, and the place in the file noted."""

from collections.abc import Iterator
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


class Blank:
    """What a line without any text says."""


BLANK = Blank()
Content = Row | list[CellError] | Blank | None


class Lines(NamedTuple):
    """Records one after the other: what each says, and the byte behind it."""

    contents: list[Content]
    ends: list[int]
    problem: str = ""


def import_step(upload: MeasurementImport) -> bool:
    """Take the next records in; answers whether more remain. Changes `upload`, does not save it.

    Everything happens in the caller's transaction, together with the new offset: a step that dies
    is repeated from the same byte. A dry run stores the rows too, and takes them back at once.
    """
    zone = zone_of(upload.kpi_id)
    reader = _reader(upload, zone)
    lines = _take(upload, reader)
    is_end = len(lines.ends) < STEP_ROWS
    if not is_end:
        lines = _without_last_instant(lines)
    rows = [content for content in lines.contents if type(content) is Row]
    earlier = earlier_counts(upload, rows, rows_before=lambda: _rows_before(upload, reader))
    ids = identify(rows, earlier=earlier)
    with transaction.atomic():
        stored = store(kpi_id=upload.kpi_id, zone=zone, ids=ids, rows=rows, import_id=upload.pk)
        if upload.dry_run:
            transaction.set_rollback(True)
    _note(upload, lines, stored=stored, rows=len(rows))
    if lines.problem:
        upload.problem = f"Row {upload.line + 1}: {lines.problem}"
    elif upload.rows_total > settings.IMPORT_MAX_ROWS:
        upload.problem = f"The file has more than {settings.IMPORT_MAX_ROWS:,} rows. Split it."
    return not is_end and not upload.problem


def _take(upload: MeasurementImport, reader: RowReader) -> Lines:
    """The next lines, and why they end before the file does."""
    contents: list[Content] = []
    ends: list[int] = []
    read = reader.read
    try:
        for cells, end in islice(records(upload, offset=upload.offset), STEP_ROWS):
            contents.append(read(cells) if any(cells) else BLANK)
            ends.append(end)
    except BrokenFile as error:  # what was read before a fault counts
        return Lines(contents, ends, str(error))
    return Lines(contents, ends)


def _rows_before(upload: MeasurementImport, reader: RowReader) -> Iterator[Row]:
    """The file's rows up to where this step starts, read again."""
    start = next(records(upload))[1]
    for cells, end in records(upload, offset=start):
        if end > upload.offset:
            return
        content = reader.read(cells) if any(cells) else None
        if isinstance(content, Row):
            yield content


def _without_last_instant(lines: Lines) -> Lines:
    """Leave the rows of the last instant to the next step, so that equals stay together."""
    contents, ends, problem = lines
    kept = len(contents)
    last = next((x.micros for x in reversed(contents) if isinstance(x, Row)), None)
    while kept and not (isinstance(row := contents[kept - 1], Row) and row.micros != last):
        kept -= 1
    return Lines(contents[:kept], ends[:kept], problem) if kept else lines


def _note(upload: MeasurementImport, lines: Lines, *, stored: int, rows: int) -> None:
    if not lines.ends:
        return
    upload.rows_accepted += stored
    upload.rows_duplicate += rows - stored
    upload.rows_total += rows
    for number, content in enumerate(lines.contents, start=upload.line + 1):
        if type(content) is Row or content is BLANK:
            continue
        upload.rows_total += 1
        if content is None:
            upload.rows_skipped += 1
        elif isinstance(content, list):
            upload.rows_rejected += 1
            for column, message in content:
                if len(upload.errors) < MAX_ERRORS:
                    upload.errors.append({"row": number, "column": column, "message": message})
    upload.offset = lines.ends[-1]
    upload.line += len(lines.ends)


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
