"""Background work: how much a second, how late, and what survives.

    python -m benchmarks.jobs                      figures 11 and 12, scaled down
    python -m benchmarks.jobs --jobs 100000 --tenants 1000
    python -m benchmarks.jobs --kills              the kill suite, some minutes long
    python -m benchmarks.jobs --plan               plans of the claim with 100,000 jobs waiting

Each starts servers and workers of its own. Ours are real jobs with an effect in the database;
what they are compared with is a Celery task that does nothing, on the same worker processes.
"""

from __future__ import annotations

import argparse
import os
import sys
import time

import django
import redis

from benchmarks.jobs_rig import Rig, punish, rig
from benchmarks.table import Table, percentile

PLAIN = """
import sys
from benchmarks.job_kinds import app, celery_nothing
with app.producer_or_acquire() as producer:
    for _ in range(int(sys.argv[1])):
        celery_nothing.apply_async(queue="jobs.fast", producer=producer)
"""


def main() -> int:
    """Returns the exit status: 1 when a job was lost or done twice."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.jobs")
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--tenants", type=int, default=100)
    parser.add_argument("--kills", action="store_true", help="kill workers, broker, database")
    parser.add_argument("--blows", type=int, default=60, help="of the kill suite")
    parser.add_argument("--plan", action="store_true", help="show the plan of the claim")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    django.setup()
    with rig() as target:
        if options.kills:
            return kills(target, options.blows)
        if options.plan:
            return plans(target)
        throughput(target, options.jobs, options.tenants)
        lateness(target, options.tenants)
    return 0


def throughput(target: Rig, jobs: int, tenants: int) -> None:
    """Figure 11: small jobs over many tenants against plain Celery."""
    table = Table(
        f"{jobs:,} small jobs over {tenants:,} tenants, two worker processes",
        ["way", "a second", "seconds"],
    )
    target.add_tenants(tenants)
    target.start_worker()
    target.start_beat()
    target.wait_for_worker()
    plain = celery_alone(target, min(jobs, 5_000))
    table.row("plain Celery, a task that does nothing, nothing kept", plain, None, base=True)
    each = jobs // tenants
    for kind, queue, share, name in (
        ("bench.single", "default", 4, "ours, one insert, each in its own transaction"),
        ("bench.small", "default", 1, "ours, one insert, short ones of a tenant together"),
        ("bench.nothing", "default", 1, "ours, no effect, short ones of a tenant together"),
    ):
        count = max(1, each // share)
        target.query("truncate tenants_job, jobs_effect")
        target.fill(kind, queue, count)
        target.query("analyze tenants_job")
        seconds = target.wait_until_done(600)
        table.row(name, count * tenants / seconds, seconds)
    table.note("Jobs are kept in PostgreSQL and run exactly once; the Celery tasks are in memory.")
    table.print()


def celery_alone(target: Rig, tasks: int) -> float:
    """Tasks a second of Celery without us; they are all sent before the worker starts."""
    import subprocess

    target.stop()
    client = redis.Redis.from_url(target.valkey.url)
    client.flushall()
    subprocess.run([sys.executable, "-c", PLAIN, str(tasks)], env=target.env, check=True)
    target.start_worker()
    while client.llen("jobs.fast") > tasks * 0.9:
        time.sleep(0.005)  # the worker's start is not counted
    begun, left = time.monotonic(), int(client.llen("jobs.fast"))
    while client.llen("jobs.fast"):
        time.sleep(0.005)
    rate = left / (time.monotonic() - begun)
    target.query("truncate tenants_heartbeat")
    target.start_beat()
    target.wait_for_worker()  # the start of the tick is not counted as ours
    return rate


def lateness(target: Rig, tenants: int, seconds: int = 15) -> None:
    """Figure 12: each tenant's schedule falls due at a moment of its own; how late is it run?"""
    target.query("truncate tenants_job, jobs_effect")
    target.query(
        "insert into tenants_job (id, tenant_id, kind, queue, args, dedupe_key, state, attempts,"
        " run_at, progress_done, last_error, created_at, request_id)"
        " select uuidv7(), id, 'bench.single', 'default', '{}', '', 'queued', 0,"
        " now() + interval '2 s' + random() * %s * interval '1 s', 0, '', now(), ''"
        " from tenants_tenant",
        [seconds],
    )
    target.wait_until_done(seconds + 60)
    late = [
        float(row[0])
        for row in target.query(
            "select extract(epoch from finished_at - run_at)::float from tenants_job"
        )
    ]
    table = Table(
        f"Schedules of {tenants:,} tenants, due over {seconds} s: seconds late",
        ["", "median", "p99", "worst"],
        ratios=False,
    )
    table.row("run and committed", percentile(late, 0.5), percentile(late, 0.99), max(late))
    table.note("Reach: p99 of at most 5 s over 10,000 tenants.")
    table.print()


def kills(target: Rig, blows: int) -> int:
    """The long kill suite: 8,000 jobs over 20 tenants."""
    result = punish(
        target,
        tenants=20,
        each=max(20, blows * 6),
        blows=blows,
        pause=7,  # longer than the broker's timeouts
        seconds=600,
        calm=4,
        say=lambda text: print(f"  {text}", flush=True),
    )
    table = Table("Jobs under kills", ["what", "count"], ratios=False)
    for name, count in result.blows.items():
        table.row(name, count)
    table.row("jobs done", result.states.get("done", 0))
    table.row("jobs in another state", sum(result.states.values()) - result.states.get("done", 0))
    table.row("effects", result.effects)
    table.row("effects done twice", result.doubles)
    table.row("effects lost", result.lost)
    table.note(f"In {result.seconds:.0f} s.")
    table.print()
    fine = set(result.states) == {"done"} and not result.doubles and not result.lost
    return 0 if fine else 1


def plans(target: Rig) -> int:
    """How long a claim takes while 100,000 jobs of 1,000 tenants wait beside 200,000
    done ones of one tenant, and what it reads."""
    script = (
        "import time, statistics\n"
        "from benchmarks import job_kinds\n"
        "from tenants.jobs.claims import Claimer, _CLAIM\n"
        "from tenants.jobs import claims\n"
        "from django.db import connections\n"
        "def timed(short):\n"
        "    claimer = Claimer('default'); spent = []\n"
        "    for _ in range(30):\n"
        "        claimer._last = short\n"
        "        begun = time.perf_counter(); got = claimer.claim()\n"
        "        spent.append(time.perf_counter() - begun); claims.release(got)\n"
        "    return statistics.median(spent) * 1000, len(got)\n"
        "print('one job: %.2f ms (%d)' % timed(''))\n"
        "print('short ones: %.2f ms (%d)' % timed('bench.small'))\n"
        "claims._CLAIM = _CLAIM.replace('with recursive', 'explain (analyze, buffers, costs off)"
        " with recursive')\n"
        "seen = []\n"
        "claims.Claim = lambda *row: seen.append(row[0]) or (len(seen), row[0])\n"
        "c = Claimer('default'); c.after = claims.FIRST; c._last = 'bench.small'; c._claim(100)\n"
        "print('\\n'.join(seen))\n"
    )
    import subprocess

    target.add_tenants(1_000)
    target.fill("bench.small", "default", 100)
    target.query(
        "insert into tenants_job (id, tenant_id, kind, queue, args, dedupe_key, state, attempts,"
        " run_at, progress_done, last_error, created_at, request_id) select uuidv7(), t.id,"
        " 'bench.small', 'default', '{}', '', 'done', 1, now(), 0, '', now(), '' from"
        " (select id from tenants_tenant order by id offset 500 limit 1) t,"
        " generate_series(1, 200000)"
    )
    for analysed in (False, True):
        if analysed:
            target.query("analyze tenants_job")
        print("\n-- with statistics" if analysed else "-- never analysed", flush=True)
        subprocess.run([sys.executable, "-c", script], env=target.env, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
