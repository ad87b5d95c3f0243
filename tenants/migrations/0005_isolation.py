"""Row level security of every table, and the context that its policies read."""

from django.db import migrations

from tenants.isolation.operations import IsolateTable
from tenants.migrations import BEFORE

CONTEXT = """
create schema bowline;
grant usage on schema bowline to bowline_app, bowline_tick, bowline_export;

-- Raises instead of answering nothing: code without a tenant is a fault, not an empty list.
-- After one local setting an unset one reads '', so both '' and NULL count as unset.
create function bowline.tenant() returns uuid language plpgsql stable as $$
declare v text := nullif(current_setting('bowline.tenant', true), '');
begin
  if v is null then raise exception 'no tenant is set' using errcode = '42501'; end if;
  return v::uuid;
end $$;
"""

OWN_KEYS = """
-- Three tables are keyed by the tenant itself, so their policies are written out.
alter table tenants_tenant enable row level security;
alter table tenants_tenant force row level security;
create policy tenant on tenants_tenant to bowline_app, bowline_export
  using (id = (select bowline.tenant())) with check (id = (select bowline.tenant()));
grant select, insert, update on tenants_tenant to bowline_app;
grant select on tenants_tenant to bowline_export;

alter table tenants_audithead enable row level security;
alter table tenants_audithead force row level security;
create policy tenant on tenants_audithead to bowline_app, bowline_export
  using (tenant_id = (select bowline.tenant())) with check (tenant_id = (select bowline.tenant()));
grant select on tenants_audithead to bowline_app, bowline_export;
alter table tenants_revision enable row level security;
alter table tenants_revision force row level security;
create policy tenant on tenants_revision to bowline_app, bowline_export
  using (tenant_id = (select bowline.tenant())) with check (tenant_id = (select bowline.tenant()));
grant select, insert, update, delete on tenants_revision to bowline_app;
grant select on tenants_revision to bowline_export;
"""


class Migration(migrations.Migration):
    replaces = BEFORE
    dependencies = [("tenants", "0004_inbox")]

    operations = [
        migrations.RunSQL(CONTEXT, "drop schema bowline cascade"),
        migrations.RunSQL(
            OWN_KEYS,
            "drop policy tenant on tenants_tenant; drop policy tenant on tenants_audithead; "
            "drop policy tenant on tenants_revision",
        ),
        IsolateTable("Member"),
        IsolateTable("ApiKey"),
        IsolateTable("Invitation"),
        IsolateTable("AuditEvent", grants="SELECT, INSERT"),
        IsolateTable("Job"),
        IsolateTable("IdempotencyKey"),
        IsolateTable("Holiday"),
        IsolateTable("Logo"),
        IsolateTable("SetupMark"),
        IsolateTable("StoredFile"),
        IsolateTable("FileChunk"),
        IsolateTable("Notification"),
        IsolateTable("Delivery"),
        IsolateTable("NotificationPreferences"),
        IsolateTable("Reminder"),
        IsolateTable("Digest"),
    ]
