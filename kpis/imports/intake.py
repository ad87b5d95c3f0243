"""Taking a file's bytes in, a megabyte at a time, and learning how they are written.

What is stored is the same text in UTF-8 or a one-byte encoding, without a byte order mark and with
line feeds at the ends of lines, so that the steps of an import can count in bytes.
"""

import codecs
from collections.abc import Iterable

from django.conf import settings

from kpis.models import ImportChunk, MeasurementImport
from tenants.errors import Invalid, TooLarge
from tenants.isolation.texts import forget_statement

CHUNK = 1024 * 1024

_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_WORKBOOK = "This is a workbook, not a CSV file. Save the sheet as CSV (UTF-8) and upload that."
_BINARY = "This is no text file. Save the table as CSV (UTF-8) and upload that."
_EMPTY = "The file is empty."


class Intake:
    """Stores what is fed to it as the chunks of one upload."""

    def __init__(self, upload: MeasurementImport) -> None:
        self.upload = upload
        self.size = 0
        self._number = 0
        self._buffer = bytearray()
        self._head = b""
        self._utf16: codecs.IncrementalDecoder | None = None
        self._utf8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
        self._cp1252: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("cp1252")()
        self._started = False
        self._old_mac = False

    def take(self, pieces: Iterable[bytes]) -> str:
        """Store all pieces and answer the encoding. Raises TooLarge, or Invalid for no text."""
        received = 0
        for piece in pieces:
            received += len(piece)
            if received > settings.IMPORT_MAX_BYTES:
                raise TooLarge(too_large())
            self._feed(bytes(piece))
        return self._finish()

    def _feed(self, piece: bytes) -> None:
        if not self._started:
            self._head += piece
            if len(self._head) < 4096:
                return
            piece = self._begin()
        self._text(piece)

    def _begin(self) -> bytes:
        """Look at the file's first bytes and answer what of them is text."""
        self._started = True
        head, self._head = self._head, b""
        if head.startswith((_ZIP, _OLE)):
            raise Invalid({"file": _WORKBOOK})
        for mark, name in _UTF16.items():
            if head.startswith(mark):
                self._utf16 = codecs.getincrementaldecoder(name)()
                head = head[len(mark) :]
        if head.startswith(codecs.BOM_UTF8):
            head = head[len(codecs.BOM_UTF8) :]
        plain = head.replace(b"\x00", b"") if self._utf16 else head
        self._old_mac = b"\r" in plain and b"\n" not in plain
        return head

    def _text(self, piece: bytes, *, final: bool = False) -> None:
        if self._utf16 is not None:
            try:
                piece = self._utf16.decode(piece, final).encode()
            except UnicodeError:
                raise Invalid({"file": _BINARY}) from None
        if b"\x00" in piece:
            raise Invalid({"file": _BINARY})
        if self._old_mac:
            piece = piece.replace(b"\r", b"\n")
        self._utf8 = _still(self._utf8, piece, final)
        self._cp1252 = _still(self._cp1252, piece, final)
        self._buffer += piece
        while len(self._buffer) >= CHUNK:
            self._store(bytes(self._buffer[:CHUNK]))
            del self._buffer[:CHUNK]

    def _finish(self) -> str:
        if not self._started:
            self._text(self._begin())
        self._text(b"", final=True)
        if self._buffer:
            self._store(bytes(self._buffer))
        if not self.size:
            raise Invalid({"file": _EMPTY})
        if self._utf8 is not None:
            return "utf-8"
        return "cp1252" if self._cp1252 is not None else "latin-1"

    def _store(self, data: bytes) -> None:
        ImportChunk.objects.create(measurement_import=self.upload, number=self._number, data=data)
        forget_statement()
        self._number += 1
        self.size += len(data)


def too_large() -> str:
    """What to do with a file over the limit."""
    limit = settings.IMPORT_MAX_BYTES // (1024 * 1024)
    return f"The file is larger than {limit} MB. Split it; each part needs the header line."


def _still(
    decoder: codecs.IncrementalDecoder | None, piece: bytes, final: bool
) -> codecs.IncrementalDecoder | None:
    """The decoder, as long as what it saw is valid in its encoding."""
    if decoder is None:
        return None
    try:
        decoder.decode(piece, final)
    except UnicodeDecodeError:
        return None
    return decoder
