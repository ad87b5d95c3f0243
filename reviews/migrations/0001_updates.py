"""Weekly updates, their asks, blockers, comments and amendments."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import tenants.isolation.context
import tenants.isolation.ids
import tenants.isolation.models
from reviews.migrations import BEFORE
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
            name="WeeklyUpdate",
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
                    "engagement",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="engagements.engagement",
                    ),
                ),
                (
                    "author",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("week_start", models.DateField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("submitted", "Sent"),
                            ("acknowledged", "Acknowledged"),
                        ],
                        default="draft",
                        max_length=12,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "saved_by",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("saved_from", models.CharField(blank=True, editable=False, max_length=32)),
                ("due_at", models.DateTimeField()),
                ("summary", models.CharField(blank=True, max_length=280)),
                (
                    "health",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("on_track", "On track"),
                            ("watch", "Watch"),
                            ("off_track", "Off track"),
                        ],
                        max_length=9,
                    ),
                ),
                ("progress", models.TextField(blank=True, max_length=10000)),
                ("wins", models.TextField(blank=True, max_length=10000)),
                ("risks", models.TextField(blank=True, max_length=10000)),
                ("next_week", models.TextField(blank=True, max_length=10000)),
                (
                    "confidence",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                    ),
                ),
                ("kpi_notes", models.JSONField(blank=True, default=dict)),
                ("kpis", models.JSONField(blank=True, default=list)),
                ("hours", models.JSONField(blank=True, default=dict)),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "submitted_by",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                (
                    "acknowledged_by",
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
                "ordering": ["-week_start", "-id"],
                "abstract": False,
                "indexes": [
                    models.Index(fields=["tenant", "-week_start"], name="weekly_update_newest")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "engagement", "week_start"),
                        name="weekly_update_once_a_week",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confidence", None), ("confidence__range", (1, 5)), _connector="OR"
                        ),
                        name="weekly_update_confidence",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "draft"), ("submitted_at", None)),
                            models.Q(
                                ("status__in", ["submitted", "acknowledged"]),
                                ("submitted_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="weekly_update_sent_has_instant",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("acknowledged_at__isnull", False), ("status", "acknowledged")
                            ),
                            models.Q(
                                models.Q(("status", "acknowledged"), _negated=True),
                                ("acknowledged_at", None),
                            ),
                            _connector="OR",
                        ),
                        name="weekly_update_acknowledged_has_instant",
                    ),
                ],
            },
        ),
        CreateTable(
            name="Ask",
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
                ("position", models.PositiveSmallIntegerField()),
                ("text", models.CharField(blank=True, max_length=300)),
                (
                    "member",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("due_on", models.DateField(blank=True, null=True)),
                ("carried_from", models.UUIDField(blank=True, editable=False, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "closed_by",
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
                    "update",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="asks",
                        to="reviews.weeklyupdate",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "id"],
                "abstract": False,
                "indexes": [models.Index(fields=["tenant", "update"], name="ask_by_update")],
            },
        ),
        CreateTable(
            name="Blocker",
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
                ("position", models.PositiveSmallIntegerField()),
                ("text", models.CharField(blank=True, max_length=300)),
                (
                    "member",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("due_on", models.DateField(blank=True, null=True)),
                ("carried_from", models.UUIDField(blank=True, editable=False, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "closed_by",
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
                    "update",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="blockers",
                        to="reviews.weeklyupdate",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "id"],
                "abstract": False,
                "indexes": [models.Index(fields=["tenant", "update"], name="blocker_by_update")],
            },
        ),
        CreateTable(
            name="UpdateComment",
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
                    "update",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="comments",
                        to="reviews.weeklyupdate",
                    ),
                ),
                (
                    "author",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("author_name", models.CharField(max_length=200)),
                ("body", models.TextField(max_length=4000)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
            ],
            options={
                "ordering": ["created_at", "id"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        fields=["tenant", "update", "created_at"], name="update_comment_thread"
                    )
                ],
            },
        ),
        CreateTable(
            name="UpdateAmendment",
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
                    "update",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="amendments",
                        to="reviews.weeklyupdate",
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("reason", models.CharField(max_length=300)),
                ("changes", models.JSONField()),
                (
                    "amended_by",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("amended_by_name", models.CharField(max_length=200)),
                (
                    "amended_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
            ],
            options={
                "ordering": ["-number"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "update", "number"), name="update_amendment_number"
                    )
                ],
            },
        ),
    ]
