"""The chain of the audit trail, and the rights of the tick."""

from django.db import migrations

from tenants.migrations import BEFORE

AUDIT = """
create function bowline.audit_digest(
  p_previous bytea, p_seq bigint, p_id uuid, p_tenant uuid, p_occurred_at timestamptz, p_actor uuid,
  p_actor_name varchar, p_verb varchar, p_target_type varchar, p_target uuid, p_target_label varchar,
  p_changes jsonb, p_request_id varchar) returns bytea
language sql stable set search_path = pg_catalog, pg_temp as $$
  select sha256(p_previous || convert_to(jsonb_build_array(
    p_seq, p_id, p_tenant, (extract(epoch from p_occurred_at) * 1000000)::bigint, p_actor, p_actor_name,
    p_verb, p_target_type, p_target, p_target_label, p_changes, p_request_id)::text, 'UTF8'))
$$;

-- The chain's fields are the database's alone, whatever the insert says.
create function bowline.audit_blank() returns trigger language plpgsql as $$
begin
  new.seq := null; new.previous_hash := null; new.hash := null;
  return new;
end $$;
create trigger audit_blank before insert on tenants_auditevent
  for each row execute function bowline.audit_blank();

-- Deferred to the commit: events are numbered in commit order, and the lock on the chain's head is
-- held for the commit alone, so two long transactions of a tenant never wait for each other here.
create function bowline.audit_seal() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare head public.tenants_audithead; e public.tenants_auditevent; digest bytea;
begin
  insert into public.tenants_audithead (tenant_id, seq, hash) values (new.tenant_id, 0, '')
    on conflict (tenant_id) do nothing;
  select * into head from public.tenants_audithead h where h.tenant_id = new.tenant_id for update;
  select * into e from public.tenants_auditevent a where a.tenant_id = new.tenant_id and a.id = new.id;
  digest := bowline.audit_digest(head.hash, head.seq + 1, e.id, e.tenant_id, e.occurred_at, e.actor_id,
    e.actor_name, e.verb, e.target_type, e.target_id, e.target_label, e.changes, e.request_id);
  update public.tenants_auditevent a
    set seq = head.seq + 1, previous_hash = head.hash, hash = digest
    where a.tenant_id = e.tenant_id and a.id = e.id;
  update public.tenants_audithead h set seq = head.seq + 1, hash = digest where h.tenant_id = e.tenant_id;
  return null;
end $$;
create constraint trigger audit_seal after insert on tenants_auditevent
  deferrable initially deferred for each row execute function bowline.audit_seal();

create function bowline.audit_immutable() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.seq is null then return new; end if;
  raise exception 'the audit trail is append-only' using errcode = '42501';
end $$;
create trigger audit_immutable before update or delete on tenants_auditevent
  for each row execute function bowline.audit_immutable();

revoke execute on function bowline.audit_seal(), bowline.audit_blank(), bowline.audit_immutable() from public;
revoke execute on function bowline.audit_digest(bytea, bigint, uuid, uuid, timestamptz, uuid, varchar,
  varchar, varchar, uuid, varchar, jsonb, varchar) from public;
grant execute on function bowline.audit_digest(bytea, bigint, uuid, uuid, timestamptz, uuid, varchar,
  varchar, varchar, uuid, varchar, jsonb, varchar) to bowline_app, bowline_export;
"""

TICK = """
-- The tick keeps the books of every tenant's jobs; their arguments it cannot read.
create policy tick_select on tenants_job for select to bowline_tick using (true);
create policy tick_update on tenants_job for update to bowline_tick using (true) with check (true);
create policy tick_insert on tenants_job for insert to bowline_tick with check (true);
grant select (id, tenant_id, kind, queue, dedupe_key, state, attempts, claims, run_at, lease_until,
  started_at, finished_at, created_at) on tenants_job to bowline_tick;
grant update (state, attempts, claims, run_at, lease_until, started_at, finished_at, last_error)
  on tenants_job to bowline_tick;
grant insert (id, tenant_id, kind, queue, args, dedupe_key, state, attempts, run_at, progress_done,
  last_error, created_at, request_id) on tenants_job to bowline_tick;
-- led by the queue, not the tenant: whether anything is due is asked across all of them
create index job_due on tenants_job (queue, run_at) where state = 'queued';
grant select, insert, update on tenants_heartbeat to bowline_tick;
-- a queue's rows change state within seconds: tidy up early, and leave room to update in place
alter table tenants_job set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_vacuum_insert_scale_factor = 0.2, autovacuum_analyze_scale_factor = 0.05);
-- The tick asks in which tenants a reminder is due, and reads nothing else of it.
create policy tick_select on tenants_reminder for select to bowline_tick using (true);
grant select (tenant_id, state, run_at) on tenants_reminder to bowline_tick;
"""


class Migration(migrations.Migration):
    replaces = BEFORE
    dependencies = [("tenants", "0006_doors")]

    operations = [
        migrations.RunSQL(
            AUDIT,
            "drop trigger audit_blank on tenants_auditevent; "
            "drop trigger audit_seal on tenants_auditevent; "
            "drop trigger audit_immutable on tenants_auditevent; "
            "drop function bowline.audit_blank(), bowline.audit_seal(), bowline.audit_immutable(), "
            "bowline.audit_digest(bytea, bigint, uuid, uuid, timestamptz, uuid, varchar, varchar, "
            "varchar, uuid, varchar, jsonb, varchar)",
        ),
        migrations.RunSQL(
            TICK,
            "drop policy tick_select on tenants_job; drop policy tick_update on tenants_job; "
            "drop policy tick_insert on tenants_job; drop index job_due; "
            "drop policy tick_select on tenants_reminder",
        ),
    ]
