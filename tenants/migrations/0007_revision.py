"""A tenant's count of changes that pages show and nobody audited."""

import django.db.models.deletion
from django.db import migrations, models

ISOLATE = """
alter table tenants_revision enable row level security;
alter table tenants_revision force row level security;
create policy tenant on tenants_revision to bowline_app, bowline_export
  using (tenant_id = (select bowline.tenant())) with check (tenant_id = (select bowline.tenant()));
grant select, insert, update, delete on tenants_revision to bowline_app;
grant select on tenants_revision to bowline_export;
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0006_notifications")]
    operations = [
        migrations.CreateModel(
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
        migrations.RunSQL(ISOLATE, "drop policy tenant on tenants_revision"),
    ]
