"""The company whose dashboard is measured, and the rows and companies around it."""

import datetime as dt
from decimal import Decimal
from typing import Any

LETTERS = 12
_TARGETS = """
insert into kpis_target (id, tenant_id, kpi_id, value, at_risk_value, effective_on, created_at)
select uuidv7(), tenant_id, id, 100, null, current_date - 400, now() from kpis_kpi
"""
# twelve months and sixty days up to today; the values go up and down around the target of 100
_ROLLUPS = """
insert into kpis_rollup (tenant_id, kpi_id, period, period_start, value, n, total, last_at)
select k.tenant_id, k.id, p.period, p.starts, 97 + k.position % 7 + p.place % 5, 30, 3000,
       now()
from kpis_kpi k cross join (
  select 'month' as period, (date_trunc('month', current_date) - m * interval '1 month')::date
    as starts, m as place from generate_series(0, 11) m
  union all
  select 'day', current_date - d, d from generate_series(0, 59) d) p
"""
_MEASUREMENTS = """
insert into kpis_measurement (tenant_id, kpi_id, id, observed_at, local_date, value, series, source)
select k.tenant_id, k.id, uuidv7(), now() - g * interval '1 hour',
       current_date - (g / 24), g %% 100, '', 'benchmark'
from kpis_kpi k cross join generate_series(1, %s) g
"""


def furnished(slug: str) -> Any:
    """A company with 20 monthly figures of 12 months, a retainer with hours, and 12 letters."""
    from engagements import services as engagements
    from reviews import services as reviews
    from reviews.content import Content, Item
    from reviews.weeks import WEEK, week_start_of
    from tenants.isolation import tenant
    from tests.factories import BOWLINE, make_company

    company = make_company(slug)
    today = company.tenant.today
    with tenant(company.id):
        engagement = engagements.engagement_create(
            actor=BOWLINE,
            title="Fractional CTO",
            cto=company.cto,
            sponsor=company.executive,
            starts_on=today - dt.timedelta(days=300),
            status="active",
        )
        engagements.terms_add(
            engagement=engagement,
            actor=BOWLINE,
            effective_on=engagement.starts_on,
            scope_level="moderate",
            hours_per_month=Decimal(40),
            monthly_fee=Decimal(8000),
        )
        for day in range(0, 240, 2):
            engagements.time_log(
                engagement=engagement,
                actor=company.cto,
                date=today - dt.timedelta(days=day),
                minutes=90,
                category="delivery",
            )
    figures(company)
    with tenant(company.id):
        this_week = week_start_of(company.tenant, today)
        for back in reversed(range(LETTERS)):
            rows = [
                Item(
                    text=f"Decide on thing {n}",
                    member=company.executive,
                    due_on=today + dt.timedelta(days=n),
                )
                for n in range(3)
            ]
            content = Content(
                fields={
                    "summary": "Onboarding is ready for all customers from Monday.",
                    "health": "on_track",
                    "progress": "Onboarding open to all 41 customers\nCache tested on one site",
                    "risks": "The old broker holds until November",
                    "next_week": "Roll out the cache",
                },
                blockers=rows,
                asks=rows,
            )
            update, _ = reviews.update_start(
                engagement=engagement,
                actor=company.cto,
                week_start=this_week - back * WEEK,
                content=content,
            )
            update = reviews.update_submit(update=update, actor=company.cto)
            if back:
                reviews.update_acknowledge(update=update, actor=company.executive)
    return company


def figures(company: Any) -> None:
    """Targets and rollups of a company's 20 figures, all of them monthly."""
    from django.db import connection

    from tenants.isolation import tenant

    with tenant(company.id), connection.cursor() as cursor:
        cursor.execute("update kpis_kpi set cadence = 'monthly'")
        cursor.execute(_TARGETS)
        cursor.execute(_ROLLUPS)


def neighbours(count: int, each: int) -> None:
    """`count` companies with figures, targets and monthly rollups, and `each` measurements a
    figure, counted already: one by the product's services, the others copied from it by SQL."""
    from django.db import connections

    from kpis.models import Kpi, Rollup, Target
    from tenants.models import Tenant

    first = neighbour("near").id
    new = (
        "(select ('cc' || substr(md5(n::text), 3))::uuid as id, n"
        f" from generate_series(2, {count:d}) n) t"
    )

    def copied(model: Any, more: str = "", **other: str) -> str:
        columns = [field.column for field in model._meta.concrete_fields]
        values = [other.get(column, f"s.{column}") for column in columns]
        key = "id" if model is Tenant else "tenant_id"
        table = model._meta.db_table
        return (
            f"insert into {table} ({', '.join(columns)}) select {', '.join(values)}"
            f" from {new} cross join {table} s where s.{key} = '{first}' {more}"
        )

    kpi = {"tenant_id": "t.id", "kpi_id": "md5(t.id::text || s.kpi_id::text)::uuid"}
    with connections["migrate"].cursor() as cursor:
        cursor.execute(copied(Tenant, id="t.id", slug="'near-' || t.n", name="'Near ' || t.n"))
        own = "md5(t.id::text || s.id::text)::uuid"
        cursor.execute(copied(Kpi, id=own, tenant_id="t.id"))
        cursor.execute(copied(Target, id="uuidv7()", **kpi))
        cursor.execute(copied(Rollup, "and s.period = 'month'", **kpi))
        cursor.execute(_MEASUREMENTS, [each])
        cursor.execute("truncate kpis_mark")


def neighbour(slug: str) -> Any:
    """Another company in the same tables: figures with targets and rollups, no letters."""
    from tenants.services import tenant_create

    made = tenant_create(
        name=slug,
        slug=slug,
        time_zone="Europe/London",
        currency="GBP",
        admin_email=f"admin@{slug}.example",
    )
    company = Neighbour(made)
    figures(company)
    return company


class Neighbour:
    """A company of which nothing but its rows is needed."""

    def __init__(self, made: Any) -> None:
        self.id = made.pk


def settle() -> None:
    """Let the planner know what is there."""
    from django.db import connections

    with connections["migrate"].cursor() as cursor:
        cursor.execute("vacuum analyze")
