"""Marks worked off inside the database: one call a step, whose plans are made once a connection.

A company with twenty marked days took nine statements, and planning them took longer than running
them. The functions run with the rights of whoever calls them, inside one tenant: they see and write
what row level security lets through and nothing else.
"""

from django.db import migrations

# The figures are computed in three groups: what composes, `last` (dearer: it needs an order), and
# percentiles, which do not compose and read the measurements for every period. How each value is
# computed stands in kpis.rollups.shapes too, for whole figures; tests hold both to the same result.
_GROUPS: dict[str, dict[str, str]] = {
    "composed": {
        "columns": "n total weight weighted numerator denominator minimum maximum last_at",
        "value": """case g.kind
      when 'sum' then trim_scale(g.total)
      when 'mean' then bowline.quotient(g.total, g.n)
      when 'weighted_mean' then bowline.quotient(g.weighted, g.weight)
      when 'min' then trim_scale(g.minimum)
      when 'max' then trim_scale(g.maximum)
      when 'ratio' then bowline.quotient(g.numerator, g.denominator)
      when 'count' then g.n
    end""",
        "from_raw": """count(*) as n,
    sum(m.value) filter (where s.kind in ('sum', 'mean')) as total,
    sum(coalesce(m.weight, 1)) filter (where s.kind = 'weighted_mean') as weight,
    sum(m.value * coalesce(m.weight, 1)) filter (where s.kind = 'weighted_mean') as weighted,
    sum(m.numerator) filter (where s.kind = 'ratio') as numerator,
    sum(m.denominator) filter (where s.kind = 'ratio') as denominator,
    min(m.value) filter (where s.kind <> 'ratio') as minimum,
    max(m.value) filter (where s.kind <> 'ratio') as maximum,
    max(m.observed_at) as last_at""",
        "from_rollups": """sum(r.n)::bigint as n, sum(r.total) as total, sum(r.weight) as weight,
    sum(r.weighted) as weighted, sum(r.numerator) as numerator, sum(r.denominator) as denominator,
    min(r.minimum) as minimum, max(r.maximum) as maximum, max(r.last_at) as last_at""",
    },
    "last": {
        "columns": "n minimum maximum last_value last_at",
        "value": "trim_scale(g.last_value)",
        "from_raw": """count(*) as n, min(m.value) as minimum, max(m.value) as maximum,
    (array_agg(m.value order by m.observed_at desc, m.id desc))[1] as last_value,
    max(m.observed_at) as last_at""",
        "from_rollups": """sum(r.n)::bigint as n, min(r.minimum) as minimum,
    max(r.maximum) as maximum, (array_agg(r.last_value order by r.last_at desc))[1] as last_value,
    max(r.last_at) as last_at""",
    },
    "sorted": {
        "columns": "n minimum maximum last_at",
        "value": "bowline.percentile(g.sorted, case g.kind when 'p50' then 0.5 else 0.95 end)",
        "from_raw": """count(*) as n, min(m.value) as minimum, max(m.value) as maximum,
    max(m.observed_at) as last_at, array_agg(m.value order by m.value) as sorted""",
    },
}
# A zone shifts by hours at most, so an id within these of a day's midnights may lie in that day.
_LOW = "bowline.id_floor(({day}::timestamp at time zone {zone}) - interval '4 hours')"
_HIGH = "bowline.id_floor(({day}::timestamp at time zone {zone}) + interval '4 hours')"

# Each function is volatile: every statement in it sees what was committed before it began. So the
# rows are read after the lock is held, and the marks go in the very statement that reads the rows
# they stand for: a mark that commits later stays, with whatever this statement could not see.
# What an index is asked for is computed beforehand, in a materialized step: under row level
# security PostgreSQL keeps a condition with a function of ours out of the index. Marked days that
# follow each other are read as one span: an import of a year is one index scan.
_FUNCTION = """
create function bowline.recompute_{group}(p_kpis uuid[]) returns void
language plpgsql set plan_cache_mode = force_generic_plan
set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  v_tenant uuid := bowline.tenant();
  v_kpis uuid[];
  v_days date[];
begin
  with taken as (
    delete from kpis_mark where tenant_id = v_tenant and kpi_id = any(p_kpis)
    returning kpi_id, local_date
  ), days as materialized (
    select distinct kpi_id, local_date from taken
  ), stepped as (
    select kpi_id, local_date,
           local_date - row_number() over (partition by kpi_id order by local_date)::int as island
    from days
  ), islands as (
    select kpi_id, min(local_date) as first, max(local_date) as last
    from stepped group by kpi_id, island
  ), spans as materialized (
    select i.kpi_id, i.first, i.last, k.built_aggregation as kind, {low_day} as low,
           {high_day} as high
    from islands i join kpis_kpi k on k.tenant_id = v_tenant and k.id = i.kpi_id
  ), fresh as (
    select s.kpi_id, s.kind, m.local_date, {from_raw}
    from spans s, lateral (
      select * from kpis_measurement m
      where m.tenant_id = v_tenant and m.kpi_id = s.kpi_id and m.id >= s.low and m.id < s.high
        and m.local_date between s.first and s.last
      offset 0) m
    group by s.kpi_id, s.kind, m.local_date
  ), emptied as (
    select kpi_id, local_date from days except select kpi_id, local_date from fresh
  ), gone as (
    delete from kpis_rollup r using emptied e
    where r.tenant_id = v_tenant and r.kpi_id = e.kpi_id and r.period = 'day'
      and r.period_start = e.local_date
  ), kept as (
    insert into kpis_rollup as old (tenant_id, kpi_id, period, period_start, {columns})
    select v_tenant, g.kpi_id, 'day', g.local_date, {figures} from fresh g
    on conflict (tenant_id, kpi_id, period, period_start) {update}
  )
  select array_agg(kpi_id), array_agg(local_date) into v_kpis, v_days from days;
  if v_kpis is null then
    return;
  end if;
  {longer}
end $$;
"""
_LONGER = """
  with starts as (
    select distinct d.kpi_id, p.period, k.built_aggregation as kind, k.built_time_zone as zone,
      bowline.period_start(p.period, d.local_date, k.built_week_start, k.built_fiscal_month)
        as first
    from unnest(v_kpis, v_days) as d (kpi_id, local_date)
    join kpis_kpi k on k.tenant_id = v_tenant and k.id = d.kpi_id
    cross join unnest(array[{periods}]) as p (period)
  ), touched as materialized (
    select *, bowline.next_period_start(period, first) as after from starts
  ), {fresh}, emptied as (
    select kpi_id, period, first from touched except select kpi_id, period, first from fresh
  ), gone as (
    delete from kpis_rollup r using emptied e
    where r.tenant_id = v_tenant and r.kpi_id = e.kpi_id and r.period = e.period
      and r.period_start = e.first
  )
  insert into kpis_rollup as old (tenant_id, kpi_id, period, period_start, {columns})
  select v_tenant, g.kpi_id, g.period, g.first, {figures} from fresh g
  on conflict (tenant_id, kpi_id, period, period_start) {update};
"""
_FRESH_FROM_ROLLUPS = """fresh as (
    select t.kpi_id, t.period, t.first, t.kind, {from_rollups}
    from touched t, lateral (
      select * from kpis_rollup r
      where r.tenant_id = v_tenant and r.kpi_id = t.kpi_id and r.period = {shorter}
        and r.period_start >= t.first and r.period_start < t.after
      offset 0) r
    group by t.kpi_id, t.period, t.first, t.kind
  )"""
_FRESH_FROM_RAW = """spans as materialized (
    select *, {low_first} as low, {high_after} as high from touched
  ), fresh as (
    select s.kpi_id, s.period, s.first, s.kind, {from_raw}
    from spans s, lateral (
      select * from kpis_measurement m
      where m.tenant_id = v_tenant and m.kpi_id = s.kpi_id and m.id >= s.low and m.id < s.high
        and m.local_date >= s.first and m.local_date < s.after
      offset 0) m
    group by s.kpi_id, s.period, s.first, s.kind
  )"""
# Weeks cross months, and fiscal quarters and years hold months.
_COMPOSED = (("'day'", "'week', 'month'"), ("'month'", "'quarter', 'year'"))

_WORK = """
-- Brings every rollup that holds a marked day of these figures up to date. The caller holds their
-- ROLLUP locks.
create function bowline.recompute_marked(p_kpis uuid[]) returns void language plpgsql
set plan_cache_mode = force_generic_plan as $$
declare
  v_composed uuid[];
  v_last uuid[];
  v_sorted uuid[];
begin
  select array_agg(id) filter (where built_aggregation not in ('last', 'p50', 'p95')),
         array_agg(id) filter (where built_aggregation = 'last'),
         array_agg(id) filter (where built_aggregation in ('p50', 'p95'))
  into v_composed, v_last, v_sorted
  from kpis_kpi where tenant_id = bowline.tenant() and id = any(p_kpis);
  if v_composed is not null then
    perform bowline.recompute_composed(v_composed);
  end if;
  if v_last is not null then
    perform bowline.recompute_last(v_last);
  end if;
  if v_sorted is not null then
    perform bowline.recompute_sorted(v_sorted);
  end if;
end $$;

-- Works off what is marked, for up to so many figures that nobody else is at, each under its lock
-- to the transaction's end. Answers how many it took, and whether more may remain.
create function bowline.work_off_marks(p_limit int, p_lock int, out taken int, out more boolean)
language plpgsql set plan_cache_mode = force_generic_plan
set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  v_tenant uuid := bowline.tenant();
  v_marked uuid[];
  v_mine uuid[];
begin
  with recursive marked as (
    (select kpi_id from kpis_mark where tenant_id = v_tenant order by kpi_id limit 1)
    union all
    select (select m.kpi_id from kpis_mark m
            where m.tenant_id = v_tenant and m.kpi_id > marked.kpi_id order by m.kpi_id limit 1)
    from marked where marked.kpi_id is not null
  )
  select array_agg(kpi_id) into v_marked from marked where kpi_id is not null;
  select array_agg(kpi_id) into v_mine from unnest(v_marked[1:p_limit]) as free (kpi_id)
  where pg_try_advisory_xact_lock(p_lock, hashtext(kpi_id::text));
  taken := coalesce(cardinality(v_mine), 0);
  more := coalesce(cardinality(v_marked), 0) > p_limit;
  if taken > 0 then
    perform bowline.recompute_marked(v_mine);
  end if;
end $$;
"""
_NAMES = (
    "bowline.recompute_composed(uuid[]), bowline.recompute_last(uuid[]), "
    "bowline.recompute_sorted(uuid[]), bowline.recompute_marked(uuid[]), "
    "bowline.work_off_marks(int, int)"
)
_GRANTS = f"""
revoke execute on function {_NAMES} from public;
grant execute on function {_NAMES} to bowline_app;
"""


def _functions() -> str:
    return "".join(_function(group) for group in _GROUPS) + _WORK + _GRANTS


def _function(group: str) -> str:
    facts = _GROUPS[group]
    parts = facts["columns"].split()
    columns = ["value", *parts]
    old, new = (", ".join(f"{row}.{name}" for name in columns) for row in ("old", "excluded"))
    words = {
        "columns": ", ".join(columns),
        "figures": ", ".join([facts["value"], *(f"g.{name}" for name in parts)]),
        "update": "do update set "
        + ", ".join(f"{name} = excluded.{name}" for name in columns)
        + f" where ({old}) is distinct from ({new})",
        "from_raw": facts["from_raw"],
        "low_day": _LOW.format(day="i.first", zone="k.built_time_zone"),
        "high_day": _HIGH.format(day="(i.last + 1)", zone="k.built_time_zone"),
        "low_first": _LOW.format(day="first", zone="zone"),
        "high_after": _HIGH.format(day="after", zone="zone"),
    }
    if "from_rollups" not in facts:
        longer = _LONGER.format(
            periods="'week', 'month', 'quarter', 'year'",
            fresh=_FRESH_FROM_RAW.format(**words),
            **words,
        )
    else:
        longer = "".join(
            _LONGER.format(
                periods=periods,
                fresh=_FRESH_FROM_ROLLUPS.format(
                    from_rollups=facts["from_rollups"], shorter=shorter
                ),
                **words,
            )
            for shorter, periods in _COMPOSED
        )
    return _FUNCTION.format(group=group, longer=longer, **words)


class Migration(migrations.Migration):
    dependencies = [("kpis", "0004_functions")]

    operations = [migrations.RunSQL(_functions(), f"drop function {_NAMES}")]
