"""Invitations, when people joined and were last seen, and the second factor that a company asks for."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.isolation.context
import tenants.isolation.ids
import tenants.isolation.models
from tenants.isolation.operations import IsolateTable

DOOR = """
create function bowline.invitation_by_hash(p_hash bytea) returns table (id uuid, tenant_id uuid)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select i.id, i.tenant_id
  from public.tenants_invitation i join public.tenants_tenant t on t.id = i.tenant_id
  where i.token_hash = p_hash and t.status <> 'archived'
$$;
revoke execute on function bowline.invitation_by_hash(bytea) from public;
grant execute on function bowline.invitation_by_hash(bytea) to bowline_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0009_company_settings"),
    ]

    operations = [
        migrations.CreateModel(
            name="Invitation",
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
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("email", models.EmailField(max_length=254)),
                ("salt", models.BinaryField(max_length=16)),
                ("token_hash", models.BinaryField(max_length=32, unique=True)),
                ("expires_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
            },
        ),
        migrations.RemoveConstraint(
            model_name="member",
            name="member_left_has_date",
        ),
        migrations.AddField(
            model_name="member",
            name="invited_email",
            field=models.EmailField(blank=True, max_length=254),
        ),
        migrations.AddField(
            model_name="member",
            name="invited_name",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="member",
            name="joined_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="member",
            name="last_seen_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="tenant",
            name="require_second_factor",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="tenant",
            name="second_factor_from",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="member",
            name="status",
            field=models.CharField(
                choices=[("invited", "Invited"), ("active", "Active"), ("left", "Left")],
                default="active",
                max_length=7,
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "invited"), _negated=True),
                    models.Q(("invited_email", ""), _negated=True),
                    _connector="OR",
                ),
                name="member_invited_has_address",
            ),
        ),
        migrations.AddConstraint(
            model_name="tenant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("require_second_factor", False), ("second_factor_from__isnull", True)
                    ),
                    models.Q(
                        ("require_second_factor", True), ("second_factor_from__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="tenant_second_factor_has_start",
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="invited_by",
            field=tenants.isolation.models.TenantForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenants.member",
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="member",
            field=tenants.isolation.models.TenantForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="invitations",
                to="tenants.member",
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="tenant",
            field=models.ForeignKey(
                db_index=False,
                default=tenants.isolation.context.tenant_or_none,
                editable=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="tenants.tenant",
            ),
        ),
        migrations.AddIndex(
            model_name="invitation",
            index=models.Index(fields=["tenant", "member", "id"], name="invitation_by_member"),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("accepted_at__isnull", True), ("revoked_at__isnull", True)),
                fields=("tenant", "member"),
                name="invitation_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("accepted_at__isnull", True), ("revoked_at__isnull", True), _connector="OR"
                ),
                name="invitation_one_end",
            ),
        ),
        IsolateTable("Invitation"),
        migrations.RunSQL(DOOR, "drop function bowline.invitation_by_hash(bytea)"),
    ]
