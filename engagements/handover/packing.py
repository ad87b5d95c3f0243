"""The ZIP, written front to back into a stored file, one or more files a step.

A step is one transaction: chunks, the ZIP's directory so far and the job's progress are committed
together, so a step that dies is repeated as if it had never been. The same data gives the same
bytes: entries stand in order and carry no time.
"""

import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from engagements.handover.registry import Content, Part, parts
from engagements.models import Engagement, HandoverPack
from tenants.files.models import StoredFile
from tenants.files.storage import ChunkWriter

STEP_SECONDS = 2.0
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # a ZIP's beginning of time
_KEPT = (
    *("filename", "header_offset", "CRC", "compress_size", "file_size", "flag_bits"),
    *("create_version", "extract_version"),
)


def pack_step(pack: HandoverPack, file: StoredFile) -> tuple[bool, int]:
    """Write the next files of the pack; answers whether more remain, and how many parts are done.

    Changes `pack.entries` and does not save it.
    """
    begun = time.monotonic()
    written = {entry["filename"] for entry in pack.entries}
    engagement: Engagement = pack.engagement
    with _archive(pack, file) as archive:
        for done, part in enumerate(parts()):
            for name, content in _files_of(part, engagement):
                if name in written:
                    continue
                _write(archive, name, content)
                if time.monotonic() - begun > STEP_SECONDS:
                    return True, done
        if "README.md" not in written:
            _write(archive, "README.md", [readme(pack, archive.namelist())])
        archive.close()  # writes the directory
    return False, len(parts())


def readme(pack: HandoverPack, files: list[str]) -> str:
    """What the pack holds, how complete it was, and what was missing."""
    engagement = pack.engagement
    names = {name.split("/")[0] for name in files}
    lines = [
        f"# Handover of “{engagement.title}” to {engagement.tenant.name}",
        "",
        f"Completeness: {pack.score} of 100.",
        "",
        "## Parts",
        "",
    ]
    lines += [f"- {part.label}: `{part.name}/`" for part in parts() if part.name in names]
    lines += ["", "## What was missing", ""]
    lines += [f"- {gap['gap']}" for gap in pack.gaps] or ["Nothing."]
    return "\n".join(lines) + "\n"


def _files_of(part: Part, engagement: Engagement) -> Iterator[tuple[str, Content]]:
    """The part's files; one that says so where there is nothing."""
    found = False
    for name, content in part.writer(engagement):
        found = True
        yield name, content
    if not found:
        text = f"# {part.label}\n\nThere was nothing of this in Bowline.\n"
        yield f"{part.name}/nothing.md", [text]


def _write(archive: zipfile.ZipFile, name: str, content: Content) -> None:
    info = zipfile.ZipInfo(name, date_time=_FIRST_DAY)
    info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 3
    info.external_attr = 0o644 << 16
    with archive.open(info, "w", force_zip64=True) as entry:
        for piece in content:
            entry.write(piece.encode() if isinstance(piece, str) else piece)


@contextmanager
def _archive(pack: HandoverPack, file: StoredFile) -> Iterator[zipfile.ZipFile]:
    """The ZIP as it stands, to be gone on with; its directory so far is kept in the pack."""
    stream = ChunkWriter(file)
    archive = zipfile.ZipFile(cast(Any, stream), "w", zipfile.ZIP_DEFLATED)
    for entry in pack.entries:
        info = zipfile.ZipInfo(entry["filename"], date_time=_FIRST_DAY)
        for name in _KEPT[1:]:
            setattr(info, name, entry[name])
        info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 3
        info.external_attr = 0o644 << 16
        archive.filelist.append(info)
        archive.NameToInfo[info.filename] = info
    yield archive
    pack.entries = [{name: getattr(info, name) for name in _KEPT} for info in archive.filelist]
    archive.fp = None  # not closed: a later step goes on, or it is closed already
    stream.finish()
