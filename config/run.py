"""`make run`: the whole of Bowline under one parent with one log, until Ctrl-C.

Starts the embedded servers where DATABASE_URL or REDIS_URL is not set, makes the roles, migrates,
then runs web, worker and tick, loads the demo once, and prints the address and the sign-ins.
When one part ends by itself, that is said and the rest is stopped with a non-zero status. When
this process is killed, the kernel ends the parts (Linux), so that the next run comes up.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import types
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from config.embedded import (
    DATABASE,
    EmbeddedError,
    EmbeddedPostgres,
    EmbeddedValkey,
    bootstrap_roles,
    die_with_parent,
    environment,
)

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
HOST = "127.0.0.1"
STOP_SECONDS = 25.0
HURRIED_STOP_SECONDS = 2.0
READY_SECONDS = 120.0
PATIENCE_SECONDS = 3.0  # for a run that was killed this moment to let go of its port
COLOURS = {"web": 36, "worker": 33, "tick": 35, "seed": 32, "migrate": 34}


class RunError(Exception):
    """`make run` cannot go on; the text is one line for a person."""


class Stopped(Exception):
    """A person asked for the end (Ctrl-C, SIGTERM), or is gone (SIGHUP: make or terminal died)."""


class Log:
    """One log for all parts, each line led by the part's name."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._colour = out.isatty() and not os.environ.get("NO_COLOR")

    def line(self, part: str, text: str) -> None:
        """Write one line; a log nobody reads any more is no reason to fail."""
        name = f"{part:<8}│"
        if self._colour:
            name = f"\x1b[{COLOURS.get(part, 0)}m{name}\x1b[0m"
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._out.write(f"{name} {text}\n")
            self._out.flush()

    def say(self, text: str = "") -> None:
        """Write a line of our own."""
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._out.write(f"{text}\n")
            self._out.flush()


class Part:
    """A child process in its own session, with its lines in the log."""

    def __init__(self, name: str, arguments: list[str], env: dict[str, str], log: Log) -> None:
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # a terminal's Ctrl-C reaches us alone; we stop the parts
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        self._reader = threading.Thread(target=self._read, args=(log,), daemon=True)
        self._reader.start()

    def _read(self, log: Log) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            log.line(self.name, line.rstrip("\n"))

    def wait(self) -> int:
        """Wait for the end of the process and of its output."""
        status = self.process.wait()
        self._reader.join(timeout=2)
        return status

    def terminate(self) -> None:
        """Ask it to end."""
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()

    def kill(self) -> None:
        """End it and every process it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)


def check_port(port: int) -> None:
    """Raise RunError when something already listens on `port`."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
                return
            except PermissionError:
                raise RunError(f"port {port} is not allowed for this user; try PORT=8000") from None
            except OSError:
                if time.monotonic() > deadline:
                    raise RunError(
                        f"port {port} is in use; stop what runs there, or choose another: "
                        f"make run PORT={port + 1}"
                    ) from None
        time.sleep(0.1)


def chosen_port() -> int:
    """The port of the environment variable PORT."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise RunError(f"PORT={text} is not a port; use a number from 1 to 65535")
    return int(text)


def secret_key() -> str:
    """The key of this development machine, made once."""
    path = VAR / "secret_key"
    if not path.is_file():
        fresh = path.with_name("secret_key.new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        fresh.rename(path)
    return path.read_text().strip()


def write_environment(values: dict[str, str]) -> None:
    """Leave what a second terminal needs (`. var/env`), readable by this user alone."""
    path = VAR / "env"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())


@contextlib.contextmanager
def servers(env: dict[str, str]) -> Iterator[list[EmbeddedPostgres | EmbeddedValkey]]:
    """Start the embedded servers that `env` does not replace and add their URLs to it."""
    postgres = EmbeddedPostgres(VAR / "postgres")
    valkey = EmbeddedValkey(VAR / "valkey")
    started: list[EmbeddedPostgres | EmbeddedValkey] = []
    try:
        if not env.get("DATABASE_URL"):
            postgres.start()
            started.append(postgres)
            bootstrap_roles(postgres.superuser_dsn(), DATABASE)
        if not env.get("REDIS_URL"):
            valkey.start()
            started.append(valkey)
        found = environment(
            postgres if postgres in started else None, valkey if valkey in started else None
        )
        env.update(found)
        if found:
            write_environment(
                found | {"SECRET_KEY": env["SECRET_KEY"], "DJANGO_SETTINGS_MODULE": settings(env)}
            )
        yield started
    finally:
        valkey.stop()
        postgres.stop()
        (VAR / "env").unlink(missing_ok=True)


def settings(env: dict[str, str]) -> str:
    """The settings module in force."""
    return env.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")


def demo_marker(env: dict[str, str]) -> Path:
    """The file that says the demo is in this database; another database has another name."""
    identity = env["DATABASE_URL"]
    if "DATABASE_URL" not in os.environ:
        identity = str((VAR / "postgres" / "PG_VERSION").stat().st_mtime_ns)  # since initdb
    return VAR / f"demo-{hashlib.sha256(identity.encode()).hexdigest()[:16]}"


def sign_ins() -> list[tuple[str, str, str]]:
    """The demo's (e-mail, password, role), empty where there is no demo."""
    if importlib.util.find_spec("demo.people") is None:
        return []
    return list(importlib.import_module("demo.people").SIGN_INS)


def wait_for_web(port: int, parts: list[Part]) -> None:
    """Return when the web part answers; raises RunError when it, or another part, ended."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        check_parts(parts)
        try:
            urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise RunError(f"the web server did not answer within {READY_SECONDS:.0f} s")


def check_parts(parts: list[Part]) -> None:
    """Raise RunError naming the first part that ended by itself."""
    for part in parts:
        status = part.process.poll()
        if status is not None:
            how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
            raise RunError(f"{part.name} {how}; its last lines are above. Stopping the rest.")


def stop(parts: list[Part], *, patience: float = STOP_SECONDS) -> None:
    """End all parts: ask first, then insist. A second Ctrl-C insists at once.

    Insisting is safe: the lease of a job that was cut off runs out, and it runs again.
    """
    deadline = time.monotonic() + patience
    try:
        for part in parts:
            part.terminate()
        while time.monotonic() < deadline and any(p.process.poll() is None for p in parts):
            time.sleep(0.05)
    except Stopped:
        pass
    for part in parts:
        part.kill()  # also what a part may have left behind
    for part in parts:
        part.wait()


def welcome(port: int, people: list[tuple[str, str, str]], log: Log) -> None:
    """Print the address and who can sign in."""
    log.say()
    log.say(f"  Bowline is at  http://{HOST}:{port}")
    if people:
        log.say()
        width = max(len(email) for email, _, _ in people)
        secret = max(len(password) for _, password, _ in people)
        for email, password, role in people:
            log.say(f"    {email:<{width}}  {password:<{secret}}  {role}")
    log.say()
    log.say("  Ctrl-C stops it.")
    log.say()


def serve(env: dict[str, str], port: int, log: Log) -> None:
    """Migrate, run the parts and watch over them; ends only by Stopped or RunError."""
    with servers(env) as started:
        parts: list[Part] = []
        patience = STOP_SECONDS
        try:
            migrate = Part("migrate", ["manage.py", "migrate", "--verbosity", "1"], env, log)
            parts.append(migrate)
            if migrate.wait():
                raise RunError("the migration failed; its last lines are above")
            parts.remove(migrate)
            parts += [
                Part("web", web_arguments(port), env, log),
                Part("worker", [*CELERY, *WORKER], env, log),
                Part("tick", [*CELERY, *TICK], env, log),
            ]
            wait_for_web(port, parts)
            has_demo = load_demo(env, parts, log)
            welcome(port, sign_ins() if has_demo else [], log)
            while True:
                check_parts(parts)
                for server in started:
                    if server.pid is None:
                        raise RunError(f"{type(server).__name__} ended; see {server.log_path}")
                time.sleep(0.25)
        except Stopped as reason:
            if str(reason) == "SIGHUP":
                patience = HURRIED_STOP_SECONDS
            raise
        finally:
            stop(parts, patience=patience)


CELERY = ["-m", "celery", "-A", "config.celery", "--quiet"]
WORKER = [
    *("worker", "--concurrency", os.environ.get("WORKER_CONCURRENCY", "2")),
    *("--loglevel", "INFO", "--without-gossip", "--without-mingle"),
]
TICK = ["beat", "--pidfile=", "--loglevel", "WARNING"]


def web_arguments(port: int) -> list[str]:
    """The web server's command line."""
    return [
        *("-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port)),
        *("--workers", os.environ.get("WEB_WORKERS", "1"), "--blocking-threads", "8"),
        *("--no-ws", "--log-level", "error", "--workers-kill-timeout", "10"),
        "config.wsgi:application",
    ]


def load_demo(env: dict[str, str], parts: list[Part], log: Log) -> bool:
    """Load the demo tenants once into this database, unless DEMO=0; whether they are there."""
    marker = demo_marker(env)
    if marker.exists():
        return True
    command = ROOT / "demo" / "management" / "commands" / "seed_demo.py"
    if os.environ.get("DEMO") == "0" or not command.is_file():
        return False
    seed = Part("seed", ["manage.py", "seed_demo"], env, log)
    try:
        while seed.process.poll() is None:
            check_parts(parts)
            time.sleep(0.1)
    finally:
        if seed.process.poll() is None:
            stop([seed])
    if seed.wait():
        raise RunError("loading the demo failed; its last lines are above")
    marker.touch()
    return True


def on_signal(number: int, _frame: types.FrameType | None) -> None:
    """Turn a signal into Stopped."""
    raise Stopped(signal.Signals(number).name)


def main() -> int:
    """Returns the exit status: 0 after Ctrl-C or SIGTERM, 1 when something failed."""
    log = Log(sys.stdout)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    if "MAKELEVEL" in os.environ:
        die_with_parent(signal.SIGHUP, os.getppid())()
    os.chdir(ROOT)
    env = dict(os.environ) | {"PYTHONUNBUFFERED": "1"}
    env.pop("PYTHONPATH", None)
    try:
        port = chosen_port()
        check_port(port)
        try:
            VAR.mkdir(exist_ok=True)
            env.setdefault("SECRET_KEY", secret_key())
        except OSError as error:
            raise RunError(f"{error.filename}: {error.strerror}") from None
        settings(env)
        env.setdefault("BASE_URL", f"http://{HOST}:{port}")
        serve(env, port, log)
    except Stopped:
        log.say("stopped")
        return 0
    except (RunError, EmbeddedError) as error:
        log.say(f"error: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
