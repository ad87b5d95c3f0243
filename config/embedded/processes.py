"""Processes, owner locks and private directories, as both embedded servers need them."""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

STOP_SECONDS = 30.0
START_SECONDS = 60.0
PATIENCE_SECONDS = 3.0  # for an owner that is just going to let go
_PR_SET_PDEATHSIG = 1


class EmbeddedError(Exception):
    """An embedded server cannot do what was asked; the text is one line for a person."""


def die_with_parent(signal_number: int, parent: int | None = None) -> Callable[[], None]:
    """Return a `preexec_fn` after which the child gets `signal_number` when its parent dies.

    The parent is the process that calls this, unless another one is given.

    Linux only, elsewhere it does nothing. The kernel watches the thread that started the child,
    so start servers from a thread that lives as long as they shall.
    """
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    expected = os.getpid() if parent is None else parent

    def arm() -> None:
        prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
        if os.getppid() != expected:  # it died before we were armed
            os.kill(os.getpid(), signal.SIGKILL)

    return arm


class OwnerLock:
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
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() < deadline:
                    time.sleep(0.1)
                    continue
                handle.seek(0)
                owner = handle.read().strip() or "unknown"
                handle.close()
                raise EmbeddedError(
                    f"{self.path.parent} is in use by another run (process {owner}); "
                    "stop that first"
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


def writable_directory(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedError(f"cannot make the directory {path}: {error.strerror}") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise EmbeddedError(f"{path} is not writable for this user; it belongs to another one")
    return path


def sweep(prefix: str) -> None:
    """Delete throw-away directories whose owner was killed before it could."""
    for path in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        lock = path / "lock"
        try:
            if path.is_symlink() or path.stat().st_uid != os.geteuid() or not lock.is_file():
                continue
            with lock.open("a") as handle:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                for link in path.iterdir():
                    if link.is_symlink():  # data that had to live elsewhere
                        shutil.rmtree(link.resolve(), ignore_errors=True)
                shutil.rmtree(path, ignore_errors=True)
        except OSError:
            continue  # in use, or gone meanwhile


def alive(pid: int) -> bool:
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


def signal_and_wait(pid: int, process: subprocess.Popen[bytes] | None, how: signal.Signals) -> None:
    """Send `how` and wait for the end, first patiently, then by force."""
    for number, patience in ((how, STOP_SECONDS), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if process.poll() is not None if process is not None else not alive(pid):
                return
            time.sleep(0.02)
