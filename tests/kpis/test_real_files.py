"""The real files through the real import, compared with polars, which shares no code with us."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from kpis.models import Kpi, Rollup
from kpis.rollups.working import work_off_marks
from kpis.services.imports import import_continue, import_start, import_upload
from tests.factories import BOWLINE, Company

DATA = Path(__file__).resolve().parents[2] / "demo" / "data"
ZONE = "America/New_York"
PERIODS = {"day": "1d", "week": "1w", "month": "1mo", "quarter": "1q", "year": "1y"}


def bring_in(key: str, file: str, mapping: dict[str, str], **options: Any) -> Kpi:
    """Import a whole file into a figure of the catalogue."""
    kpi = Kpi.objects.get(key=key)
    content = (DATA / file).read_bytes()
    for expected_new in (True, False):  # the second time adds nothing
        upload = import_upload(
            kpi=kpi, actor=BOWLINE, filename=file, size=len(content), pieces=[content]
        )
        started = import_start(upload=upload, actor=BOWLINE, mapping=mapping, options=options)
        while import_continue(upload_id=started.pk)[1]:
            pass
        started.refresh_from_db()
        assert (started.status, started.rows_rejected) == ("done", 0), started.errors[:3]
        assert (started.rows_accepted > 0) is expected_new
    while work_off_marks():
        pass
    return kpi


def by_polars(
    file: str,
    at: str,
    figure: Callable[[], pl.Expr],
    period: str,
    *,
    only: pl.Expr | None = None,
) -> dict[dt.date, tuple[float, int]]:
    """The figure of each period, and how many rows it is made of."""
    rows = pl.read_csv(DATA / file, try_parse_dates=False)
    if only is not None:
        rows = rows.filter(only)
    local = (
        pl.col(at).str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC").dt.convert_time_zone(ZONE)
    )
    start = local.dt.replace_time_zone(None).dt.truncate(PERIODS[period]).dt.date()
    found = rows.group_by(start.alias("start")).agg(figure().alias("value"), pl.len().alias("n"))
    return {row["start"]: (row["value"], row["n"]) for row in found.iter_rows(named=True)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "file", "at", "mapping", "options", "figure", "only"),
    [
        ("uptime", "uptime_probes.csv", "observed_at", {"numerator": "up", "series": "service"}, {},
         lambda: pl.col("up").sum() / pl.len(), None),
        ("response_time", "uptime_probes.csv", "observed_at",
         {"value": "response_ms", "series": "service"}, {"skip_zero": True},
         lambda: pl.col("response_ms").mean(), pl.col("response_ms") != 0),
        ("response_time_p95", "uptime_probes.csv", "observed_at",
         {"value": "response_ms", "series": "service"}, {"skip_when": {"response_ms": "0"}},
         lambda: pl.col("response_ms").quantile(0.95, "linear"), pl.col("response_ms") != 0),
        ("mttr", "incidents.csv", "opened_at",
         {"value": "minutes_to_restore", "series": "service"}, {},
         lambda: pl.col("minutes_to_restore").mean(), None),
        ("deployment_frequency", "releases.csv", "released_at", {"series": "version"}, {},
         lambda: pl.len(), None),
        ("cycle_time", "lead_times.csv", "released_at",
         {"value": "lead_time_hours", "series": "version"}, {},
         lambda: pl.col("lead_time_hours").quantile(0.5, "linear"), None),
    ],
)  # fmt: skip
def test_rollups_of_a_real_file_equal_those_of_polars(
    inside: Company, key: str, file: str, at: str, mapping: dict[str, str], options: dict[str, Any],
    figure: Callable[[], pl.Expr], only: pl.Expr | None,
) -> None:  # fmt: skip
    kpi = bring_in(key, file, {"observed_at": at} | mapping, **options)
    for period in PERIODS:
        expected = by_polars(file, at, figure, period, only=only)
        stored = {
            row.period_start: (row.value, row.n)
            for row in Rollup.objects.filter(kpi_id=kpi.pk, period=period)
        }
        assert stored.keys() == expected.keys(), period
        assert len(stored) >= 1
        for start, (value, n) in expected.items():
            assert stored[start][1] == n, (period, start)
            difference = abs(stored[start][0] - Decimal(value))
            assert difference <= Decimal("1e-9") * max(1, abs(stored[start][0])), (period, start)
