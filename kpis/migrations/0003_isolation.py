"""Row level security, the marks and what appends them, and the rights of the tick."""

from django.db import migrations

from kpis.migrations import BEFORE
from tenants.isolation.operations import IsolateTable

MARKS = """
create table kpis_mark (
  tenant_id uuid not null,
  kpi_id uuid not null,
  local_date date not null,
  marked_at timestamptz not null default now()
);
-- not unique on purpose, see kpis.models.Mark
create index mark_by_kpi on kpis_mark (tenant_id, kpi_id, local_date);
"""

TRIGGERS = """
-- One per statement, never per row: a COPY or INSERT of a million rows appends its distinct days.
-- The mark's own foreign key is also what proves that the measurements' figure exists.
create function bowline.mark_inserted() returns trigger language plpgsql as $$
begin
  insert into kpis_mark (tenant_id, kpi_id, local_date)
    select distinct tenant_id, kpi_id, local_date from new_rows;
  return null;
end $$;
create function bowline.mark_deleted() returns trigger language plpgsql as $$
begin
  insert into kpis_mark (tenant_id, kpi_id, local_date)
    select distinct tenant_id, kpi_id, local_date from old_rows;
  return null;
end $$;
create function bowline.mark_updated() returns trigger language plpgsql as $$
begin
  insert into kpis_mark (tenant_id, kpi_id, local_date)
    select tenant_id, kpi_id, local_date from old_rows
    union select tenant_id, kpi_id, local_date from new_rows;
  return null;
end $$;
create trigger mark_inserted after insert on kpis_measurement
  referencing new table as new_rows for each statement execute function bowline.mark_inserted();
create trigger mark_deleted after delete on kpis_measurement
  referencing old table as old_rows for each statement execute function bowline.mark_deleted();
create trigger mark_updated after update on kpis_measurement
  referencing old table as old_rows new table as new_rows
  for each statement execute function bowline.mark_updated();

create function bowline.request_rebuild() returns trigger language plpgsql as $$
begin
  insert into kpis_rebuildrequest (id, tenant_id, requested_at) values (uuidv7(), new.id, now());
  return null;
end $$;
create trigger request_rebuild
  after update of time_zone, week_start, fiscal_year_start_month on tenants_tenant
  for each row when (
    (old.time_zone, old.week_start, old.fiscal_year_start_month)
    is distinct from (new.time_zone, new.week_start, new.fiscal_year_start_month))
  execute function bowline.request_rebuild();
revoke execute on function bowline.mark_inserted(), bowline.mark_deleted(), bowline.mark_updated(),
  bowline.request_rebuild() from public;
"""

TICK = """
-- The tick learns which tenants have marks or a rebuild to do, and nothing about them.
create policy tick_select on kpis_mark for select to bowline_tick using (true);
grant select (tenant_id) on kpis_mark to bowline_tick;
create policy tick_select on kpis_rebuildrequest for select to bowline_tick using (true);
grant select (tenant_id) on kpis_rebuildrequest to bowline_tick;
"""


class Migration(migrations.Migration):
    replaces = BEFORE
    dependencies = [
        ("kpis", "0002_measurements"),
        ("engagements", "0010_isolation"),
        ("tenants", "0005_isolation"),
    ]

    operations = [
        IsolateTable("Kpi"),
        IsolateTable("Target", grants="SELECT, INSERT, DELETE"),
        IsolateTable("StatusOverride", grants="SELECT, INSERT, DELETE"),
        IsolateTable("InitiativeKpi"),
        IsolateTable("Measurement", unkeyed=True),
        migrations.RunSQL(MARKS, "drop table kpis_mark"),
        IsolateTable("Mark", grants="SELECT, INSERT, DELETE", unkeyed=True),
        IsolateTable("Rollup", unkeyed=True),
        IsolateTable("RebuildRequest", grants="SELECT, INSERT, DELETE"),
        IsolateTable("MeasurementImport"),
        IsolateTable("ImportChunk"),
        IsolateTable("ImportKey", unkeyed=True),
        migrations.RunSQL(
            TRIGGERS,
            "drop trigger request_rebuild on tenants_tenant; "
            "drop trigger mark_inserted on kpis_measurement; "
            "drop trigger mark_updated on kpis_measurement; "
            "drop trigger mark_deleted on kpis_measurement; "
            "drop function bowline.request_rebuild(), bowline.mark_inserted(), "
            "bowline.mark_updated(), bowline.mark_deleted()",
        ),
        migrations.RunSQL(
            TICK,
            "drop policy tick_select on kpis_mark; drop policy tick_select on kpis_rebuildrequest",
        ),
    ]
