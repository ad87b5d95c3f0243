"""The tick: sees that work is due anywhere and rings; runs every second, any number of times at once."""

from django.db import connections

from tenants.jobs.registry import DUE_SOURCES, kind_of

_QUEUE_DUE = """
insert into tenants_job (id, tenant_id, kind, queue, args, dedupe_key, state, attempts, run_at,
                         progress_done, last_error, created_at, request_id)
select uuidv7(), due.tenant_id, %(kind)s, %(queue)s, '{{}}', 'due', 'queued', 0, now(), 0, '', now(), 'tick'
from ({sql}) as due (tenant_id)
where not exists (  -- a kind that failed for good rests ten minutes
  select 1 from tenants_job f
  where f.tenant_id = due.tenant_id and f.kind = %(kind)s and f.state = 'failed'
    and f.finished_at > now() - interval '10 minutes')
on conflict (tenant_id, kind, dedupe_key) where state = 'queued' and dedupe_key <> '' do nothing
"""
_DUE = """
select queue, count(*) from tenants_job
where (state = 'queued' and run_at <= now()) or (state = 'running' and lease_until <= now())
group by queue
"""


def queue_due_work() -> None:
    """Make sure that each tenant with due rows in a registered source has its job queued.

    Missing one is harmless: the rows are still there at the next tick.
    """
    with connections["tick"].cursor() as cursor:
        for source in DUE_SOURCES.values():
            cursor.execute(
                _QUEUE_DUE.format(sql=source.sql),
                {"kind": source.kind, "queue": kind_of(source.kind).queue.value},
            )


def due_counts() -> dict[str, int]:
    """How many jobs are due, by queue."""
    with connections["tick"].cursor() as cursor:
        cursor.execute(_DUE)
        return dict(cursor.fetchall())
