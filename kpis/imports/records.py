"""The records of a stored file, each with the byte where it ends, from any such byte on."""

import csv
import io
from collections.abc import Iterator

from kpis.imports.intake import CHUNK
from kpis.models import ImportChunk, MeasurementImport

DELIMITERS = (",", ";", "\t", "|")
Record = tuple[list[str], int]
_LONG_LINE = "From here on the file cannot be read: a line is longer than a MB."


class BrokenFile(Exception):
    """The rest of the file cannot be parted into records."""


def records(upload: MeasurementImport, *, offset: int = 0) -> Iterator[Record]:
    """Each record with the byte behind it; a blank line is an empty record.

    Reads one chunk at a time. Raises BrokenFile where a quote is opened and never closed.
    """
    lines = _Lines(upload, offset)
    reader = csv.reader(iter(lines), delimiter=upload.options["delimiter"], strict=False)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BrokenFile(
                "From here on the file cannot be read: a quote was opened and never closed,"
                " or a cell is longer than 131,072 characters."
            ) from error
        yield cells, lines.position


class _Lines:
    """The file's lines as text; `position` is the byte behind the last line given out."""

    def __init__(self, upload: MeasurementImport, offset: int) -> None:
        self.position = offset
        self._encoding = upload.options["encoding"]
        self._pieces = self._chunks(upload, offset)

    def __iter__(self) -> Iterator[str]:
        rest = b""
        for piece in self._pieces:
            if len(rest) > CHUNK:
                raise BrokenFile(_LONG_LINE)
            whole, feed, rest = (rest + piece).rpartition(b"\n")
            if feed:
                yield from self._text(whole)
        if rest:
            self.position += len(rest)
            yield rest.decode(self._encoding)

    def _text(self, whole: bytes) -> Iterator[str]:
        """The lines of a block that lacks its last line feed; decoded at once."""
        text = whole.decode(self._encoding)
        sizes = None if len(text) == len(whole) else map(len, whole.split(b"\n"))
        for line in text.split("\n"):
            self.position += 1 + (len(line) if sizes is None else next(sizes))
            yield f"{line}\n"

    @staticmethod
    def _chunks(upload: MeasurementImport, offset: int) -> Iterator[bytes]:
        number, skip = divmod(offset, CHUNK)
        while True:
            data = (
                ImportChunk.objects.filter(measurement_import=upload, number=number)
                .values_list("data", flat=True)
                .first()
            )
            if data is None:
                return
            yield bytes(data)[skip:]
            number, skip = number + 1, 0


def guess_delimiter(sample: str) -> str:
    """The delimiter under which the first lines have most columns, and all the same number."""
    best, found = (0, 0), ","
    for delimiter in DELIMITERS:
        try:
            rows = [row for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if row][:20]
        except csv.Error:
            continue
        if len(rows) > 2:
            rows = rows[:-1]  # the sample may end inside a record
        width = len(rows[0]) if rows else 0
        alike = sum(len(row) == width for row in rows)
        if width > 1 and (alike, width) > best:
            best, found = (alike, width), delimiter
    return found
