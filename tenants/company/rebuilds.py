"""What is built anew when a company's periods change, and how far that is."""

from tenants.jobs.models import Job
from tenants.models import Tenant

_kinds: set[str] = set()


def register(kind: str) -> None:
    """Show jobs of `kind` on the settings page while they run; called from `AppConfig.ready`."""
    _kinds.add(kind)


def periods_of(tenant: Tenant) -> tuple[str, str, int]:
    """What periods are computed from: a change of any of it builds the figures anew."""
    return tenant.time_zone, tenant.week_start, tenant.fiscal_year_start_month


def under_way() -> Job | None:
    """The job that builds figures anew just now, if there is one; one query."""
    open_states = [Job.State.QUEUED, Job.State.RUNNING]
    found: Job | None = (
        Job.objects.filter(kind__in=_kinds, state__in=open_states).order_by("id").first()
    )
    return found
