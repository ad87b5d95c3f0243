"""Figure 3: a CSV import with its checks, deduplication and marks, and what memory it takes.

    python -m benchmarks.imports [--rows 1000000]

Side by side in one run: the same rows, read already, by COPY into a temporary table and INSERT ON
CONFLICT, which is the quickest way in that refuses repeats; the import as its job runs it, from
stored bytes to the last commit; the same file again, all repeats; the same file in no order.
"""

import argparse
import datetime as dt
import io
import random
import resource
from typing import Any

from benchmarks.measurements import make_tenants
from benchmarks.table import Table, bowline, seconds_of

REACH_SHARE, REACH_RATE, REACH_MB = 0.5, 20_000, 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with bowline():
        company = make_tenants(1)[0]
        _measure(company, rows)


def _lines(rows: int) -> list[str]:
    start = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    return [
        f"{(start + dt.timedelta(seconds=30 * (i // 2))).isoformat()},{i % 997}.25,eu-{i % 7}\n"
        for i in range(rows)
    ]


_STAGING = """
create temporary table floor_staging (
  id uuid, observed_at timestamptz, value numeric, numerator numeric, denominator numeric,
  weight numeric, series text, source text, external_id text
)
"""


def _floor(company: Any, lines: list[str]) -> None:
    """The quickest way in: rows that are known to be right, in one COPY and one INSERT."""
    from django.db import connection

    from kpis.models import Kpi
    from kpis.services import store
    from tenants.isolation import tenant

    text = io.StringIO()
    for i, line in enumerate(lines):
        at, value, series = line.rstrip().split(",")
        millis = int(dt.datetime.fromisoformat(at).timestamp()) * 1000
        number = millis << 80 | 7 << 76 | 2 << 62 | i
        text.write(f"{number:032x}\t{at}\t{value}\t\\N\t\\N\t\\N\t{series}\tfloor\t\\N\n")
    text.seek(0)
    with tenant(company.pk), connection.cursor() as cursor:
        kpi = Kpi.objects.get(key="downtime")
        cursor.execute("set local statement_timeout = '20min'")
        facts = {"tenant": company.pk, "kpi": kpi.pk, "zone": "UTC", "import": None}

        def put() -> None:
            cursor.execute(_STAGING)
            cursor.copy_expert("copy pg_temp.floor_staging from stdin", text)
            cursor.execute(store._INSERT.format(rows="pg_temp.floor_staging s"), facts)

        _floor_seconds.append(seconds_of(put))


_floor_seconds: list[float] = []


def _import(company: Any, key: str, lines: list[str]) -> tuple[float, Any]:
    """Store the file, then work its job off; answers the seconds of the job alone."""
    from kpis.models import Kpi
    from kpis.services.imports import import_start, import_upload
    from tenants.audit.actors import SystemActor
    from tenants.isolation import tenant
    from tenants.jobs.drain import drain

    data = ("observed_at,value,series\n" + "".join(lines)).encode()
    pieces = (data[at : at + 65_536] for at in range(0, len(data), 65_536))
    actor = SystemActor()
    with tenant(company.pk):
        upload = import_upload(
            kpi=Kpi.objects.get(key=key), actor=actor, filename="f.csv", size=len(data),
            pieces=pieces,
        )  # fmt: skip
        import_start(upload=upload, actor=actor)
    del data, pieces
    seconds = seconds_of(lambda: drain(queues=["imports"], seconds=3600))
    with tenant(company.pk):
        upload.refresh_from_db()
    assert upload.status == "done", upload.problem
    return seconds, upload


def _measure(company: Any, rows: int) -> None:
    lines = _lines(rows)
    _floor(company, lines)
    floor = _floor_seconds[0]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    seconds, done = _import(company, "response_time", lines)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024 - before
    assert done.rows_accepted == rows
    again, repeated = _import(company, "response_time", lines)
    assert repeated.rows_duplicate == rows
    random.Random(1).shuffle(lines)
    mixed, unsorted = _import(company, "mttr", lines)
    assert unsorted.rows_accepted == rows
    table = Table(f"3. Import of {rows:,} rows", ["way", "seconds", "rows/s"])
    table.row("COPY + INSERT ON CONFLICT, no checks", floor, rows / floor, base=True)
    table.row("import: read, checked, numbered, stored, marked", seconds, rows / seconds)
    table.row("the same file again", again, rows / again)
    table.row("the file in no order, into another figure", mixed, rows / mixed)
    table.note(f"Reach ≥ {REACH_SHARE:.0%} of the floor's rate: {floor / seconds:.0%}.")
    table.note(f"Reach ≥ {REACH_RATE:,} rows/s: {rows / seconds:,.0f}.")
    table.note(
        f"Reach ≤ {REACH_MB} MB: the import's peak lay {grown} MB over what this process held"
        f" before, its own test data included ({before} MB)."
    )
    table.print()


if __name__ == "__main__":
    main()
