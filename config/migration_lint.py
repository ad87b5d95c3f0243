"""Lint unreleased migrations with squawk: what would lock or break a running system.

    python -m config.migration_lint

A statement about a table or index that another unreleased migration makes is let pass: it runs
in the same deployment, so nobody can be waiting for that table yet.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

RELEASED: dict[str, str] = {}
"""App → its last migration in the newest release; brought up to date when a release is made."""
RULES_OFF = {
    "prefer-robust-stmts": "Django runs each migration in one transaction, so none is half done",
    "prefer-bigint-over-int": "column types are chosen in models.py",
    "prefer-bigint-over-smallint": "the same",
    "prefer-text-field": "the length of a text is a rule of its model, checked on the way in",
    "prefer-identity": "Django makes keys as identity columns itself, ours are UUIDs",
    "require-timeout-settings": "`migrate` sets lock_timeout for its session and tries again",
}
_MADE = re.compile(
    r'^create (?:table|(?:unique )?index) (?:if not exists )?"?(\w+)"?', re.IGNORECASE
)
_ABOUT = re.compile(
    r"^(?:alter table (?:only )?|create (?:unique )?index .*? on |drop index (?:if exists )?)"
    r'"?(\w+)"?',
    re.IGNORECASE,
)


def write_migrations(directory: Path) -> list[Path]:
    """Write the SQL of our unreleased migrations to files app.migration.sql and answer them."""
    loader = MigrationExecutor(connections["migrate"]).loader
    files: list[Path] = []
    for app, name in sorted(loader.graph.nodes):
        if not Path(apps.get_app_config(app).path).is_relative_to(settings.BASE_DIR / app):
            continue  # a package's own
        if name <= RELEASED.get(app, ""):
            continue
        files.append(directory / f"{app}.{name}.sql")
        statements = loader.collect_sql([(loader.get_migration(app, name), False)])
        files[-1].write_text("\n".join(statements) + "\n")
    return files


def complaints(files: list[Path]) -> list[str]:
    """What squawk says about the files, less what RULES_OFF and new tables excuse."""
    done = subprocess.run(
        [
            *(str(Path(sys.prefix) / "bin" / "squawk"), "--reporter=json", "--pg-version=18"),
            *("--assume-in-transaction", *(f"--exclude={rule}" for rule in RULES_OFF)),
            *map(str, files),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)
    except json.JSONDecodeError:
        return [f"squawk failed: {done.stderr.strip() or done.stdout.strip()}"]
    lines = {str(file): file.read_text().splitlines() for file in files}
    made = {match[1] for text in lines.values() for line in text if (match := _MADE.match(line))}
    said = []
    for one in found:
        text = lines[one["file"]][one["line"]]
        about = _ABOUT.match(text)
        if about and about[1] in made:
            continue
        said.append(
            f"{Path(one['file']).name}: {one['rule_name']}: {one['message']} "
            f"{one.get('help') or ''}\n    {text[:300]}"
        )
    return said


def main() -> int:
    """Returns the exit status: 1 when there is a complaint."""
    django.setup()
    with tempfile.TemporaryDirectory(prefix="bowline-sql-") as directory:
        files = write_migrations(Path(directory))
        said = complaints(files)
    print("\n".join(said) or f"{len(files)} files of SQL, nothing to complain about")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
