"""Time entries, the timer and locked weeks."""

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
        ("engagements", "0007_prioritisation"),
    ]

    operations = [
        CreateTable(
            name="TimeEntry",
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
                    "member",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("date", models.DateField()),
                (
                    "minutes",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1440),
                        ]
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("strategy_and_roadmap", "Strategy and roadmap"),
                            ("delivery", "Delivery"),
                            ("team_and_hiring", "Team and hiring"),
                            ("board_and_vendors", "Board and vendors"),
                            ("other", "Other"),
                        ],
                        max_length=20,
                    ),
                ),
                ("initiative", models.CharField(blank=True, max_length=120, null=True)),
                (
                    "linked_initiative",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="engagements.initiative",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500)),
                ("removed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "removed_by",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "time entries",
                "ordering": ["-date", "-id"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        fields=["tenant", "engagement", "date"], name="timeentry_by_engagement"
                    ),
                    models.Index(fields=["tenant", "member", "date"], name="timeentry_by_member"),
                    models.Index(
                        condition=models.Q(("linked_initiative__isnull", False)),
                        fields=["tenant", "linked_initiative"],
                        name="timeentry_by_initiative",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("minutes__range", (1, 1440))),
                        name="timeentry_minutes_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("initiative__isnull", True),
                            ("linked_initiative__isnull", True),
                            _connector="OR",
                        ),
                        name="timeentry_one_initiative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("removed_at__isnull", False),
                            ("removed_by__isnull", True),
                            _connector="OR",
                        ),
                        name="timeentry_removed_by_and_at",
                    ),
                ],
            },
        ),
        CreateTable(
            name="Timer",
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                (
                    "engagement",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="engagements.engagement",
                    ),
                ),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("strategy_and_roadmap", "Strategy and roadmap"),
                            ("delivery", "Delivery"),
                            ("team_and_hiring", "Team and hiring"),
                            ("board_and_vendors", "Board and vendors"),
                            ("other", "Other"),
                        ],
                        default="other",
                        max_length=20,
                    ),
                ),
                ("initiative", models.CharField(blank=True, max_length=120, null=True)),
                ("note", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "ordering": ["-started_at", "-id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "member"), name="timer_one_a_member")
                ],
            },
        ),
        CreateTable(
            name="WeekLock",
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
                ("week_start", models.DateField()),
                ("locked_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "locked_by",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("unlocked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "unlocked_by",
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
                "ordering": ["-week_start", "-locked_at"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        fields=["tenant", "engagement", "week_start"], name="weeklock_by_engagement"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("unlocked_at__isnull", True)),
                        fields=("tenant", "engagement", "week_start"),
                        name="weeklock_one_in_force",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("reason", ""),
                                ("unlocked_at__isnull", True),
                                ("unlocked_by__isnull", True),
                            ),
                            models.Q(
                                ("unlocked_at__isnull", False),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="weeklock_unlocked_has_reason",
                    ),
                ],
            },
        ),
    ]
