"""The tick asks which companies have old files or notifications, instead of walking all of them."""

from django.db import migrations

DOORS = """
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
NO_DOORS = """
drop function bowline.tenants_with_expired_files();
drop function bowline.tenants_with_old_notifications(interval, interval, interval);
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0012_member_status")]

    operations = [migrations.RunSQL(DOORS, NO_DOORS)]
