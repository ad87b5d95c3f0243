"""Old jobs go: what is done is kept two weeks, what the tick queued by itself one day."""

import datetime as dt

from django.db import connection

from tenants.jobs.models import Job
from tenants.jobs.registry import KEEP, due_source, job

ROWS = 5_000  # a step's worth

_OLD = """
  (state in ('done', 'cancelled') and finished_at < now() - interval '{keep} days'
   or state = 'done' and dedupe_key = 'due' and finished_at < now() - interval '1 day'
   or state = 'failed' and finished_at < now() - interval '{keep_failed} days')
""".format(keep=KEEP.days, keep_failed=90)  # noqa: UP032  reads as the SQL it is

due_source(
    kind="jobs.clean",
    sql=f"select distinct tenant_id from tenants_job where {_OLD}",  # noqa: S608  our own words
    every=dt.timedelta(hours=1),
)


@job("jobs.clean", label="Remove old jobs", while_inactive=True)
def clean(row: Job) -> bool:
    """Delete up to ROWS old jobs of the tenant; more may remain."""
    with connection.cursor() as cursor:
        cursor.execute(
            "delete from tenants_job where tenant_id = %(tenant)s and id in ("  # noqa: S608
            f"select id from tenants_job where tenant_id = %(tenant)s and {_OLD} limit %(rows)s)",
            {"tenant": row.tenant_id, "rows": ROWS},
        )
        row.progress_done += cursor.rowcount
        return cursor.rowcount == ROWS
