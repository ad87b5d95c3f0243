"""Background work of the engagements."""

from engagements.services.daily import daily_run
from tenants import jobs
from tenants.models import Job, Tenant

jobs.due_source(
    kind="engagements.daily",
    sql="select tenant_id from engagements_dailyrun where due_at <= now()",
)


@jobs.job("engagements.daily", label="Engagements looked after")
def daily(job: Job) -> None:
    """End, expire, remind, close and alert, once a day after the company's midnight."""
    daily_run(Tenant.objects.get())
