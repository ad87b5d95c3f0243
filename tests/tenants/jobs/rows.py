"""Jobs for tests of the loop: put in, looked at, let wait no longer."""

from typing import Any

from django.utils import timezone

from tenants.isolation import tenant
from tenants.jobs import enqueue
from tenants.jobs.models import Job
from tests.factories import Company


def put(company: Company, kind: str, times: int = 1, **options: Any) -> list[Any]:
    with tenant(company.id):
        return [enqueue(kind, number=number, **options) for number in range(times)]


def jobs_of(company: Company, **where: Any) -> list[Job]:
    """The company's jobs, but for those that tell of the failure of another."""
    with tenant(company.id):
        found = Job.objects.exclude(kind__startswith="notifications.")
        return list(found.filter(**where).order_by("id"))


def let_leases_run_out(company: Company) -> None:
    with tenant(company.id):
        Job.objects.filter(state="running").update(lease_until=timezone.now())


def let_waits_pass(company: Company) -> None:
    with tenant(company.id):
        Job.objects.filter(state="queued").update(run_at=timezone.now())
