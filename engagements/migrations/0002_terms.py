"""Terms by date, and proposals of new ones."""

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
        ("engagements", "0001_life_cycle"),
    ]

    operations = [
        CreateTable(
            name="Terms",
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
                ("effective_on", models.DateField()),
                (
                    "scope_level",
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
                    "hours_per_month",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=5,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(Decimal("744")),
                        ],
                    ),
                ),
                (
                    "monthly_fee",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=12,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                (
                    "notice_days",
                    models.PositiveSmallIntegerField(
                        default=30, validators=[django.core.validators.MaxValueValidator(365)]
                    ),
                ),
                (
                    "rollover",
                    models.CharField(
                        choices=[
                            ("none", "Unused hours lapse"),
                            ("capped", "Unused hours roll over, up to a cap"),
                        ],
                        default="none",
                        max_length=6,
                    ),
                ),
                (
                    "rollover_cap_minutes",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(44640)],
                    ),
                ),
                (
                    "rollover_expiry_months",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(24),
                        ],
                    ),
                ),
                (
                    "overage_rate",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="Per hour above the agreed ones.",
                        max_digits=10,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                    ),
                ),
                ("po_number", models.CharField(blank=True, max_length=60)),
            ],
            options={
                "verbose_name_plural": "terms",
                "ordering": ["-effective_on"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "engagement", "effective_on"), name="terms_one_a_date"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("hours_per_month__range", (0, 744)), ("monthly_fee__gte", 0)
                        ),
                        name="terms_sane_amounts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("rollover", "none"),
                                ("rollover_cap_minutes__isnull", True),
                                ("rollover_expiry_months__isnull", True),
                            ),
                            models.Q(
                                ("rollover", "capped"),
                                ("rollover_cap_minutes__isnull", False),
                                ("rollover_expiry_months__gte", 1),
                            ),
                            _connector="OR",
                        ),
                        name="terms_rollover_has_limits",
                    ),
                ],
            },
        ),
        CreateTable(
            name="TermsProposal",
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
                ("effective_on", models.DateField()),
                (
                    "scope_level",
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
                    "hours_per_month",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=5,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(Decimal("744")),
                        ],
                    ),
                ),
                (
                    "monthly_fee",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=12,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                (
                    "notice_days",
                    models.PositiveSmallIntegerField(
                        default=30, validators=[django.core.validators.MaxValueValidator(365)]
                    ),
                ),
                (
                    "rollover",
                    models.CharField(
                        choices=[
                            ("none", "Unused hours lapse"),
                            ("capped", "Unused hours roll over, up to a cap"),
                        ],
                        default="none",
                        max_length=6,
                    ),
                ),
                (
                    "rollover_cap_minutes",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(44640)],
                    ),
                ),
                (
                    "rollover_expiry_months",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(24),
                        ],
                    ),
                ),
                (
                    "overage_rate",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="Per hour above the agreed ones.",
                        max_digits=10,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(Decimal("0"))],
                    ),
                ),
                ("po_number", models.CharField(blank=True, max_length=60)),
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
                            ("proposed", "Proposed"),
                            ("accepted_by_cto", "Accepted by the CTO"),
                            ("accepted_by_client", "Accepted by the client"),
                            ("in_force", "In force"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                            ("expired", "Expired"),
                        ],
                        default="proposed",
                        max_length=18,
                    ),
                ),
                (
                    "side",
                    models.CharField(
                        blank=True, choices=[("cto", "CTO"), ("client", "Client")], max_length=6
                    ),
                ),
                (
                    "proposed_by",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=1000)),
                (
                    "accepted_by_cto",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("accepted_by_cto_at", models.DateTimeField(blank=True, null=True)),
                (
                    "accepted_by_client",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("accepted_by_client_at", models.DateTimeField(blank=True, null=True)),
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
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("closing_reason", models.CharField(blank=True, max_length=1000)),
                (
                    "terms",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="engagements.terms",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        fields=["tenant", "engagement", "id"], name="proposal_by_engagement"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("status__in", ["proposed", "accepted_by_cto", "accepted_by_client"])
                        ),
                        fields=("tenant", "engagement"),
                        name="proposal_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("accepted_by_cto__isnull", True),
                                ("accepted_by_cto_at__isnull", True),
                            ),
                            models.Q(
                                ("accepted_by_cto__isnull", False),
                                ("accepted_by_cto_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="proposal_cto_by_and_at",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("accepted_by_client__isnull", True),
                                ("accepted_by_client_at__isnull", True),
                            ),
                            models.Q(
                                ("accepted_by_client__isnull", False),
                                ("accepted_by_client_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="proposal_client_by_and_at",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("status", "in_force"),
                                ("terms__isnull", False),
                                ("accepted_by_client__isnull", False),
                                ("accepted_by_cto__isnull", False),
                            ),
                            models.Q(
                                models.Q(("status", "in_force"), _negated=True),
                                ("terms__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="proposal_in_force_by_both",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("accepted_by_cto__isnull", True),
                            ("accepted_by_client__isnull", True),
                            models.Q(
                                ("accepted_by_cto", models.F("accepted_by_client")), _negated=True
                            ),
                            _connector="OR",
                        ),
                        name="proposal_by_two_people",
                    ),
                ],
            },
        ),
    ]
