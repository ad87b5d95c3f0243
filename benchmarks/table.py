"""How every benchmark measures and shows: medians, and ratios within one run.

    table = Table("Incremental rollups", ["way", "seconds"])
    table.row("full rebuild", full, base=True)
    table.row("marked buckets", part)
    table.print()

adds a last column `×`: each row's first number divided by that of the `base` row above it.
"""

from __future__ import annotations

import math
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

Cell = str | int | float | None


@dataclass
class Table:
    """Rows of one measurement; the first column is words, numbers line up on the right."""

    title: str
    columns: list[str]
    ratios: bool = True
    rows: list[list[Cell]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _base: float | None = None

    def row(self, name: str, *cells: Cell, base: bool = False) -> None:
        """Add a line; `base` makes its first number what the later ones are divided by."""
        if len(cells) != len(self.columns) - 1:
            raise ValueError(f"{len(self.columns) - 1} cells are needed, {len(cells)} were given.")
        first = next((c for c in cells if isinstance(c, int | float)), None)
        if base:
            self._base = first
        line: list[Cell] = [name, *cells]
        if self.ratios:
            line.append(ratio(first, self._base))
        self.rows.append(line)

    def note(self, text: str) -> None:
        """A line under the table: what was reached, under which conditions."""
        self.notes.append(text)

    def print(self, out: TextIO | None = None) -> None:
        """Write the table as Markdown, readable as it stands."""
        out = out or sys.stdout
        head = [*self.columns, *(["×"] if self.ratios else [])]
        lines = [[_text(cell) for cell in row] for row in self.rows]
        widths = [max(len(row[i]) for row in [head, *lines]) for i in range(len(head))]
        print(f"\n### {self.title}\n", file=out)
        print(_line(head, widths), file=out)
        rule = [
            "-" * width if i == 0 else "-" * (width - 1) + ":" for i, width in enumerate(widths)
        ]
        print(_line(rule, widths), file=out)
        for row in lines:
            print(_line(row, widths), file=out)
        print("\n" + "\n".join([*self.notes, machine()]), file=out, flush=True)


def ratio(value: float | None, base: float | None) -> str:
    """`value / base` in two or three significant digits, empty where there is no base."""
    if value is None or not base:
        return ""
    times = value / base
    return f"{times:.0f}" if times >= 100 else f"{times:.3g}" if times < 10 else f"{times:.1f}"


def seconds_of(fn: Callable[[], object]) -> float:
    """How long one call takes, in seconds."""
    start = time.perf_counter()
    fn()
    return time.perf_counter() - start


def median_of(fn: Callable[[], object], times: int = 5, *, warm: int = 1) -> float:
    """The median seconds of `times` calls, after `warm` calls that are not counted."""
    for _ in range(warm):
        fn()
    return statistics.median(seconds_of(fn) for _ in range(times))


def percentile(values: list[float], share: float) -> float:
    """The smallest value that `share` (0 to 1) of the values do not exceed; 0.0 of none."""
    if not values:
        return 0.0
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """A throw-away PostgreSQL and Valkey with the roles made; answers the environment to use them.

    The environment is set in this process too, so call it before `django.setup()`.
    """
    from config.embedded import (
        DATABASE,
        EmbeddedPostgres,
        EmbeddedValkey,
        bootstrap_roles,
        environment,
    )

    postgres, valkey = EmbeddedPostgres(throwaway=True), EmbeddedValkey()
    try:
        postgres.start()
        valkey.start()
        bootstrap_roles(postgres.superuser_dsn(), DATABASE)
        found = environment(postgres, valkey)
        os.environ.update(found)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
        yield found
    finally:
        valkey.stop()
        postgres.stop()


@contextmanager
def bowline() -> Iterator[None]:
    """`servers`, with Bowline set up and migrated on them, quiet as in production."""
    os.environ["DEBUG"] = "0"
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    with servers():
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield


def machine() -> str:
    """The machine in one line, so that a table says where it was measured."""
    return (
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"
    )


def _text(cell: Cell) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int):
        return f"{cell:,}"
    return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.3g}"


def _line(cells: list[str], widths: list[int]) -> str:
    first, *rest = cells
    padded = [first.ljust(widths[0]), *(c.rjust(w) for c, w in zip(rest, widths[1:], strict=True))]
    return f"| {' | '.join(padded)} |"
