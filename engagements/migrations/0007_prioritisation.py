"""Priority reviews, their rankings and the settings of the roadmap."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import tenants.isolation.context
import tenants.isolation.ids
import tenants.isolation.models
from engagements.migrations import BEFORE
from tenants.isolation.operations import CreateTable


class Migration(migrations.Migration):
    replaces = BEFORE
    dependencies = [
        ("engagements", "0006_roadmap"),
    ]

    operations = [
        CreateTable(
            name="Prioritisation",
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
                ("held_on", models.DateField()),
                (
                    "held_by",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=1000)),
                ("next_due_on", models.DateField()),
            ],
            options={
                "ordering": ["-held_on", "-id"],
                "abstract": False,
                "indexes": [
                    models.Index(fields=["tenant", "held_on"], name="prioritisation_by_date")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("next_due_on__gt", models.F("held_on"))),
                        name="prioritisation_due_again_later",
                    )
                ],
            },
        ),
        CreateTable(
            name="Ranking",
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
                    "prioritisation",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rankings",
                        to="engagements.prioritisation",
                    ),
                ),
                (
                    "initiative",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="engagements.initiative",
                    ),
                ),
                ("title", models.CharField(max_length=120)),
                ("before", models.JSONField()),
                ("after", models.JSONField()),
                ("score_before", models.DecimalField(decimal_places=2, max_digits=3)),
                ("score_after", models.DecimalField(decimal_places=2, max_digits=3)),
                ("impact_before", models.CharField(max_length=6)),
                ("impact_after", models.CharField(max_length=6)),
                ("rank_before", models.PositiveIntegerField()),
                ("rank_after", models.PositiveIntegerField()),
                ("reason", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "ordering": ["rank_after"],
                "abstract": False,
                "indexes": [
                    models.Index(fields=["tenant", "initiative"], name="ranking_by_initiative")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "prioritisation", "initiative"),
                        name="ranking_once_a_session",
                    )
                ],
            },
        ),
        CreateTable(
            name="RoadmapSettings",
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
                    "review_every_months",
                    models.PositiveSmallIntegerField(
                        default=3,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(12),
                        ],
                    ),
                ),
                (
                    "short_target_percent",
                    models.PositiveSmallIntegerField(
                        default=60,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "roadmap settings",
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant",), name="roadmapsettings_one_a_company"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("review_every_months__range", (1, 12)),
                            ("short_target_percent__range", (0, 100)),
                        ),
                        name="roadmapsettings_sane",
                    ),
                ],
            },
        ),
    ]
