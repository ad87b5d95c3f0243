"""Jobs: a fence apart from the attempts, who started one, indexes of the claim, sign of life."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.isolation.models
from tenants.isolation.operations import CompositeForeignKey

TICK = """
drop index job_due;
-- led by the queue, not the tenant: whether anything is due is asked across all of them
create index job_due on tenants_job (queue, run_at) where state = 'queued';
grant select (claims), update (claims) on tenants_job to bowline_tick;
grant select, insert, update on tenants_heartbeat to bowline_tick;
-- a queue's rows change state within seconds: tidy up early, and leave room to update in place
alter table tenants_job set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_vacuum_insert_scale_factor = 0.2, autovacuum_analyze_scale_factor = 0.05);
"""
UNTICK = """
drop index job_due;
create index job_due on tenants_job (queue, run_at) where state in ('queued', 'running');
alter table tenants_job reset (fillfactor, autovacuum_vacuum_scale_factor,
  autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor);
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0003_idempotency_keys")]

    operations = [
        migrations.RemoveConstraint(model_name="job", name="job_queued_once"),
        migrations.AddField(
            model_name="job", name="claims", field=models.PositiveIntegerField(db_default=0)
        ),
        migrations.AddField(
            model_name="job",
            name="started_by",
            field=tenants.isolation.models.TenantForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="tenants.member",
            ),
        ),
        CompositeForeignKey("job", "started_by"),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(("state", "queued")),
                fields=["tenant", "queue", "run_at", "id"],
                name="job_turn",
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(
                    ("claims", 0),
                    ("state", "queued"),
                    models.Q(("dedupe_key", ""), _negated=True),
                ),
                fields=["tenant", "kind", "dedupe_key"],
                name="job_not_begun",
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(("state", "running")),
                fields=["tenant", "queue"],
                name="job_running",
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(("state", "failed")), fields=["tenant", "id"], name="job_failed"
            ),
        ),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("seen_at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(TICK, UNTICK),
    ]
