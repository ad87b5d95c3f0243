"""Bytes in and out of the table, a quarter of a megabyte at a time."""

import hashlib
from collections.abc import Iterator

from django.db.models import Max

from tenants.files.models import FileChunk, StoredFile
from tenants.isolation.texts import forget_statement

CHUNK = 256 * 1024


class ChunkWriter:
    """Appends to a file's chunks; a stream that can tell its place but not go back.

    What was written before by another transaction stays: `tell` goes on from there. Each `flush`
    ends a chunk, so a step that is committed never changes one of an earlier step.
    """

    def __init__(self, file: StoredFile) -> None:
        self.file = file
        self.offset = file.size
        last = FileChunk.objects.filter(file=file).aggregate(last=Max("number"))["last"]
        self._number = 0 if last is None else last + 1
        self._waiting = bytearray()

    def write(self, data: bytes) -> int:
        self._waiting += data
        self.offset += len(data)
        while len(self._waiting) >= CHUNK:
            self._store(bytes(self._waiting[:CHUNK]))
            del self._waiting[:CHUNK]
        return len(data)

    def tell(self) -> int:
        return self.offset

    def flush(self) -> None:
        """Nothing: zipfile flushes after each entry, and chunks shall be full."""

    def finish(self) -> None:
        """Store what waits and note the size; the file is saved."""
        if self._waiting:
            self._store(bytes(self._waiting))
            self._waiting.clear()
        self.file.size = self.offset
        self.file.save(update_fields=["size", "updated_at"])

    def _store(self, data: bytes) -> None:
        FileChunk.objects.create(file=self.file, number=self._number, data=data)
        forget_statement()
        self._number += 1


def read_chunks(file: StoredFile) -> Iterator[bytes]:
    """The file's bytes, one chunk in memory at a time."""
    number = -1
    while True:
        chunk = (
            FileChunk.objects.filter(file=file, number__gt=number)
            .order_by("number")
            .values_list("number", "data")
            .first()
        )
        if chunk is None:
            return
        number, data = chunk
        yield bytes(data)


def digest_of(file: StoredFile) -> str:
    """The SHA-256 of what is stored."""
    digest = hashlib.sha256()
    for data in read_chunks(file):
        digest.update(data)
    return digest.hexdigest()
