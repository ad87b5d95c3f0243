"""Which key figures an initiative is to move."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.isolation.context
import tenants.isolation.ids
import tenants.isolation.models
from tenants.isolation.operations import IsolateTable


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0005_value"),
        ("kpis", "0004_import_line"),
        ("tenants", "0008_files"),
    ]

    operations = [
        migrations.CreateModel(
            name="InitiativeKpi",
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
                    "initiative",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="engagements.initiative",
                    ),
                ),
                (
                    "kpi",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="kpis.kpi",
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
                "verbose_name": "link",
                "ordering": ["-id"],
                "abstract": False,
                "indexes": [models.Index(fields=["tenant", "kpi"], name="initiativekpi_by_kpi")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "initiative", "kpi"), name="initiativekpi_once"
                    )
                ],
            },
        ),
        IsolateTable("InitiativeKpi"),
    ]
