"""Years to come are filled before they do: the tick finds companies whose list ends too soon."""

import datetime as dt

from tenants.audit.actors import SystemActor
from tenants.jobs.models import Job
from tenants.jobs.registry import due_source, job

due_source(
    kind="calendars.fill",
    sql="select bowline.tenants_short_of_holidays()",
    every=dt.timedelta(minutes=10),
)


@job("calendars.fill", label="Fill in public holidays")
def fill(row: Job) -> None:
    """Fill the tenant's list up to two years ahead."""
    from tenants.calendars.services import holidays_fill
    from tenants.models import Tenant

    holidays_fill(tenant=Tenant.objects.get(), actor=SystemActor())
