"""The tick: sees that work is due anywhere and rings; runs each second, any number of times."""

import logging
import time

from django.db import DatabaseError, connections, transaction

from tenants.jobs.claims import reclaim
from tenants.jobs.registry import DUE_SOURCES, LANES, DueSource, Lane, kind_of

logger = logging.getLogger("bowline.jobs")

RINGS = 4  # bells for one lane at a time: enough to wake a few processes, the next tick wakes more

_BEAT = """
insert into tenants_heartbeat (name, seen_at) values (%s, clock_timestamp())
on conflict (name) do update set seen_at = excluded.seen_at
"""
# by itself before the statement that looks: what looks must see what the last holder committed
_ALONE = "select pg_try_advisory_xact_lock(hashtext('bowline.tick'), hashtext(%(kind)s))"
_QUEUE_DUE = """
insert into tenants_job (id, tenant_id, kind, queue, args, dedupe_key, state, attempts, run_at,
                         progress_done, last_error, created_at, request_id)
select uuidv7(), due.tenant_id, %(kind)s, %(queue)s, '{{}}', 'due', 'queued', 0, now(), 0, '',
       now(), 'tick'
from ({sql}) due (tenant_id)
where not exists (  -- one waits, runs or is about to be tried again
    select from tenants_job w
    where w.tenant_id = due.tenant_id and w.kind = %(kind)s and w.dedupe_key = 'due'
      and w.state = 'queued')
  and not exists (
    select from tenants_job r
    where r.tenant_id = due.tenant_id and r.kind = %(kind)s and r.dedupe_key = 'due'
      and r.state = 'running')
  and not exists (  -- a kind that failed for good rests ten minutes
    select from tenants_job f
    where f.tenant_id = due.tenant_id and f.kind = %(kind)s and f.state = 'failed'
      and f.dedupe_key = 'due' and f.finished_at > now() - interval '10 minutes')
"""
_TURN = """
insert into tenants_heartbeat as last (name, seen_at) values (%(name)s, now())
on conflict (name) do update set seen_at = excluded.seen_at
where last.seen_at <= now() - make_interval(secs => %(every)s)
"""
_DUE = """
select q.queue,
       (select count(*) from (select from tenants_job j
          where j.state = 'queued' and j.queue = q.queue and j.run_at <= now() limit %s) due)
from unnest(%s::text[]) q (queue)
"""
_looked: dict[str, float] = {}  # when this process last asked a source


def beat() -> None:
    """Leave a sign of life: web reads how long ago the last tick was."""
    with connections["tick"].cursor() as cursor:
        cursor.execute(_BEAT, ["tick"])


def queue_due_work() -> None:
    """Make sure that each tenant with due rows in a registered source has its job queued.

    Missing one is harmless: the rows are still there at the next tick. A source that fails is
    logged and does not keep the others from their turn.
    """
    reclaim()
    now = time.monotonic()
    for source in DUE_SOURCES.values():
        every = source.every.total_seconds()
        if every and now - _looked.get(source.kind, -every) < every:
            continue
        try:
            _queue_due(source)
        except DatabaseError:
            logger.exception("the due work of %s was not looked up", source.kind)
        else:
            _looked[source.kind] = now


def _queue_due(source: DueSource) -> None:
    """Ask the source, unless some process did within its time: workers come and go often."""
    with transaction.atomic(using="tick"), connections["tick"].cursor() as cursor:
        if source.every:
            seconds = source.every.total_seconds()
            cursor.execute(_TURN, {"name": f"due {source.kind}"[:40], "every": seconds})
            if cursor.rowcount == 0:
                return
        facts = {"kind": source.kind, "queue": kind_of(source.kind).queue.value}
        cursor.execute(_ALONE, facts)
        if cursor.fetchone() == (True,):
            cursor.execute(_QUEUE_DUE.format(sql=source.sql), facts)


def due_counts() -> dict[str, int]:
    """How many jobs are due, by queue; counted no further than there are bells."""
    queues = [str(queue) for lane in LANES.values() for queue in lane]
    with connections["tick"].cursor() as cursor:
        cursor.execute(_DUE, [RINGS, queues])
        return dict(cursor.fetchall())


def rings() -> dict[Lane, int]:
    """How many bells to ring for each lane."""
    due = due_counts()
    return {lane: min(RINGS, sum(due[queue] for queue in queues)) for lane, queues in LANES.items()}
