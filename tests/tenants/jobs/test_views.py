"""The jobs page: sections, filter, running again, who sees what, and that it renews itself."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tenants.isolation import tenant, uuid7
from tenants.jobs.models import Job
from tests.factories import Company
from tests.tenants.jobs.conftest import RegisterKind

SignIn = Callable[[Any], Client]
HTMX = {"HX-Request": "true"}
QUERIES = 8  # login, transaction, seat, and five of the page


def make(company: Company, state: str = "queued", kind: str = "test.import", **fields: Any) -> Job:
    ended = timezone.now() if state in ("done", "failed", "cancelled") else None
    begun = timezone.now() if state == "running" else None
    with tenant(company.id):
        return Job.objects.create(
            kind=kind,
            state=state,
            finished_at=ended,
            started_at=begun,
            lease_until=begun,
            claims=0 if state == "queued" else 1,
            **fields,
        )


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture(autouse=True)
def _kinds(kind: RegisterKind) -> None:
    kind("test.import", lambda row: None, label="Import of measurements")
    kind("test.mail", lambda row: None, label="Mail")


@pytest.fixture
def client(sign_in: SignIn, company: Company) -> Client:
    return sign_in(company.admin)


@pytest.mark.parametrize(
    ("role", "status"),
    [("admin", 200), ("executive", 403), ("cto", 403), ("finance", 403), ("board", 403),
     ("team", 403), ("observer", 403)],
)  # fmt: skip
def test_roles_that_see_the_jobs(sign_in: SignIn, company: Company, role: str, status: int) -> None:
    answer = sign_in(company.member(role)).get(f"/t/{company.slug}/settings/jobs/")
    assert answer.status_code == status


def test_page_without_jobs_says_so(client: Client, company: Company) -> None:
    html = text_of(client.get(f"/t/{company.slug}/settings/jobs/"))
    assert "No background jobs yet." in html
    assert "every 2s" not in html


def test_page_shows_progress_failures_and_what_was_done(client: Client, company: Company) -> None:
    make(company, "running", progress_done=12400, progress_total=61056, started_by=company.cto)
    make(
        company, "queued", kind="test.mail", attempts=2, last_error="Traceback\nTimeoutError: slow"
    )
    failed = make(company, "failed", attempts=5, last_error="Traceback …\nValueError: no header")
    make(company, "done", progress_done=61056)
    html = text_of(client.get(f"/t/{company.slug}/settings/jobs/"))
    assert "12,400 of 61,056" in html
    assert "20% done" in html
    assert company.cto.name in html
    assert "Waits to try again" in html
    assert "Attempt 2 failed: TimeoutError: slow" in html
    assert "ValueError: no header" in html
    assert "Traceback" not in html
    assert f"/settings/jobs/{failed.pk}/retry/" in html
    assert "Done recently" in html


def test_page_renews_itself_while_something_moves(client: Client, company: Company) -> None:
    path = f"/t/{company.slug}/settings/jobs/?kind=test.import"
    make(company, run_at=timezone.now() + timezone.timedelta(days=1))
    assert "every 2s" not in text_of(client.get(path))
    make(company, "running")
    html = text_of(client.get(path))
    assert f'hx-get="{path}"' in html
    fragment = text_of(client.get(path, headers=HTMX))
    assert fragment.startswith('<div class="stack" id="jobs" hx-get=')
    assert "<html" not in fragment


def test_filter_by_state_and_kind(client: Client, company: Company) -> None:
    make(company, "failed", last_error="broken import")
    make(company, "failed", kind="test.mail", last_error="broken mail")
    make(company, "done")
    path = f"/t/{company.slug}/settings/jobs/"
    html = text_of(client.get(path, {"state": "failed", "kind": "test.mail"}))
    assert "broken mail" in html
    assert "broken import" not in html
    assert "Done recently" not in html
    assert "No job matches." in text_of(client.get(path, {"state": "open"}))
    assert client.get(path, {"state": "lost"}).status_code == 422


@pytest.mark.parametrize("rows", [1, 3])
def test_page_takes_the_same_queries_for_any_number_of_jobs(
    client: Client, company: Company, rows: int
) -> None:
    for _ in range(rows):
        for state in ("running", "queued", "failed", "done"):
            make(company, state, started_by=company.cto, last_error="x")
    client.get(f"/t/{company.slug}/settings/jobs/")
    with CaptureQueriesContext(connection) as queries:
        client.get(f"/t/{company.slug}/settings/jobs/")
    assert len([q for q in queries if "SAVEPOINT" not in q["sql"]]) == QUERIES, [
        q["sql"] for q in queries
    ]


def test_failed_job_is_run_again_by_an_admin(client: Client, company: Company) -> None:
    failed = make(company, "failed", attempts=5, last_error="x")
    page = f"/t/{company.slug}/settings/jobs/"
    answer = client.post(f"{page}{failed.pk}/retry/")
    assert (answer.status_code, answer["Location"]) == (303, page)
    assert "Import of measurements runs again." in text_of(client.get(page))
    with tenant(company.id):
        assert Job.objects.get(pk=failed.pk).state == "queued"


def test_job_that_runs_is_not_run_again(client: Client, company: Company) -> None:
    running = make(company, "running")
    answer = client.post(f"/t/{company.slug}/settings/jobs/{running.pk}/retry/")
    assert answer.status_code == 409


def test_retry_of_another_tenants_job_is_not_found(
    client: Client, company: Company, other_company: Company
) -> None:
    foreign = make(other_company, "failed")
    for job_id in (foreign.pk, uuid7()):
        answer = client.post(f"/t/{company.slug}/settings/jobs/{job_id}/retry/")
        assert answer.status_code == 404


def test_progress_is_for_the_starter_and_admins(
    sign_in: SignIn, company: Company, other_company: Company
) -> None:
    running = make(company, "running", progress_done=1, progress_total=4, started_by=company.cto)
    path = f"/t/{company.slug}/jobs/{running.pk}/progress/"
    expected = {"cto": 200, "admin": 200, "executive": 404, "team": 404, "observer": 404}
    found = {role: sign_in(company.member(role)).get(path).status_code for role in expected}
    assert found == expected
    assert sign_in(other_company.admin).get(path).status_code == 404
    path = f"/t/{other_company.slug}/jobs/{running.pk}/progress/"
    assert sign_in(other_company.admin).get(path).status_code == 404


def test_progress_asks_again_until_the_job_has_ended(client: Client, company: Company) -> None:
    job = make(company, "running", progress_done=1, progress_total=4)
    path = f"/t/{company.slug}/jobs/{job.pk}/progress/"
    answer = client.get(path, headers=HTMX)
    assert "every 2s" in text_of(answer)
    assert "1 of 4" in text_of(answer)
    assert "HX-Trigger" not in answer
    with tenant(company.id):
        Job.objects.filter(pk=job.pk).update(
            state="failed", finished_at=timezone.now(), last_error="ValueError: no header"
        )
    answer = client.get(path, headers=HTMX)
    assert "every 2s" not in text_of(answer)
    assert "ValueError: no header" in text_of(answer)
    assert answer["HX-Trigger"] == "jobFinished"
    assert "<html" in text_of(client.get(path)), "a page without htmx"


def test_error_text_is_escaped(client: Client, company: Company) -> None:
    make(company, "failed", last_error="<script>alert(1)</script>")
    html = text_of(client.get(f"/t/{company.slug}/settings/jobs/"))
    assert "<script>alert" not in html
