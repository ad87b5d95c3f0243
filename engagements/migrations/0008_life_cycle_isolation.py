"""Row level security and composite keys of the life cycle's tables; the tick's and the timer's doors."""

from django.db import migrations

from tenants.isolation.operations import CompositeForeignKey, IsolateTable

TICK = """
-- The tick learns whose engagements are due to be looked after, and nothing about them.
create policy tick_select on engagements_dailyrun for select to bowline_tick using (true);
grant select (tenant_id, due_at) on engagements_dailyrun to bowline_tick;
insert into engagements_dailyrun (id, tenant_id, due_at, created_at, updated_at)
select uuidv7(), tenant_id, now(), now(), now()
from (select distinct tenant_id from engagements_engagement) running;
"""
DOOR = """
create function bowline.timer_of(p_user uuid)
returns table (tenant_id uuid, slug varchar, name varchar, started_at timestamptz)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select t.id, t.slug, t.name, c.started_at
  from public.engagements_timer c
  join public.tenants_member m on m.tenant_id = c.tenant_id and m.id = c.member_id
  join public.tenants_tenant t on t.id = c.tenant_id
  where m.user_id = p_user and m.status = 'active' and t.status = 'active'
  order by c.started_at
$$;
revoke execute on function bowline.timer_of(uuid) from public;
grant execute on function bowline.timer_of(uuid) to bowline_app;
"""


class Migration(migrations.Migration):
    dependencies = [("engagements", "0007_life_cycle")]

    operations = [
        CompositeForeignKey("TimeEntry", "removed_by"),
        IsolateTable("StatusChange", grants="SELECT, INSERT"),
        IsolateTable("Notice"),
        IsolateTable("Reminder", grants="SELECT, INSERT"),
        IsolateTable("DailyRun"),
        IsolateTable("TermsProposal"),
        IsolateTable("Timer"),
        IsolateTable("OverageApproval"),
        IsolateTable("RetainerAlert", grants="SELECT, INSERT"),
        IsolateTable("Statement", grants="SELECT, INSERT"),
        migrations.RunSQL(TICK, "drop policy tick_select on engagements_dailyrun"),
        migrations.RunSQL(DOOR, "drop function bowline.timer_of(uuid)"),
    ]
