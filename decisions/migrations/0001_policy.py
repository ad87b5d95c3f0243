"""Approval tiers, delegations, exchange rates and budgets."""

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.db import migrations, models

import tenants.isolation.context
import tenants.isolation.ids
import tenants.isolation.models
from decisions.migrations import BEFORE
from tenants.isolation.operations import CreateTable


class Migration(migrations.Migration):
    replaces = BEFORE
    initial = True

    dependencies = [
        ("engagements", "0010_isolation"),
        ("kpis", "0003_isolation"),
        ("tenants", "0006_doors"),
    ]

    operations = [
        CreateTable(
            name="ApprovalPolicy",
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
                ("version", models.PositiveIntegerField()),
                ("effective_on", models.DateField()),
                ("currency", models.CharField(max_length=3)),
                ("tiers", models.JSONField()),
                (
                    "own_authority",
                    models.BooleanField(
                        default=False,
                        help_text="Whether who alone decides the first tier may spend within it without asking.",
                    ),
                ),
                (
                    "splitting_days",
                    models.PositiveSmallIntegerField(
                        default=30,
                        help_text="Requests of one requester or for one vendor within so many days count together.",
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(365),
                        ],
                    ),
                ),
                (
                    "expires_after_days",
                    models.PositiveSmallIntegerField(
                        default=30,
                        help_text="A request that nobody decides expires so many days after its last step opened.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(365),
                        ],
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "created_by",
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
                "verbose_name_plural": "approval policies",
                "ordering": ["-version"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "version"), name="approvalpolicy_versions"
                    )
                ],
            },
        ),
        CreateTable(
            name="Delegation",
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
                    "delegator",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                (
                    "delegate",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("reason", models.CharField(blank=True, max_length=500)),
                (
                    "created_by",
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
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
                "indexes": [models.Index(fields=["tenant", "ends_at"], name="delegation_by_end")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("delegator", models.F("delegate")), _negated=True),
                        name="delegation_not_to_self",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at__gt", models.F("starts_at")),
                            models.Q(
                                ("ends_at", models.F("starts_at")), ("revoked_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="delegation_ends_after_start",
                    ),
                ],
            },
        ),
        CreateTable(
            name="ExchangeRate",
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
                ("currency", models.CharField(max_length=3)),
                ("on", models.DateField()),
                (
                    "rate",
                    models.DecimalField(
                        decimal_places=10,
                        max_digits=20,
                        validators=[django.core.validators.MinValueValidator(Decimal("1E-10"))],
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=60)),
                (
                    "recorded_by",
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
                "ordering": ["-on", "-id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "currency", "on"), name="exchangerate_one_a_day"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rate__gt", 0)), name="exchangerate_above_zero"
                    ),
                ],
            },
        ),
        CreateTable(
            name="Budget",
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
                    "name",
                    models.CharField(
                        max_length=120, validators=[django.core.validators.MinLengthValidator(2)]
                    ),
                ),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("currency", models.CharField(max_length=3)),
                ("allocated", models.DecimalField(decimal_places=4, max_digits=18)),
                (
                    "committed",
                    models.DecimalField(decimal_places=4, default=Decimal("0"), max_digits=18),
                ),
                (
                    "actual",
                    models.DecimalField(decimal_places=4, default=Decimal("0"), max_digits=18),
                ),
                (
                    "excepted",
                    models.DecimalField(decimal_places=4, default=Decimal("0"), max_digits=18),
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
            ],
            options={
                "ordering": ["-starts_on", "name"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "name", "starts_on"), name="budget_one_a_period"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                        name="budget_ends_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("actual__gte", 0),
                            ("allocated__gte", 0),
                            ("committed__gte", 0),
                            ("excepted__gte", 0),
                        ),
                        name="budget_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "allocated__gte",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("committed"), "+", models.F("actual")
                                    ),
                                    "-",
                                    models.F("excepted"),
                                ),
                            )
                        ),
                        name="budget_not_overspent",
                    ),
                ],
            },
        ),
    ]
