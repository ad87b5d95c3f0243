"""The job that builds a pack."""

import datetime as dt
import logging
from uuid import UUID

from engagements.services.handover import handover_continue, handover_give_up
from tenants import jobs
from tenants.jobs.models import Job

logger = logging.getLogger("bowline.handover")
LAST_ATTEMPT = 5


@jobs.job(
    "engagements.handover",
    queue=jobs.Queue.EXPORTS,
    max_attempts=LAST_ATTEMPT,
    statement_timeout=dt.timedelta(minutes=4),
    label="Handover pack",
    while_inactive=True,  # what may still be read may be taken along
)
def build(job: Job) -> bool:
    """Write the next files; progress counts parts."""
    pack_id = UUID(job.args["pack_id"])
    try:
        more, job.progress_done, job.progress_total = handover_continue(pack_id=pack_id)
    except Exception:
        if job.attempts < LAST_ATTEMPT:
            raise
        logger.exception("handover pack %s failed for good", pack_id)
        handover_give_up(pack_id=pack_id)
        return False
    return more
