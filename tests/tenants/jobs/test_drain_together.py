"""Short jobs that share a transaction, and what becomes of those beside a poison."""

import datetime as dt
import threading

import pytest
from django.db import connection, connections

from tenants.isolation import tenant
from tenants.jobs import drain as draining
from tenants.jobs.claims import Claimer, reclaim
from tenants.jobs.drain import drain, run_claims
from tenants.jobs.models import Job
from tenants.jobs.registry import Queue
from tests.factories import Company
from tests.tenants.jobs.conftest import RegisterKind
from tests.tenants.jobs.rows import jobs_of, let_leases_run_out, put

# -- many at once ---------------------------------------------------------------------------------


def test_short_jobs_of_a_tenant_share_a_transaction(northwind: Company, kind: RegisterKind) -> None:
    transactions: set[int] = set()

    def handler(row: Job) -> None:
        with connection.cursor() as cursor:
            cursor.execute("select txid_current()")
            transactions.add(cursor.fetchone()[0])

    kind("test.short", handler, together=20)
    put(northwind, "test.short", 41)
    assert drain(queues=["default"]) == 41
    assert len(transactions) == 3  # the first finds out that they are short: 1, 20, 20
    assert {row.state for row in jobs_of(northwind)} == {"done"}


def test_failure_among_short_jobs_harms_only_itself(northwind: Company, kind: RegisterKind) -> None:
    def handler(row: Job) -> None:
        if row.args["number"] == 7:
            raise ValueError("seven")
        with connection.cursor() as cursor:
            cursor.execute(
                "update tenants_member set title = title || '.'"
                " where tenant_id = %s and roles @> '{cto}'",
                [row.tenant_id],
            )

    kind("test.short", handler, together=20, max_attempts=1)
    put(northwind, "test.short", 12)
    drain(queues=["default"])

    assert [row.args["number"] for row in jobs_of(northwind, state="failed")] == [7]
    assert len(jobs_of(northwind, state="done")) == 11
    with tenant(northwind.id), connection.cursor() as cursor:
        cursor.execute("select title from tenants_member where roles @> '{cto}'")
        assert cursor.fetchone() == ("." * 11,)


def test_jobs_beside_a_poison_are_not_blamed(northwind: Company, kind: RegisterKind) -> None:
    """A worker killed in a group leaves each of it with one attempt; then each runs alone."""
    kind("test.short", lambda row: None, together=20, max_attempts=2)
    put(northwind, "test.short", 6)
    claimer = Claimer("default")
    claimer._last = "test.short"
    assert len(claimer.claim()) == 6  # … and the process is gone
    let_leases_run_out(northwind)
    reclaim()
    assert [len(claimer.claim()) for _ in range(2)] == [1, 1]


def test_what_cannot_begin_in_a_slice_is_given_back(
    northwind: Company, contoso: Company, kind: RegisterKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draining, "SLICE", -1.0)
    kind("test.short", lambda row: None, together=5)
    put(northwind, "test.short", 5)
    put(contoso, "test.short", 5)
    claimer = Claimer("default")
    claimer._last = "test.short"
    claims = claimer.claim()
    assert len(claims) == 10
    assert run_claims(claims) == 5
    left = jobs_of(northwind, state="queued") + jobs_of(contoso, state="queued")
    assert [(row.attempts, row.claims) for row in left] == [(0, 1)] * 5


def test_jobs_behind_one_that_hangs_are_left_to_others(
    northwind: Company, contoso: Company, kind: RegisterKind
) -> None:
    """Short ones of two tenants were claimed at once; the first hangs beyond the lease."""
    import time

    by: list[tuple[str, int]] = []

    def handler(row: Job) -> None:
        name = "northwind" if row.tenant_id == northwind.id else "contoso"
        if not by and threading.current_thread() is threading.main_thread():
            by.append((name, 1))
            thread = threading.Thread(target=others)
            thread.start()
            thread.join()
        else:
            by.append((name, 2))

    def others() -> None:
        until = time.monotonic() + 60
        while not drain(queues=["mail"]) and time.monotonic() < until:
            time.sleep(0.05)  # until the lease of the one behind has run out
        connections.close_all()

    kind("test.short", handler, together=5, queue=Queue.MAIL, lease=dt.timedelta(seconds=2))
    put(northwind, "test.short")
    put(contoso, "test.short")
    claimer = Claimer("mail")
    claimer._last = "test.short"
    claims = claimer.claim()
    assert len(claims) == 2
    run_claims(claims)
    assert sorted(place for _, place in by) == [1, 2]
    assert len({name for name, _ in by}) == 2
    assert [row.state for row in jobs_of(northwind) + jobs_of(contoso)] == ["done", "done"]


def test_kind_that_was_quick_is_claimed_in_numbers_until_it_is_not(
    northwind: Company, kind: RegisterKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    transactions: list[int] = []

    def handler(row: Job) -> None:
        with connection.cursor() as cursor:
            cursor.execute("select txid_current()")
            transactions.append(cursor.fetchone()[0])

    kind("test.plain", handler)
    put(northwind, "test.plain", 40)
    claimer = Claimer("default")
    monkeypatch.setattr(draining, "BRIEF", 60.0)
    sizes = [run_claims(claimer.claim()) for _ in range(3)]
    assert sizes == [1, 10, 10]
    monkeypatch.setattr(draining, "BRIEF", 0.0)
    assert [run_claims(claimer.claim()) for _ in range(2)] == [10, 1]
    assert len(set(transactions)) == 32, "each in a transaction of its own"
