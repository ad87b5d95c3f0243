"""Rows for the figures' benchmarks: many tenants, sizes skewed 1/rank."""

import datetime as dt
from typing import Any

DAYS = 548
_KPIS = 20

# As the owner, in one statement: a tenant of rank r gets 1/r of the largest one's rows.
_FILL = """
insert into kpis_measurement (tenant_id, kpi_id, id, observed_at, local_date, value, series, source)
select k.tenant_id, k.id,
       (lpad(to_hex((extract(epoch from s.at) * 1000)::bigint), 12, '0') || '7'
         || substr(md5(s.n::text || k.id::text), 1, 3) || '8'
         || substr(md5(s.n::text || k.id::text), 4, 15))::uuid,
       s.at, (s.at at time zone k.built_time_zone)::date, round((random() * 1000)::numeric, 2), '',
       'bench'
from kpis_kpi k
join (select id, row_number() over (order by id) as rank from tenants_tenant) t
  on t.id = k.tenant_id,
lateral (
  select n, %(start)s::timestamptz + (n::float8 / size) * interval '548 days' as at
  from (select greatest(%(rows)s::float8 / %(harmonic)s / t.rank / 20, 1)::int as size) z,
       generate_series(0, z.size - 1) n) s
"""


def make_tenants(count: int) -> list[Any]:
    """Tenants with 20 figures each, counted as means, through the product's own services."""
    from kpis.models import Kpi
    from tenants.isolation import tenant
    from tenants.services import tenant_create

    zones = ["America/New_York", "Europe/London", "Asia/Kathmandu", "Australia/Sydney"]
    found = []
    for number in range(count):
        company = tenant_create(
            name=f"Bench {number}",
            slug=f"bench-{number}",
            time_zone=zones[number % 4],
            currency="USD",
            admin_email=f"admin@bench-{number}.example",
        )
        with tenant(company.pk):
            Kpi.objects.update(aggregation="mean", built_aggregation="mean")
        found.append(company)
    return found


def fill(rows: int, tenants: int) -> int:
    """About `rows` measurements over all tenants; answers how many. Leaves no marks."""
    from django.db import connections

    harmonic = sum(1 / rank for rank in range(1, tenants + 1))
    start = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    with connections["migrate"].cursor() as cursor:
        cursor.execute(_FILL, {"start": start, "rows": rows, "harmonic": harmonic})
        filled = cursor.rowcount
        cursor.execute("truncate kpis_mark")
        cursor.execute("vacuum analyze kpis_measurement")
    assert filled >= _KPIS
    return filled
