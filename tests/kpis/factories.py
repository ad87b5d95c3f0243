"""Figures and measurements for tests, through the product's own services."""

import datetime as dt
from typing import Any

from kpis.models import Kpi, Measurement, MeasurementImport, Rollup
from kpis.rollups.working import work_off_marks
from kpis.services.definitions import kpi_create
from kpis.services.imports import import_upload
from kpis.services.measurements import BatchResult, measurements_record
from tests.factories import BOWLINE


def make_kpi(aggregation: str = "mean", **values: Any) -> Kpi:
    """A figure of the current tenant, counted as `aggregation`."""
    return kpi_create(
        actor=BOWLINE,
        values={
            "key": f"test_{aggregation}",
            "name": f"Test {aggregation}",
            "unit": "ms",
            "direction": "lower",
            "aggregation": aggregation,
            "category": "technical_performance",
            "core_area": "system_reliability",
        }
        | values,
    )


def at(text: str) -> dt.datetime:
    """An instant: `2026-03-08T06:59Z`."""
    return dt.datetime.fromisoformat(text)


def measure(kpi: Kpi, *rows: dict[str, Any] | tuple[str, Any]) -> BatchResult:
    """Record rows given as dicts, or as (observed_at, value)."""
    raws = [
        row if isinstance(row, dict) else {"observed_at": row[0], "value": row[1]} for row in rows
    ]
    result = measurements_record(kpi=kpi, actor=BOWLINE, raws=raws)
    assert not result.rejected, result.rejected
    return result


def rolled_up(kpi: Kpi, period: str = "day") -> dict[str, Any]:
    """The stored rollups of a period, after the marks are worked off: {start: value}."""
    while work_off_marks():
        pass
    return stored(kpi, period)


def stored(kpi: Kpi, period: str = "day") -> dict[str, Any]:
    """The stored rollups of a period as they are: {start: value}."""
    rows = Rollup.objects.filter(kpi_id=kpi.pk, period=period).order_by("period_start")
    return {row.period_start.isoformat(): row.value for row in rows}


def the_only(kpi: Kpi) -> Measurement:
    """The one measurement of a figure."""
    return Measurement.objects.get(kpi_id=kpi.pk)


def upload(kpi: Kpi, content: str | bytes, *, piece: int = 7000) -> MeasurementImport:
    """Store a file, in pieces as a browser sends it."""
    data = content.encode() if isinstance(content, str) else content
    pieces = (data[at : at + piece] for at in range(0, len(data), piece))
    return import_upload(kpi=kpi, actor=BOWLINE, filename="file.csv", size=len(data), pieces=pieces)
