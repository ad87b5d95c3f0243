"""Background work of key figures: each job is one service call, and harmless when repeated."""

import datetime as dt
import logging

from django.db import connection

from kpis.rollups.working import rebuild_next, work_off_marks
from kpis.services.imports import import_continue, import_give_up
from tenants import jobs
from tenants.jobs.models import Job

logger = logging.getLogger("bowline.imports")

LAST_ATTEMPT = 5

jobs.due_source(
    kind="kpis.rollup",
    sql="""
    with recursive marked as (
      (select tenant_id from kpis_mark order by tenant_id limit 1)
      union all
      select (select m.tenant_id from kpis_mark m
              where m.tenant_id > marked.tenant_id order by m.tenant_id limit 1)
      from marked where marked.tenant_id is not null
    )
    select tenant_id from marked where tenant_id is not null
    """,
)
jobs.due_source(kind="kpis.rebuild", sql="select distinct tenant_id from kpis_rebuildrequest")


@jobs.job(
    "kpis.rollup",
    queue=jobs.Queue.ROLLUPS,
    statement_timeout=dt.timedelta(minutes=8),  # one statement is a whole step
    label="Figures computed",
    while_inactive=True,
)
def rollup(job: Job) -> bool:
    """Work the tenant's marks off, some figures a step."""
    _wait_for_locks()
    return work_off_marks()


@jobs.job(
    "kpis.rebuild",
    queue=jobs.Queue.ROLLUPS,
    statement_timeout=dt.timedelta(minutes=9),
    label="Figures built anew",
    while_inactive=True,
)
def rebuild(job: Job) -> bool:
    """Build the rollups of one outdated figure anew a step; progress counts figures."""
    _wait_for_locks()
    remaining = rebuild_next()
    job.progress_done += 1
    job.progress_total = job.progress_done + remaining
    return remaining > 0


@jobs.job(
    "kpis.import",
    queue=jobs.Queue.IMPORTS,
    max_attempts=LAST_ATTEMPT,
    statement_timeout=dt.timedelta(minutes=4),
    label="Import of measurements",
    while_inactive=True,  # what was begun is not left half done
)
def run_import(job: Job) -> bool:
    """Take the next rows of a file in; progress counts bytes."""
    _wait_for_locks()
    upload_id = job.args["import_id"]
    try:
        upload, more = import_continue(upload_id=upload_id)
    except Exception:
        if job.attempts < LAST_ATTEMPT:
            raise
        logger.exception("import %s failed for good", upload_id)
        import_give_up(upload_id=upload_id)
        return False
    if upload is not None:
        job.progress_done, job.progress_total = upload.offset, upload.size
    return more


def _wait_for_locks() -> None:
    """Wait longer for a figure that another worker is at than a page may."""
    with connection.cursor() as cursor:
        cursor.execute("set local lock_timeout = '30s'")
