"""What a file is, by its bytes: only what the list allows comes in, under its own name."""

import io
import unicodedata
import zipfile
from pathlib import PurePosixPath

import puremagic

from tenants.errors import Invalid
from tenants.files.models import NAME_MOST

_OFFICE = "application/vnd.openxmlformats-officedocument."
TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "csv": "text/csv",
    "txt": "text/plain",
    "md": "text/markdown",
    "docx": _OFFICE + "wordprocessingml.document",
    "xlsx": _OFFICE + "spreadsheetml.sheet",
    "pptx": _OFFICE + "presentationml.presentation",
    "zip": "application/zip",
}
ACCEPT = ",".join(f".{ending}" for ending in TYPES)
_INSIDE = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/"}
_TEXT = ("csv", "txt", "md")
# endings that may not stand before the last one: they make a name look like another file
_SECOND = frozenset(TYPES) | {
    *("exe", "com", "bat", "cmd", "scr", "msi", "dll", "lnk", "jar", "js", "mjs", "vbs", "ps1"),
    *("sh", "php", "py", "html", "htm", "xhtml", "svg", "hta", "app", "iso"),
}
_MARKUP = {"text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/xml"}
MOST_UNPACKED = 500_000_000


def check_name(raw: str) -> tuple[str, str]:
    """The name as it is kept, and its ending; raises Invalid for one that misleads or is not
    allowed."""
    name = unicodedata.normalize("NFC", raw).strip()
    if not name or len(name) > NAME_MOST:
        raise _refused(f"Give the file a name of 1 to {NAME_MOST} characters.")
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for letter in name):
        raise _refused("The file's name holds invisible characters. Rename it.")
    if "/" in name or "\\" in name or name.startswith(".") or name.endswith("."):
        raise _refused("The file's name holds a path or begins or ends with a dot. Rename it.")
    endings = [part.lower() for part in name.split(".")[1:]]
    ending = endings[-1].strip() if endings else ""
    if ending not in TYPES:
        raise _refused(f"Files of this sort are not taken. Use one of: {', '.join(TYPES)}.")
    if any(part.strip() in _SECOND for part in endings[:-1]):
        raise _refused("The name has two endings. Rename it so that it has one.")
    return name, ending


def content_type_of(content: bytes, ending: str) -> str:
    """The type of the bytes; raises Invalid where they are not what the ending says."""
    if not content:
        raise _refused("The file is empty.")
    if ending in _TEXT:
        _check_text(content)
    elif ending in _INSIDE or ending == "zip":
        _check_zip(content, ending)
    elif TYPES[ending] not in _sniffed(content):
        raise _refused(f"This is no {ending.upper()} file, whatever its name says.")
    return TYPES[ending]


def _sniffed(content: bytes) -> set[str]:
    try:
        return {match.mime_type for match in puremagic.magic_string(content)}
    except (puremagic.PureError, ValueError):
        return set()


def _check_text(content: bytes) -> None:
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8")
    except UnicodeDecodeError:
        try:
            text = content.decode("cp1252")
        except UnicodeDecodeError as error:
            raise _refused("This is no text. Save it as UTF-8.") from error
    if any(unicodedata.category(letter) == "Cc" for letter in set(text) - {"\n", "\r", "\t", "\f"}):
        raise _refused("This is no text file, whatever its name says.")
    if _sniffed(content) & _MARKUP or text.lstrip().lower().startswith(("<!doctype", "<svg")):
        raise _refused("This is a web page, whatever its name says.")


def _check_zip(content: bytes, ending: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise _refused(f"This is no {ending.upper()} file, whatever its name says.") from error
    names = [entry.filename for entry in entries]
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise _refused("It unpacks to more than 500 MB. Attach what matters of it.")
    folder = _INSIDE.get(ending)
    if folder is None:
        return
    if "[Content_Types].xml" not in names or not any(name.startswith(folder) for name in names):
        raise _refused(f"This is no {ending.upper()} file, whatever its name says.")
    if any(PurePosixPath(name).name.lower() == "vbaproject.bin" for name in names):
        raise _refused("It holds macros. Save it without them.")


def _refused(message: str) -> Invalid:
    return Invalid({"file": message})
