"""Claim, run, finish: the loop that a worker runs.

Claims are made as bowline_tick, which may touch the bookkeeping columns of every tenant's jobs
and read nothing else; effects run as bowline_app inside the job's own tenant.
"""

import datetime as dt
import logging
import time
import traceback
from dataclasses import dataclass
from uuid import UUID

from django.db import close_old_connections, connection, connections

from tenants.isolation.request_ids import request_id
from tenants.isolation import tenant
from tenants.jobs.models import Job
from tenants.jobs.registry import KINDS, Kind

logger = logging.getLogger("bowline.jobs")

TENANT_LIMIT = 2  # jobs of one tenant and queue that run at the same time
BACKOFF = (2, 10, 60, 300, 1800)  # seconds before the next attempt

_CLAIM = """
with busy as (
  select tenant_id, count(*) as running from tenants_job
  where state = 'running' and lease_until > now() and queue = any(%(queues)s)
  group by tenant_id
), due as (
  select j.tenant_id, j.id, j.run_at,
         row_number() over (partition by j.tenant_id order by j.run_at, j.id) as turn
  from tenants_job j
  where j.queue = any(%(queues)s)
    and ((j.state = 'queued' and j.run_at <= now())
      or (j.state = 'running' and j.lease_until <= now()))
), fair as (
  select d.tenant_id, d.id from due d left join busy b using (tenant_id)
  where d.turn + coalesce(b.running, 0) <= %(limit)s
  order by d.turn, d.run_at limit %(batch)s
), locked as (
  select j.tenant_id, j.id from tenants_job j join fair using (tenant_id, id)
  where (j.state = 'queued' and j.run_at <= now())
     or (j.state = 'running' and j.lease_until <= now())
  for update of j skip locked
)
update tenants_job j
set state = 'running', attempts = attempts + 1, started_at = coalesce(started_at, now()),
    lease_until = now() + %(lease)s
from locked l where j.tenant_id = l.tenant_id and j.id = l.id
returning j.id, j.tenant_id, j.kind, j.attempts
"""
_GIVE_UP = """
update tenants_job set state = %(state)s, last_error = %(error)s, run_at = now() + %(wait)s,
       lease_until = null, finished_at = case when %(state)s = 'failed' then now() end
where id = %(id)s and tenant_id = %(tenant)s and state = 'running' and attempts = %(attempts)s
"""


@dataclass(frozen=True)
class Claim:
    """A job that this worker holds until its lease runs out."""

    id: UUID
    tenant_id: UUID
    kind: str
    attempts: int


class LostClaim(Exception):
    """Someone else has the job by now; what this worker did is rolled back."""


def drain(*, queues: list[str], seconds: float = 20, batch: int = 10) -> int:
    """Run due jobs until none is left or `seconds` have passed; answers how many were run."""
    until = time.monotonic() + seconds
    ran = 0
    while time.monotonic() < until:
        claims = claim(queues=queues, batch=batch)
        if not claims:
            break
        for claimed in claims:
            run(claimed)
            ran += 1
    close_old_connections()
    return ran


def claim(*, queues: list[str], batch: int = 10) -> list[Claim]:
    """Take up to `batch` due jobs, at most TENANT_LIMIT of a tenant, committed before they run."""
    lease = max((k.lease for k in KINDS.values() if k.queue in queues), default=dt.timedelta(minutes=1))
    with connections["tick"].cursor() as cursor:
        cursor.execute(
            _CLAIM, {"queues": queues, "limit": TENANT_LIMIT, "batch": batch, "lease": lease}
        )
        return [Claim(*row) for row in cursor.fetchall()]


def run(claimed: Claim) -> bool:
    """Run one claimed job to its end, step by step; answers whether it is done."""
    token = request_id.set(f"job-{claimed.id}")
    try:
        kind = KINDS.get(claimed.kind)
        if kind is None:
            _fail(claimed, f"Nothing here runs jobs of kind {claimed.kind!r}.", max_attempts=1)
            return False
        if claimed.attempts > kind.max_attempts:
            _fail(claimed, "The worker died in each attempt.", max_attempts=kind.max_attempts)
            return False
        while _step(claimed, kind):
            pass
    except LostClaim:
        logger.warning("job %s was taken over", claimed.id)
        return False
    except Exception:
        logger.exception("job %s (%s) failed", claimed.id, claimed.kind)
        _fail(claimed, traceback.format_exc(limit=-8)[-4000:], max_attempts=kind.max_attempts)
        return False
    else:
        return True
    finally:
        request_id.reset(token)


def _step(claimed: Claim, kind: Kind) -> bool:
    """One transaction: the handler's effects and the job's new state, both or neither."""
    with tenant(claimed.tenant_id):
        row = Job.objects.filter(
            id=claimed.id, state=Job.State.RUNNING, attempts=claimed.attempts
        ).first()
        if row is None:
            raise LostClaim
        more = bool(kind.handler(row))
        with connection.cursor() as cursor:
            cursor.execute(
                "update tenants_job set state = %s, progress_done = %s, progress_total = %s, "
                "lease_until = case when %s then clock_timestamp() + %s end, "
                "finished_at = case when %s then null else clock_timestamp() end "
                "where tenant_id = %s and id = %s and state = 'running' and attempts = %s",
                [
                    Job.State.RUNNING if more else Job.State.DONE,
                    row.progress_done,
                    row.progress_total,
                    more,
                    kind.lease,
                    more,
                    claimed.tenant_id,
                    claimed.id,
                    claimed.attempts,
                ],
            )
            if cursor.rowcount != 1:
                raise LostClaim
    return more


def _fail(claimed: Claim, error: str, *, max_attempts: int) -> None:
    last = claimed.attempts >= max_attempts
    wait = BACKOFF[min(claimed.attempts, len(BACKOFF)) - 1]
    with connections["tick"].cursor() as cursor:
        cursor.execute(
            _GIVE_UP,
            {
                "state": Job.State.FAILED if last else Job.State.QUEUED,
                "error": error,
                "wait": dt.timedelta(seconds=wait),
                "id": claimed.id,
                "tenant": claimed.tenant_id,
                "attempts": claimed.attempts,
            },
        )
