"""The version of the running code, so that no page made by older code is ever served again."""

import hashlib
from pathlib import Path

_SUFFIXES = {".py", ".html", ".css", ".js", ".svg"}
_ELSEWHERE = {"var", "tests", "docs", "benchmarks", "node_modules"}


def of_files(root: Path) -> str:
    """A digest of the names, sizes and times of the product's files: new after each change."""
    digest = hashlib.sha256()
    folders = (
        f for f in root.iterdir() if f.is_dir() and f.name[0] != "." and f.name not in _ELSEWHERE
    )
    for folder in sorted(folders):
        for file in sorted(folder.rglob("*")):
            if file.suffix in _SUFFIXES:
                facts = file.stat()
                digest.update(f"{file}\n{facts.st_size}\n{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:12]
