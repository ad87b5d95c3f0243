"""The tick: due rows become jobs, once; bells for what is due; a sign of life; old jobs go."""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import DatabaseError, connections
from django.utils import timezone
from kombu.exceptions import OperationalError

from tenants.isolation import tenant
from tenants.jobs import Queue, due_source, enqueue, signs, tasks, ticking
from tenants.jobs.drain import drain
from tenants.jobs.models import Job
from tenants.jobs.registry import Lane
from tests.factories import Company
from tests.tenants.jobs.conftest import RegisterKind

ALL = "select distinct tenant_id from tenants_job where kind = 'test.cause'"


@pytest.fixture
def cause(northwind: Company, kind: RegisterKind) -> Company:
    """A tenant with a row that stays due: a job of tomorrow stands for it."""
    kind("test.cause", lambda row: None)
    with tenant(northwind.id):
        enqueue("test.cause", run_at=timezone.now() + dt.timedelta(days=1))
    return northwind


def due_jobs(company: Company, **where: Any) -> list[Job]:
    with tenant(company.id):
        return list(Job.objects.filter(kind="test.due", **where).order_by("id"))


def test_due_rows_get_one_job_however_often_it_ticks(
    cause: Company, contoso: Company, kind: RegisterKind
) -> None:
    kind("test.due", lambda row: None, queue=Queue.ROLLUPS)
    due_source(kind="test.due", sql=ALL)
    for _ in range(3):
        ticking.queue_due_work()
    assert [job.state for job in due_jobs(cause)] == ["queued"]
    assert due_jobs(contoso) == []
    drain(queues=["rollups"])
    ticking.queue_due_work()
    assert [job.state for job in due_jobs(cause)] == ["done", "queued"], "the rows are still due"


def test_due_rows_get_one_job_under_ticks_at_once(cause: Company, kind: RegisterKind) -> None:
    kind("test.due", lambda row: None)
    due_source(kind="test.due", sql=ALL)
    start = threading.Barrier(6)

    def tick() -> None:
        start.wait()
        for _ in range(5):
            ticking.queue_due_work()
        connections.close_all()

    threads = [threading.Thread(target=tick) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(due_jobs(cause)) == 1


def test_no_second_job_while_one_runs_or_waits_to_retry(cause: Company, kind: RegisterKind) -> None:
    seen: list[int] = []

    def tick_elsewhere() -> None:
        ticking.queue_due_work()
        connections.close_all()

    def handler(row: Job) -> None:
        thread = threading.Thread(
            target=lambda: (ticking.queue_due_work(), connections.close_all())
        )
        thread.start()
        thread.join()
        seen.append(len(due_jobs(cause)))
        raise ValueError

    kind("test.due", handler)
    due_source(kind="test.due", sql=ALL)
    ticking.queue_due_work()
    drain(queues=["default"])
    ticking.queue_due_work()
    assert seen == [1]
    assert [(job.state, job.attempts) for job in due_jobs(cause)] == [("queued", 1)]


def test_kind_that_failed_for_good_rests_ten_minutes(cause: Company, kind: RegisterKind) -> None:
    kind("test.due", lambda row: 1 / 0, max_attempts=1)
    due_source(kind="test.due", sql=ALL)
    ticking.queue_due_work()
    drain(queues=["default"])
    ticking.queue_due_work()
    assert [job.state for job in due_jobs(cause)] == ["failed"]
    with tenant(cause.id):
        ended = timezone.now() - dt.timedelta(minutes=10, seconds=1)
        Job.objects.filter(kind="test.due").update(finished_at=ended)
    ticking.queue_due_work()
    assert [job.state for job in due_jobs(cause)] == ["failed", "queued"]


def test_rest_of_one_kind_or_tenant_is_not_anothers(
    cause: Company, contoso: Company, kind: RegisterKind
) -> None:
    with tenant(contoso.id):
        enqueue("test.cause", run_at=timezone.now() + dt.timedelta(days=1))
    kind("test.due", lambda row: 1 / 0 if row.tenant_id == cause.id else None, max_attempts=1)
    due_source(kind="test.due", sql=ALL)
    ticking.queue_due_work()
    drain(queues=["default"])
    ticking.queue_due_work()
    assert [job.state for job in due_jobs(cause)] == ["failed"]
    assert [job.state for job in due_jobs(contoso)] == ["done", "queued"]


def test_source_that_fails_does_not_stop_the_others(cause: Company, kind: RegisterKind) -> None:
    kind("test.broken", lambda row: None)
    kind("test.due", lambda row: None)
    due_source(kind="test.broken", sql="select id from tenants_member")  # not the tick's to read
    due_source(kind="test.due", sql=ALL)
    ticking.queue_due_work()
    assert len(due_jobs(cause)) == 1


def test_source_with_a_period_is_asked_once_in_it(
    cause: Company, kind: RegisterKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticking, "_looked", {})
    kind("test.due", lambda row: None)
    due_source(kind="test.due", sql=ALL, every=dt.timedelta(hours=1))
    ticking.queue_due_work()
    drain(queues=["default"])
    ticking.queue_due_work()
    ticking._looked.clear()  # a worker process that has just begun
    ticking.queue_due_work()
    assert [job.state for job in due_jobs(cause)] == ["done"]
    with connections["tick"].cursor() as cursor:
        cursor.execute("update tenants_heartbeat set seen_at = seen_at - interval '61 minutes'")
    ticking._looked.clear()
    ticking.queue_due_work()
    assert [job.state for job in due_jobs(cause)] == ["done", "queued"]


def test_tick_reads_no_arguments_and_nothing_else(northwind: Company) -> None:
    for question in (
        "select args from tenants_job",
        "select last_error from tenants_job",
        "select * from tenants_tenant",
        "select name from tenants_user",
        "select * from tenants_auditevent",
        "delete from tenants_job",
    ):
        with connections["tick"].cursor() as cursor, pytest.raises(DatabaseError, match="denied"):
            cursor.execute(question)


def test_bells_ring_by_lane_and_only_for_what_is_due(
    northwind: Company, kind: RegisterKind
) -> None:
    kind("test.mail", lambda row: None, queue=Queue.MAIL)
    kind("test.import", lambda row: None, queue=Queue.IMPORTS)
    assert ticking.rings() == {Lane.FAST: 0, Lane.SLOW: 0}
    with tenant(northwind.id):
        enqueue("test.mail", run_at=timezone.now() + dt.timedelta(hours=1))
        enqueue("test.import")
    assert ticking.rings() == {Lane.FAST: 0, Lane.SLOW: 1}
    with tenant(northwind.id):
        for _ in range(9):
            enqueue("test.import")
    assert ticking.rings() == {Lane.FAST: 0, Lane.SLOW: ticking.RINGS}


def test_jobs_of_a_dead_worker_are_found_by_the_tick(
    northwind: Company, kind: RegisterKind
) -> None:
    kind("test.mail", lambda row: None)
    with tenant(northwind.id):
        made = enqueue("test.mail")
        Job.objects.filter(pk=made).update(state="running", lease_until=timezone.now())
    ticking.queue_due_work()
    assert ticking.rings()[Lane.FAST] == 1


def test_tick_without_a_broker_ends_quietly_and_keeps_the_work(
    northwind: Company, kind: RegisterKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A port that refuses stands for the broker; a silent one is part of the kill suite."""
    from celery import current_app

    kind("test.mail", lambda row: None)
    with tenant(northwind.id):
        enqueue("test.mail")
    monkeypatch.setattr(current_app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(current_app.conf, "broker_url", "redis://127.0.0.1:1/0")
    tried: list[Any] = []

    def refused(*args: Any, **kwargs: Any) -> None:
        tried.append(kwargs)
        raise OperationalError

    monkeypatch.setattr(tasks.drain_lane, "apply_async", refused)
    tasks.tick()
    assert [(call["queue"], call["retry"]) for call in tried] == [("jobs.fast", False)]
    assert signs.is_alive()
    assert drain(queues=["default"]) == 1


def test_sign_of_life_grows_old(northwind: Company) -> None:
    assert signs.last_tick() is None
    assert not signs.is_alive()
    ticking.beat()
    assert signs.is_alive()
    with connections["tick"].cursor() as cursor:
        cursor.execute("update tenants_heartbeat set seen_at = now() - interval '31 seconds'")
    assert not signs.is_alive()


def test_old_jobs_go_by_themselves(
    northwind: Company, kind: RegisterKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticking, "_looked", {})
    kind("test.mail", lambda row: None)
    ages = {  # (state, key): days kept at least, gone after
        ("done", ""): (13, 15),
        ("cancelled", ""): (13, 15),
        ("done", "due"): (0, 2),
        ("failed", ""): (89, 91),
        ("queued", ""): (400, None),
    }
    kept, gone = set(), set()
    with tenant(northwind.id):
        for (state, key), (young, old) in ages.items():
            for days, pile in ((young, kept), (old, gone)):
                if days is None:
                    continue
                made = enqueue("test.mail", run_at=timezone.now() + dt.timedelta(days=1))
                ended = timezone.now() - dt.timedelta(days=days)
                Job.objects.filter(pk=made).update(
                    state=state, dedupe_key=key, finished_at=None if state == "queued" else ended
                )
                pile.add(made)
    ticking.queue_due_work()
    drain(queues=["default"])
    with tenant(northwind.id):
        left = set(Job.objects.filter(kind="test.mail").values_list("id", flat=True))
    assert left == kept
    assert gone
