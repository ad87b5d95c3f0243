"""Who holds which job: claims, their renewal, and giving them back.

All of it is done as bowline_tick, which may touch the bookkeeping columns of every tenant's jobs
and read nothing else.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connections
from psycopg2.extras import Json

from tenants.jobs.registry import FAILURES_TOLD_BY, KINDS, LANES, LEASE, Lane

TENANT_LIMIT = 2  # jobs (or groups of short ones) of one tenant and queue that run at a time
BATCH = 100  # short jobs that one claim may take
SOME = 10  # jobs of a tenant that one claim may take where their kind was quick so far
FIRST = UUID(int=0)
QUICK: set[str] = set()  # kinds whose last job here took milliseconds; see drain

# Claims of a queue are made one after the other: only so do the limits hold under any number of
# workers. Both statements go in one message; the second one sees what the last claim committed.
# It walks from tenant to tenant, beginning after the one served last, so a tenant with ten thousand
# jobs comes once a round like every other, and the cost does not depend on how much waits. All of
# it follows the index job_turn: the planner, which guesses how many jobs are done, may not sort.
# No commit here waits for the disk: a claim that a crash takes back leaves the job queued.
_CLAIM = """
select pg_advisory_xact_lock(hashtext('bowline.jobs'), hashtext(%(lock)s)),
       set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true),
       set_config('enable_incremental_sort', 'off', true),
       set_config('enable_seqscan', 'off', true),
       set_config('synchronous_commit', 'off', true);
with recursive walk (place, tenant_id) as (
  (select 1, j.tenant_id from tenants_job j
   where j.state = 'queued' and j.tenant_id > %(after)s
   order by j.tenant_id, j.queue, j.run_at, j.id limit 1)
  union all
  select w.place + 1,
         (select j.tenant_id from tenants_job j
          where j.state = 'queued' and j.tenant_id > w.tenant_id
          order by j.tenant_id, j.queue, j.run_at, j.id limit 1)
  from walk w where w.tenant_id is not null
), found as (
  select w.place, c.* from walk w cross join lateral (
    select j.tenant_id, j.id, j.kind, j.attempts, j.run_at from tenants_job j
    where j.state = 'queued' and j.tenant_id = w.tenant_id and j.queue = %(queue)s
      and j.run_at <= now()
      and not exists (  -- jobs of one key never overlap
        select from tenants_job r where r.state = 'running' and r.tenant_id = j.tenant_id
          and r.queue = j.queue and r.kind = j.kind and r.dedupe_key = j.dedupe_key
          and j.dedupe_key <> '')
    order by j.run_at, j.id limit %(each)s
    for update of j skip locked
  ) c
  where w.tenant_id is not null
    and (select count(*) from tenants_job r
         where r.state = 'running' and r.tenant_id = w.tenant_id and r.queue = %(queue)s)
        < %(tenant_limit)s
    and (%(lane_limit)s::int is null or %(lane_limit)s >
         (select count(*) from tenants_job r where r.state = 'running' and r.queue = any(%(lane)s)))
  limit %(batch)s
), ranked as (
  select f.*, (%(together)s::jsonb ->> f.kind)::int as together,
         first_value(f.kind) over turn as head,
         row_number() over (partition by f.place, f.kind order by f.run_at, f.id) as nth,
         row_number() over (order by f.place, f.run_at, f.id) as overall,
         first_value((%(together)s::jsonb ->> f.kind) is null or f.attempts > 0) over turn as alone
  from found f
  window turn as (partition by f.place order by f.run_at, f.id)
), taken as (
  -- a job that may be long, or that has failed before, is claimed by itself; short ones until
  -- such a one comes
  select r.* from (select r.*, bool_or(r.alone) over (order by r.place) as past from ranked r) r
  where r.overall = 1
     or (not r.past and r.kind = r.head and r.attempts = 0 and r.nth <= r.together)
)
update tenants_job j
set state = 'running', attempts = j.attempts + 1, claims = j.claims + 1,
    started_at = coalesce(j.started_at, clock_timestamp()),
    lease_until = clock_timestamp() + make_interval(
      secs => coalesce((%(leases)s::jsonb ->> t.kind)::float, %(lease)s))
from taken t where j.tenant_id = t.tenant_id and j.id = t.id
returning j.tenant_id, j.id, j.kind, j.attempts, j.claims
"""
_RECLAIM = """
update tenants_job j set state = 'queued', lease_until = null, run_at = now()
from (select tenant_id, id from tenants_job where state = 'running' and lease_until <= now()
      for update skip locked) lost
where j.tenant_id = lost.tenant_id and j.id = lost.id
"""
_RENEW = """
update tenants_job j set lease_until = clock_timestamp() + %(lease)s
from (select r.tenant_id, r.id from tenants_job r
      join unnest(%(tenants)s::uuid[], %(ids)s::uuid[], %(claims)s::int[]) h (tenant_id, id, claims)
        using (tenant_id, id, claims)
      where r.state = 'running' for update of r skip locked) mine
where j.tenant_id = mine.tenant_id and j.id = mine.id
"""
_RELEASE = """
update tenants_job j set state = 'queued', attempts = j.attempts - 1, lease_until = null
from unnest(%(tenants)s::uuid[], %(ids)s::uuid[], %(claims)s::int[]) h (tenant_id, id, claims)
where j.tenant_id = h.tenant_id and j.id = h.id and j.claims = h.claims and j.state = 'running'
"""
# What ends for good is told in the same statement: no death between the two can swallow it.
_GIVE_UP = """
with ended as (
  update tenants_job set state = %(state)s, last_error = %(error)s, run_at = now() + %(wait)s,
         lease_until = null, finished_at = case when %(state)s = 'failed' then now() end
  where id = %(id)s and tenant_id = %(tenant)s and state = 'running' and claims = %(claims)s
  returning tenant_id, id, kind, state
)
insert into tenants_job (id, tenant_id, kind, queue, args, dedupe_key, state, attempts, run_at,
                         progress_done, last_error, created_at, request_id)
select uuidv7(), e.tenant_id, %(told_by)s, %(told_queue)s, jsonb_build_object('job_id', e.id), '',
       'queued', 0, now(), 0, '', now(), 'job-' || e.id
from ended e where e.state = 'failed' and e.kind <> %(told_by)s and %(told_by)s <> ''
"""


@dataclass(frozen=True, order=True)
class Claim:
    """A job that this worker holds while its lease lasts."""

    tenant_id: UUID
    id: UUID
    kind: str
    attempts: int
    claims: int


class Claimer:
    """Takes due jobs of one queue, going round the tenants."""

    def __init__(self, queue: str) -> None:
        self.queue = queue
        self.after = uuid4()  # each process begins its round elsewhere
        self._last = ""  # the kind found last: short ones seldom come alone
        lane = next(lane for lane, queues in LANES.items() if queue in queues)
        self._lane = [str(name) for name in LANES[lane]]
        self._lock = queue if lane is Lane.FAST else str(lane)
        self._limited = lane is Lane.SLOW

    def claim(self, *, batch: int = BATCH) -> list[Claim]:
        """Take one job, or up to `batch` short ones; committed before they run, empty if none is
        due."""
        found = self._claim(batch)
        if not found and self.after != FIRST:
            self.after = FIRST
            found = self._claim(batch)
        if found:
            self.after = found[-1].tenant_id
            self._last = found[0].kind
        return found

    def _shares(self) -> dict[str, int]:
        """How many of a tenant one claim may take, of the kinds where that is more than one."""
        kinds = [kind for kind in KINDS.values() if kind.queue == self.queue]
        shares = {kind.name: kind.together for kind in kinds if kind.together > 1}
        if not self._limited:
            shares |= {k.name: SOME for k in kinds if k.together == 1 and k.name in QUICK}
        return shares

    def _claim(self, batch: int) -> list[Claim]:
        kinds = [kind for kind in KINDS.values() if kind.queue == self.queue]
        together = self._shares()
        short = self._last in together
        facts: dict[str, Any] = {
            "lock": self._lock,
            "queue": self.queue,
            "after": self.after,
            "each": max(together.values()) if short else 1,
            "batch": batch if short else 1,
            "tenant_limit": TENANT_LIMIT,
            "lane": self._lane,
            "lane_limit": settings.JOB_SLOW_LIMIT if self._limited else None,
            "together": Json(together),
            "leases": Json({kind.name: kind.lease.total_seconds() for kind in kinds}),
            "lease": LEASE.total_seconds(),
        }
        with connections["tick"].cursor() as cursor:
            cursor.execute(_CLAIM, facts)
            return sorted(Claim(*row) for row in cursor.fetchall())


def reclaim() -> int:
    """Queue the jobs whose worker is gone; answers how many there were."""
    with connections["tick"].cursor() as cursor:
        cursor.execute(_RECLAIM)
        return cursor.rowcount


def renew(held: list[Claim], lease: dt.timedelta) -> None:
    """Hold on to claims for another `lease`, those that are still ours."""
    facts = _columns(held) | {"lease": lease}
    with connections["tick"].cursor() as cursor:
        cursor.execute(_RENEW, facts)


def release(held: list[Claim]) -> None:
    """Give back claims that were not begun, as if they had never been made."""
    with connections["tick"].cursor() as cursor:
        cursor.execute(_RELEASE, _columns(held))


def give_up(claimed: Claim, *, error: str, wait: dt.timedelta | None) -> None:
    """End an attempt that failed: try again after `wait`, or with None never.

    What fails for good queues a job of the kind FAILURES_TOLD_BY, where there is one.
    """
    facts: dict[str, Any] = {
        "state": "failed" if wait is None else "queued",
        "error": error,
        "wait": wait or dt.timedelta(0),
        "id": claimed.id,
        "tenant": claimed.tenant_id,
        "claims": claimed.claims,
        "told_by": FAILURES_TOLD_BY if FAILURES_TOLD_BY in KINDS else "",
        "told_queue": KINDS[FAILURES_TOLD_BY].queue if FAILURES_TOLD_BY in KINDS else "",
    }
    with connections["tick"].cursor() as cursor:
        cursor.execute(_GIVE_UP, facts)


def _columns(held: list[Claim]) -> dict[str, Any]:
    return {
        "tenants": [claim.tenant_id for claim in held],
        "ids": [claim.id for claim in held],
        "claims": [claim.claims for claim in held],
    }
