"""What the rollups compute with: periods, exact quotients and percentiles, the span of an id."""

from django.db import migrations

from kpis.migrations import BEFORE

FUNCTIONS = """
-- The first day of the period that holds a day; the same rule as kpis.rollups.periods.Calendar.
create function bowline.period_start(p_period text, p_day date, p_week_start text, p_fiscal_month int)
returns date language sql immutable parallel safe as $$
  select case p_period
    when 'day' then p_day
    when 'week' then p_day - (extract(isodow from p_day)::int
      - case p_week_start when 'monday' then 1 when 'saturday' then 6 else 7 end + 7) % 7
    when 'month' then date_trunc('month', p_day::timestamp)::date
    when 'quarter' then (date_trunc('quarter', p_day::timestamp
      - make_interval(days => extract(day from p_day)::int - 1)
      - make_interval(months => p_fiscal_month - 1)) + make_interval(months => p_fiscal_month - 1))::date
    when 'year' then (date_trunc('year', p_day::timestamp
      - make_interval(days => extract(day from p_day)::int - 1)
      - make_interval(months => p_fiscal_month - 1)) + make_interval(months => p_fiscal_month - 1))::date
  end
$$;
create function bowline.next_period_start(p_period text, p_start date)
returns date language sql immutable parallel safe as $$
  select case p_period
    when 'day' then p_start + 1
    when 'week' then p_start + 7
    else (p_start::timestamp + case p_period
      when 'month' then interval '1 month' when 'quarter' then interval '3 months'
      else interval '1 year' end)::date
  end
$$;
-- Rounded half up (away from zero) to 12 places. The 40 places before rounding make it right: the
-- division's own precision of some 16 digits would not.
create function bowline.quotient(p_numerator numeric, p_denominator numeric)
returns numeric language sql immutable parallel safe as $$
  select trim_scale(round(
    p_numerator * 1.0000000000000000000000000000000000000000 / nullif(p_denominator, 0), 12))
$$;
-- The percentile by linear interpolation (as percentile_cont, which knows doubles alone): exact.
create function bowline.percentile(p_sorted numeric[], p_share numeric)
returns numeric language sql immutable parallel safe as $$
  select trim_scale(p_sorted[floor(place)::int + 1] + (place - floor(place))
    * (p_sorted[ceil(place)::int + 1] - p_sorted[floor(place)::int + 1]))
  from (select p_share * (cardinality(p_sorted) - 1) as place) s
$$;
-- The lowest id a measurement of this instant can have: ids start with its milliseconds.
create function bowline.id_floor(p_at timestamptz)
returns uuid language sql immutable parallel safe as $$
  select (lpad(to_hex(floor(extract(epoch from p_at) * 1000)::bigint), 12, '0')
    || '00000000000000000000')::uuid
$$;
revoke execute on function bowline.period_start(text, date, text, int),
  bowline.next_period_start(text, date), bowline.quotient(numeric, numeric),
  bowline.percentile(numeric[], numeric), bowline.id_floor(timestamptz) from public;
grant execute on function bowline.period_start(text, date, text, int),
  bowline.next_period_start(text, date), bowline.quotient(numeric, numeric),
  bowline.percentile(numeric[], numeric), bowline.id_floor(timestamptz)
  to bowline_app, bowline_export;
"""
DROP = """
drop function bowline.period_start(text, date, text, int), bowline.next_period_start(text, date),
  bowline.quotient(numeric, numeric), bowline.percentile(numeric[], numeric),
  bowline.id_floor(timestamptz)
"""


class Migration(migrations.Migration):
    replaces = BEFORE
    dependencies = [("kpis", "0003_isolation")]

    operations = [migrations.RunSQL(FUNCTIONS, DROP)]
