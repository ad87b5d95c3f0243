"""The roadmap: initiatives, milestones, weights, sessions; time that is logged for them."""

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import tenants.isolation.context
import tenants.isolation.ids
import tenants.isolation.models
from tenants.isolation.operations import CompositeForeignKey, IsolateTable


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0003_working_boundaries"),
        ("tenants", "0004_job_claims"),
    ]

    operations = [
        migrations.CreateModel(
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
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "title",
                    models.CharField(
                        max_length=120, validators=[django.core.validators.MinLengthValidator(2)]
                    ),
                ),
                ("due_on", models.DateField(blank=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["due_on", "id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
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
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("held_on", models.DateField()),
                ("note", models.CharField(blank=True, max_length=1000)),
                ("next_due_on", models.DateField()),
            ],
            options={
                "ordering": ["-held_on", "-id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
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
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
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
            },
        ),
        migrations.CreateModel(
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
            },
        ),
        migrations.CreateModel(
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
                "verbose_name_plural": "impact weights",
                "ordering": ["-effective_on", "-id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
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
            },
        ),
        migrations.AddField(
            model_name="timeentry",
            name="linked_initiative",
            field=tenants.isolation.models.TenantForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="engagements.initiative",
            ),
        ),
        migrations.AddIndex(
            model_name="timeentry",
            index=models.Index(
                condition=models.Q(("linked_initiative__isnull", False)),
                fields=["tenant", "linked_initiative"],
                name="timeentry_by_initiative",
            ),
        ),
        migrations.AddConstraint(
            model_name="timeentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("initiative__isnull", True),
                    ("linked_initiative__isnull", True),
                    _connector="OR",
                ),
                name="timeentry_one_initiative",
            ),
        ),
        migrations.AddField(
            model_name="milestone",
            name="done_by",
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
            model_name="milestone",
            name="initiative",
            field=tenants.isolation.models.TenantForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="milestones",
                to="engagements.initiative",
            ),
        ),
        migrations.AddField(
            model_name="milestone",
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
        migrations.AddField(
            model_name="prioritisation",
            name="held_by",
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
            model_name="prioritisation",
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
        migrations.AddField(
            model_name="ranking",
            name="initiative",
            field=tenants.isolation.models.TenantForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="engagements.initiative",
            ),
        ),
        migrations.AddField(
            model_name="ranking",
            name="prioritisation",
            field=tenants.isolation.models.TenantForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="rankings",
                to="engagements.prioritisation",
            ),
        ),
        migrations.AddField(
            model_name="ranking",
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
        migrations.AddField(
            model_name="roadmapsettings",
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
            model_name="impactweights",
            index=models.Index(fields=["tenant", "effective_on"], name="weights_by_date"),
        ),
        migrations.AddConstraint(
            model_name="impactweights",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="impactweights",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("high_from__gt", models.F("medium_from")),
                    ("high_from__lte", 5),
                    ("medium_from__gt", 1),
                ),
                name="weights_levels_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="initiative",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("business_value__range", (1, 5)),
                    ("progress_percent__range", (0, 100)),
                    ("resource_demand__range", (1, 5)),
                    ("risk__range", (1, 5)),
                    ("timeline__range", (1, 5)),
                ),
                name="initiative_scores_1_to_5",
            ),
        ),
        migrations.AddConstraint(
            model_name="initiative",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("done_on__isnull", False), ("progress_percent", 100), ("status", "done")
                    ),
                    models.Q(
                        models.Q(("status", "done"), _negated=True), ("done_on__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="initiative_done_has_date",
            ),
        ),
        migrations.AddConstraint(
            model_name="initiative",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("starts_on__isnull", True),
                    ("due_on__isnull", True),
                    ("due_on__gte", models.F("starts_on")),
                    _connector="OR",
                ),
                name="initiative_due_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="initiative",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("budget_amount__isnull", True), ("currency", "")),
                    models.Q(
                        ("budget_amount__isnull", False), models.Q(("currency", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="initiative_budget_has_currency",
            ),
        ),
        migrations.AddIndex(
            model_name="milestone",
            index=models.Index(fields=["tenant", "initiative"], name="milestone_by_initiative"),
        ),
        migrations.AddConstraint(
            model_name="milestone",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("done_at__isnull", False), ("done_by__isnull", True), _connector="OR"
                ),
                name="milestone_done_by_when_done",
            ),
        ),
        migrations.AddIndex(
            model_name="prioritisation",
            index=models.Index(fields=["tenant", "held_on"], name="prioritisation_by_date"),
        ),
        migrations.AddConstraint(
            model_name="prioritisation",
            constraint=models.CheckConstraint(
                condition=models.Q(("next_due_on__gt", models.F("held_on"))),
                name="prioritisation_due_again_later",
            ),
        ),
        migrations.AddIndex(
            model_name="ranking",
            index=models.Index(fields=["tenant", "initiative"], name="ranking_by_initiative"),
        ),
        migrations.AddConstraint(
            model_name="ranking",
            constraint=models.UniqueConstraint(
                fields=("tenant", "prioritisation", "initiative"), name="ranking_once_a_session"
            ),
        ),
        migrations.AddConstraint(
            model_name="roadmapsettings",
            constraint=models.UniqueConstraint(
                fields=("tenant",), name="roadmapsettings_one_a_company"
            ),
        ),
        migrations.AddConstraint(
            model_name="roadmapsettings",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("review_every_months__range", (1, 12)),
                    ("short_target_percent__range", (0, 100)),
                ),
                name="roadmapsettings_sane",
            ),
        ),
        IsolateTable("Initiative"),
        IsolateTable("Milestone"),
        IsolateTable("ImpactWeights"),
        IsolateTable("RoadmapSettings"),
        IsolateTable("Prioritisation"),
        IsolateTable("Ranking"),
        CompositeForeignKey("TimeEntry", "linked_initiative"),
    ]
