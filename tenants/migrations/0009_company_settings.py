"""A company's look, its set-up, when its letter is due, and since when it stands still."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.isolation.context
import tenants.isolation.ids
import tenants.isolation.models
from tenants.isolation.operations import IsolateTable

_DOOR = """
create or replace function bowline.memberships_of(p_user uuid)
returns table (tenant_id uuid, slug varchar, name varchar, status varchar, member_id uuid, roles varchar[])
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select t.id, t.slug, t.name, t.status, m.id, m.roles
  from public.tenants_member m join public.tenants_tenant t on t.id = m.tenant_id
  where m.user_id = p_user and m.status = 'active' and (t.status <> 'archived'{archived})
  order by lower(t.name), t.id
$$;
"""
# An archived company still opens for its admins for 90 days, so that they can bring it back.
DOOR = _DOOR.format(
    archived=" or 'admin' = any(m.roles) and t.status_changed_at > now() - interval '90 days'"
)
DOOR_BEFORE = _DOOR.format(archived="")


class Migration(migrations.Migration):
    dependencies = [("tenants", "0008_files")]

    operations = [
        migrations.AddField(
            model_name="tenant",
            name="brand_color",
            field=models.CharField(blank=True, default="", max_length=7),
        ),
        migrations.AddField(
            model_name="tenant",
            name="logo_version",
            field=models.CharField(blank=True, default="", editable=False, max_length=16),
        ),
        migrations.AddField(
            model_name="tenant",
            name="setup_dismissed_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="tenant",
            name="status_changed_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="tenant",
            name="status_reason",
            field=models.CharField(blank=True, default="", editable=False, max_length=500),
        ),
        migrations.AddField(
            model_name="tenant",
            name="update_due_time",
            field=models.TimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="tenant",
            name="update_due_weekday",
            field=models.CharField(
                blank=True,
                choices=[
                    ("monday", "Monday"),
                    ("tuesday", "Tuesday"),
                    ("wednesday", "Wednesday"),
                    ("thursday", "Thursday"),
                    ("friday", "Friday"),
                    ("saturday", "Saturday"),
                    ("sunday", "Sunday"),
                ],
                default="",
                max_length=9,
            ),
        ),
        migrations.CreateModel(
            name="Logo",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenants.isolation.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("content", models.BinaryField()),
                ("content_type", models.CharField(max_length=20)),
                ("width", models.PositiveSmallIntegerField()),
                ("height", models.PositiveSmallIntegerField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=tenants.isolation.context.tenant_or_none,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("tenant",), name="logo_one")],
            },
        ),
        IsolateTable("Logo"),
        migrations.CreateModel(
            name="SetupMark",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenants.isolation.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("step", models.CharField(max_length=40)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "member",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=tenants.isolation.context.tenant_or_none,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "step"), name="setupmark_once_a_step")
                ],
            },
        ),
        IsolateTable("SetupMark"),
        migrations.RunSQL(DOOR, DOOR_BEFORE),
    ]
