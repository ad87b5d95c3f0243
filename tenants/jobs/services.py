"""Putting work into the table, from inside a business transaction."""

import datetime as dt
from typing import Any

from django.db import connection
from django.utils import timezone
from psycopg2.extras import Json

from tenants.isolation.request_ids import request_id
from tenants.isolation import current_tenant_id, uuid7
from tenants.jobs.registry import kind_of

_INSERT = """
insert into tenants_job (id, tenant_id, kind, queue, args, dedupe_key, state, attempts, run_at,
                         progress_done, last_error, created_at, request_id)
values (%(id)s, %(tenant)s, %(kind)s, %(queue)s, %(args)s, %(key)s, 'queued', 0, %(run_at)s,
        0, '', %(now)s, %(request_id)s)
on conflict (tenant_id, kind, dedupe_key) where state = 'queued' and dedupe_key <> ''
do update set run_at = least(tenants_job.run_at, excluded.run_at)
returning id
"""


def enqueue(
    kind: str, *, dedupe_key: str = "", run_at: dt.datetime | None = None, **args: Any
) -> Any:
    """Queue a job of the current tenant in the caller's transaction; answers its id.

    With a `dedupe_key` a job that is still queued under it serves again. That row is locked by
    this transaction, so no worker can take it before what we wrote is visible.
    """
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            {
                "id": uuid7(),
                "tenant": current_tenant_id(),
                "kind": kind,
                "queue": kind_of(kind).queue.value,
                "args": Json({name: _text(value) for name, value in args.items()}),
                "key": dedupe_key,
                "run_at": run_at or now,
                "now": now,
                "request_id": request_id.get(),
            },
        )
        return cursor.fetchone()[0]


def _text(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool, type(None), list, dict)) else str(value)
