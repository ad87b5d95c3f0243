"""Charter, coverage, integration plan and the register of tools, each table under isolation."""

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import tenants.isolation.context
import tenants.isolation.ids
import tenants.isolation.models
from tenants.isolation.operations import IsolateTable


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0002_isolation"),
        ("tenants", "0004_job_claims"),
    ]

    operations = [
        migrations.CreateModel(
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
                "ordering": ["type", "platform", "id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
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
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
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
                ("effective_on", models.DateField(blank=True, null=True)),
                ("review_on", models.DateField(blank=True, null=True)),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                ("published_by_name", models.CharField(blank=True, max_length=200)),
                ("reviewed_on", models.DateField(blank=True, null=True)),
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
            ],
            options={
                "ordering": ["-number", "-id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
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
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
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
                    "charter",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="engagements.charter",
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
                "ordering": ["position"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="OffPeriod",
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
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("note", models.CharField(blank=True, max_length=500)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "deputy",
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
                    "member",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
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
                "ordering": ["-starts_on", "-id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Stakeholder",
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
                    "name",
                    models.CharField(
                        max_length=120, validators=[django.core.validators.MinLengthValidator(2)]
                    ),
                ),
                ("department", models.CharField(blank=True, max_length=120)),
                ("role", models.CharField(blank=True, max_length=120)),
                (
                    "influence",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "Little"),
                            (2, "Some"),
                            (3, "Medium"),
                            (4, "Much"),
                            (5, "Decisive"),
                        ],
                        default=3,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                    ),
                ),
                (
                    "support",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "Against"),
                            (2, "Doubtful"),
                            (3, "Neutral"),
                            (4, "For it"),
                            (5, "Champion"),
                        ],
                        default=3,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                    ),
                ),
                ("notes", models.TextField(blank=True, max_length=2000)),
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
                "ordering": ["-influence", "name", "id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="IntegrationActivity",
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
                    "phase",
                    models.CharField(
                        choices=[
                            ("initial", "Initial"),
                            ("development", "Development"),
                            ("ongoing", "Ongoing"),
                        ],
                        max_length=11,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("one_on_one", "One-on-one"),
                            ("workshop", "Workshop"),
                            ("feedback_session", "Feedback session"),
                            ("project_meeting", "Cross-functional project meeting"),
                            ("other", "Other"),
                        ],
                        default="other",
                        max_length=16,
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "title",
                    models.CharField(
                        max_length=160, validators=[django.core.validators.MinLengthValidator(2)]
                    ),
                ),
                ("planned_on", models.DateField(blank=True, null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[("planned", "Planned"), ("done", "Done"), ("dropped", "Dropped")],
                        default="planned",
                        max_length=7,
                    ),
                ),
                ("done_on", models.DateField(blank=True, null=True)),
                ("outcome", models.TextField(blank=True, max_length=2000)),
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
                    "person",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="engagements.stakeholder",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "integration activities",
                "ordering": ["phase", "position", "id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
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
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("acknowledged_at", models.DateTimeField(default=django.utils.timezone.now)),
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
                "ordering": ["-acknowledged_at", "-id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "charter", "member"), name="charteracknowledgement_once"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="communicationtool",
            constraint=models.UniqueConstraint(
                fields=("tenant", "type", "platform"), name="communicationtool_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="communicationtool",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "in_use")),
                fields=("tenant", "type"),
                name="communicationtool_one_in_use",
            ),
        ),
        migrations.AddConstraint(
            model_name="communicationtool",
            constraint=models.CheckConstraint(
                condition=models.Q(("link", ""), ("link__startswith", "https://"), _connector="OR"),
                name="communicationtool_https",
            ),
        ),
        migrations.AddConstraint(
            model_name="communicationtool",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("monthly_cost__isnull", True), ("monthly_cost__gte", 0), _connector="OR"
                ),
                name="communicationtool_cost",
            ),
        ),
        migrations.AddConstraint(
            model_name="charter",
            constraint=models.UniqueConstraint(
                fields=("tenant", "engagement", "number"), name="charter_one_a_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="charter",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "draft")),
                fields=("tenant", "engagement"),
                name="charter_one_draft",
            ),
        ),
        migrations.AddConstraint(
            model_name="charter",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="escalationstep",
            constraint=models.UniqueConstraint(
                fields=("tenant", "charter", "position"), name="escalationstep_one_a_place"
            ),
        ),
        migrations.AddConstraint(
            model_name="escalationstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("role", ""), ("member__isnull", False)),
                    models.Q(models.Q(("role", ""), _negated=True), ("member__isnull", True)),
                    _connector="OR",
                ),
                name="escalationstep_role_or_member",
            ),
        ),
        migrations.AddIndex(
            model_name="offperiod",
            index=models.Index(fields=["tenant", "ends_on", "starts_on"], name="offperiod_by_end"),
        ),
        migrations.AddIndex(
            model_name="offperiod",
            index=models.Index(
                fields=["tenant", "member", "starts_on"], name="offperiod_by_member"
            ),
        ),
        migrations.AddConstraint(
            model_name="offperiod",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                name="offperiod_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="offperiod",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("deputy__isnull", True),
                    models.Q(("deputy", models.F("member")), _negated=True),
                    _connector="OR",
                ),
                name="offperiod_deputy_is_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="stakeholder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("member__isnull", False)),
                fields=("tenant", "engagement", "member"),
                name="stakeholder_member_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="stakeholder",
            constraint=models.CheckConstraint(
                condition=models.Q(("influence__range", (1, 5)), ("support__range", (1, 5))),
                name="stakeholder_scales",
            ),
        ),
        migrations.AddIndex(
            model_name="integrationactivity",
            index=models.Index(
                fields=["tenant", "engagement", "phase", "position"],
                name="integrationactivity_by_phase",
            ),
        ),
        migrations.AddConstraint(
            model_name="integrationactivity",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("done_on__isnull", False),
                        ("status", "done"),
                        models.Q(("outcome", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("status", "done"), _negated=True), ("done_on__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="integrationactivity_done_has_outcome",
            ),
        ),
        IsolateTable("CommunicationTool"),
        IsolateTable("Charter"),
        IsolateTable("EscalationStep"),
        IsolateTable("CharterAcknowledgement"),
        IsolateTable("OffPeriod"),
        IsolateTable("Stakeholder"),
        IsolateTable("IntegrationActivity"),
    ]
