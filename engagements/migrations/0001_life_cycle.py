"""Engagements and their life cycle."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import engagements.models.engagement
import tenants.isolation.context
import tenants.isolation.ids
import tenants.isolation.models
from engagements.migrations import BEFORE
from tenants.isolation.operations import CreateTable


class Migration(migrations.Migration):
    replaces = BEFORE
    initial = True

    dependencies = [
        ("tenants", "0006_doors"),
    ]

    operations = [
        CreateTable(
            name="Engagement",
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
                ("purpose", models.TextField(blank=True, max_length=2000)),
                (
                    "cto",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                (
                    "sponsor",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(blank=True, null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("active", "Active"),
                            ("paused", "Paused"),
                            ("ended", "Ended"),
                        ],
                        default="proposed",
                        max_length=8,
                    ),
                ),
                (
                    "model",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("influencer", "Influencer"),
                            ("enabler", "Enabler"),
                            ("challenger", "Challenger"),
                            ("owner", "Owner"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                (
                    "alert_percents",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(
                            validators=[
                                django.core.validators.MinValueValidator(1),
                                django.core.validators.MaxValueValidator(500),
                            ]
                        ),
                        blank=True,
                        default=engagements.models.engagement.default_alerts,
                        help_text="Shares of a month's hours at which CTO and sponsor are told, once a month each.",
                        size=5,
                    ),
                ),
                (
                    "renewal_lead_days",
                    models.PositiveSmallIntegerField(
                        default=14,
                        help_text="Days before the last day for notice on which renewal is asked about.",
                        validators=[django.core.validators.MaxValueValidator(180)],
                    ),
                ),
                (
                    "closes_on_working_day",
                    models.PositiveSmallIntegerField(
                        default=5,
                        help_text="Working day of the next month on which a month's statement is closed.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(15),
                        ],
                    ),
                ),
            ],
            options={
                "ordering": ["-starts_on", "-id"],
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__isnull", True),
                            ("ends_on__gte", models.F("starts_on")),
                            _connector="OR",
                        ),
                        name="engagement_ends_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "ended"), _negated=True),
                            ("ends_on__isnull", False),
                            _connector="OR",
                        ),
                        name="engagement_ended_has_date",
                    ),
                ],
            },
        ),
        CreateTable(
            name="StatusChange",
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
                    "before",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("active", "Active"),
                            ("paused", "Paused"),
                            ("ended", "Ended"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "after",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("active", "Active"),
                            ("paused", "Paused"),
                            ("ended", "Ended"),
                        ],
                        max_length=8,
                    ),
                ),
                ("effective_on", models.DateField()),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "changed_by",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "ordering": ["-changed_at", "-id"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        fields=["tenant", "engagement", "changed_at"],
                        name="statuschange_by_engagement",
                    )
                ],
            },
        ),
        CreateTable(
            name="Pause",
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
                ("starts_on", models.DateField()),
                ("resumes_on", models.DateField(blank=True, null=True)),
            ],
            options={
                "ordering": ["starts_on", "id"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        fields=["tenant", "engagement", "starts_on"], name="pause_by_engagement"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("resumes_on__isnull", True)),
                        fields=("tenant", "engagement"),
                        name="pause_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("resumes_on__isnull", True),
                            ("resumes_on__gte", models.F("starts_on")),
                            _connector="OR",
                        ),
                        name="pause_resumes_after_start",
                    ),
                ],
            },
        ),
        CreateTable(
            name="Notice",
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
                    "side",
                    models.CharField(choices=[("cto", "CTO"), ("client", "Client")], max_length=6),
                ),
                ("given_on", models.DateField()),
                (
                    "given_by",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("notice_days", models.PositiveSmallIntegerField()),
                ("ends_on", models.DateField()),
                ("previous_ends_on", models.DateField(blank=True, null=True)),
                ("reason", models.CharField(max_length=500)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "withdrawn_by",
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
                "ordering": ["-given_on", "-id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("tenant", "engagement"),
                        name="notice_one_in_force",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("given_on"))),
                        name="notice_ends_after_it",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("withdrawn_at__isnull", True), ("withdrawn_by__isnull", True)
                            ),
                            models.Q(
                                ("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="notice_withdrawn_by_and_at",
                    ),
                ],
            },
        ),
        CreateTable(
            name="Reminder",
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
                    "kind",
                    models.CharField(
                        choices=[("ends", "The engagement ends"), ("renewal", "Decide on renewal")],
                        max_length=7,
                    ),
                ),
                ("about_on", models.DateField()),
                ("days_before", models.PositiveSmallIntegerField()),
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "engagement", "kind", "about_on", "days_before"),
                        name="reminder_once",
                    )
                ],
            },
        ),
        CreateTable(
            name="DailyRun",
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
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("tenant",), name="dailyrun_one_a_tenant")
                ],
            },
        ),
    ]
