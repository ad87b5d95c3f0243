"""Measurements, imports, rollups and what is to be computed."""

import django.db.models.deletion
from django.db import migrations, models

import kpis.fields
import tenants.isolation.context
import tenants.isolation.ids
import tenants.isolation.models
from kpis.migrations import BEFORE
from tenants.isolation.operations import CreateTable


class Migration(migrations.Migration):
    replaces = BEFORE
    dependencies = [
        ("kpis", "0001_kpis"),
    ]

    operations = [
        CreateTable(
            name="Mark",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "tenant_id",
                        "kpi_id",
                        "local_date",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        default=tenants.isolation.context.tenant_or_none,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.tenant",
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
                ("local_date", models.DateField()),
                ("marked_at", models.DateTimeField()),
            ],
            options={
                "db_table": "kpis_mark",
                "managed": False,
            },
        ),
        CreateTable(
            name="MeasurementImport",
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
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "kpi",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="imports",
                        to="kpis.kpi",
                    ),
                ),
                (
                    "created_by",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="tenants.member",
                    ),
                ),
                ("filename", models.CharField(max_length=200)),
                ("size", models.BigIntegerField()),
                ("mapping", models.JSONField(default=dict)),
                ("options", models.JSONField(default=dict)),
                ("dry_run", models.BooleanField(default=False)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("uploaded", "Uploaded"),
                            ("queued", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="uploaded",
                        max_length=9,
                    ),
                ),
                ("problem", models.TextField(blank=True)),
                ("offset", models.BigIntegerField(default=0)),
                ("line", models.BigIntegerField(default=0, editable=False)),
                ("rows_total", models.BigIntegerField(default=0)),
                ("rows_accepted", models.BigIntegerField(default=0)),
                ("rows_duplicate", models.BigIntegerField(default=0)),
                ("rows_rejected", models.BigIntegerField(default=0)),
                ("rows_skipped", models.BigIntegerField(default=0)),
                ("errors", models.JSONField(default=list)),
                ("first_at", models.DateTimeField(editable=False, null=True)),
                ("last_at", models.DateTimeField(editable=False, null=True)),
                ("counts_keys", models.BooleanField(default=False, editable=False)),
                ("job_id", models.UUIDField(editable=False, null=True)),
                ("started_at", models.DateTimeField(editable=False, null=True)),
                ("finished_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
                "indexes": [models.Index(fields=["tenant", "kpi", "id"], name="import_by_kpi")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("finished_at__isnull", True),
                                ("status__in", ["uploaded", "queued", "running"]),
                            ),
                            models.Q(
                                ("finished_at__isnull", False),
                                ("status__in", ["done", "failed", "cancelled"]),
                            ),
                            _connector="OR",
                        ),
                        name="import_finished_has_instant",
                    )
                ],
            },
        ),
        CreateTable(
            name="Measurement",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "tenant_id",
                        "kpi_id",
                        "id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        default=tenants.isolation.context.tenant_or_none,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
                ("kpi_id", models.UUIDField()),
                ("id", models.UUIDField(editable=False)),
                ("observed_at", models.DateTimeField()),
                ("local_date", models.DateField(editable=False)),
                ("value", kpis.fields.ExactField(null=True)),
                ("numerator", kpis.fields.ExactField(null=True)),
                ("denominator", kpis.fields.ExactField(null=True)),
                ("weight", kpis.fields.ExactField(null=True)),
                ("series", models.CharField(blank=True, default="", max_length=120)),
                ("source", models.CharField(max_length=60)),
                ("external_id", models.CharField(max_length=200, null=True)),
                ("import_id", models.UUIDField(editable=False, null=True)),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_id__isnull", False)),
                        fields=("tenant", "kpi_id", "external_id"),
                        name="measurement_one_external_id",
                    )
                ],
            },
        ),
        CreateTable(
            name="ImportChunk",
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
                (
                    "measurement_import",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="chunks",
                        to="kpis.measurementimport",
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("data", models.BinaryField()),
            ],
            options={
                "ordering": ["number"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "measurement_import", "number"), name="chunk_one_number"
                    )
                ],
            },
        ),
        CreateTable(
            name="ImportKey",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "tenant_id",
                        "measurement_import_id",
                        "key",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        default=tenants.isolation.context.tenant_or_none,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
                (
                    "measurement_import",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="kpis.measurementimport",
                    ),
                ),
                ("key", models.BigIntegerField()),
                ("rows", models.IntegerField()),
            ],
        ),
        CreateTable(
            name="Rollup",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "tenant_id",
                        "kpi_id",
                        "period",
                        "period_start",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        default=tenants.isolation.context.tenant_or_none,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
                (
                    "kpi",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rollups",
                        to="kpis.kpi",
                    ),
                ),
                (
                    "period",
                    models.CharField(
                        choices=[
                            ("day", "Day"),
                            ("week", "Week"),
                            ("month", "Month"),
                            ("quarter", "Quarter"),
                            ("year", "Year"),
                        ],
                        max_length=7,
                    ),
                ),
                ("period_start", models.DateField()),
                ("value", kpis.fields.ExactField(null=True)),
                ("n", models.BigIntegerField()),
                ("total", kpis.fields.ExactField(null=True)),
                ("weight", kpis.fields.ExactField(null=True)),
                ("weighted", kpis.fields.ExactField(null=True)),
                ("numerator", kpis.fields.ExactField(null=True)),
                ("denominator", kpis.fields.ExactField(null=True)),
                ("minimum", kpis.fields.ExactField(null=True)),
                ("maximum", kpis.fields.ExactField(null=True)),
                ("last_value", kpis.fields.ExactField(null=True)),
                ("last_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["period_start"],
            },
        ),
        CreateTable(
            name="RebuildRequest",
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
                ("requested_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
            },
        ),
    ]
