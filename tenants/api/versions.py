"""ETags: which version of a row an answer shows, and whether a change still fits it.

An ETag is `"<version>-<digest of the answer>"`. Changes compare the version alone; reads compare
all of it, because an answer can change (a name, a computed figure) while its row does not.
"""

import hashlib
import re
from typing import Any

from rest_framework.request import Request

from tenants.errors import StaleVersion

_TAG = re.compile(r'(?:W/)?"([0-9a-f]+)-([0-9a-f]+)"')


def version_of(row: Any) -> str:
    """The row's version: the microsecond of its last change."""
    return f"{int(row.updated_at.timestamp() * 1_000_000):x}"


def etag_of(version: str, content: bytes) -> str:
    """The ETag of an answer that shows this version."""
    return f'"{version}-{hashlib.sha256(content).hexdigest()[:16]}"'


def check_if_match(request: Request, version: str) -> None:
    """Raise StaleVersion when the request names versions (If-Match) and none is this one."""
    if read_version(request, version) not in (None, version):
        raise StaleVersion("Someone changed this since you read it. Read it again.")


def read_version(request: Request, version: str) -> str | None:
    """`version` where the request names it (If-Match), "" where it names others, None for any."""
    header = request.headers.get("If-Match", "").strip()
    if not header or header == "*":
        return None
    return version if version in {m[1] for m in _TAG.finditer(header)} else ""


def is_known(request: Request, etag: str) -> bool:
    """Whether the reader already holds this answer (If-None-Match)."""
    header = request.headers.get("If-None-Match", "").strip()
    return header == "*" or etag in {m[0].removeprefix("W/") for m in _TAG.finditer(header)}
