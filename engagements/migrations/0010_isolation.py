"""Row level security and composite keys; the tick's and the timer's doors."""

from django.db import migrations

from engagements.migrations import BEFORE
from tenants.isolation.operations import IsolateTable

TICK = """
-- The tick learns whose engagements are due to be looked after, and nothing about them.
create policy tick_select on engagements_dailyrun for select to bowline_tick using (true);
grant select (tenant_id, due_at) on engagements_dailyrun to bowline_tick;
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
ONCE = "SELECT, INSERT"


class Migration(migrations.Migration):
    replaces = BEFORE
    dependencies = [("engagements", "0009_value"), ("tenants", "0006_doors")]

    operations = [
        IsolateTable("Engagement"),
        IsolateTable("StatusChange", grants=ONCE),
        IsolateTable("Pause"),
        IsolateTable("Notice"),
        IsolateTable("Reminder", grants=ONCE),
        IsolateTable("DailyRun"),
        IsolateTable("Terms"),
        IsolateTable("TermsProposal"),
        IsolateTable("OverageApproval"),
        IsolateTable("RetainerAlert", grants=ONCE),
        IsolateTable("Statement", grants=ONCE),
        IsolateTable("CommunicationTool"),
        IsolateTable("Charter"),
        IsolateTable("CharterAcknowledgement"),
        IsolateTable("EscalationStep"),
        IsolateTable("OffPeriod"),
        IsolateTable("Stakeholder"),
        IsolateTable("IntegrationActivity"),
        IsolateTable("ImpactWeights"),
        IsolateTable("Initiative"),
        IsolateTable("Milestone"),
        IsolateTable("Prioritisation"),
        IsolateTable("Ranking"),
        IsolateTable("RoadmapSettings"),
        IsolateTable("TimeEntry"),
        IsolateTable("Timer"),
        IsolateTable("WeekLock"),
        IsolateTable("FullTimeCost"),
        IsolateTable("GrowthSignal"),
        IsolateTable("Saving"),
        IsolateTable("ScopeDismissal"),
        IsolateTable("HandoverPack"),
        migrations.RunSQL(TICK, "drop policy tick_select on engagements_dailyrun"),
        migrations.RunSQL(DOOR, "drop function bowline.timer_of(uuid)"),
    ]
