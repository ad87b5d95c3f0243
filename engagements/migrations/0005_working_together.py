"""Absences, the people map and the integration plan."""

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
        ("engagements", "0004_charter"),
    ]

    operations = [
        CreateTable(
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
                    "member",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
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
                ("note", models.CharField(blank=True, max_length=500)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-starts_on", "-id"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        fields=["tenant", "ends_on", "starts_on"], name="offperiod_by_end"
                    ),
                    models.Index(
                        fields=["tenant", "member", "starts_on"], name="offperiod_by_member"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                        name="offperiod_ends_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("deputy__isnull", True),
                            models.Q(("deputy", models.F("member")), _negated=True),
                            _connector="OR",
                        ),
                        name="offperiod_deputy_is_another",
                    ),
                ],
            },
        ),
        CreateTable(
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
            ],
            options={
                "ordering": ["-influence", "name", "id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("member__isnull", False)),
                        fields=("tenant", "engagement", "member"),
                        name="stakeholder_member_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("influence__range", (1, 5)), ("support__range", (1, 5))
                        ),
                        name="stakeholder_scales",
                    ),
                ],
            },
        ),
        CreateTable(
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
            ],
            options={
                "verbose_name_plural": "integration activities",
                "ordering": ["phase", "position", "id"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        fields=["tenant", "engagement", "phase", "position"],
                        name="integrationactivity_by_phase",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("done_on__isnull", False),
                                ("status", "done"),
                                models.Q(("outcome", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("status", "done"), _negated=True),
                                ("done_on__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="integrationactivity_done_has_outcome",
                    )
                ],
            },
        ),
    ]
