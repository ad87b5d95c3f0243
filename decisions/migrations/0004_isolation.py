"""Row level security, composite keys, the last line behind approvals and budgets, the tick."""

from django.db import migrations

from decisions.migrations import BEFORE
from tenants.isolation.operations import IsolateTable

APPROVED = """
-- Runs at the commit, as the owner because no tenant may be set any more by then; each statement
-- names the row's own. A request that is approved has every step of its round approved, each with
-- its quorum, and no word of its own requester. Own authority and bypass are marked on the row.
create function bowline.spend_approved() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare r public.decisions_spendrequest; wrong text;
begin
  select * into r from public.decisions_spendrequest q where q.tenant_id = new.tenant_id and q.id = new.id;
  if r.status not in ('approved', 'ordered', 'closed') or r.within_own_authority
     or r.bypassed_at is not null then
    return null;
  end if;
  if not exists (select from public.decisions_spendstep s
      where s.tenant_id = r.tenant_id and s.request_id = r.id and s.round = r.round) then
    wrong := 'it has no steps';
  elsif exists (select from public.decisions_spenddecision d
      where d.tenant_id = r.tenant_id and d.request_id = r.id and d.round = r.round
        and r.requester_id in (d.member_id, d.actor_id)) then
    wrong := 'its requester decided';
  elsif exists (select from public.decisions_spendstep s
      cross join lateral (
        select count(*) filter (where d.vote = 'for' and d.capacity <> 'escalation') yes,
               count(*) filter (where d.vote = 'for' and d.capacity = 'escalation') above
        from public.decisions_spenddecision d
        where d.tenant_id = s.tenant_id and d.request_id = s.request_id and d.step_id = s.id) v
      where s.tenant_id = r.tenant_id and s.request_id = r.id and s.round = r.round
        and (s.status <> 'approved' or case when s.override then v.above < 1 else
          v.yes < s.needed or s.needed < case s.rule when 'any' then 1
            when 'majority' then s.eligible / 2 + 1 else s.eligible end end)) then
    wrong := 'a step has no quorum';
  end if;
  if wrong is not null then
    raise exception 'spend request % is approved, but %', r.number, wrong using errcode = '23514';
  end if;
  return null;
end $$;
create constraint trigger spend_approved after insert or update of status on decisions_spendrequest
  deferrable initially deferred for each row
  when (new.status in ('approved', 'ordered', 'closed'))
  execute function bowline.spend_approved();
"""

BUDGETS = """
-- Runs at the commit: a line's committed and actual are what its requests say, to the cent.
create function bowline.budget_adds_up() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare b public.decisions_budget; open numeric; paid numeric; line uuid;
begin
  if tg_table_name = 'decisions_budget' then line := new.id; else line := new.budget_line_id; end if;
  select * into b from public.decisions_budget x where x.tenant_id = new.tenant_id and x.id = line;
  if not found then return null; end if;
  select coalesce(sum(q.open_commitment), 0), coalesce(sum(q.paid_amount), 0) into open, paid
    from public.decisions_spendrequest q where q.tenant_id = b.tenant_id and q.budget_line_id = b.id;
  if b.committed <> open or b.actual <> paid then
    raise exception 'budget line % says % committed and % paid, its requests say % and %',
      b.name, b.committed, b.actual, open, paid using errcode = '23514';
  end if;
  return null;
end $$;
create constraint trigger budget_adds_up after insert or update of committed, actual on decisions_budget
  deferrable initially deferred for each row execute function bowline.budget_adds_up();
create constraint trigger request_adds_up
  after update of open_commitment, paid_amount, budget_line_id on decisions_spendrequest
  deferrable initially deferred for each row
  when (new.open_commitment <> old.open_commitment or new.paid_amount <> old.paid_amount
    or new.budget_line_id is distinct from old.budget_line_id)
  execute function bowline.budget_adds_up();
revoke execute on function bowline.spend_approved(), bowline.budget_adds_up() from public;
"""

TICK = """
-- The tick learns which tenants have clocks to look at, and nothing about them.
create policy tick_select on decisions_spendrequest for select to bowline_tick using (true);
grant select (tenant_id, check_at) on decisions_spendrequest to bowline_tick;
"""
ONCE = "SELECT, INSERT"
KEPT = "SELECT, INSERT, UPDATE"


class Migration(migrations.Migration):
    replaces = BEFORE
    dependencies = [
        ("decisions", "0003_trail"),
        ("engagements", "0010_isolation"),
        ("kpis", "0003_isolation"),
        ("tenants", "0005_isolation"),
    ]

    operations = [
        IsolateTable("ApprovalPolicy", grants=ONCE),
        IsolateTable("ExchangeRate"),
        IsolateTable("Delegation", grants=KEPT),
        IsolateTable("Budget", grants=KEPT),
        IsolateTable("SpendRequest", grants=KEPT),
        IsolateTable("SpendStep", grants=KEPT),
        IsolateTable("SpendDecision", grants=ONCE),
        IsolateTable("SpendEvent", grants=ONCE),
        IsolateTable("Invoice", grants=ONCE),
        migrations.RunSQL(
            APPROVED,
            "drop trigger spend_approved on decisions_spendrequest; "
            "drop function bowline.spend_approved()",
        ),
        migrations.RunSQL(
            BUDGETS,
            "drop trigger request_adds_up on decisions_spendrequest; "
            "drop trigger budget_adds_up on decisions_budget; "
            "drop function bowline.budget_adds_up()",
        ),
        migrations.RunSQL(TICK, "drop policy tick_select on decisions_spendrequest"),
    ]
