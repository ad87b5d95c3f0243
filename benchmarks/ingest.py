"""Figure 4: a list of 10,000 measurements by the API, against unnest ON CONFLICT of the same rows.

    python -m benchmarks.ingest [--rows 10000] [--rounds 9]

The request is whole: key, throttle, JSON, every check, insert, marks, audit, commit, answer. The
floor is one INSERT … SELECT unnest ON CONFLICT DO NOTHING of rows that are known to be right, as
the owner. The two take turns; each round has rows of its own.
"""

import argparse
import datetime as dt
import json
import statistics
from typing import Any

from benchmarks.measurements import make_tenants
from benchmarks.table import Table, bowline, seconds_of

REACH = 0.6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    with bowline():
        _measure(make_tenants(1)[0], options.rows, options.rounds)


def _rows(rows: int, turn: int) -> list[dict[str, Any]]:
    start = dt.datetime(2024, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=10 * turn)
    return [
        {
            "observed_at": (start + dt.timedelta(seconds=60 * i)).isoformat(),
            "value": i % 997 + 0.25,
            "series": "eu",
        }
        for i in range(rows)
    ]


_FLOOR = """
insert into kpis_measurement (tenant_id, kpi_id, id, observed_at, local_date, value, series, source)
select %s, %s, id, at, (at at time zone 'UTC')::date, value, 'eu', 'floor'
from unnest(%s::uuid[], %s::timestamptz[], %s::numeric[]) as s (id, at, value)
on conflict do nothing
"""


def _floor(tenant_id: Any, kpi_id: Any, rows: list[dict[str, Any]]) -> float:
    from django.db import connections, transaction

    ats = [dt.datetime.fromisoformat(row["observed_at"]) for row in rows]
    ids = [
        f"{int(at.timestamp()) * 1000 << 80 | 7 << 76 | 2 << 62 | place:032x}"
        for place, at in enumerate(ats)
    ]
    values = [row["value"] for row in rows]

    def put() -> None:
        with transaction.atomic(using="migrate"), connections["migrate"].cursor() as cursor:
            cursor.execute(_FLOOR, [tenant_id, kpi_id, ids, ats, values])

    return seconds_of(put)


def _measure(company: Any, rows: int, rounds: int) -> None:
    from django.core.cache import cache
    from django.test import Client

    from kpis.models import Kpi
    from tenants.audit.actors import SystemActor
    from tenants.isolation import tenant
    from tenants.models import Member
    from tenants.services import api_key_create

    with tenant(company.pk):
        ours, theirs = Kpi.objects.get(key="response_time"), Kpi.objects.get(key="mttr")
        key = api_key_create(actor=SystemActor(), name="bench", member=Member.objects.get())[1]
    client = Client(SERVER_NAME="127.0.0.1", headers={"Authorization": f"Bearer {key}"})
    path = f"/api/v1/kpis/{ours.pk}/measurements/"
    floor, whole = [], []
    for turn in range(rounds + 1):
        content = _rows(rows, turn)
        body = json.dumps(content)
        answers: list[Any] = []

        def send(body: str = body, answers: list[Any] = answers) -> None:
            answers.append(client.post(path, body, content_type="application/json"))

        seconds = seconds_of(send)
        assert answers[0].json()["accepted"] == rows, answers[0].content[:300]
        cache.clear()
        base = _floor(company.pk, theirs.pk, content)
        if turn:  # the first of each warms up
            whole.append(seconds)
            floor.append(base)
    base, seconds = statistics.median(floor), statistics.median(whole)
    table = Table(f"4. {rows:,} measurements in one request", ["way", "seconds", "rows/s"])
    table.row("unnest ON CONFLICT, no checks, no HTTP", base, rows / base, base=True)
    table.row("POST /kpis/{id}/measurements/", seconds, rows / seconds)
    table.note(f"Reach ≥ {REACH:.0%} of the floor's rate: {base / seconds:.0%}.")
    table.print()


if __name__ == "__main__":
    main()
