"""Notifications, their mails and digests, reminders, and how each person wants them."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import tenants.isolation.context
import tenants.isolation.ids
import tenants.isolation.models
from tenants.isolation.operations import CreateTable
from tenants.migrations import BEFORE


class Migration(migrations.Migration):
    replaces = BEFORE
    dependencies = [
        ("tenants", "0003_company"),
    ]

    operations = [
        CreateTable(
            name="Notification",
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
                ("kind", models.CharField(max_length=80)),
                ("title", models.CharField(max_length=200)),
                ("body", models.CharField(blank=True, max_length=400)),
                ("link", models.CharField(blank=True, max_length=300)),
                ("actions", models.JSONField(blank=True, default=list)),
                ("target_type", models.CharField(blank=True, max_length=60)),
                ("target_id", models.UUIDField(blank=True, null=True)),
                ("deadline", models.DateTimeField(blank=True, null=True)),
                ("dedupe_key", models.CharField(blank=True, max_length=200)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
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
                    "actor",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("actor_name", models.CharField(blank=True, max_length=200)),
                ("read_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
                "indexes": [
                    models.Index(fields=["tenant", "member", "id"], name="notification_inbox"),
                    models.Index(
                        condition=models.Q(("read_at", None)),
                        fields=["tenant", "member"],
                        name="notification_unread",
                    ),
                    models.Index(
                        condition=models.Q(("read_at", None)),
                        fields=["tenant", "target_id"],
                        name="notification_about",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("dedupe_key", ""), _negated=True),
                        fields=("tenant", "member", "dedupe_key"),
                        name="notification_told_once",
                    )
                ],
            },
        ),
        CreateTable(
            name="Delivery",
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
                    "notification",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.notification",
                    ),
                ),
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
                    "channel",
                    models.CharField(choices=[("email", "E-mail")], default="email", max_length=10),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sent", "Sent"),
                            ("skipped", "Not sent"),
                            ("failed", "Refused"),
                        ],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                ("in_digest", models.BooleanField(default=False)),
                ("job_id", models.UUIDField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=300)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["tenant", "member", "id"],
                        name="delivery_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "notification", "channel"), name="delivery_once_a_channel"
                    )
                ],
            },
        ),
        CreateTable(
            name="NotificationPreferences",
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
                ("email", models.JSONField(blank=True, default=dict)),
                ("quiet_from", models.TimeField(blank=True, null=True)),
                ("quiet_until", models.TimeField(blank=True, null=True)),
                ("urgent_passes", models.BooleanField(default=True)),
                ("digest_hour", models.PositiveSmallIntegerField(default=8)),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "member"), name="preferences_one_a_member"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("digest_hour__range", (0, 23))),
                        name="preferences_digest_hour",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("quiet_from", None), ("quiet_until", None)),
                            models.Q(
                                ("quiet_from__isnull", False),
                                ("quiet_until__isnull", False),
                                models.Q(("quiet_from", models.F("quiet_until")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="preferences_quiet_both_ends",
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
                ("kind", models.CharField(max_length=80)),
                ("title", models.CharField(max_length=200)),
                ("body", models.CharField(blank=True, max_length=400)),
                ("link", models.CharField(blank=True, max_length=300)),
                ("actions", models.JSONField(blank=True, default=list)),
                ("target_type", models.CharField(blank=True, max_length=60)),
                ("target_id", models.UUIDField(blank=True, null=True)),
                ("deadline", models.DateTimeField(blank=True, null=True)),
                ("dedupe_key", models.CharField(blank=True, max_length=200)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("to", models.JSONField(default=list)),
                ("still_due", models.CharField(max_length=80)),
                ("args", models.JSONField(blank=True, default=dict)),
                ("run_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("sent", "Sent"),
                            ("dropped", "No longer due"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="pending",
                        max_length=9,
                    ),
                ),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["run_at", "id"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "pending")),
                        fields=["tenant", "run_at"],
                        name="reminder_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "dedupe_key"), name="reminder_one_a_key"
                    )
                ],
            },
        ),
        CreateTable(
            name="Digest",
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
                    "member",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("day", models.DateField()),
                ("job_id", models.UUIDField(blank=True, null=True)),
                ("sent_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "member", "day"), name="digest_once_a_day"
                    )
                ],
            },
        ),
    ]
