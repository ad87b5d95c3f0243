"""Cost, growth and savings, and the handover pack."""

from decimal import Decimal

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
        ("engagements", "0008_time"),
    ]

    operations = [
        CreateTable(
            name="FullTimeCost",
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
                    "amount",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=12,
                        validators=[django.core.validators.MinValueValidator(Decimal("1"))],
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                (
                    "source",
                    models.CharField(
                        max_length=300, validators=[django.core.validators.MinLengthValidator(2)]
                    ),
                ),
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
                "ordering": ["-id"],
                "abstract": False,
                "indexes": [models.Index(fields=["tenant", "-id"], name="fulltimecost_latest")],
            },
        ),
        CreateTable(
            name="GrowthSignal",
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
                ("quarter", models.DateField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("revenue_growth", "Revenue growth"),
                            ("market_expansion", "Market expansion"),
                            ("product_launches", "Product launches"),
                            ("stack_changes", "Stack changes"),
                            ("team_size", "Team size"),
                        ],
                        max_length=16,
                    ),
                ),
                ("value", models.DecimalField(decimal_places=1, max_digits=7)),
                (
                    "source",
                    models.CharField(
                        max_length=300, validators=[django.core.validators.MinLengthValidator(2)]
                    ),
                ),
                (
                    "entered_by",
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
                "ordering": ["-id"],
                "abstract": False,
                "indexes": [
                    models.Index(fields=["tenant", "quarter", "kind"], name="signal_by_quarter")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("quarter__day", 1), ("quarter__month__in", [1, 4, 7, 10])
                        ),
                        name="growthsignal_quarter_is_one",
                    )
                ],
            },
        ),
        CreateTable(
            name="Saving",
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
                    "title",
                    models.CharField(
                        max_length=160, validators=[django.core.validators.MinLengthValidator(2)]
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=14,
                        validators=[django.core.validators.MinValueValidator(Decimal("0.01"))],
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("saved_on", models.DateField()),
                (
                    "evidence",
                    models.TextField(
                        max_length=2000, validators=[django.core.validators.MinLengthValidator(10)]
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("entered", "Waiting to be verified"),
                            ("verified", "Verified"),
                            ("rejected", "Not verified"),
                        ],
                        default="entered",
                        max_length=8,
                    ),
                ),
                (
                    "entered_by",
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
                    "judged_by",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("judged_at", models.DateTimeField(blank=True, null=True)),
                ("judged_note", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "ordering": ["-saved_on", "-id"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        fields=["tenant", "engagement", "saved_on"], name="saving_by_engagement"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("judged_at__isnull", True),
                                ("judged_by__isnull", True),
                                ("status", "entered"),
                            ),
                            models.Q(
                                models.Q(("status", "entered"), _negated=True),
                                ("judged_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="saving_judged_has_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("judged_by__isnull", True),
                            ("entered_by__isnull", True),
                            models.Q(("judged_by", models.F("entered_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="saving_judged_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="saving_is_positive"
                    ),
                ],
            },
        ),
        CreateTable(
            name="ScopeDismissal",
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
                ("quarter", models.DateField()),
                (
                    "suggested_level",
                    models.CharField(
                        choices=[
                            ("oversight", "Oversight"),
                            ("moderate", "Moderate"),
                            ("intensive", "Intensive"),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        max_length=500, validators=[django.core.validators.MinLengthValidator(2)]
                    ),
                ),
                (
                    "dismissed_by",
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
                "ordering": ["-id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "engagement", "quarter"),
                        name="scopedismissal_once_a_quarter",
                    )
                ],
            },
        ),
        CreateTable(
            name="HandoverPack",
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
                    "status",
                    models.CharField(
                        choices=[
                            ("building", "Being built"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                        ],
                        default="building",
                        max_length=8,
                    ),
                ),
                (
                    "requested_by",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("requested_by_name", models.CharField(blank=True, max_length=200)),
                ("job_id", models.UUIDField(editable=False, null=True)),
                (
                    "file",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="tenants.storedfile",
                    ),
                ),
                ("score", models.PositiveSmallIntegerField(default=0)),
                ("gaps", models.JSONField(default=list)),
                ("entries", models.JSONField(default=list, editable=False)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
                "indexes": [
                    models.Index(fields=["tenant", "engagement", "id"], name="handoverpack_newest")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status", "building")),
                        fields=("tenant", "engagement"),
                        name="handoverpack_one_in_building",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("finished_at", None), ("status", "building")),
                            models.Q(
                                models.Q(("status", "building"), _negated=True),
                                ("finished_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="handoverpack_finished_has_instant",
                    ),
                ],
            },
        ),
    ]
