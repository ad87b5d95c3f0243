"""First answers to POSTs under an Idempotency-Key."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import tenants.isolation.context
import tenants.isolation.ids
from tenants.isolation.operations import IsolateTable


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_isolation")]

    operations = [
        migrations.CreateModel(
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
                ("caller_id", models.UUIDField()),
                ("key", models.CharField(max_length=255)),
                ("call_hash", models.BinaryField(max_length=32)),
                ("status", models.PositiveSmallIntegerField()),
                ("content_type", models.CharField(blank=True, max_length=100)),
                ("headers", models.JSONField(default=dict)),
                ("body", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
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
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "caller_id", "key"), name="idempotencykey_once"
                    )
                ],
                "indexes": [
                    models.Index(fields=["tenant", "created_at"], name="idempotencykey_by_age")
                ],
            },
        ),
        IsolateTable("IdempotencyKey"),
    ]
