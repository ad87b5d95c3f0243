"""Importers and workers at once, with real threads and commits: no mark is lost, none is late."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import ProgrammingError, connection

from kpis.models import Aggregation, Kpi, Mark, Measurement, Rollup
from kpis.rollups.everything import rebuild_everything
from kpis.rollups.locks import Lock, lock
from kpis.rollups.working import rebuild_next, work_off_marks
from kpis.services.measurements import measurement_correct, measurements_record
from tenants.errors import StaleVersion
from tenants.isolation import tenant
from tenants.jobs.drain import drain
from tenants.jobs.ticking import queue_due_work
from tenants.models import AuditEvent, Tenant
from tests.factories import BOWLINE, Company, make_company
from tests.kpis.factories import make_kpi, rolled_up, stored, the_only
from tests.kpis.test_exactness import compare


@pytest.fixture
def committed(committed_db: None) -> Company:
    return make_company("northwind")


def in_thread(work: Callable[[], Any]) -> threading.Thread:
    """Run `work` in a thread with a connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def record(kpi: Kpi, *rows: tuple[str, int]) -> None:
    raws = [{"observed_at": at, "value": value} for at, value in rows]
    measurements_record(kpi=kpi, actor=BOWLINE, raws=raws)


def test_mark_appended_while_a_worker_deletes_the_old_one_survives(committed: Company) -> None:
    """The importer's transaction is open before and commits after the worker's."""
    with tenant(committed.id):
        kpi = make_kpi("sum")
        record(kpi, ("2026-10-05T12:00:00Z", 1))
    inserted, worked = threading.Event(), threading.Event()

    def importer() -> None:
        with tenant(committed.id):
            record(kpi, ("2026-10-05T13:00:00Z", 10))
            inserted.set()
            assert worked.wait(20)

    thread = in_thread(importer)
    assert inserted.wait(20)
    with tenant(committed.id):
        work_off_marks()
        assert stored(kpi) == {"2026-10-05": 1}
    worked.set()
    thread.join(20)
    with tenant(committed.id):
        assert Mark.objects.count() == 1, "the importer's own mark is still there"
        work_off_marks()
        assert stored(kpi) == {"2026-10-05": 11}


def test_worker_that_read_earlier_never_overwrites_one_that_read_later(committed: Company) -> None:
    """While one worker holds a figure, another leaves it alone, and works others off."""
    with tenant(committed.id):
        kpi, other = make_kpi("sum"), make_kpi("max")
        record(kpi, ("2026-10-05T12:00:00Z", 1))
        record(other, ("2026-10-05T12:00:00Z", 1))
    locked, go_on = threading.Event(), threading.Event()

    def first_worker() -> None:
        with tenant(committed.id):
            lock(Lock.ROLLUP, kpi.pk)
            locked.set()
            assert go_on.wait(20)
            work_off_marks()

    thread = in_thread(first_worker)
    assert locked.wait(20)
    with tenant(committed.id):
        record(kpi, ("2026-10-05T13:00:00Z", 10))
        work_off_marks()
        assert (stored(kpi), stored(other)) == ({}, {"2026-10-05": 1})
    go_on.set()
    thread.join(20)
    with tenant(committed.id):
        assert stored(kpi) == {"2026-10-05": 11}


def test_rebuild_for_a_new_zone_waits_for_an_open_insert(committed: Company) -> None:
    """Else the insert would commit days of the old zone into rollups of the new one."""
    with tenant(committed.id):
        kpi = make_kpi("sum")
        Tenant.objects.update(time_zone="Asia/Kathmandu")
    inserted, started = threading.Event(), threading.Event()

    def importer() -> None:
        with tenant(committed.id):
            record(kpi, ("2026-10-05T20:00:00Z", 1))
            inserted.set()
            assert started.wait(20)

    def rebuilder() -> None:
        with tenant(committed.id):
            started.set()
            while rebuild_next():
                pass

    one = in_thread(importer)
    assert inserted.wait(20)
    other = in_thread(rebuilder)
    one.join(20)
    other.join(20)
    with tenant(committed.id):
        work_off_marks()
        assert stored(kpi) == {"2026-10-06": 1}
        compare(Kpi.objects.get(pk=kpi.pk))


@pytest.mark.parametrize("second", ["6", "7"])
def test_of_two_who_correct_what_both_read_the_second_is_told(
    committed: Company, second: str
) -> None:
    """Who meant the same number changes nothing; who meant another one is asked to look again."""
    with tenant(committed.id):
        kpi = make_kpi("sum")
        record(kpi, ("2026-10-05T12:00:00Z", 5))
        read = the_only(kpi)
    start = threading.Barrier(2)
    answers: list[Any] = []

    def corrector(value: str) -> Callable[[], None]:
        def run() -> None:
            start.wait(20)
            try:
                with tenant(committed.id):
                    answers.append(
                        measurement_correct(
                            kpi=kpi,
                            actor=BOWLINE,
                            measurement_id=read.id,
                            changes={"value": value},
                            reason="Misread",
                            if_version=read.version,
                        )[1]
                    )
            except StaleVersion:
                answers.append(StaleVersion)

        return run

    for thread in [in_thread(corrector("6")), in_thread(corrector(second))]:
        thread.join(20)
    refused: Any = False if second == "6" else StaleVersion
    assert sorted(answers, key=lambda a: a is not True) == [True, refused]
    with tenant(committed.id):
        assert AuditEvent.objects.filter(verb="kpi.measurement_corrected").count() == 1
        assert Measurement.objects.count() == 1
        assert rolled_up(kpi) == {"2026-10-05": the_only(kpi).value}
        compare(kpi)


@pytest.mark.slow
def test_many_importers_and_workers_end_in_the_exact_figures(committed: Company) -> None:
    with tenant(committed.id):
        figures = [make_kpi(name) for name in ("sum", "last", "p95")]
    done = threading.Event()
    failures: list[BaseException] = []

    def noting(work: Callable[[], Any]) -> Callable[[], None]:
        def run() -> None:
            try:
                work()
            except BaseException as error:
                failures.append(error)

        return run

    def importer(number: int) -> Callable[[], None]:
        def run() -> None:
            start = dt.datetime(2026, 9, 28, tzinfo=dt.UTC)
            for turn in range(12):
                for kpi in figures:
                    raws = [
                        {
                            "observed_at": start + dt.timedelta(hours=5 * turn + 7 * i),
                            "value": number * 100 + turn,
                            "series": str(number),
                        }
                        for i in range(5)
                    ]
                    with tenant(committed.id):
                        measurements_record(kpi=kpi, actor=BOWLINE, raws=raws)

        return run

    def worker() -> None:
        while not done.is_set():
            with tenant(committed.id):
                work_off_marks(limit=2)

    importers = [in_thread(noting(importer(number))) for number in range(3)]
    workers = [in_thread(noting(worker)) for _ in range(3)]
    for thread in importers:
        thread.join(90)
    done.set()
    for thread in workers:
        thread.join(30)
    assert failures == []
    with tenant(committed.id):
        for kpi in figures:
            compare(kpi)
            assert Rollup.objects.filter(kpi_id=kpi.pk, period="year").get().n > 100


def test_tick_queues_the_work_of_marks_and_of_new_settings(committed: Company) -> None:
    with tenant(committed.id):
        kpi = make_kpi("sum")
        record(kpi, ("2026-10-05T20:00:00Z", 1))
    queue_due_work()
    queue_due_work()
    assert drain(queues=["rollups"]) == 1
    with tenant(committed.id):
        assert stored(kpi) == {"2026-10-05": 1}
        Tenant.objects.update(time_zone="Asia/Kathmandu")
    queue_due_work()
    drain(queues=["rollups"])
    with tenant(committed.id):
        assert stored(kpi) == {"2026-10-06": 1}
    queue_due_work()
    assert drain(queues=["rollups"]) == 0, "nothing is due any more"


def test_everything_built_anew_equals_the_recompute_for_each_tenant(committed: Company) -> None:
    other = make_company("contoso", time_zone="Asia/Kathmandu", week_start="sunday")
    with tenant(other.id):
        while rebuild_next():
            pass
    figures = {}
    for company in (committed, other):
        with tenant(company.id):
            figures[company.id] = [make_kpi(name) for name in Aggregation.values]
            for kpi in figures[company.id]:
                record(kpi, ("2026-10-05T20:00:00Z", 1), ("2026-01-05T20:00:00Z", 5))
            work_off_marks()
            Rollup.objects.filter(period="month").update(value=99)
    rebuild_everything()
    for company in (committed, other):
        with tenant(company.id):
            for kpi in figures[company.id]:
                compare(kpi)
            record(figures[company.id][0], ("2026-10-05T21:00:00Z", 1))
            compare(figures[company.id][0])
    with connection.cursor() as cursor:
        cursor.execute(
            "select relrowsecurity, relforcerowsecurity from pg_class where relname = 'kpis_rollup'"
        )
        assert cursor.fetchone() == (True, True)
    with pytest.raises(ProgrammingError, match="no tenant is set"):
        connection.cursor().execute("select from kpis_rollup")
