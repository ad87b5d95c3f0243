"""The statements that turn measurements into rollups, for marked days and for a whole figure."""

from typing import Any
from uuid import UUID

from django.db import connection

from kpis.models import Period
from kpis.rollups.shapes import SHAPES, Shape
from tenants.isolation import current_tenant_id

_ALL_FROM_RAW = """
insert into kpis_rollup (tenant_id, kpi_id, period, period_start, {columns})
select %(tenant)s, %(kpi)s, %(period)s, g.first, {figures} from (
  select {first} as first, {parts} from kpis_measurement m
  where m.tenant_id = %(tenant)s and m.kpi_id = %(kpi)s group by 1) g
"""

_ALL_FROM_ROLLUPS = """
insert into kpis_rollup (tenant_id, kpi_id, period, period_start, {columns})
select %(tenant)s, %(kpi)s, %(period)s, g.first, {figures} from (
  select bowline.period_start(%(period)s, r.period_start, %(week_start)s, %(fiscal_month)s)
           as first, {parts}
  from kpis_rollup r
  where r.tenant_id = %(tenant)s and r.kpi_id = %(kpi)s and r.period = %(shorter)s group by 1) g
"""

# What a longer period is composed of: weeks cross months, fiscal quarters and years hold months.
_COMPOSED = (
    (Period.DAY, (Period.WEEK, Period.MONTH)),
    (Period.MONTH, (Period.QUARTER, Period.YEAR)),
)
_LONGER = (Period.WEEK, Period.MONTH, Period.QUARTER, Period.YEAR)


def recompute_marked(kpi_ids: list[UUID]) -> None:
    """Take the marks of these figures and bring every rollup that holds a marked day up to date.

    The statements stand in the database (`bowline.recompute_marked`), where they are planned once
    a connection. The caller holds the figures' ROLLUP locks.
    """
    with connection.cursor() as cursor:
        cursor.execute("select bowline.recompute_marked(%s::uuid[])", [kpi_ids])


def recompute_all(kpi_id: UUID, aggregation: str, *, week_start: str, fiscal_month: int) -> None:
    """Compute every rollup of a figure that has none, straight from all its measurements."""
    shape = SHAPES[aggregation]
    facts: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "kpi": kpi_id,
        "week_start": week_start,
        "fiscal_month": fiscal_month,
    }
    first = "bowline.period_start(%(period)s, m.local_date, %(week_start)s, %(fiscal_month)s)"
    raw = {"parts": shape.from_raw(), **_insert(shape)}
    with connection.cursor() as cursor:
        cursor.execute(
            _ALL_FROM_RAW.format(first="m.local_date", **raw), facts | {"period": Period.DAY}
        )
        if not shape.composes:
            for period in _LONGER:
                cursor.execute(_ALL_FROM_RAW.format(first=first, **raw), facts | {"period": period})
            return
        sql = _ALL_FROM_ROLLUPS.format(parts=shape.from_rollups(), **_insert(shape))
        for shorter, periods in _COMPOSED:
            for period in periods:
                cursor.execute(sql, facts | {"shorter": shorter, "period": period})


def _insert(shape: Shape) -> dict[str, str]:
    return {"columns": shape.columns(), "figures": shape.figures()}
