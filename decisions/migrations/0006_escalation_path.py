"""A step keeps to whom it was passed, when it is passed on next, and what asked for it."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("decisions", "0005_drafts_and_counts")]

    operations = [
        migrations.AddField(
            model_name="spendstep",
            name="because",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="spendstep",
            name="escalate_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="spendstep",
            name="escalated_to",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=36), blank=True, default=list, size=None
            ),
        ),
        migrations.AlterField(
            model_name="spendstep",
            name="override",
            field=models.BooleanField(
                default=False,
                help_text="Approved by whom it was passed to, after the step was late.",
            ),
        ),
    ]
