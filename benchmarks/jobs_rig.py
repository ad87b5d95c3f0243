"""Servers, workers and a tick of their own, and all that can befall them."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
import redis

from config.embedded import (
    DATABASE,
    EmbeddedPostgres,
    EmbeddedValkey,
    bootstrap_roles,
    die_with_parent,
    environment,
)
from tests.template import fill

ROOT = Path(__file__).resolve().parent.parent
APP = "benchmarks.job_kinds"
TABLE = (
    "create table jobs_effect (tenant_id uuid not null, job_id uuid not null, step int not null);"
    "grant insert on jobs_effect to bowline_app"
)
FILL = """
insert into tenants_job (id, tenant_id, kind, queue, args, dedupe_key, state, attempts, run_at,
                         progress_done, last_error, created_at, request_id)
select uuidv7(), t.id, %s, %s, '{}', '', 'queued', 0, now(), 0, '', now(), ''
from generate_series(1, %s) n, tenants_tenant t
"""


@dataclass
class Rig:
    """One PostgreSQL and one Valkey with the schema, and the worker processes on them."""

    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey
    env: dict[str, str]
    logs: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    beat: subprocess.Popen[bytes] | None = None

    # -- processes ----------------------------------------------------------------------------

    def start_worker(self, *, concurrency: int = 2) -> subprocess.Popen[bytes]:
        """A Celery worker with its child processes."""
        worker = self._celery(
            *("worker", "--concurrency", str(concurrency), "--loglevel", "WARNING"),
            *("--without-gossip", "--without-mingle", "--hostname", f"w{time.monotonic_ns()}@rig"),
        )
        self.workers.append(worker)
        return worker

    def start_beat(self) -> None:
        """The tick."""
        self.beat = self._celery("beat", "--pidfile=", "--loglevel", "WARNING")

    def _celery(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.logs / f"{arguments[0]}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", APP, *arguments],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )

    def stop(self) -> None:
        """End every process that was started, with its children."""
        for process in [*self.workers, *([self.beat] if self.beat else [])]:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.workers, self.beat = [], None

    # -- what befalls them --------------------------------------------------------------------

    def kill_child(self) -> None:
        """kill -9 of one worker process, its parent lives."""
        children = [pid for worker in self.workers for pid in children_of(worker.pid)]
        if children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(random.choice(children), signal.SIGKILL)

    def kill_worker(self) -> None:
        """kill -9 of a whole worker, parent and children; another one is started."""
        victim = self.workers.pop(random.randrange(len(self.workers)))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(victim.pid, signal.SIGKILL)
        victim.wait()
        self.start_worker()

    def kill_parent(self) -> None:
        """kill -9 of a worker's parent alone: its children are orphans; another is started."""
        victim = self.workers.pop(random.randrange(len(self.workers)))
        orphans = children_of(victim.pid)
        victim.kill()
        victim.wait()
        self.start_worker()
        time.sleep(0.5)
        for pid in orphans:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def kill_beat(self) -> None:
        """kill -9 of the tick; another one is started."""
        if self.beat is not None:
            self.beat.kill()
            self.beat.wait()
        self.start_beat()

    def flush_broker(self) -> None:
        """FLUSHALL: every message is gone."""
        with contextlib.suppress(redis.RedisError):
            redis.Redis.from_url(self.valkey.url, socket_timeout=2).flushall()

    def pause_broker(self, seconds: float = 2) -> None:
        """The broker stops answering, its connections stay open."""
        pid = self.valkey.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(pid, signal.SIGCONT)

    def crash_postgres(self) -> None:
        """PostgreSQL dies without a clean end and comes back."""
        self.postgres.restart(crash=True)

    # -- jobs ---------------------------------------------------------------------------------

    def query(self, sql: str, parameters: list[object] | None = None) -> list[tuple]:  # type: ignore[type-arg]
        """Ask as superuser; a statement without rows answers none. Waits out a restart."""
        for attempt in range(50):
            try:
                connection = psycopg2.connect(self.postgres.superuser_dsn(DATABASE))
                break
            except psycopg2.OperationalError:
                if attempt == 49:
                    raise
                time.sleep(0.1)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql, parameters)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def add_tenants(self, count: int) -> None:
        """Companies with nothing but a name: each column as a new Tenant has it."""
        from django.db import connection

        from tenants.models import Tenant

        fields = Tenant._meta.concrete_fields
        rows: list[object] = []
        for n in range(1, count + 1):
            new = Tenant(slug=f"rig-{n}", name=f"Rig {n}", time_zone="UTC", currency="USD")
            rows += [f.get_db_prep_save(f.pre_save(new, True), connection) for f in fields]
        columns = ", ".join(f.column for f in fields)
        row = f"({', '.join(['%s'] * len(fields))})"
        self.query(
            f"insert into tenants_tenant ({columns}) values {', '.join([row] * count)}", rows
        )

    def fill(self, kind: str, queue: str, each: int) -> None:
        """Queue `each` jobs for every tenant."""
        self.query(FILL, [kind, queue, each])

    def open_jobs(self) -> int:
        """How many are not finished."""
        return self.query("select count(*) from tenants_job where state in ('queued', 'running')")[
            0
        ][0]

    def wait_until_done(self, seconds: float) -> float:
        """Wait until no job is open; answers how long it took, raises TimeoutError."""
        begun = time.monotonic()
        while left := self.open_jobs():
            if time.monotonic() - begun > seconds:
                raise TimeoutError(f"{left} jobs were still open after {seconds} s: {self.logs}")
            time.sleep(0.05)
        return time.monotonic() - begun

    def wait_for_worker(self, seconds: float = 180) -> None:
        """Wait until a tick has run: schedule, broker and a worker are up."""
        begun = time.monotonic()
        while not self.query("select 1 from tenants_heartbeat"):
            if time.monotonic() - begun > seconds:
                raise TimeoutError(f"no tick ran in {seconds} s: {self.logs}")
            time.sleep(0.1)


@dataclass(frozen=True)
class Outcome:
    """What is left after all of it. An effect is one step of one job."""

    effects: int
    doubles: int
    lost: int
    states: dict[str, int]
    blows: dict[str, int]
    seconds: float


@contextlib.contextmanager
def rig() -> Iterator[Rig]:
    """Bring up servers and schema; takes all of it down at the end."""
    postgres, valkey = EmbeddedPostgres(throwaway=True), EmbeddedValkey()
    with tempfile.TemporaryDirectory(prefix="bowline-rig-") as logs:
        made: Rig | None = None
        try:
            postgres.start()
            valkey.start()
            bootstrap_roles(postgres.superuser_dsn(), DATABASE)
            env = {
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("PYTEST_", "BOWLINE_TEST_", "DJANGO_"))
            }
            env |= environment(postgres, valkey) | {"SECRET_KEY": "rig", "LOG_LEVEL": "ERROR"}
            made = Rig(postgres, valkey, env, Path(logs))
            if not fill(postgres.superuser_dsn(), DATABASE):
                migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
                subprocess.run(migrate, cwd=ROOT, env=env, check=True)
            # a throw-away server commits late; a crash test needs commits that hold
            made.query(f"alter database {DATABASE} set synchronous_commit = on")
            made.query(TABLE)
            yield made
        finally:
            if made is not None:
                made.stop()
            valkey.stop()
            postgres.stop()


def punish(
    target: Rig,
    *,
    tenants: int,
    each: int,
    blows: int,
    pause: float,
    seconds: float,
    calm: float = 0.8,
    say: Callable[[str], None] = lambda text: None,
) -> Outcome:
    """Run jobs of three kinds for each tenant while `blows` fall, and count the effects.

    `each` of the two short kinds, and a fifth as many of those with steps, which run one by one.

    The first blows are one of each sort; the others are drawn with kills more often than the rest.
    Up to `calm` seconds lie between two of them.
    """
    begun = time.monotonic()
    target.add_tenants(tenants)
    target.start_beat()
    for _ in range(2):
        target.start_worker()
    target.wait_for_worker()
    target.fill("bench.plain", "default", each)
    target.fill("bench.short", "rollups", each)
    target.fill("bench.steps", "imports", each // 5)
    waiting = target.open_jobs()
    while target.open_jobs() == waiting:
        time.sleep(0.05)  # the blows shall hit workers at work
    sorts = [
        target.kill_child,
        target.flush_broker,
        target.kill_parent,
        lambda: target.pause_broker(pause),
        target.kill_worker,
        target.crash_postgres,
        target.kill_beat,
    ]
    names = ["kill child", "FLUSHALL", "kill parent", "pause", "kill all", "crash DB", "kill tick"]
    weights = [8, 1, 2, 1, 2, 1, 1]
    fallen: Counter[str] = Counter()
    for turn in range(blows):
        time.sleep(random.uniform(0.1, calm))
        which = turn if turn < len(sorts) else random.choices(range(len(sorts)), weights)[0]
        sorts[which]()
        fallen[names[which]] += 1
        say(f"{names[which]}, {target.open_jobs()} jobs open")
        if turn >= len(sorts) and not target.open_jobs():
            break
    target.wait_until_done(seconds)
    return outcome(target, dict(fallen), time.monotonic() - begun)


def outcome(target: Rig, blows: dict[str, int], seconds: float) -> Outcome:
    """Count what was done against what was asked for."""
    effects, different = target.query(
        "select count(*), count(distinct (job_id, step)) from jobs_effect"
    )[0]
    (lost,) = target.query(
        "select count(*) from tenants_job j cross join generate_series("
        "  0, case j.kind when 'bench.steps' then 2 else 0 end) s (step)"
        " where j.kind like 'bench.%' and not exists (select from jobs_effect e"
        "   where e.job_id = j.id and e.step = s.step)"
    )[0]
    states = dict(target.query("select state, count(*)::int from tenants_job group by state"))
    return Outcome(effects, effects - different, lost, states, blows, seconds)


def children_of(pid: int) -> list[int]:
    """The processes that `pid` started, as the kernel lists them."""
    try:
        return [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return []
