"""Row level security, the named doors, the audit chain and the rights of the tick."""

from django.db import migrations

from tenants.isolation.operations import IsolateTable

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

TENANT_ROW = """
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
"""

DOORS = """
create function bowline.memberships_of(p_user uuid)
returns table (tenant_id uuid, slug varchar, name varchar, status varchar, member_id uuid, roles varchar[])
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select t.id, t.slug, t.name, t.status, m.id, m.roles
  from public.tenants_member m join public.tenants_tenant t on t.id = m.tenant_id
  where m.user_id = p_user and m.status = 'active' and t.status <> 'archived'
  order by lower(t.name), t.id
$$;
create function bowline.api_key_by_prefix(p_prefix text)
returns table (id uuid, tenant_id uuid, secret_hash bytea, expires_at timestamptz, revoked_at timestamptz)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select k.id, k.tenant_id, k.secret_hash, k.expires_at, k.revoked_at
  from public.tenants_apikey k join public.tenants_tenant t on t.id = k.tenant_id
  where k.prefix = p_prefix and t.status <> 'archived'
$$;
create function bowline.tenant_id_of(p_slug text) returns uuid
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select t.id from public.tenants_tenant t where t.slug = p_slug
$$;
create function bowline.all_tenant_ids() returns setof uuid
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select t.id from public.tenants_tenant t order by t.id
$$;
revoke execute on all functions in schema bowline from public;
grant execute on function bowline.tenant() to bowline_app, bowline_export, bowline_tick;
grant execute on function bowline.memberships_of(uuid) to bowline_app;
grant execute on function bowline.api_key_by_prefix(text) to bowline_app;
grant execute on function bowline.tenant_id_of(text) to bowline_app, bowline_export;
grant execute on function bowline.all_tenant_ids() to bowline_app, bowline_export;
"""

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
grant select (id, tenant_id, kind, queue, dedupe_key, state, attempts, run_at, lease_until, started_at,
  finished_at, created_at) on tenants_job to bowline_tick;
grant update (state, attempts, run_at, lease_until, started_at, finished_at, last_error)
  on tenants_job to bowline_tick;
grant insert (id, tenant_id, kind, queue, args, dedupe_key, state, attempts, run_at, progress_done,
  last_error, created_at, request_id) on tenants_job to bowline_tick;
-- led by the queue, not the tenant: it is the tick's own question, across tenants
create index job_due on tenants_job (queue, run_at) where state in ('queued', 'running');
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_people_and_work")]

    operations = [
        migrations.RunSQL(CONTEXT, "drop schema bowline cascade"),
        migrations.RunSQL(
            TENANT_ROW,
            "drop policy tenant on tenants_tenant; drop policy tenant on tenants_audithead",
        ),
        IsolateTable("Member"),
        IsolateTable("ApiKey"),
        IsolateTable("Job"),
        IsolateTable("AuditEvent", grants="SELECT, INSERT"),
        migrations.RunSQL(DOORS, migrations.RunSQL.noop),
        migrations.RunSQL(AUDIT, migrations.RunSQL.noop),
        migrations.RunSQL(
            TICK,
            "drop policy tick_select on tenants_job; drop policy tick_update on tenants_job; "
            "drop policy tick_insert on tenants_job; drop index job_due",
        ),
    ]
