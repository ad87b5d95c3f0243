"""The statements that turn measurements into rollups, for marked days and for a whole figure.

Each runs for figures of one aggregation whose ROLLUP lock the caller holds.
"""

from typing import Any
from uuid import UUID

from django.db import connection

from kpis.models import Period
from kpis.rollups.shapes import SHAPES, Shape
from tenants.isolation import current_tenant_id

# Zones shift by hours at most, so an id within these of a day's midnights may lie in that day.
_SLACK = "interval '4 hours'"

# What an index is asked for is computed beforehand, in a materialized step: under row level
# security PostgreSQL keeps a condition with a function of ours out of the index.
# Marked days that follow each other are read as one span: an import of a year is one index scan.
_DAYS = """
with taken as (
  delete from kpis_mark where tenant_id = %(tenant)s and kpi_id = any(%(kpis)s)
  returning kpi_id, local_date
), days as (
  select distinct kpi_id, local_date from taken
), stepped as (
  select kpi_id, local_date,
         local_date - row_number() over (partition by kpi_id order by local_date)::int as island
  from days
), islands as (
  select kpi_id, min(local_date) as first, max(local_date) as last
  from stepped group by kpi_id, island
), spans as materialized (
  select i.kpi_id, i.first, i.last,
    bowline.id_floor((i.first::timestamp at time zone k.built_time_zone) - {slack}) as low,
    bowline.id_floor(((i.last + 1)::timestamp at time zone k.built_time_zone) + {slack}) as high
  from islands i join kpis_kpi k on k.tenant_id = %(tenant)s and k.id = i.kpi_id
), fresh as (
  select s.kpi_id, m.local_date, {from_raw}
  from spans s, lateral (
    select * from kpis_measurement m
    where m.tenant_id = %(tenant)s and m.kpi_id = s.kpi_id
      and m.id >= s.low and m.id < s.high
      and m.local_date between s.first and s.last
    offset 0) m
  group by s.kpi_id, m.local_date
), emptied as (
  select kpi_id, local_date from days except select kpi_id, local_date from fresh
), gone as (
  delete from kpis_rollup r using emptied e
  where r.tenant_id = %(tenant)s and r.kpi_id = e.kpi_id and r.period = 'day'
    and r.period_start = e.local_date
), kept as (
  insert into kpis_rollup as old (tenant_id, kpi_id, period, period_start, {columns})
  select %(tenant)s, g.kpi_id, 'day', g.local_date, {figures} from fresh g
  on conflict (tenant_id, kpi_id, period, period_start) {update}
)
select kpi_id, array_agg(local_date) from days group by kpi_id
"""

_TOUCHED = """
with starts as (
  select distinct d.kpi_id, p.period, k.built_time_zone as zone,
    bowline.period_start(p.period, d.local_date, k.built_week_start, k.built_fiscal_month) as first
  from unnest(%(kpis)s::uuid[], %(days)s::date[]) as d (kpi_id, local_date)
  join kpis_kpi k on k.tenant_id = %(tenant)s and k.id = d.kpi_id
  cross join unnest(%(periods)s::text[]) as p (period)
), touched as materialized (
  select *, bowline.next_period_start(period, first) as after from starts
), spans as materialized (
  select *, bowline.id_floor((first::timestamp at time zone zone) - {slack}) as low,
    bowline.id_floor((after::timestamp at time zone zone) + {slack}) as high
  from touched
), fresh as (
  {fresh}
), emptied as (
  select kpi_id, period, first from touched except select kpi_id, period, first from fresh
), gone as (
  delete from kpis_rollup r using emptied e
  where r.tenant_id = %(tenant)s and r.kpi_id = e.kpi_id and r.period = e.period
    and r.period_start = e.first
)
insert into kpis_rollup as old (tenant_id, kpi_id, period, period_start, {columns})
select %(tenant)s, g.kpi_id, g.period, g.first, {figures} from fresh g
on conflict (tenant_id, kpi_id, period, period_start) {update}
"""

_FRESH_FROM_RAW = """
  select t.kpi_id, t.period, t.first, {parts}
  from spans t, lateral (
    select * from kpis_measurement m
    where m.tenant_id = %(tenant)s and m.kpi_id = t.kpi_id and m.id >= t.low and m.id < t.high
      and m.local_date >= t.first and m.local_date < t.after
    offset 0) m
  group by t.kpi_id, t.period, t.first
"""

_FRESH_FROM_ROLLUPS = """
  select t.kpi_id, t.period, t.first, {parts}
  from touched t, lateral (
    select * from kpis_rollup r
    where r.tenant_id = %(tenant)s and r.kpi_id = t.kpi_id and r.period = %(shorter)s
      and r.period_start >= t.first and r.period_start < t.after
    offset 0) r
  group by t.kpi_id, t.period, t.first
"""

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


def recompute_marked(kpi_ids: list[UUID], aggregation: str) -> None:
    """Take the marks of these figures and bring every rollup that holds a marked day up to date.

    The marks go in the very statement that reads the rows they stand for: a mark that commits
    later stays, together with whatever this statement could not see.
    """
    shape = SHAPES[aggregation]
    facts: dict[str, Any] = {"tenant": current_tenant_id(), "kpis": kpi_ids}
    sql = _DAYS.format(from_raw=shape.from_raw(), slack=_SLACK, **_write(shape))
    with connection.cursor() as cursor:
        cursor.execute(sql, facts)
        marked = [(kpi_id, day) for kpi_id, days in cursor.fetchall() for day in days]
        if not marked:
            return
        facts |= {"kpis": [kpi_id for kpi_id, _ in marked], "days": [day for _, day in marked]}
        if not shape.composes:
            fresh = _FRESH_FROM_RAW.format(parts=shape.from_raw())
            sql = _TOUCHED.format(fresh=fresh, slack=_SLACK, **_write(shape))
            cursor.execute(sql, facts | {"periods": list(_LONGER)})
            return
        fresh = _FRESH_FROM_ROLLUPS.format(parts=shape.from_rollups())
        sql = _TOUCHED.format(fresh=fresh, slack=_SLACK, **_write(shape))
        for shorter, periods in _COMPOSED:
            cursor.execute(sql, facts | {"shorter": shorter, "periods": list(periods)})


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


def _write(shape: Shape) -> dict[str, str]:
    return _insert(shape) | {"update": shape.update()}
