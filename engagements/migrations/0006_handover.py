"""Handover packs."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.isolation.context
import tenants.isolation.ids
import tenants.isolation.models
from tenants.isolation.operations import IsolateTable


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0005_value"),
        ("tenants", "0008_files"),
    ]

    operations = [
        migrations.CreateModel(
            name="HandoverPack",
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
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("building", "Being built"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                        ],
                        default="building",
                        max_length=8,
                    ),
                ),
                ("requested_by_name", models.CharField(blank=True, max_length=200)),
                ("job_id", models.UUIDField(editable=False, null=True)),
                ("score", models.PositiveSmallIntegerField(default=0)),
                ("gaps", models.JSONField(default=list)),
                ("entries", models.JSONField(default=list, editable=False)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                (
                    "engagement",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="engagements.engagement",
                    ),
                ),
                (
                    "file",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="tenants.storedfile",
                    ),
                ),
                (
                    "requested_by",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
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
                "ordering": ["-id"],
                "abstract": False,
                "indexes": [
                    models.Index(fields=["tenant", "engagement", "id"], name="handoverpack_newest")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status", "building")),
                        fields=("tenant", "engagement"),
                        name="handoverpack_one_in_building",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("finished_at", None), ("status", "building")),
                            models.Q(
                                models.Q(("status", "building"), _negated=True),
                                ("finished_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="handoverpack_finished_has_instant",
                    ),
                ],
            },
        ),
        IsolateTable("HandoverPack"),
    ]
