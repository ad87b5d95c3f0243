"""The jobs page in a real browser: both themes, a phone, and that it follows what runs."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tenants.isolation import tenant
from tenants.jobs.models import Job
from tests.browser.site import Site
from tests.factories import make_company

pytestmark = pytest.mark.browser
LEASE = timezone.timedelta(hours=1)


def test_jobs_page_has_no_violations_and_fits(site: Site, open_to_all: Callable[..., None]) -> None:
    company = make_company("northwind")
    now = timezone.now()
    with tenant(company.id):
        Job.objects.create(
            kind="kpis.import", state="running", claims=1, attempts=1, lease_until=now + LEASE,
            started_at=now, progress_done=12_400, progress_total=61_056, started_by=company.cto,
        )  # fmt: skip
        Job.objects.create(
            kind="jobs.clean", claims=2, attempts=2, run_at=now + LEASE,
            last_error="TimeoutError: the mail server did not answer in 20 s",
        )  # fmt: skip
        Job.objects.create(
            kind="kpis.import", state="failed", claims=5, attempts=5, finished_at=now,
            last_error="ValueError: row 1,204 has no date", started_by=company.cto,
        )  # fmt: skip
        Job.objects.create(
            kind="kpis.rollup", state="done", claims=1, attempts=1, finished_at=now,
            progress_done=2_000,
        )  # fmt: skip
    page = site.window(company.admin)
    page.goto(f"/t/{company.slug}/settings/jobs/")
    expect(page.get_by_role("heading", name="Background jobs")).to_be_visible()
    expect(page.get_by_text("12,400 of 61,056")).to_be_visible()
    open_to_all(page)


def test_jobs_page_follows_a_job_and_runs_a_failed_one_again(site: Site) -> None:
    company = make_company("northwind")
    now = timezone.now()
    with tenant(company.id):
        running = Job.objects.create(
            kind="kpis.import", state="running", claims=1, attempts=1, lease_until=now + LEASE,
            started_at=now, progress_done=1, progress_total=4,
        )  # fmt: skip
        Job.objects.create(
            kind="jobs.clean", state="failed", claims=5, attempts=5, finished_at=now,
            last_error="ValueError: broken",
        )  # fmt: skip
    page = site.window(company.admin)
    page.goto(f"/t/{company.slug}/settings/jobs/")
    expect(page.get_by_text("1 of 4")).to_be_visible()
    with tenant(company.id):
        Job.objects.filter(pk=running.pk).update(progress_done=3)
    expect(page.get_by_text("3 of 4")).to_be_visible()
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_text("Remove old jobs runs again.")).to_be_visible()
    expect(page.get_by_text("ValueError: broken")).to_have_count(0)
