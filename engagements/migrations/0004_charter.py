"""The charter, who acknowledged it, its escalation path and the channels it names."""

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import tenants.isolation.context
import tenants.isolation.ids
import tenants.isolation.models
from engagements.migrations import BEFORE
from tenants.isolation.operations import CreateTable


class Migration(migrations.Migration):
    replaces = BEFORE
    dependencies = [
        ("engagements", "0003_retainer"),
    ]

    operations = [
        CreateTable(
            name="CommunicationTool",
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
                    "type",
                    models.CharField(
                        choices=[
                            ("team_chat", "Team chat"),
                            ("project_management", "Project management"),
                            ("video", "Video"),
                            ("document_collaboration", "Document collaboration"),
                        ],
                        max_length=24,
                    ),
                ),
                ("platform", models.CharField(max_length=80)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("in_use", "In use"),
                            ("candidate", "Candidate"),
                            ("retired", "Given up"),
                        ],
                        default="candidate",
                        max_length=9,
                    ),
                ),
                ("link", models.CharField(blank=True, max_length=500)),
                ("purpose", models.CharField(blank=True, max_length=300)),
                (
                    "expected_reply_hours",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(400),
                        ],
                    ),
                ),
                (
                    "monthly_cost",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=12,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("sso", models.BooleanField(blank=True, null=True)),
                ("cross_platform", models.BooleanField(blank=True, null=True)),
                ("analytics", models.BooleanField(blank=True, null=True)),
                ("cloud_storage", models.BooleanField(blank=True, null=True)),
            ],
            options={
                "ordering": ["type", "platform", "id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "type", "platform"), name="communicationtool_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "in_use")),
                        fields=("tenant", "type"),
                        name="communicationtool_one_in_use",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("link", ""), ("link__startswith", "https://"), _connector="OR"
                        ),
                        name="communicationtool_https",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("monthly_cost__isnull", True),
                            ("monthly_cost__gte", 0),
                            _connector="OR",
                        ),
                        name="communicationtool_cost",
                    ),
                ],
            },
        ),
        CreateTable(
            name="Charter",
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="engagements.engagement",
                    ),
                ),
                (
                    "number",
                    models.PositiveSmallIntegerField(
                        validators=[django.core.validators.MinValueValidator(1)]
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "Draft"), ("published", "Published")],
                        default="draft",
                        max_length=9,
                    ),
                ),
                (
                    "summary",
                    models.CharField(
                        blank=True, help_text="What is new, in a sentence.", max_length=300
                    ),
                ),
                ("clauses", models.JSONField(default=dict)),
                ("response_times", models.JSONField(default=dict)),
                ("decisions", models.JSONField(default=dict)),
                (
                    "deputy_from_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Days away from which somebody must cover; empty when nobody has to.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(365),
                        ],
                    ),
                ),
                (
                    "normal_channel",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="engagements.communicationtool",
                    ),
                ),
                (
                    "urgent_channel",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="engagements.communicationtool",
                    ),
                ),
                ("effective_on", models.DateField(blank=True, null=True)),
                ("review_on", models.DateField(blank=True, null=True)),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                ("published_by_name", models.CharField(blank=True, max_length=200)),
                ("reviewed_on", models.DateField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-number", "-id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "engagement", "number"), name="charter_one_a_number"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "draft")),
                        fields=("tenant", "engagement"),
                        name="charter_one_draft",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("published_at__isnull", True), ("status", "draft")),
                            models.Q(
                                ("effective_on__isnull", False),
                                ("published_at__isnull", False),
                                ("review_on__isnull", False),
                                ("status", "published"),
                            ),
                            _connector="OR",
                        ),
                        name="charter_published_has_dates",
                    ),
                ],
            },
        ),
        CreateTable(
            name="CharterAcknowledgement",
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
                    "charter",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="engagements.charter",
                    ),
                ),
                (
                    "member",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("acknowledged_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["-acknowledged_at", "-id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "charter", "member"), name="charteracknowledgement_once"
                    )
                ],
            },
        ),
        CreateTable(
            name="EscalationStep",
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
                    "charter",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="engagements.charter",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "role",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("admin", "Admin"),
                            ("executive", "Executive"),
                            ("cto", "CTO"),
                            ("finance", "Finance"),
                            ("board", "Board"),
                            ("team", "Team"),
                            ("observer", "Observer"),
                        ],
                        max_length=20,
                    ),
                ),
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
            ],
            options={
                "ordering": ["position"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "charter", "position"), name="escalationstep_one_a_place"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("role", ""), ("member__isnull", False)),
                            models.Q(
                                models.Q(("role", ""), _negated=True), ("member__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="escalationstep_role_or_member",
                    ),
                ],
            },
        ),
    ]
