"""What runs a job of a kind, and which other tables hold due work."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tenants.jobs.models import Job

Handler = Callable[[Job], bool | None]


class Queue(StrEnum):
    """Queues stand apart so that a long export never delays a mail."""

    DEFAULT = "default"
    MAIL = "mail"
    ROLLUPS = "rollups"
    IMPORTS = "imports"
    EXPORTS = "exports"


@dataclass(frozen=True)
class Kind:
    """How jobs of one kind run."""

    name: str
    handler: Handler
    queue: Queue
    max_attempts: int
    lease: dt.timedelta


@dataclass(frozen=True)
class DueSource:
    """Rows elsewhere that are work by themselves (marks of rollups, due occurrences).

    `sql`, run as bowline_tick, answers the tenant ids that have such rows; the tick then makes
    sure that one job of `kind` is queued for each.
    """

    kind: str
    sql: str


KINDS: dict[str, Kind] = {}
DUE_SOURCES: dict[str, DueSource] = {}


def job(
    name: str,
    *,
    queue: Queue = Queue.DEFAULT,
    max_attempts: int = 5,
    lease: dt.timedelta = dt.timedelta(seconds=60),
) -> Callable[[Handler], Handler]:
    """Register the handler of a kind of job.

    The handler gets the Job, inside `with tenant(...)`, and runs in one transaction together with
    the mark that the job is done. It returns None (done) or True when more remains: then this
    step is committed, the lease renewed, and it is called again. A step that dies is repeated.
    """

    def register(handler: Handler) -> Handler:
        if name in KINDS:
            raise ValueError(f"Two handlers for jobs of kind {name!r}.")
        KINDS[name] = Kind(name, handler, queue, max_attempts, lease)
        return handler

    return register


def due_source(*, kind: str, sql: str) -> None:
    """Let the tick look for due work in `sql` and queue `kind` for the tenants it answers."""
    DUE_SOURCES[kind] = DueSource(kind, sql)


def kind_of(name: str) -> Kind:
    """The registered kind; KeyError names an unknown one."""
    return KINDS[name]


def queue_of(name: str) -> Any:
    """The queue a kind runs in."""
    return KINDS[name].queue
