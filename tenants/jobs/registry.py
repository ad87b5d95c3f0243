"""What runs a job of a kind, and which other tables hold due work."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tenants.jobs.models import Job

Handler = Callable[[Job], bool | None]
LEASE = dt.timedelta(seconds=30)
KEEP = dt.timedelta(days=14)
FAILURES_TOLD_BY = "notifications.job_failed"  # the kind that tells people of a failed job
LONGEST_STEP = dt.timedelta(minutes=9)  # Celery's soft time limit is ten


class Queue(StrEnum):
    """Queues stand apart so that a long export never delays a mail."""

    DEFAULT = "default"
    MAIL = "mail"
    ROLLUPS = "rollups"
    IMPORTS = "imports"
    EXPORTS = "exports"


class Lane(StrEnum):
    """What a worker process serves at a time, and the Celery queue that its bell hangs on."""

    FAST = "fast"
    SLOW = "slow"


LANES: dict[Lane, tuple[Queue, ...]] = {
    Lane.FAST: (Queue.MAIL, Queue.DEFAULT, Queue.ROLLUPS),
    Lane.SLOW: (Queue.IMPORTS, Queue.EXPORTS),
}


@dataclass(frozen=True)
class Kind:
    """How jobs of one kind run."""

    name: str
    handler: Handler
    queue: Queue
    max_attempts: int
    lease: dt.timedelta
    together: int
    statement_timeout: dt.timedelta | None
    label: str
    while_inactive: bool = False

    @property
    def waits_for_disk(self) -> bool:
        """Whether a step's commit must be on the disk before the next one begins.

        Where a step's effects are rows alone, a crash of the database takes them back together
        with the job's mark, and the job runs again. A mail that is out cannot be taken back.
        """
        return self.queue is Queue.MAIL


@dataclass(frozen=True)
class DueSource:
    """Rows elsewhere that are work by themselves (marks of rollups, due occurrences).

    `sql`, run as bowline_tick, answers the tenant ids that have such rows; the tick then makes
    sure that one job of `kind` is queued for each. A percent sign in it is written `%%`.
    """

    kind: str
    sql: str
    every: dt.timedelta


KINDS: dict[str, Kind] = {}
DUE_SOURCES: dict[str, DueSource] = {}


def job(
    name: str,
    *,
    queue: Queue = Queue.DEFAULT,
    max_attempts: int = 5,
    lease: dt.timedelta = LEASE,
    together: int = 1,
    statement_timeout: dt.timedelta | None = None,
    label: str = "",
    while_inactive: bool = False,
) -> Callable[[Handler], Handler]:
    """Register the handler of a kind of job.

    The handler gets the Job, inside `with tenant(...)`, and runs in one transaction together with
    the mark that the job is done. It returns None (done) or True when more remains: then this
    step is committed and it is called again. A step that dies is repeated. Between two steps the
    job may wait for others, so a step should take a second or two.

    What reaches outside the database belongs on the mail queue, whose commits wait for the disk.

    `lease` is renewed while the worker lives: it is how long a killed one's job waits. `together`
    above 1 says that jobs of this kind take milliseconds: up to so many of a tenant share one
    transaction (when one fails, each is run alone). `statement_timeout` replaces the role's 30 s.
    `label` names the kind on pages; raises ValueError for values that cannot work.

    Jobs of a company that is suspended or archived wait until it is at work again, so that nobody
    is reminded or escalated meanwhile; with `while_inactive` they run all the same, which suits
    what only keeps figures right, cleans up, or exports what may still be read.
    """
    if statement_timeout is not None and statement_timeout > LONGEST_STEP:
        raise ValueError(f"A step of {name!r} is cut off after {LONGEST_STEP}; use several steps.")
    if max_attempts < 1 or together < 1 or lease < dt.timedelta(seconds=1):
        raise ValueError(f"Jobs of kind {name!r} could never run with these limits.")

    def register(handler: Handler) -> Handler:
        if name in KINDS:
            raise ValueError(f"Two handlers for jobs of kind {name!r}.")
        KINDS[name] = Kind(
            name,
            handler,
            queue,
            max_attempts,
            lease,
            together,
            statement_timeout,
            label,
            while_inactive,
        )
        return handler

    return register


def due_source(*, kind: str, sql: str, every: dt.timedelta = dt.timedelta(0)) -> None:
    """Let the tick look for due work in `sql`, each time or once in `every`, and queue `kind`
    for the tenants it answers."""
    DUE_SOURCES[kind] = DueSource(kind, sql, every)


def kind_of(name: str) -> Kind:
    """The registered kind; KeyError names an unknown one."""
    return KINDS[name]


def label_of(name: str) -> str:
    """What pages call a kind: its label, else its name in words."""
    kind = KINDS.get(name)
    if kind is not None and kind.label:
        return kind.label
    return name.replace(".", ": ").replace("_", " ").capitalize()
