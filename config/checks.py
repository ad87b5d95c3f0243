"""`make lint` and `make test`: every check, then (with --suite) the whole test suite.

Checks that need a database share one throw-away server, and so does the suite. Every failure is
shown, none hides another, and any makes the exit status 1. What follows --suite goes to pytest.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import types
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from config.chromium import chromium_for_tests
from config.embedded import (
    EmbeddedError,
    EmbeddedPostgres,
    EmbeddedValkey,
    bootstrap_roles,
    die_with_parent,
    environment,
)

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.prefix) / "bin"
DATABASE = "bowline_checks"


@dataclass(frozen=True)
class Check:
    """One command that must end with 0."""

    name: str
    command: list[str]
    env: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """How a check ended."""

    check: Check
    status: int
    output: str
    seconds: float


def static_checks() -> list[Check]:
    """Checks that read files only."""
    return [
        Check("ruff check", [str(BIN / "ruff"), "check", "--quiet", "."]),
        Check("ruff format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."]),
        Check("mypy", [str(BIN / "mypy")]),
        Check("import contracts", [str(BIN / "lint-imports")]),
        Check("djlint", [str(BIN / "djlint"), "templates", "--lint", "--quiet"]),
    ]


def database_checks(scratch: Path, postgres: EmbeddedPostgres) -> list[Check]:
    """Checks of the migrated database DATABASE, in the order they run."""
    manage = [sys.executable, "manage.py"]
    return [
        Check("migrate", [*manage, "migrate", "--verbosity", "0"]),
        Check("makemigrations --check", [*manage, "makemigrations", "--check", "--dry-run"]),
        Check(
            "check --deploy",
            [*manage, "check", "--deploy", "--fail-level", "WARNING"],
            production_settings(),
        ),
        Check("squawk on migrations", [sys.executable, "-m", "config.migration_lint"]),
        Check(
            "pgrls lint",
            [
                *(str(BIN.parent / "tools" / "bin" / "pgrls"), "lint"),
                *("--config", str(scratch / "pgrls.toml")),
                *("--database-url", postgres.superuser_dsn(DATABASE)),
            ],
        ),
    ]


def production_settings() -> dict[str, str]:
    """An environment like that of a real installation."""
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "ALLOWED_HOSTS": "bowline.example.com",
        "BASE_URL": "https://bowline.example.com",
        "EMAIL_URL": "smtp://mail.example.com:25",
    }


def write_pgrls_config(path: Path) -> None:
    """Tell pgrls which tables have no tenant; the list and its reasons are the application's."""
    from tenants.isolation.global_tables import GLOBAL_TABLES

    names = ", ".join(f'"{name}"' for name in sorted(GLOBAL_TABLES))
    own = (ROOT / "pgrls.toml").read_text()
    path.write_text(f"{own}\n[lint.rules.SEC001]\nallowlist = [{names}]\n")


def run(check: Check, env: dict[str, str]) -> Outcome:
    """Run one check quietly."""
    started = time.monotonic()
    done = subprocess.run(
        check.command,
        cwd=ROOT,
        env=env | check.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return Outcome(check, done.returncode, done.stdout, time.monotonic() - started)


def run_all(checks: list[Check], env: dict[str, str]) -> list[str]:
    """Run checks one after the other, print how each ended, answer the names of those that failed.

    After a failed `migrate` the rest has nothing to look at and is left out.
    """
    failed = []
    for check in checks:
        outcome = run(check, env)
        word = "FAILED" if outcome.status else "ok"
        text = f"{word:<7} {check.name} ({outcome.seconds:.1f} s)"
        if outcome.status:
            failed.append(check.name)
            text += f"\n{outcome.output.rstrip()}\n"
        print(text, flush=True)
        if outcome.status and check.name == "migrate":
            break
    return failed


def suite(arguments: list[str], env: dict[str, str]) -> int:
    """Run pytest over two processes or one for each core; its summary is the last thing printed."""
    browser = chromium_for_tests()
    if browser:
        env = env | {"CHROMIUM": browser}
    else:
        print("\n" + "!" * 88)
        print(
            "!! No Chromium found: the BROWSER TESTS ARE SKIPPED. Install it, or set CHROMIUM=path"
        )
        print("!" * 88, flush=True)
    workers = str(min(max(2, os.cpu_count() or 2), 8))
    command = [sys.executable, "-m", "pytest", "-q", "-n", workers, *arguments]
    process = subprocess.Popen(
        command, cwd=ROOT, env=env, preexec_fn=die_with_parent(signal.SIGTERM)
    )
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise


def main(arguments: list[str]) -> int:
    """Returns the exit status."""

    def leave(_number: int, _frame: types.FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, leave)
    os.chdir(ROOT)
    with_suite = arguments[:1] == ["--suite"]
    env = dict(os.environ) | {"PYTHONUNBUFFERED": "1"}
    postgres = EmbeddedPostgres(throwaway=True)
    valkey = EmbeddedValkey()
    try:
        postgres.start()
        valkey.start()
        bootstrap_roles(postgres.superuser_dsn(), DATABASE)
        env |= {
            name: value.replace("@/bowline?", f"@/{DATABASE}?")
            for name, value in environment(postgres, valkey).items()
        }
        env["BOWLINE_TEST_SUPERUSER_DSN"] = postgres.superuser_dsn()
        env["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
        with tempfile.TemporaryDirectory(prefix="bowline-checks-") as directory:
            scratch = Path(directory)
            write_pgrls_config(scratch / "pgrls.toml")
            with ThreadPoolExecutor() as pool:
                halves = [
                    pool.submit(run_all, static_checks(), env),
                    pool.submit(run_all, database_checks(scratch, postgres), env),
                ]
                failed = [name for half in halves for name in half.result()]
        if failed:
            print(f"\nFAILED checks: {', '.join(failed)} (their output is above)\n", flush=True)
        if "migrate" not in failed:
            env["BOWLINE_TEST_MIGRATED"] = DATABASE
        status = suite(arguments[1:], env) if with_suite else 0
        return 1 if failed or status else 0
    except EmbeddedError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        valkey.stop()
        postgres.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
