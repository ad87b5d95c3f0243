"""What a file seems to hold, before anything is stored: for the person who maps its columns."""

from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.utils import timezone

from kpis.imports.cells import CellError, RowReader
from kpis.imports.columns import clean_header, guess_mapping
from kpis.imports.records import BrokenFile, records
from kpis.models import MeasurementImport
from tenants.errors import Invalid

LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One of the first rows, with what is wrong with it under the present mapping."""

    number: int
    cells: list[str]
    errors: list[CellError]
    is_skipped: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """The columns, a guess at what they hold, and the first rows as they would be read."""

    header: list[str]
    guessed: dict[str, str]
    rows: list[PreviewRow]


def preview_of(
    upload: MeasurementImport,
    *,
    mapping: dict[str, str] | None = None,
    options: dict[str, Any] | None = None,
    rows: int = 10,
) -> Preview:
    """Read the start of the file; raises Invalid where it has no header or cannot be read.

    `mapping` and `options` must be checked ones (kpis.imports.columns); without a mapping the
    guessed one is tried.
    """
    try:
        (header_cells, _), *found = islice(records(upload), LOOKED_AT + 1)
    except BrokenFile as error:
        raise Invalid({"file": str(error)}) from error
    header = clean_header(header_cells)
    data = [(number, cells) for number, (cells, _) in enumerate(found, start=2) if any(cells)]
    guessed = guess_mapping(header, [cells for _, cells in data], kpi=upload.kpi)
    chosen = mapping or upload.mapping or guessed
    reader = None
    if "observed_at" in chosen:
        reader = RowReader(
            header=header,
            mapping=chosen,
            options=upload.options | (options or {}),
            aggregation=upload.kpi.aggregation,
            zone=upload.kpi.built_time_zone,
            now=timezone.now(),
        )
    return Preview(header, guessed, [_shown(reader, *row) for row in data[:rows]])


def _shown(reader: RowReader | None, number: int, cells: list[str]) -> PreviewRow:
    content = reader.read(cells) if reader else []
    return PreviewRow(number, cells, content if isinstance(content, list) else [], content is None)
