"""Queueing: one transaction with the cause, joining what waits, never waiting, never losing."""

import threading
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from tenants.errors import Denied, WrongState
from tenants.isolation import NoTenant, tenant
from tenants.jobs import enqueue
from tenants.jobs.drain import drain
from tenants.jobs.models import Job
from tenants.jobs.services import job_retry
from tenants.models import AuditEvent, Member
from tests.factories import Company
from tests.tenants.jobs.conftest import RegisterKind


def count(company: Company, **where: Any) -> int:
    with tenant(company.id):
        return Job.objects.filter(**where).count()


def test_job_is_rolled_back_with_its_cause(northwind: Company, kind: RegisterKind) -> None:
    kind("test.mail", lambda row: None)

    def change_that_fails() -> None:
        with tenant(northwind.id):
            enqueue("test.mail")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_that_fails()
    assert count(northwind) == 0


def test_job_outside_of_a_tenant_is_refused(kind: RegisterKind) -> None:
    kind("test.mail", lambda row: None)
    with pytest.raises(NoTenant):
        enqueue("test.mail")


def test_unknown_kind_is_refused(northwind: Company) -> None:
    with tenant(northwind.id), pytest.raises(KeyError, match=r"test\.unknown"):
        enqueue("test.unknown")


def test_same_key_joins_the_job_that_waits_at_the_earlier_time(
    northwind: Company, contoso: Company, kind: RegisterKind
) -> None:
    kind("test.sum", lambda row: None)
    now = timezone.now()
    later = now + timezone.timedelta(hours=1)
    with tenant(northwind.id):
        first = enqueue("test.sum", dedupe_key="2026-W42", run_at=later)
        assert enqueue("test.sum", dedupe_key="2026-W42", run_at=now) == first
        assert enqueue("test.sum", dedupe_key="2026-W42", run_at=later) == first
        assert Job.objects.get(pk=first).run_at == now
        assert enqueue("test.sum", dedupe_key="2026-W43") != first
        assert enqueue("test.sum") != enqueue("test.sum"), "without a key each is its own"
    with tenant(contoso.id):
        assert enqueue("test.sum", dedupe_key="2026-W42") != first


@pytest.mark.parametrize("state", ["running", "done", "failed", "cancelled"])
def test_job_that_was_begun_is_not_joined(
    northwind: Company, kind: RegisterKind, state: str
) -> None:
    """Its steps may have passed over what the new one is about."""
    kind("test.sum", lambda row: None)
    with tenant(northwind.id):
        first = enqueue("test.sum", dedupe_key="all")
        Job.objects.filter(pk=first).update(state=state, claims=1, lease_until=timezone.now())
        assert enqueue("test.sum", dedupe_key="all") != first


def test_job_between_two_steps_or_attempts_is_not_joined(
    northwind: Company, kind: RegisterKind
) -> None:
    kind("test.sum", lambda row: None)
    with tenant(northwind.id):
        first = enqueue("test.sum", dedupe_key="all")
        Job.objects.filter(pk=first).update(claims=1)
        assert enqueue("test.sum", dedupe_key="all") != first


def test_queueing_never_waits_for_another_transaction(
    northwind: Company, kind: RegisterKind
) -> None:
    """A long import that queued a sum must not hold up a page that queues the same."""
    kind("test.sum", lambda row: None)
    inside, go_on = threading.Event(), threading.Event()

    def long_one() -> None:
        with tenant(northwind.id):
            enqueue("test.sum", dedupe_key="all")
            inside.set()
            go_on.wait(60)
        connections.close_all()

    thread = threading.Thread(target=long_one)
    thread.start()
    inside.wait(60)
    try:
        with tenant(northwind.id), connections["default"].cursor() as cursor:
            cursor.execute("set local lock_timeout = '200ms'")
            enqueue("test.sum", dedupe_key="all")
    finally:
        go_on.set()
        thread.join()
    assert count(northwind) == 2


def test_no_work_is_lost_between_queueing_and_claiming(
    northwind: Company, kind: RegisterKind
) -> None:
    """Writers leave a mark and queue the same key; the job takes all marks that it sees.

    Were a job joined that a worker has already taken, its mark would stay.
    """
    with connections["migrate"].cursor() as cursor:
        cursor.execute(
            "create table if not exists test_mark (tenant_id uuid, n int);"
            "truncate test_mark; grant select, insert, delete on test_mark to bowline_app"
        )
    overlaps: list[int] = []
    at_work: list[int] = []

    def handler(row: Job) -> None:
        at_work.append(1)
        overlaps.append(len(at_work))
        with connections["default"].cursor() as cursor:
            cursor.execute("delete from test_mark where tenant_id = %s", [row.tenant_id])
        at_work.pop()

    kind("test.marks", handler)
    writing = threading.Event()
    writing.set()

    def write(writer: int) -> None:
        for number in range(40):
            with tenant(northwind.id):
                with connections["default"].cursor() as cursor:
                    cursor.execute(
                        "insert into test_mark values (%s, %s)",
                        [northwind.id, writer * 1000 + number],
                    )
                enqueue("test.marks", dedupe_key="all")
        connections.close_all()

    def work() -> None:
        while writing.is_set():
            drain(queues=["default"], seconds=1)
        connections.close_all()

    writers = [threading.Thread(target=write, args=[n]) for n in range(3)]
    workers = [threading.Thread(target=work) for _ in range(2)]
    for thread in [*workers, *writers]:
        thread.start()
    for thread in writers:
        thread.join()
    writing.clear()
    for thread in workers:
        thread.join()
    drain(queues=["default"])

    with connections["migrate"].cursor() as cursor:
        cursor.execute("select count(*) from test_mark")
        left = cursor.fetchone()
        cursor.execute("drop table test_mark")
    assert left == (0,)
    assert count(northwind, state="done") == len(overlaps)
    assert len(overlaps) < 120, "most were joined"
    assert set(overlaps) == {1}, "jobs of one key never overlap"


# -- run again ------------------------------------------------------------------------------------


def failed_job(company: Company, kind: RegisterKind) -> Job:
    kind("test.fails", lambda row: 1 / 0, max_attempts=1)
    with tenant(company.id):
        made = enqueue("test.fails")
    drain(queues=["default"])
    with tenant(company.id):
        return Job.objects.get(pk=made)


def test_failed_job_run_again_has_all_its_attempts_and_is_audited(
    northwind: Company, kind: RegisterKind
) -> None:
    failed = failed_job(northwind, kind)
    assert failed.state == "failed"
    with tenant(northwind.id):
        job_retry(job=failed, actor=northwind.admin)
        again = Job.objects.get(pk=failed.pk)
        assert (again.state, again.attempts, again.claims) == ("queued", 0, 1)
        event = AuditEvent.objects.get(verb="job.retried")
        assert (event.actor_id, event.target_id) == (northwind.admin.pk, failed.pk)
    drain(queues=["default"])
    with tenant(northwind.id):
        again.refresh_from_db()
        assert (again.state, again.attempts, again.claims) == ("failed", 1, 2)


@pytest.mark.parametrize("role", ["executive", "cto", "finance", "board", "team", "observer"])
def test_job_run_again_by_another_role_is_denied(
    northwind: Company, kind: RegisterKind, role: str
) -> None:
    failed = failed_job(northwind, kind)
    with tenant(northwind.id), pytest.raises(Denied):
        job_retry(job=failed, actor=northwind.member(role))


@pytest.mark.parametrize("state", ["queued", "running", "done", "cancelled"])
def test_job_that_did_not_fail_is_not_run_again(
    northwind: Company, kind: RegisterKind, state: str
) -> None:
    kind("test.sum", lambda row: None)
    with tenant(northwind.id):
        made = enqueue("test.sum")
        Job.objects.filter(pk=made).update(state=state, lease_until=timezone.now())
        with pytest.raises(WrongState):
            job_retry(job=Job.objects.get(pk=made), actor=northwind.admin)


def test_starter_is_a_member_of_the_tenant(
    northwind: Company, contoso: Company, kind: RegisterKind
) -> None:
    from django.db import IntegrityError

    kind("test.mail", lambda row: None)
    with tenant(northwind.id):
        enqueue("test.mail", started_by=northwind.cto.pk)
        assert Member.objects.get(pk=Job.objects.get().started_by_id) == northwind.cto
    with pytest.raises(IntegrityError), tenant(northwind.id):
        enqueue("test.mail", started_by=contoso.cto.pk)
