"""Background work of spend: each job is one service call, and harmless when repeated."""

import datetime as dt

from decisions.services.clocks import check_next
from decisions.services.digest import digest_send
from tenants import jobs
from tenants.jobs.models import Job

CHECK_EVERY = dt.timedelta(seconds=10)

jobs.due_source(
    kind="decisions.clocks",
    sql="select distinct tenant_id from decisions_spendrequest where check_at <= now()",
    every=CHECK_EVERY,
)


@jobs.job("decisions.clocks", label="Clocks of spend requests")
def clocks(job: Job) -> bool:
    """Remind, escalate, expire: one request a step."""
    return check_next()


@jobs.job("decisions.digest", label="Monthly digest of spend for finance")
def digest(job: Job) -> None:
    """Tell finance what went without the usual approval in a month."""
    digest_send(month=dt.date.fromisoformat(job.args["month"]))
