"""The loop of a worker: fences, attempts, fairness, limits."""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from tenants.isolation import tenant
from tenants.jobs import drain as draining
from tenants.jobs import enqueue
from tenants.jobs.claims import Claimer, reclaim
from tenants.jobs.drain import drain, run_claims
from tenants.jobs.models import Job
from tenants.jobs.registry import KINDS, Queue, job
from tests.factories import Company
from tests.tenants.jobs.conftest import RegisterKind
from tests.tenants.jobs.rows import jobs_of, let_leases_run_out, let_waits_pass, put


def test_job_is_run_once_inside_its_tenant(northwind: Company, kind: RegisterKind) -> None:
    seen: list[Any] = []

    def handler(row: Job) -> None:
        from tenants.isolation import current_tenant_id

        seen.append((row.args["number"], current_tenant_id()))

    kind("test.once", handler)
    put(northwind, "test.once", 3)

    assert drain(queues=["default"]) == 3
    assert drain(queues=["default"]) == 0

    assert seen == [(number, northwind.id) for number in range(3)]
    rows = jobs_of(northwind)
    assert [(row.state, row.attempts, row.claims) for row in rows] == [("done", 1, 1)] * 3
    assert all(row.finished_at and row.started_at and row.lease_until is None for row in rows)


def test_claim_is_committed_before_the_effects_run(northwind: Company, kind: RegisterKind) -> None:
    states: list[Any] = []

    def handler(row: Job) -> None:
        with connections["migrate"].cursor() as cursor:  # another session: sees commits alone
            cursor.execute("select state, attempts, claims from tenants_job")
            states.extend(cursor.fetchall())

    kind("test.claimed", handler)
    put(northwind, "test.claimed")
    drain(queues=["default"])
    assert states == [("running", 1, 1)]


def test_failed_handler_is_rolled_back_and_tried_again_later(
    northwind: Company, kind: RegisterKind
) -> None:
    def handler(row: Job) -> None:
        Job.objects.filter(pk=row.pk).update(request_id="touched")
        raise ZeroDivisionError("no weeks to divide by")

    kind("test.fails", handler, max_attempts=2)
    put(northwind, "test.fails")

    before = timezone.now()
    drain(queues=["default"])
    (row,) = jobs_of(northwind)
    assert (row.state, row.attempts, row.request_id) == ("queued", 1, "")
    assert "no weeks to divide by" in row.last_error
    assert before < row.run_at <= timezone.now() + dt.timedelta(seconds=2)
    with tenant(northwind.id):  # a wait that no slow machine outlasts
        Job.objects.update(run_at=timezone.now() + dt.timedelta(hours=1))
    assert drain(queues=["default"]) == 0, "it waits for its time"

    let_waits_pass(northwind)
    drain(queues=["default"])
    (row,) = jobs_of(northwind)
    assert (row.state, row.attempts) == ("failed", 2)
    assert row.finished_at is not None


def test_waits_grow_from_attempt_to_attempt(northwind: Company, kind: RegisterKind) -> None:
    kind("test.fails", lambda row: 1 / 0, max_attempts=9)
    put(northwind, "test.fails")
    for wait in (2, 10, 60, 300, 1800, 1800):
        let_waits_pass(northwind)
        before = timezone.now()
        drain(queues=["default"])
        (row,) = jobs_of(northwind)
        least, most = (dt.timedelta(seconds=wait + more) for more in (-1, 1))
        assert before + least <= row.run_at <= timezone.now() + most


def test_poison_is_counted_before_it_runs_and_stopped(
    northwind: Company, kind: RegisterKind
) -> None:
    """A job that kills its worker each time never reaches any of our handling of errors."""
    ran: list[int] = []
    kind("test.poison", lambda row: ran.append(1), max_attempts=3)
    put(northwind, "test.poison")
    for attempt in (1, 2, 3):
        (claimed,) = Claimer("default").claim()  # … and the process is gone
        assert claimed.attempts == attempt
        let_leases_run_out(northwind)
        assert reclaim() == 1
    drain(queues=["default"])

    (row,) = jobs_of(northwind)
    assert row.state == "failed"
    assert "died in each of 3 attempts" in row.last_error
    assert ran == []


def test_job_of_an_unknown_kind_fails_with_a_reason(northwind: Company, kind: RegisterKind) -> None:
    kind("test.removed", lambda row: None)
    put(northwind, "test.removed")
    del KINDS["test.removed"]
    drain(queues=["default"])
    (row,) = jobs_of(northwind)
    assert row.state == "failed"
    assert row.last_error == "Nothing here runs jobs of kind 'test.removed'."


def test_worker_that_lost_its_lease_changes_nothing(northwind: Company, kind: RegisterKind) -> None:
    runs: list[str] = []

    def handler(row: Job) -> None:
        runs.append("ran")
        if len(runs) == 1:  # while this one sleeps, its lease runs out and another finishes the job
            thread = threading.Thread(target=take_over)
            thread.start()
            thread.join()
        Job.objects.filter(pk=row.pk).update(request_id=f"effect {len(runs)}")

    def take_over() -> None:
        let_leases_run_out(northwind)
        drain(queues=["default"])
        connections.close_all()

    kind("test.slow", handler)
    put(northwind, "test.slow")
    drain(queues=["default"])

    (row,) = jobs_of(northwind)
    assert runs == ["ran", "ran"]
    assert (row.state, row.claims, row.request_id) == ("done", 2, "effect 2")


def test_effects_are_undone_when_the_claim_goes_during_the_handler(
    northwind: Company, kind: RegisterKind
) -> None:
    def handler(row: Job) -> None:
        put_effect(row)
        thread = threading.Thread(target=lose)
        thread.start()
        thread.join()

    def put_effect(row: Job) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "update tenants_member set title = 'effect' where tenant_id = %s", [row.tenant_id]
            )

    def lose() -> None:
        let_leases_run_out(northwind)
        reclaim()
        connections.close_all()

    kind("test.lost", handler)
    put(northwind, "test.lost")
    run_claims(Claimer("default").claim())

    with tenant(northwind.id), connection.cursor() as cursor:
        cursor.execute("select count(*) from tenants_member where title = 'effect'")
        assert cursor.fetchone() == (0,)
    assert jobs_of(northwind)[0].state == "queued"


def test_lease_is_renewed_while_a_long_step_runs(northwind: Company, kind: RegisterKind) -> None:
    import time

    taken: list[int] = []

    def handler(row: Job) -> None:
        leases, until = set(), time.monotonic() + 60
        while len(leases) < 3 and time.monotonic() < until:  # until it was renewed twice
            with connections["migrate"].cursor() as cursor:  # another session
                cursor.execute("select lease_until from tenants_job")
                leases |= set(cursor.fetchall())
            time.sleep(0.05)
        assert len(leases) >= 3
        taken.append(reclaim())

    kind("test.long", handler, lease=dt.timedelta(seconds=3), queue=Queue.MAIL)
    put(northwind, "test.long")
    drain(queues=["mail"])
    assert taken == [0]
    assert jobs_of(northwind)[0].state == "done"


def test_lease_of_one_kind_is_not_anothers(northwind: Company, kind: RegisterKind) -> None:
    """Or one patient kind would make every killed worker's jobs in its queue wait as long."""
    kind("test.patient", lambda row: None, lease=dt.timedelta(minutes=30))
    kind("test.quick", lambda row: None, lease=dt.timedelta(seconds=2))
    put(northwind, "test.patient")
    put(northwind, "test.quick")
    claimer = Claimer("default")
    held = {claim.kind: claim.id for _ in range(2) for claim in claimer.claim()}
    leases = {row.pk: row.lease_until - timezone.now() for row in jobs_of(northwind)}
    assert dt.timedelta(minutes=29) < leases[held["test.patient"]] <= dt.timedelta(minutes=30)
    assert leases[held["test.quick"]] <= dt.timedelta(seconds=2)


# -- steps ----------------------------------------------------------------------------------------


def test_steps_are_committed_one_by_one(northwind: Company, kind: RegisterKind) -> None:
    progress: list[Any] = []

    def handler(row: Job) -> bool:
        with connections["migrate"].cursor() as cursor:
            cursor.execute("select progress_done, progress_total from tenants_job")
            progress.append(cursor.fetchone())
        row.progress_done += 10
        row.progress_total = 30
        return row.progress_done < 30

    kind("test.steps", handler)
    put(northwind, "test.steps")
    drain(queues=["default"])
    assert progress == [(0, None), (10, 30), (20, 30)]
    (row,) = jobs_of(northwind)
    assert (row.state, row.progress_done, row.percent) == ("done", 30, 100.0)


def test_progress_starts_the_attempts_anew(northwind: Company, kind: RegisterKind) -> None:
    """Three deaths in a thousand steps are no poison; three in the same step are."""

    def handler(row: Job) -> bool:
        row.progress_done += 1
        if row.progress_done in (2, 4) and row.attempts < 2:
            raise ConnectionResetError
        return row.progress_done < 5

    kind("test.bumpy", handler, max_attempts=2)
    put(northwind, "test.bumpy")
    for _ in range(3):
        let_waits_pass(northwind)
        drain(queues=["default"])
    (row,) = jobs_of(northwind)
    assert (row.state, row.progress_done, row.last_error) == ("done", 5, "")


def test_long_job_gives_its_place_to_another_tenants(
    northwind: Company, contoso: Company, kind: RegisterKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draining, "SLICE", 0.0)
    order: list[str] = []

    def handler(row: Job) -> bool:
        order.append("northwind" if row.tenant_id == northwind.id else "contoso")
        row.progress_done += 1
        return row.progress_done < 3

    kind("test.import", handler, queue=Queue.IMPORTS)
    put(northwind, "test.import")
    put(contoso, "test.import")
    drain(queues=["imports"])
    assert sorted(order[:2]) == ["contoso", "northwind"]
    assert sorted(order[2:4]) == ["contoso", "northwind"]
    assert [row.state for row in jobs_of(northwind) + jobs_of(contoso)] == ["done", "done"]


def test_statement_limit_of_a_kind_holds_for_its_transaction_alone(
    northwind: Company, kind: RegisterKind
) -> None:
    limits: list[str] = []

    def handler(row: Job) -> None:
        with connection.cursor() as cursor:
            cursor.execute("show statement_timeout")
            limits.append(cursor.fetchone()[0])

    kind("test.long", handler, statement_timeout=dt.timedelta(minutes=5))
    kind("test.short", handler)
    put(northwind, "test.long")
    drain(queues=["default"])
    put(northwind, "test.short")
    drain(queues=["default"])
    assert limits == ["5min", "30s"]


def test_statement_limit_beyond_the_workers_own_is_refused() -> None:
    with pytest.raises(ValueError, match="use several steps"):
        job("test.endless", statement_timeout=dt.timedelta(hours=1))


def test_tenant_with_ten_thousand_jobs_delays_nobody(
    northwind: Company, contoso: Company, kind: RegisterKind
) -> None:
    order: list[str] = []
    kind("test.mail", lambda row: order.append(row.args["of"]), queue=Queue.MAIL)
    with tenant(northwind.id), connection.cursor() as cursor:
        cursor.execute(
            "insert into tenants_job (id, tenant_id, kind, queue, args, dedupe_key, state,"
            " attempts, run_at, progress_done, last_error, created_at, request_id)"
            " select uuidv7(), %s, 'test.mail', 'mail', '{\"of\": \"northwind\"}', '', 'queued',"
            " 0, now(), 0, '', now(), '' from generate_series(1, 10000)",
            [northwind.id],
        )
    with tenant(contoso.id):
        enqueue("test.mail", of="contoso")
    for _ in range(3):
        run_claims(draining._CLAIMERS.setdefault("mail", Claimer("mail")).claim())
    assert "contoso" in order


def test_limits_of_a_tenant_hold_under_concurrent_claims(
    northwind: Company, contoso: Company, kind: RegisterKind
) -> None:
    kind("test.heavy", lambda row: None)
    put(northwind, "test.heavy", 30)
    put(contoso, "test.heavy", 30)
    claimed: list[Any] = []
    start = threading.Barrier(8)

    def worker() -> None:
        start.wait()
        for _ in range(3):
            claimed.extend(Claimer("default").claim())
        connections.close_all()

    threads = [threading.Thread(target=worker) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len({claim.id for claim in claimed}) == 4
    assert [len(jobs_of(c, state="running")) for c in (northwind, contoso)] == [2, 2]


def test_slow_lane_has_one_limit_for_all_its_queues(
    northwind: Company, contoso: Company, kind: RegisterKind
) -> None:
    kind("test.import", lambda row: None, queue=Queue.IMPORTS)
    kind("test.export", lambda row: None, queue=Queue.EXPORTS)
    put(northwind, "test.import")
    put(contoso, "test.export")
    assert len(Claimer("imports").claim()) == 1
    assert Claimer("exports").claim() == []


def test_queue_is_left_to_those_who_serve_it(northwind: Company, kind: RegisterKind) -> None:
    kind("test.import", lambda row: None, queue=Queue.IMPORTS)
    put(northwind, "test.import")
    assert drain(queues=["default", "mail", "rollups"]) == 0
    assert drain(queues=["imports"]) == 1


def test_job_of_tomorrow_waits(northwind: Company, kind: RegisterKind) -> None:
    kind("test.later", lambda row: None)
    put(northwind, "test.later", run_at=timezone.now() + dt.timedelta(days=1))
    assert drain(queues=["default"]) == 0
    let_waits_pass(northwind)
    assert drain(queues=["default"]) == 1


def test_jobs_run_in_the_order_of_their_times(northwind: Company, kind: RegisterKind) -> None:
    order: list[str] = []
    kind("test.ordered", lambda row: order.append(row.args["name"]))
    now = timezone.now()
    with tenant(northwind.id):
        enqueue("test.ordered", name="second", run_at=now - dt.timedelta(seconds=1))
        enqueue("test.ordered", name="first", run_at=now - dt.timedelta(seconds=2))
    drain(queues=["default"])
    assert order == ["first", "second"]
