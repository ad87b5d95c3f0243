"""Approved overage, alerts and closed months."""

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
        ("engagements", "0002_terms"),
    ]

    operations = [
        CreateTable(
            name="OverageApproval",
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
                ("month", models.DateField()),
                (
                    "minutes",
                    models.PositiveIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(44640),
                        ]
                    ),
                ),
                (
                    "rate",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=10,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                (
                    "amount_cap",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=12,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("requested", "Asked for"),
                            ("approved", "Approved"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                            ("revoked", "Revoked"),
                        ],
                        max_length=9,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500)),
                (
                    "requested_by",
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
                    "decided_by",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decision_note", models.CharField(blank=True, max_length=500)),
                (
                    "revoked_by",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("kept_minutes", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "revocation_note",
                    models.CharField(blank=True, db_default="", default="", max_length=500),
                ),
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        fields=["tenant", "engagement", "month"], name="overage_by_engagement"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("minutes__range", (1, 44640)), ("rate__gte", 0)),
                        name="overage_sane_amounts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("status", "requested")),
                            models.Q(
                                models.Q(("status", "requested"), _negated=True),
                                ("decided_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="overage_decided_has_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)), name="overage_month_is_a_first"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kept_minutes__isnull", False),
                                ("kept_minutes__lt", models.F("minutes")),
                                ("revoked_at__isnull", False),
                                ("status", "revoked"),
                            ),
                            models.Q(
                                models.Q(("status", "revoked"), _negated=True),
                                ("kept_minutes__isnull", True),
                                ("revoked_at__isnull", True),
                                ("revoked_by__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="overage_revoked_keeps_less",
                    ),
                ],
            },
        ),
        CreateTable(
            name="RetainerAlert",
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
                ("month", models.DateField()),
                ("percent", models.PositiveSmallIntegerField()),
                ("used_minutes", models.PositiveIntegerField()),
                ("available_minutes", models.PositiveIntegerField()),
                ("raised_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["-month", "-percent"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "engagement", "month", "percent"),
                        name="alert_once_a_month",
                    )
                ],
            },
        ),
        CreateTable(
            name="Statement",
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
                    "engagement",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="engagements.engagement",
                    ),
                ),
                ("month", models.DateField()),
                ("closed_at", models.DateTimeField(default=django.utils.timezone.now)),
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
                ("content", models.JSONField()),
            ],
            options={
                "ordering": ["-month", "-id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "engagement", "month"), name="statement_once_a_month"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)), name="statement_month_is_a_first"
                    ),
                ],
            },
        ),
    ]
