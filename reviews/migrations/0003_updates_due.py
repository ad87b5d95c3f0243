"""The tick asks where a weekly update is due soon or late and nobody was told of it yet."""

from django.db import migrations

from reviews.migrations import BEFORE

# The rules are those of reviews.notices.tell_what_is_due, said for all companies at once; it may
# name one an hour too early (where clocks change), it never leaves one out.
DOOR = """
create function bowline.tenants_with_updates_due() returns setof uuid
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select distinct t.id
  from public.tenants_tenant t
  join public.engagements_engagement e on e.tenant_id = t.id and e.status = 'active'
  cross join lateral (
    select timezone(t.time_zone, now())::date as day,
           case t.week_start when 'monday' then 1 when 'saturday' then 6 else 7 end as first,
           coalesce(array_position(
             array['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'],
             nullif(t.update_due_weekday, '')::text), 5) as weekday
  ) c
  cross join lateral (
    select c.day - (extract(isodow from c.day)::int - c.first + 7) % 7 - 7 * back as starts
    from generate_series(0, 1) back
  ) w
  left join public.reviews_weeklyupdate u
    on u.tenant_id = t.id and u.engagement_id = e.id and u.week_start = w.starts
  cross join lateral (
    select coalesce(u.due_at, timezone(t.time_zone,
             w.starts + (c.weekday - c.first + 7) % 7 + coalesce(t.update_due_time, '17:00'))
           ) as due_at
  ) d
  where t.status = 'active'
    and (u.id is null or u.status = 'draft')
    and d.due_at - interval '25 hours' <= now()
    and (d.due_at > now()
         or e.starts_on <= w.starts + 6 and e.created_at <= d.due_at + interval '1 hour')
    and not exists (
      select from public.tenants_notification n
      where n.tenant_id = t.id and n.member_id = e.cto_id
        and n.dedupe_key = case when d.due_at < now() then 'update.late:' else 'update.due:' end
                           || e.id || ':' || w.starts)
$$;
revoke execute on function bowline.tenants_with_updates_due() from public;
grant execute on function bowline.tenants_with_updates_due() to bowline_tick;
"""
NO_DOOR = "drop function bowline.tenants_with_updates_due()"


class Migration(migrations.Migration):
    replaces = BEFORE
    dependencies = [
        ("reviews", "0002_row_security"),
        ("engagements", "0010_isolation"),
        ("tenants", "0006_doors"),
    ]

    operations = [migrations.RunSQL(DOOR, NO_DOOR)]
