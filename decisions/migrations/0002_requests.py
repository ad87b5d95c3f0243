"""Spend requests."""

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import tenants.isolation.context
import tenants.isolation.ids
import tenants.isolation.models
from decisions.migrations import BEFORE
from tenants.isolation.operations import CreateTable


class Migration(migrations.Migration):
    replaces = BEFORE
    dependencies = [
        ("decisions", "0001_policy"),
    ]

    operations = [
        CreateTable(
            name="SpendRequest",
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
                ("number", models.PositiveIntegerField()),
                (
                    "requester",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                (
                    "title",
                    models.CharField(
                        max_length=160, validators=[django.core.validators.MinLengthValidator(2)]
                    ),
                ),
                (
                    "vendor",
                    models.CharField(
                        max_length=160, validators=[django.core.validators.MinLengthValidator(1)]
                    ),
                ),
                ("vendor_key", models.CharField(blank=True, editable=False, max_length=480)),
                ("purpose", models.TextField(blank=True, max_length=5000)),
                (
                    "kind",
                    models.CharField(
                        default="other",
                        help_text="Such as software, hardware, services, infrastructure, training, other.",
                        max_length=40,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z][a-z0-9_]*\\Z",
                                "Use lower-case letters and underscores, such as software.",
                            )
                        ],
                    ),
                ),
                (
                    "one_off_amount",
                    models.DecimalField(decimal_places=4, default=Decimal("0"), max_digits=18),
                ),
                (
                    "recurring_amount",
                    models.DecimalField(decimal_places=4, default=Decimal("0"), max_digits=18),
                ),
                (
                    "recurring_interval",
                    models.CharField(
                        choices=[("month", "Month"), ("quarter", "Quarter"), ("year", "Year")],
                        default="month",
                        max_length=7,
                    ),
                ),
                (
                    "term_months",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Null when open-ended: then 12 months count.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(240),
                        ],
                    ),
                ),
                (
                    "options_amount",
                    models.DecimalField(decimal_places=4, default=Decimal("0"), max_digits=18),
                ),
                ("currency", models.CharField(max_length=3)),
                (
                    "budget_line",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="decisions.budget",
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
                ("needed_by", models.DateField(blank=True, null=True)),
                ("criteria", models.JSONField(blank=True, default=dict)),
                (
                    "version",
                    models.PositiveIntegerField(
                        default=0, help_text="Moves with each saved change."
                    ),
                ),
                (
                    "saved_from",
                    models.CharField(
                        blank=True, help_text="Which open form saved it last.", max_length=36
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("submitted", "Waiting for approval"),
                            ("changes_requested", "Changes requested"),
                            ("approved", "Approved"),
                            ("rejected", "Rejected"),
                            ("withdrawn", "Withdrawn"),
                            ("expired", "Expired"),
                            ("ordered", "Ordered"),
                            ("closed", "Closed"),
                        ],
                        default="draft",
                        max_length=17,
                    ),
                ),
                ("round", models.PositiveSmallIntegerField(default=0)),
                (
                    "policy",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="decisions.approvalpolicy",
                    ),
                ),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                (
                    "check_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When the clocks next have something to do.",
                        null=True,
                    ),
                ),
                ("home_currency", models.CharField(blank=True, max_length=3)),
                (
                    "rate",
                    models.DecimalField(blank=True, decimal_places=10, max_digits=20, null=True),
                ),
                ("rate_on", models.DateField(blank=True, null=True)),
                ("rate_currency", models.CharField(blank=True, max_length=3)),
                (
                    "commitment_amount",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=18, null=True),
                ),
                (
                    "counted_amount",
                    models.DecimalField(blank=True, decimal_places=4, max_digits=18, null=True),
                ),
                ("counted_with", models.JSONField(blank=True, default=list)),
                ("tier", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("tier_reason", models.TextField(blank=True)),
                ("within_own_authority", models.BooleanField(default=False)),
                ("bypassed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "bypassed_by",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("bypass_reason", models.TextField(blank=True)),
                ("ratify_due_at", models.DateTimeField(blank=True, null=True)),
                ("ratified_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ratified_by",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("unratified_at", models.DateTimeField(blank=True, null=True)),
                (
                    "open_commitment",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        help_text="Approved and not yet paid.",
                        max_digits=18,
                    ),
                ),
                (
                    "paid_amount",
                    models.DecimalField(decimal_places=4, default=Decimal("0"), max_digits=18),
                ),
                (
                    "excepted_amount",
                    models.DecimalField(
                        decimal_places=4,
                        default=Decimal("0"),
                        help_text="What finance let go over the budget.",
                        max_digits=18,
                    ),
                ),
                ("exception_reason", models.TextField(blank=True)),
                ("exception_at", models.DateTimeField(blank=True, null=True)),
                (
                    "exception_by",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("ordered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ordered_by",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("order_reference", models.CharField(blank=True, max_length=60)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "benefit_kpi",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kpis.kpi",
                    ),
                ),
                ("benefit_expected", models.CharField(blank=True, max_length=500)),
                ("benefit_review_on", models.DateField(blank=True, null=True)),
                ("benefit_note", models.TextField(blank=True)),
                ("benefit_reviewed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "benefit_reviewed_by",
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
                    models.Index(fields=["tenant", "status"], name="spendrequest_by_status"),
                    models.Index(
                        fields=["tenant", "requester", "submitted_at"],
                        name="spendrequest_by_requester",
                    ),
                    models.Index(
                        fields=["tenant", "vendor_key", "submitted_at"],
                        name="spendrequest_by_vendor",
                    ),
                    models.Index(fields=["tenant", "budget_line"], name="spendrequest_by_budget"),
                    models.Index(
                        condition=models.Q(("check_at__isnull", False)),
                        fields=["tenant", "check_at"],
                        name="spendrequest_to_check",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "number"), name="spendrequest_numbers"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("excepted_amount__gte", 0),
                            ("one_off_amount__gte", 0),
                            ("open_commitment__gte", 0),
                            ("options_amount__gte", 0),
                            ("paid_amount__gte", 0),
                            ("recurring_amount__gte", 0),
                        ),
                        name="spendrequest_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status", "draft"),
                            ("status", "withdrawn"),
                            models.Q(
                                ("commitment_amount__gt", 0),
                                ("counted_amount__gte", models.F("commitment_amount")),
                                ("policy__isnull", False),
                                ("rate__gt", 0),
                                ("submitted_at__isnull", False),
                                ("tier__gte", 1),
                            ),
                            _connector="OR",
                        ),
                        name="spendrequest_submitted_is_frozen",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("initiative__isnull", True),
                            ("linked_initiative__isnull", True),
                            _connector="OR",
                        ),
                        name="spendrequest_one_initiative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("bypassed_at__isnull", True), ("bypassed_by__isnull", True)),
                            models.Q(
                                ("bypassed_at__isnull", False),
                                ("bypassed_by__isnull", False),
                                ("ratify_due_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="spendrequest_bypass_has_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ratified_at__isnull", True), ("ratified_by__isnull", True)),
                            models.Q(
                                ("ratified_at__isnull", False), ("ratified_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="spendrequest_ratified_by_person",
                    ),
                ],
            },
        ),
    ]
