"""The steps, decisions, events and invoices of a spend request."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import tenants.isolation.context
import tenants.isolation.ids
import tenants.isolation.models
from decisions.migrations import BEFORE
from tenants.isolation.operations import CreateTable


class Migration(migrations.Migration):
    replaces = BEFORE
    dependencies = [
        ("decisions", "0002_requests"),
    ]

    operations = [
        CreateTable(
            name="SpendStep",
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
                    "request",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="step_rows",
                        to="decisions.spendrequest",
                    ),
                ),
                ("round", models.PositiveSmallIntegerField()),
                ("position", models.PositiveSmallIntegerField()),
                ("stage", models.PositiveSmallIntegerField()),
                (
                    "roles",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), size=None
                    ),
                ),
                (
                    "rule",
                    models.CharField(
                        choices=[("any", "any"), ("majority", "majority"), ("all", "all")],
                        max_length=8,
                    ),
                ),
                ("hours", models.PositiveSmallIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Not yet asked"),
                            ("open", "Waiting"),
                            ("approved", "Approved"),
                            ("rejected", "Rejected"),
                            ("stopped", "Not needed any more"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                (
                    "asked",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), blank=True, default=list, size=None
                    ),
                ),
                (
                    "above",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), blank=True, default=list, size=None
                    ),
                ),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("reminded_at", models.DateTimeField(blank=True, null=True)),
                ("escalated_at", models.DateTimeField(blank=True, null=True)),
                ("escalate_at", models.DateTimeField(blank=True, null=True)),
                (
                    "escalated_to",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=36),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("eligible", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("needed", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "override",
                    models.BooleanField(
                        default=False,
                        help_text="Approved by whom it was passed to, after the step was late.",
                    ),
                ),
                ("because", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "ordering": ["round", "position"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "open")),
                        fields=["tenant", "request"],
                        name="spendstep_open",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "request", "round", "position"), name="spendstep_places"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "approved"), _negated=True),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("eligible__gte", 1),
                                ("needed__gte", 1),
                            ),
                            _connector="OR",
                        ),
                        name="spendstep_approved_has_count",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "open"), _negated=True),
                            models.Q(("due_at__isnull", False), ("opened_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="spendstep_open_has_clock",
                    ),
                ],
            },
        ),
        CreateTable(
            name="SpendDecision",
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
                    "request",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="decision_rows",
                        to="decisions.spendrequest",
                    ),
                ),
                (
                    "step",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="decisions.spendstep",
                    ),
                ),
                ("round", models.PositiveSmallIntegerField()),
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
                    "actor",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                (
                    "vote",
                    models.CharField(
                        choices=[
                            ("for", "for"),
                            ("against", "against"),
                            ("abstain", "abstain"),
                            ("recused", "recused"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "capacity",
                    models.CharField(
                        choices=[
                            ("own", "In their own right"),
                            ("delegation", "By delegation"),
                            ("coverage", "As deputy"),
                            ("escalation", "As the next role up"),
                        ],
                        default="own",
                        max_length=10,
                    ),
                ),
                ("carried", models.BooleanField(default=False)),
                ("reason", models.TextField(blank=True, max_length=2000)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["at", "id"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        fields=["tenant", "request", "round"], name="spenddecision_by_round"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "step", "member"), name="spenddecision_once_a_step"
                    )
                ],
            },
        ),
        CreateTable(
            name="SpendEvent",
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
                    "request",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="decisions.spendrequest",
                    ),
                ),
                ("round", models.PositiveSmallIntegerField(default=0)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("verb", models.CharField(max_length=40)),
                (
                    "actor",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("actor_name", models.CharField(max_length=200)),
                (
                    "on_behalf_of",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("policy_version", models.PositiveIntegerField(blank=True, null=True)),
                ("step", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("note", models.TextField(blank=True)),
                ("facts", models.JSONField(blank=True, default=dict)),
            ],
            options={
                "ordering": ["at", "id"],
                "abstract": False,
                "indexes": [
                    models.Index(fields=["tenant", "request", "at"], name="spendevent_by_request")
                ],
            },
        ),
        CreateTable(
            name="Invoice",
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
                    "request",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="decisions.spendrequest",
                    ),
                ),
                ("reference", models.CharField(max_length=60)),
                ("invoiced_on", models.DateField()),
                ("amount", models.DecimalField(decimal_places=4, max_digits=18)),
                ("note", models.CharField(blank=True, max_length=500)),
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
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "request", "reference"), name="invoice_recorded_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="invoice_above_zero"
                    ),
                ],
            },
        ),
    ]
