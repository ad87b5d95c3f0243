"""Putting work into the table, from inside a business transaction; running it once more."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from psycopg2.extras import Json

from tenants import audit
from tenants.audit import Actor
from tenants.isolation import current_tenant_id, uuid7
from tenants.isolation.request_ids import request_id
from tenants.jobs import policies
from tenants.jobs.models import Job
from tenants.jobs.registry import kind_of

_INSERT = """
insert into tenants_job (id, tenant_id, kind, queue, args, dedupe_key, state, attempts, run_at,
                         progress_done, last_error, created_at, request_id, started_by_id)
select %(id)s, %(tenant)s, %(kind)s, %(queue)s, %(args)s, %(key)s, 'queued', 0, %(run_at)s,
       0, '', %(now)s, %(request_id)s, %(started_by)s
"""
_JOIN_OR_INSERT = f"""
with waiting as (
  select j.tenant_id, j.id from tenants_job j
  where j.tenant_id = %(tenant)s and j.kind = %(kind)s and j.dedupe_key = %(key)s
    and j.dedupe_key <> '' and j.state = 'queued' and j.claims = 0
  order by j.run_at limit 1
  for update skip locked
), sooner as (
  update tenants_job j set run_at = %(run_at)s from waiting w
  where j.tenant_id = w.tenant_id and j.id = w.id and j.run_at > %(run_at)s
), fresh as (
  {_INSERT} where not exists (select from waiting) returning id
)
select id from waiting union all select id from fresh
"""  # noqa: S608  both texts are our own


def enqueue(
    kind: str,
    *,
    dedupe_key: str = "",
    run_at: dt.datetime | None = None,
    started_by: UUID | None = None,
    **args: Any,
) -> UUID:
    """Queue a job of the current tenant in the caller's transaction; answers its id.

    With a `dedupe_key` a job that waits under it and was never begun serves again, at the earlier
    time. It stays locked until this transaction ends, so no worker takes it before what we wrote
    is visible. Where another transaction holds that job, a second one is queued instead: this
    never waits. Jobs of one kind and key never run at the same time.

    `started_by` is the id of the member who may watch its progress. Raises KeyError for a kind
    that is not registered, NoTenant outside of a tenant.
    """
    now = timezone.now()
    facts: dict[str, Any] = {
        "id": uuid7(),
        "tenant": current_tenant_id(),
        "kind": kind,
        "queue": kind_of(kind).queue.value,
        "args": Json({name: _text(value) for name, value in args.items()}),
        "key": dedupe_key,
        "run_at": run_at or now,
        "now": now,
        "request_id": request_id.get(),
        "started_by": started_by,
    }
    with connection.cursor() as cursor:
        cursor.execute(_JOIN_OR_INSERT if dedupe_key else f"{_INSERT} returning id", facts)
        return cursor.fetchone()[0]


@transaction.atomic
def job_retry(*, job: Job, actor: Actor) -> Job:
    """Queue a failed job again, with all its attempts; raises Denied, or WrongState when it did
    not fail."""
    job = Job.objects.select_for_update(of=("self",)).get(pk=job.pk)
    policies.check_can_retry(actor=actor, job=job)
    audit.record(
        actor=actor,
        verb="job.retried",
        target=job,
        changes={"state": [job.state, Job.State.QUEUED], "attempts": [job.attempts, 0]},
    )
    job.state, job.attempts = Job.State.QUEUED, 0
    job.run_at, job.finished_at = timezone.now(), None
    job.save(update_fields=["state", "attempts", "run_at", "finished_at"])
    return job


def _text(value: Any) -> Any:
    plain = (str, int, float, bool, type(None), list, dict)
    return value if isinstance(value, plain) else str(value)
