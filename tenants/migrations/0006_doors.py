"""The named doors: the only questions that are answered across companies."""

from django.db import migrations

from tenants.migrations import BEFORE

DOORS = """
-- An archived company still opens for its admins for 90 days, so that they can bring it back.
create function bowline.memberships_of(p_user uuid)
returns table (tenant_id uuid, slug varchar, name varchar, status varchar, member_id uuid, roles varchar[])
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select t.id, t.slug, t.name, t.status, m.id, m.roles
  from public.tenants_member m join public.tenants_tenant t on t.id = m.tenant_id
  where m.user_id = p_user and m.status = 'active' and (t.status <> 'archived'
    or 'admin' = any(m.roles) and t.status_changed_at > now() - interval '90 days')
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
create function bowline.invitation_by_hash(p_hash bytea) returns table (id uuid, tenant_id uuid)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select i.id, i.tenant_id
  from public.tenants_invitation i join public.tenants_tenant t on t.id = i.tenant_id
  where i.token_hash = p_hash and t.status <> 'archived'
$$;
revoke execute on function bowline.invitation_by_hash(bytea) from public;
grant execute on function bowline.invitation_by_hash(bytea) to bowline_app;
"""

TICK_DOORS = """
-- What the tick may learn: which companies have something due, and nothing about it.
-- Whose list of public holidays does not reach so far yet.
create function bowline.tenants_short_of_holidays() returns setof uuid
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select t.id from public.tenants_tenant t
  where t.status = 'active' and t.holiday_country <> ''
    and coalesce(t.holidays_through_year, 0) < extract(year from now())::int + 2
$$;
revoke execute on function bowline.tenants_short_of_holidays() from public;
grant execute on function bowline.tenants_short_of_holidays() to bowline_tick;
create function bowline.tenants_with_expired_files() returns setof uuid
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select distinct tenant_id from public.tenants_storedfile where expires_at <= now()
$$;
revoke execute on function bowline.tenants_with_expired_files() from public;
grant execute on function bowline.tenants_with_expired_files() to bowline_tick;

create function bowline.tenants_with_old_notifications(
  read_kept interval, unread_kept interval, settled_kept interval
) returns setof uuid
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select tenant_id from public.tenants_notification
  where read_at < now() - read_kept or created_at < now() - unread_kept
  union
  select tenant_id from public.tenants_reminder where settled_at < now() - settled_kept
  union
  select tenant_id from public.tenants_digest where sent_at < now() - settled_kept
$$;
revoke execute on function
  bowline.tenants_with_old_notifications(interval, interval, interval) from public;
grant execute on function
  bowline.tenants_with_old_notifications(interval, interval, interval) to bowline_tick;
"""


class Migration(migrations.Migration):
    replaces = BEFORE
    dependencies = [("tenants", "0005_isolation")]

    operations = [
        migrations.RunSQL(
            DOORS,
            "drop function bowline.memberships_of(uuid), bowline.api_key_by_prefix(text), "
            "bowline.tenant_id_of(text), bowline.all_tenant_ids(), bowline.invitation_by_hash(bytea)",
        ),
        migrations.RunSQL(
            TICK_DOORS,
            "drop function bowline.tenants_short_of_holidays(), "
            "bowline.tenants_with_expired_files(), "
            "bowline.tenants_with_old_notifications(interval, interval, interval)",
        ),
    ]
