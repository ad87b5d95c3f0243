"""KPIs, their targets, judgements and initiatives."""

import django.core.validators
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
    initial = True

    dependencies = [
        ("engagements", "0010_isolation"),
        ("tenants", "0006_doors"),
    ]

    operations = [
        CreateTable(
            name="Kpi",
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
                    "key",
                    models.CharField(
                        max_length=60,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z0-9]+(?:[-_][a-z0-9]+)*$",
                                "Use lower-case letters, digits, hyphens and underscores, such as cycle_time.",
                            )
                        ],
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("purpose", models.TextField(blank=True, max_length=1000)),
                ("formula", models.TextField(blank=True, max_length=1000)),
                (
                    "unit",
                    models.CharField(
                        choices=[
                            ("percent", "Percent"),
                            ("ms", "Milliseconds"),
                            ("seconds", "Seconds"),
                            ("minutes", "Minutes"),
                            ("hours", "Hours"),
                            ("days", "Days"),
                            ("count", "Count"),
                            ("money", "Money"),
                            ("ratio", "Ratio"),
                            ("score", "Score"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "direction",
                    models.CharField(
                        choices=[
                            ("higher", "Higher is better"),
                            ("lower", "Lower is better"),
                            ("target", "On target is best"),
                        ],
                        max_length=6,
                    ),
                ),
                (
                    "aggregation",
                    models.CharField(
                        choices=[
                            ("sum", "Sum"),
                            ("mean", "Mean"),
                            ("weighted_mean", "Weighted mean"),
                            ("min", "Lowest"),
                            ("max", "Highest"),
                            ("last", "Latest"),
                            ("ratio", "Ratio of sums"),
                            ("p50", "Median"),
                            ("p95", "95th percentile"),
                            ("count", "Number of measurements"),
                        ],
                        max_length=13,
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("technical_performance", "Technical performance"),
                            ("project_delivery", "Project delivery"),
                            ("team_development", "Team development"),
                            ("business_impact", "Business impact"),
                        ],
                        max_length=21,
                    ),
                ),
                (
                    "core_area",
                    models.CharField(
                        choices=[
                            ("system_reliability", "System reliability"),
                            ("development_efficiency", "Development efficiency"),
                            ("business_impact", "Business impact"),
                            ("team_performance", "Team performance"),
                        ],
                        max_length=22,
                    ),
                ),
                (
                    "cadence",
                    models.CharField(
                        choices=[
                            ("daily", "Daily"),
                            ("weekly", "Weekly"),
                            ("monthly", "Monthly"),
                            ("quarterly", "Quarterly"),
                            ("yearly", "Yearly"),
                        ],
                        default="monthly",
                        max_length=9,
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=200)),
                (
                    "owner",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="tenants.member",
                    ),
                ),
                (
                    "expected_freshness_hours",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(350640),
                        ],
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
                ("position", models.PositiveSmallIntegerField(default=1000)),
                ("built_time_zone", models.CharField(editable=False, max_length=64)),
                (
                    "built_week_start",
                    models.CharField(
                        choices=[
                            ("monday", "Monday"),
                            ("saturday", "Saturday"),
                            ("sunday", "Sunday"),
                        ],
                        editable=False,
                        max_length=8,
                    ),
                ),
                ("built_fiscal_month", models.PositiveSmallIntegerField(editable=False)),
                (
                    "built_aggregation",
                    models.CharField(
                        choices=[
                            ("sum", "Sum"),
                            ("mean", "Mean"),
                            ("weighted_mean", "Weighted mean"),
                            ("min", "Lowest"),
                            ("max", "Highest"),
                            ("last", "Latest"),
                            ("ratio", "Ratio of sums"),
                            ("p50", "Median"),
                            ("p95", "95th percentile"),
                            ("count", "Number of measurements"),
                        ],
                        editable=False,
                        max_length=13,
                    ),
                ),
            ],
            options={
                "ordering": ["category", "position", "name", "id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "key"), name="kpi_one_key"),
                    models.CheckConstraint(
                        condition=models.Q(("built_fiscal_month__range", (1, 12))),
                        name="kpi_built_fiscal_month",
                    ),
                ],
            },
        ),
        CreateTable(
            name="Target",
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
                    "kpi",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="targets",
                        to="kpis.kpi",
                    ),
                ),
                ("value", kpis.fields.ExactField()),
                ("at_risk_value", kpis.fields.ExactField(blank=True, null=True)),
                ("effective_on", models.DateField()),
                (
                    "set_by",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="tenants.member",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["-effective_on", "-id"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        fields=["tenant", "kpi", "effective_on", "id"], name="target_by_day"
                    )
                ],
            },
        ),
        CreateTable(
            name="StatusOverride",
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
                    "kpi",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="status_overrides",
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
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("on_track", "On track"),
                            ("at_risk", "At risk"),
                            ("off_track", "Off track"),
                            ("no_target", "No target"),
                            ("no_data", "No data"),
                            ("stale", "Stale"),
                        ],
                        max_length=9,
                    ),
                ),
                ("reason", models.TextField(max_length=1000)),
                (
                    "set_by",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="tenants.member",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        fields=["tenant", "kpi", "period", "period_start", "id"],
                        name="override_by_period",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["on_track", "at_risk", "off_track"])),
                        name="override_is_a_judgement",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="override_has_reason",
                    ),
                ],
            },
        ),
        CreateTable(
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
    ]
