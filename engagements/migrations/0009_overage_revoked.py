"""Approved hours above can be revoked; what is used stays."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.isolation.models
from tenants.isolation.operations import CompositeForeignKey


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0008_life_cycle_isolation"),
        ("tenants", "0012_member_status"),
    ]

    operations = [
        migrations.AddField(
            model_name="overageapproval",
            name="kept_minutes",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="overageapproval",
            name="revocation_note",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        migrations.AddField(
            model_name="overageapproval",
            name="revoked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="overageapproval",
            name="revoked_by",
            field=tenants.isolation.models.TenantForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenants.member",
            ),
        ),
        CompositeForeignKey("OverageApproval", "revoked_by"),
        migrations.AlterField(
            model_name="overageapproval",
            name="status",
            field=models.CharField(
                choices=[
                    ("requested", "Asked for"),
                    ("approved", "Approved"),
                    ("declined", "Declined"),
                    ("withdrawn", "Withdrawn"),
                    ("revoked", "Revoked"),
                ],
                max_length=9,
            ),
        ),
        migrations.AddConstraint(
            model_name="overageapproval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kept_minutes__isnull", False),
                        ("kept_minutes__lt", models.F("minutes")),
                        ("revoked_at__isnull", False),
                        ("status", "revoked"),
                    ),
                    models.Q(
                        models.Q(("status", "revoked"), _negated=True),
                        ("kept_minutes__isnull", True),
                        ("revoked_at__isnull", True),
                        ("revoked_by__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="overage_revoked_keeps_less",
            ),
        ),
    ]
