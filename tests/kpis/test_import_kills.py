"""An import whose worker dies: it goes on where it stood, and ends as if nothing had been."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from kpis.imports import working
from kpis.models import Kpi, Measurement, MeasurementImport
from kpis.services.imports import import_continue, import_start
from tenants.isolation import tenant
from tenants.jobs.drain import drain
from tests.factories import BOWLINE, Company, make_company
from tests.kpis.factories import upload

ROWS = 3_000
MAPPING = {"observed_at": "time", "value": "ms"}


def content() -> str:
    """Rows of one a second, twice each, so that an equal one is lost or doubled visibly."""
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    lines = (f"{(start + dt.timedelta(seconds=i // 2)).isoformat()},{i // 2}" for i in range(ROWS))
    return "time,ms\n" + "\n".join(lines)


@pytest.fixture
def committed(committed_db: None) -> Company:
    return make_company("northwind")


def started(company: Company) -> MeasurementImport:
    with tenant(company.id):
        stored = upload(Kpi.objects.get(key="response_time"), content())
        return import_start(upload=stored, actor=BOWLINE, mapping=MAPPING)


def assert_whole(company: Company, row: MeasurementImport) -> None:
    with tenant(company.id):
        row.refresh_from_db()
        assert (row.status, row.rows_total, row.rows_accepted, row.rows_duplicate) == (
            "done",
            ROWS,
            ROWS,
            0,
        )
        found = list(Measurement.objects.values_list("value", flat=True))
        assert sorted(found) == [i // 2 for i in range(ROWS)]


class Died(BaseException):
    """What a killed worker looks like from inside: nothing after it runs."""


@pytest.mark.parametrize("dies_at", ["identify", "store", "_note"])
def test_step_that_dies_anywhere_is_repeated_from_its_first_byte(
    committed: Company, monkeypatch: pytest.MonkeyPatch, dies_at: str
) -> None:
    monkeypatch.setattr(working, "STEP_ROWS", 400)
    row = started(committed)
    real = getattr(working, dies_at)
    for _ in range(3):
        with tenant(committed.id):
            import_continue(upload_id=row.pk)

        def die(*args: Any, **kwargs: Any) -> Any:
            real(*args, **kwargs)
            raise Died

        monkeypatch.setattr(working, dies_at, die)
        with pytest.raises(Died), tenant(committed.id):
            import_continue(upload_id=row.pk)
        monkeypatch.setattr(working, dies_at, real)
    drain(queues=["imports"])
    assert_whole(committed, row)


WORKER = """
import django; django.setup()
from django.conf import settings
from django.db import connections
import sys
for alias in settings.DATABASES:
    connections[alias].settings_dict["NAME"] = sys.argv[1]
from kpis.imports import working
working.STEP_ROWS = 20
from tenants.jobs.drain import drain
print("ready", flush=True)
while True:
    drain(queues=["imports"])
"""


@pytest.mark.slow
def test_worker_killed_with_kill_9_leaves_nothing_half_done(
    committed: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = started(committed)
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTEST_VERSION"
    } | {"DJANGO_SETTINGS_MODULE": "config.settings.test"}
    for _ in range(3):
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, settings.DATABASES["default"]["NAME"]],
            env=environment,
            cwd=Path(__file__).resolve().parents[2],
            stdout=subprocess.PIPE,
        )
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"ready\n"
        before = offset_of(committed, row)
        until = time.monotonic() + 30
        while offset_of(committed, row) == before and time.monotonic() < until:
            time.sleep(0.02)
        assert offset_of(committed, row) > before, "it was at work when it was killed"
        worker.send_signal(signal.SIGKILL)
        worker.wait(60)
        time.sleep(0.5)  # until the server has noticed
        with connections["tick"].cursor() as cursor:  # the lease of the dead runs out
            cursor.execute("update tenants_job set lease_until = now() where state = 'running'")
    monkeypatch.setattr(working, "STEP_ROWS", 100)
    drain(queues=["imports"])
    assert_whole(committed, row)


def offset_of(company: Company, row: MeasurementImport) -> int:
    with tenant(company.id):
        return MeasurementImport.objects.values_list("offset", flat=True).get(pk=row.pk)
