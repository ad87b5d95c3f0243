"""Initiatives, their milestones and the weights they are scored with."""

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import tenants.isolation.context
import tenants.isolation.ids
import tenants.isolation.models
from engagements.migrations import BEFORE
from tenants.isolation.operations import CreateTable


class Migration(migrations.Migration):
    replaces = BEFORE
    dependencies = [
        ("engagements", "0005_working_together"),
    ]

    operations = [
        CreateTable(
            name="ImpactWeights",
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
                ("effective_on", models.DateField()),
                (
                    "business_value",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ]
                    ),
                ),
                (
                    "resource_demand",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ]
                    ),
                ),
                (
                    "timeline",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ]
                    ),
                ),
                (
                    "risk",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ]
                    ),
                ),
                ("high_from", models.DecimalField(decimal_places=2, max_digits=3)),
                ("medium_from", models.DecimalField(decimal_places=2, max_digits=3)),
                ("reason", models.CharField(max_length=300)),
                (
                    "set_by",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "impact weights",
                "ordering": ["-effective_on", "-id"],
                "abstract": False,
                "indexes": [
                    models.Index(fields=["tenant", "effective_on"], name="weights_by_date")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "business_value",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            models.Value(100), "-", models.F("resource_demand")
                                        ),
                                        "-",
                                        models.F("timeline"),
                                    ),
                                    "-",
                                    models.F("risk"),
                                ),
                            )
                        ),
                        name="weights_add_up_to_100",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("high_from__gt", models.F("medium_from")),
                            ("high_from__lte", 5),
                            ("medium_from__gt", 1),
                        ),
                        name="weights_levels_in_order",
                    ),
                ],
            },
        ),
        CreateTable(
            name="Initiative",
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
                    "title",
                    models.CharField(
                        max_length=120, validators=[django.core.validators.MinLengthValidator(2)]
                    ),
                ),
                ("expected_result", models.CharField(blank=True, max_length=200)),
                (
                    "business_value",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ]
                    ),
                ),
                (
                    "resource_demand",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ]
                    ),
                ),
                (
                    "timeline",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ]
                    ),
                ),
                (
                    "risk",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ]
                    ),
                ),
                (
                    "horizon",
                    models.CharField(
                        choices=[("short", "Short"), ("long", "Long")],
                        default="short",
                        max_length=5,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("not_started", "Not started"),
                            ("on_track", "On track"),
                            ("at_risk", "At risk"),
                            ("off_track", "Off track"),
                            ("needs_decision", "Needs a decision"),
                            ("paused", "Paused"),
                            ("done", "Done"),
                        ],
                        default="not_started",
                        max_length=14,
                    ),
                ),
                (
                    "progress_percent",
                    models.PositiveSmallIntegerField(
                        default=0,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                    ),
                ),
                (
                    "owner",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("starts_on", models.DateField(blank=True, null=True)),
                ("due_on", models.DateField(blank=True, null=True)),
                ("done_on", models.DateField(blank=True, editable=False, null=True)),
                (
                    "budget_amount",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=14,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                    ),
                ),
                ("currency", models.CharField(blank=True, max_length=3)),
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("business_value__range", (1, 5)),
                            ("progress_percent__range", (0, 100)),
                            ("resource_demand__range", (1, 5)),
                            ("risk__range", (1, 5)),
                            ("timeline__range", (1, 5)),
                        ),
                        name="initiative_scores_1_to_5",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("done_on__isnull", False),
                                ("progress_percent", 100),
                                ("status", "done"),
                            ),
                            models.Q(
                                models.Q(("status", "done"), _negated=True),
                                ("done_on__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="initiative_done_has_date",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("starts_on__isnull", True),
                            ("due_on__isnull", True),
                            ("due_on__gte", models.F("starts_on")),
                            _connector="OR",
                        ),
                        name="initiative_due_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("budget_amount__isnull", True), ("currency", "")),
                            models.Q(
                                ("budget_amount__isnull", False),
                                models.Q(("currency", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="initiative_budget_has_currency",
                    ),
                ],
            },
        ),
        CreateTable(
            name="Milestone",
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
                        related_name="milestones",
                        to="engagements.initiative",
                    ),
                ),
                (
                    "title",
                    models.CharField(
                        max_length=120, validators=[django.core.validators.MinLengthValidator(2)]
                    ),
                ),
                ("due_on", models.DateField(blank=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "done_by",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
            ],
            options={
                "ordering": ["due_on", "id"],
                "abstract": False,
                "indexes": [
                    models.Index(fields=["tenant", "initiative"], name="milestone_by_initiative")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("done_at__isnull", False), ("done_by__isnull", True), _connector="OR"
                        ),
                        name="milestone_done_by_when_done",
                    )
                ],
            },
        ),
    ]
