"""Make `.venv` and install the locked dependencies; does nothing when nothing changed.

Runs on a bare Python >= 3.11, so it uses nothing but the standard library:

    python3 config/bootstrap.py          what `make run` needs
    python3 config/bootstrap.py --dev    and what `make test` needs

Registry, proxy and certificates come from the machine's own configuration.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV_LOCK = ROOT / "requirements-uv.lock"
LOCKS = {"run": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
TOOLS = VENV / "tools"
TOOLS_LOCK = ROOT / "requirements-tools.lock"
"""Tools whose dependencies must not be seen by the application (see pyproject.toml)."""


class SetUpError(Exception):
    """The environment cannot be made; the text is for a person."""


def fingerprint(kind: str) -> str:
    """What the installed packages depend on: the locks, the interpreter, the place."""
    digest = hashlib.sha256(f"{sys.version} {sys.prefix} {VENV}".encode())
    for lock in (UV_LOCK, LOCKS[kind], *([TOOLS_LOCK] if kind == "dev" else [])):
        digest.update(lock.read_bytes())
    return digest.hexdigest()


def is_current(kind: str) -> bool:
    """Whether `kind` is installed. What tests need includes what running needs."""
    if not PYTHON.exists():
        return False
    stamps = {"dev": ("dev",), "run": ("run", "dev")}[kind]
    return any(
        (VENV / f"installed-{name}").is_file()
        and (VENV / f"installed-{name}").read_text() == fingerprint(name)
        for name in stamps
    )


def run(*arguments: str | Path, say: str) -> None:
    """Run a command quietly; raises SetUpError with its last lines when it fails."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    }
    done = subprocess.run(
        [str(argument) for argument in arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SetUpError(f"{say} failed:\n{done.stdout.strip()[-3000:]}")


def make_venv() -> None:
    """Make a fresh virtual environment with the locked uv in it."""
    if VENV.is_symlink():
        VENV.unlink()
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        run(sys.executable, "-m", "venv", VENV, say="python3 -m venv")
    except SetUpError as error:
        shutil.rmtree(VENV, ignore_errors=True)
        if "ensurepip" in str(error):
            raise SetUpError(
                "this Python cannot make virtual environments; install its venv module"
                " (Debian, Ubuntu: apt-get install python3-venv)"
            ) from None
        raise
    pip = (PYTHON, "-m", "pip", "--disable-pip-version-check", "--quiet")
    run(*pip, "install", "--require-hashes", "-r", UV_LOCK, say="installing uv")


def install(kind: str) -> None:
    """Bring `.venv` to exactly what the lock says."""
    if not usable():
        make_venv()
    for stamp in VENV.glob("installed-*"):
        stamp.unlink()
    sync(PYTHON, LOCKS[kind])
    if kind == "dev":
        shutil.rmtree(TOOLS, ignore_errors=True)
        run(PYTHON, "-m", "venv", "--without-pip", TOOLS, say="python -m venv")
        sync(TOOLS / "bin" / "python", TOOLS_LOCK)
    (VENV / f"installed-{kind}").write_text(fingerprint(kind))


def sync(python: Path, lock: Path) -> None:
    """Bring the environment of `python` to what `lock` says; pip and uv stay where they are."""
    uv = (PYTHON, "-m", "uv", "--quiet", "pip", "sync", "--python", python)
    try:
        run(*uv, "--require-hashes", lock, say="uv pip sync")
    except SetUpError as error:
        print(f"{error}\ntrying pip, which may be configured for another registry …", flush=True)
        pip = (PYTHON, "-m", "pip", "--disable-pip-version-check", "--quiet", "--python", python)
        run(*pip, "install", "--require-hashes", "-r", lock, say="pip install")


def usable() -> bool:
    """Whether there is an environment of this very place and Python that uv can work on."""
    if not PYTHON.exists() or not (VENV / "pyvenv.cfg").is_file():
        return False
    probe = "import sys, uv; print(sys.prefix, sys.version_info[:2])"
    done = subprocess.run([PYTHON, "-c", probe], capture_output=True, text=True, check=False)
    return done.stdout.strip() == f"{VENV} {sys.version_info[:2]}"


def main() -> int:
    """Returns the exit status."""
    kind = "dev" if "--dev" in sys.argv[1:] else "run"
    if sys.version_info < (3, 11):  # noqa: UP036 - this is where an older one is told
        found = ".".join(map(str, sys.version_info[:3]))
        print(
            f"error: Python 3.11 or newer is needed, {sys.executable} is {found}"
            " (choose another with PYTHON=/path/to/python3)",
            file=sys.stderr,
        )
        return 1
    if is_current(kind):
        return 0
    try:
        with (ROOT / ".venv.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # a second make waits, finds it done
            if not is_current(kind):
                started = time.monotonic()
                print("installing the locked dependencies into .venv …", flush=True)
                install(kind)
                print(f"installed in {time.monotonic() - started:.0f} s", flush=True)
    except OSError as error:
        print(f"error: {error.filename or ROOT}: {error.strerror}", file=sys.stderr)
        return 1
    except SetUpError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; the next run starts over", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
