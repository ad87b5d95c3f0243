"""Figures 1, 2 and 6: rollups built anew, brought up to date, and read, at growing sizes.

    python -m benchmarks.rollups [--rows 10000000] [--tenants 1000] [--changed 10000]

1: every rollup of every tenant anew, against CREATE TABLE AS of the same SELECT in the same run.
2: rows added into days scattered over all tenants, from their marks to every period up to date,
   against 1 and against the bare recompute of the days alone.
6: the cards of one tenant's dashboard, from a small table and from the full one.
"""

import argparse
import random
from statistics import median
from typing import Any

from benchmarks.measurements import DAYS, fill, make_tenants
from benchmarks.table import Table, bowline, median_of, seconds_of

REACH_FULL, REACH_PART, REACH_BARE, REACH_GROWTH = 1.5, 0.005, 2.0, 1.4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--tenants", type=int, default=1_000)
    parser.add_argument("--changed", type=int, default=10_000)
    options = parser.parse_args()
    with bowline():
        companies = make_tenants(options.tenants)
        growth = [(fill(options.rows // 1000, options.tenants), None)]
        _rebuild()
        growth = [(growth[0][0], _cards(companies))]
        _empty()
        rows = fill(options.rows, options.tenants)
        days_anew, all_anew = _full(rows)
        _incremental(companies, options.changed, days_anew, all_anew)
        growth.append((rows, _cards(companies)))
        _growth(growth)


def _rebuild() -> None:
    from kpis.rollups.everything import rebuild_everything

    rebuild_everything()


def _empty() -> None:
    from django.db import connections

    with connections["migrate"].cursor() as cursor:
        cursor.execute("truncate kpis_measurement, kpis_rollup, kpis_mark")


def _full(rows: int) -> tuple[float, float]:
    """Figure 1; answers the seconds of the days anew, and of all periods with their swap."""
    from django.db import connections, transaction

    from kpis.rollups.everything import fill_days
    from kpis.rollups.shapes import SHAPES

    shape = SHAPES["mean"]
    select = (
        f"select g.tenant_id, g.kpi_id, 'day' as period, g.first, {shape.figures()} from ("
        f"select m.tenant_id, m.kpi_id, m.local_date as first, {shape.from_raw()}"
        " from kpis_measurement m join kpis_kpi k on k.tenant_id = m.tenant_id and k.id = m.kpi_id"
        " and k.built_aggregation = 'mean' group by 1, 2, 3) g"
    )

    def floor() -> None:
        with transaction.atomic(using="migrate"), connections["migrate"].cursor() as cursor:
            cursor.execute("set local work_mem = '256MB'")
            cursor.execute("drop table if exists bench_floor")
            cursor.execute(f"create table bench_floor as {select}")

    def days() -> None:
        with transaction.atomic(using="migrate"), connections["migrate"].cursor() as cursor:
            cursor.execute("set local work_mem = '256MB'")
            cursor.execute("set local maintenance_work_mem = '512MB'")
            cursor.execute("drop table if exists bench_days")
            cursor.execute("create table bench_days (like kpis_rollup)")
            fill_days(cursor, table="bench_days")
            cursor.execute(
                "alter table bench_days add primary key (tenant_id, kpi_id, period, period_start)"
            )

    def keyed() -> None:
        with transaction.atomic(using="migrate"), connections["migrate"].cursor() as cursor:
            cursor.execute("set local work_mem = '256MB'")
            cursor.execute("drop table if exists bench_days")
            cursor.execute("create table bench_days (like kpis_rollup including indexes)")
            fill_days(cursor, table="bench_days")

    floor()
    table = Table(f"1. Day rollups of {rows:,} measurements anew", ["way", "seconds"])
    base = median_of(floor, 3, warm=0)
    table.row("CREATE TABLE AS of the same SELECT", base, base=True)
    ours = median_of(days, 3, warm=0)
    table.row("ours: bare table, key afterwards", ours)
    table.row("into a table with its key", seconds_of(keyed))
    whole = median_of(_rebuild, 3, warm=0)
    table.row("ours: all five periods, keys, policies, swap", whole)
    table.note(f"Reach ≤ {REACH_FULL}: {ours / base:.2f}.")
    table.print()
    with connections["migrate"].cursor() as cursor:
        cursor.execute("drop table bench_floor, bench_days")
    return ours, whole


def _add(companies: list[Any], rows: int) -> int:
    """Insert rows into scattered days, five a day, and leave their marks; answers the days."""
    from django.db import connections

    chance = random.Random(1)
    weights = [1 / (rank + 1) for rank in range(len(companies))]
    picks = [
        (companies[i].pk, chance.randrange(20), chance.randrange(DAYS))
        for i in chance.choices(range(len(companies)), weights, k=max(rows // 5, 1))
    ]
    with connections["migrate"].cursor() as cursor:
        cursor.execute(
            "insert into kpis_measurement (tenant_id, kpi_id, id, observed_at, local_date, value,"
            " series, source) "
            "select k.tenant_id, k.id, (lpad(to_hex((extract(epoch from s.at) * 1000)::bigint), 12,"
            " '0') || '7' || substr(md5(random()::text), 1, 3) || '8'"
            " || substr(md5(random()::text), 1, 15))::uuid, s.at,"
            " (s.at at time zone k.built_time_zone)::date, 7, '', 'late' "
            "from unnest(%s::uuid[], %s::int[], %s::int[]) p (tenant_id, place, day) "
            "join (select *, row_number() over (partition by tenant_id order by id) - 1 as place"
            "  from kpis_kpi) k on k.tenant_id = p.tenant_id and k.place = p.place,"
            " lateral (select timestamptz '2025-01-01 12:00Z' + p.day * interval '1 day'"
            "  + g * interval '1 minute' as at from generate_series(1, 5) g) s",
            [list(column) for column in zip(*picks, strict=True)],
        )
        cursor.execute("select count(distinct (kpi_id, local_date)) from kpis_mark")
        return int(cursor.fetchone()[0])


_COLUMNS = "value, n, total, minimum, maximum, last_at"
_UPSERT = f"""
on conflict (tenant_id, kpi_id, period, period_start) do update
set ({_COLUMNS}) = (excluded.{_COLUMNS.replace(", ", ", excluded.")})
"""
# As the owner, without row level security, marks left where they are: the days alone ...
_BARE = f"""
with spans as materialized (
  select d.*, bowline.id_floor(d.local_date::timestamp at time zone k.built_time_zone) as low,
         bowline.id_floor((d.local_date + 1)::timestamp at time zone k.built_time_zone) as high
  from (select distinct tenant_id, kpi_id, local_date from kpis_mark) d
  join kpis_kpi k on k.tenant_id = d.tenant_id and k.id = d.kpi_id)
insert into kpis_rollup as old (tenant_id, kpi_id, period, period_start, {_COLUMNS})
select s.tenant_id, s.kpi_id, 'day', s.local_date, bowline.quotient(sum(m.value), count(*)),
       count(*), sum(m.value), min(m.value), max(m.value), max(m.observed_at)
from spans s, lateral (
  select * from kpis_measurement m where m.tenant_id = s.tenant_id and m.kpi_id = s.kpi_id
   and m.id >= s.low and m.id < s.high offset 0) m
group by s.tenant_id, s.kpi_id, s.local_date
{_UPSERT}
"""
# ... and the longer periods from them.
_BARE_LONGER = f"""
with touched as materialized (
  select distinct d.tenant_id, d.kpi_id, p.period,
    bowline.period_start(p.period, d.local_date, k.built_week_start, k.built_fiscal_month) as first
  from (select distinct tenant_id, kpi_id, local_date from kpis_mark) d
  join kpis_kpi k on k.tenant_id = d.tenant_id and k.id = d.kpi_id
  cross join unnest(%(periods)s::text[]) as p (period))
insert into kpis_rollup as old (tenant_id, kpi_id, period, period_start, {_COLUMNS})
select t.tenant_id, t.kpi_id, t.period, t.first, bowline.quotient(sum(r.total), sum(r.n)),
       sum(r.n), sum(r.total), min(r.minimum), max(r.maximum), max(r.last_at)
from touched t, lateral (
  select * from kpis_rollup r where r.tenant_id = t.tenant_id and r.kpi_id = t.kpi_id
   and r.period = %(shorter)s and r.period_start >= t.first
   and r.period_start < bowline.next_period_start(t.period, t.first) offset 0) r
group by t.tenant_id, t.kpi_id, t.period, t.first
{_UPSERT}
"""
_LONGER = (("day", ["week", "month"]), ("month", ["quarter", "year"]))


def _incremental(companies: list[Any], changed: int, days_anew: float, all_anew: float) -> None:
    """Figure 2: of many tenants, and of one alone."""
    from django.db import connections

    from kpis.rollups.working import work_off_marks
    from tenants.isolation import tenant

    def bare() -> None:
        with connections["migrate"].cursor() as cursor:
            cursor.execute(_BARE)

    def bare_longer() -> None:
        with connections["migrate"].cursor() as cursor:
            for shorter, periods in _LONGER:
                cursor.execute(_BARE_LONGER, {"shorter": shorter, "periods": periods})

    def ours() -> None:
        for company in due:
            with tenant(company.pk):
                while work_off_marks():
                    pass

    for name, chosen in (("one tenant", companies[:1]), ("all tenants", companies)):
        bare_seconds, longer_seconds, our_seconds = [], [], []
        for _ in range(5):
            days = _add(chosen, changed)
            with connections["migrate"].cursor() as cursor:
                cursor.execute("analyze kpis_mark")
                cursor.execute("select distinct tenant_id from kpis_mark")
                marked = {row[0] for row in cursor.fetchall()}
            due = [company for company in chosen if company.pk in marked]
            bare_seconds.append(seconds_of(bare))
            longer_seconds.append(seconds_of(bare_longer))
            our_seconds.append(seconds_of(ours))
        base, mine = median(bare_seconds), median(our_seconds)
        every = base + median(longer_seconds)
        table = Table(f"2. {changed:,} rows more, in {days:,} days of {name}", ["way", "seconds"])
        table.row("bare range join of the days, all tenants in one statement", base, base=True)
        table.row("the same and the four longer periods, three statements", every)
        table.row(f"ours: marks taken, all periods, {len(due)} tenants' transactions", mine)
        table.row("full rebuild of the days (1)", days_anew)
        table.row("full rebuild of all five periods (1)", all_anew)
        table.note(
            f"Reach ≤ {REACH_BARE} × the bare join: {mine / base:.2f} of the days', "
            f"{mine / every:.2f} of all periods'."
        )
        table.note(
            f"Reach ≤ {REACH_PART:.1%} of the full rebuild: {mine / days_anew:.2%} of the days', "
            f"{mine / all_anew:.2%} of all periods'."
        )
        table.print()


def _cards(companies: list[Any]) -> float:
    from kpis import figures
    from tenants.isolation import tenant

    with tenant(companies[0].pk):
        return median_of(figures.cards, 30, warm=5)


def _growth(growth: list[tuple[int, Any]]) -> None:
    table = Table("6. Cards of the largest tenant's 20 figures", ["measurements", "ms"])
    for place, (rows, seconds) in enumerate(growth):
        table.row(f"{rows:,}", seconds * 1000, base=place == 0)
    table.note(f"Reach ≤ {REACH_GROWTH}: {growth[-1][1] / growth[0][1]:.2f}.")
    table.print()


if __name__ == "__main__":
    main()
