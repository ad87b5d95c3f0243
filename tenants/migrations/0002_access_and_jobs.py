"""Keys, invitations, the audit trail, jobs, idempotency keys and revisions."""

import django.contrib.postgres.fields
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
        ("tenants", "0001_people"),
    ]

    operations = [
        CreateTable(
            name="ApiKey",
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
                ("name", models.CharField(max_length=120)),
                (
                    "member",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="tenants.member",
                    ),
                ),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("prefix", models.CharField(max_length=16, unique=True)),
                ("secret_hash", models.BinaryField(max_length=32)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
            },
        ),
        CreateTable(
            name="Invitation",
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
                        related_name="invitations",
                        to="tenants.member",
                    ),
                ),
                ("email", models.EmailField(max_length=254)),
                (
                    "invited_by",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("salt", models.BinaryField(max_length=16)),
                ("token_hash", models.BinaryField(max_length=32, unique=True)),
                ("expires_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
                "indexes": [
                    models.Index(fields=["tenant", "member", "id"], name="invitation_by_member")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("accepted_at__isnull", True), ("revoked_at__isnull", True)
                        ),
                        fields=("tenant", "member"),
                        name="invitation_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("accepted_at__isnull", True),
                            ("revoked_at__isnull", True),
                            _connector="OR",
                        ),
                        name="invitation_one_end",
                    ),
                ],
            },
        ),
        CreateTable(
            name="AuditEvent",
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
                    "occurred_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("actor_id", models.UUIDField(editable=False, null=True)),
                ("actor_name", models.CharField(editable=False, max_length=200)),
                ("verb", models.CharField(editable=False, max_length=80)),
                ("target_type", models.CharField(blank=True, editable=False, max_length=80)),
                ("target_id", models.UUIDField(editable=False, null=True)),
                ("target_label", models.CharField(blank=True, editable=False, max_length=300)),
                ("changes", models.JSONField(default=dict, editable=False)),
                ("request_id", models.CharField(blank=True, editable=False, max_length=64)),
                ("seq", models.BigIntegerField(editable=False, null=True)),
                ("previous_hash", models.BinaryField(null=True)),
                ("hash", models.BinaryField(null=True)),
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
                "indexes": [
                    models.Index(fields=["tenant", "target_id", "id"], name="auditevent_by_target")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "seq"), name="auditevent_one_seq")
                ],
            },
        ),
        CreateTable(
            name="AuditHead",
            fields=[
                (
                    "tenant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="tenants.tenant",
                    ),
                ),
                ("seq", models.BigIntegerField(default=0)),
                ("hash", models.BinaryField()),
            ],
        ),
        CreateTable(
            name="Job",
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
                ("queue", models.CharField(default="default", max_length=20)),
                ("args", models.JSONField(default=dict)),
                ("dedupe_key", models.CharField(blank=True, max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("claims", models.PositiveIntegerField(db_default=0)),
                ("run_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("lease_until", models.DateTimeField(null=True)),
                ("progress_done", models.BigIntegerField(default=0)),
                ("progress_total", models.BigIntegerField(null=True)),
                ("last_error", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                (
                    "started_by",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "queued")),
                        fields=["tenant", "queue", "run_at", "id"],
                        name="job_turn",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("claims", 0),
                            ("state", "queued"),
                            models.Q(("dedupe_key", ""), _negated=True),
                        ),
                        fields=["tenant", "kind", "dedupe_key"],
                        name="job_not_begun",
                    ),
                    models.Index(
                        condition=models.Q(("state", "running")),
                        fields=["tenant", "queue"],
                        name="job_running",
                    ),
                    models.Index(
                        condition=models.Q(("state", "failed")),
                        fields=["tenant", "id"],
                        name="job_failed",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "running"), _negated=True),
                            ("lease_until__isnull", False),
                            _connector="OR",
                        ),
                        name="job_running_has_lease",
                    )
                ],
            },
        ),
        CreateTable(
            name="Heartbeat",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("seen_at", models.DateTimeField()),
            ],
        ),
        CreateTable(
            name="IdempotencyKey",
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
                ("caller_id", models.UUIDField()),
                ("key", models.CharField(max_length=255)),
                ("call_hash", models.BinaryField(max_length=32)),
                ("status", models.PositiveSmallIntegerField()),
                ("content_type", models.CharField(blank=True, max_length=100)),
                ("headers", models.JSONField(default=dict)),
                ("body", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "abstract": False,
                "indexes": [
                    models.Index(fields=["tenant", "created_at"], name="idempotencykey_by_age")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "caller_id", "key"), name="idempotencykey_once"
                    )
                ],
            },
        ),
        CreateTable(
            name="Revision",
            fields=[
                (
                    "tenant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="tenants.tenant",
                    ),
                ),
                ("number", models.BigIntegerField(default=0)),
            ],
        ),
    ]
