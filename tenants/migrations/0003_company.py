"""Holidays, the logo, the set-up list and stored files."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import tenants.isolation.context
import tenants.isolation.ids
import tenants.isolation.models
from tenants.isolation.operations import CreateTable
from tenants.migrations import BEFORE


class Migration(migrations.Migration):
    replaces = BEFORE
    dependencies = [
        ("tenants", "0002_access_and_jobs"),
    ]

    operations = [
        CreateTable(
            name="Holiday",
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
                ("date", models.DateField()),
                ("name", models.CharField(max_length=120)),
                (
                    "source",
                    models.CharField(
                        choices=[("list", "Public list"), ("own", "Own")],
                        default="own",
                        max_length=4,
                    ),
                ),
                ("country", models.CharField(blank=True, editable=False, max_length=2)),
                ("subdivision", models.CharField(blank=True, editable=False, max_length=20)),
                ("active", models.BooleanField(default=True)),
            ],
            options={
                "ordering": ["date", "source"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "date", "source"), name="holiday_once_a_date_and_source"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("country", ""), ("source", "own"), ("subdivision", "")),
                            models.Q(("source", "list"), models.Q(("country", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="holiday_of_a_list_names_its_country",
                    ),
                ],
            },
        ),
        CreateTable(
            name="Logo",
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
                ("content", models.BinaryField()),
                ("content_type", models.CharField(max_length=20)),
                ("width", models.PositiveSmallIntegerField()),
                ("height", models.PositiveSmallIntegerField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
                "constraints": [models.UniqueConstraint(fields=("tenant",), name="logo_one")],
            },
        ),
        CreateTable(
            name="SetupMark",
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
                ("step", models.CharField(max_length=40)),
                (
                    "member",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "step"), name="setupmark_once_a_step")
                ],
            },
        ),
        CreateTable(
            name="StoredFile",
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
                ("name", models.CharField(max_length=150)),
                ("size", models.BigIntegerField(default=0)),
                ("content_type", models.CharField(max_length=120)),
                (
                    "sha256",
                    models.CharField(
                        blank=True,
                        max_length=64,
                        validators=[django.core.validators.RegexValidator("^([0-9a-f]{64})?$")],
                    ),
                ),
                ("target_type", models.CharField(max_length=80)),
                ("target_id", models.UUIDField()),
                (
                    "uploaded_by",
                    tenants.isolation.models.TenantForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="tenants.member",
                    ),
                ),
                ("uploaded_by_name", models.CharField(blank=True, max_length=200)),
                ("is_complete", models.BooleanField(default=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        fields=["tenant", "target_type", "target_id"], name="file_of_record"
                    ),
                    models.Index(
                        condition=models.Q(("expires_at__isnull", False)),
                        fields=["tenant", "expires_at"],
                        name="file_expires",
                    ),
                ],
            },
        ),
        CreateTable(
            name="FileChunk",
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
                    "file",
                    tenants.isolation.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.storedfile",
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("data", models.BinaryField()),
            ],
            options={
                "ordering": ["number"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "file", "number"), name="file_chunk_number"
                    )
                ],
            },
        ),
    ]
