"""When a measurement's numbers were corrected last."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kpis", "0006_days_grouped_by_hash")]

    operations = [
        migrations.AddField(
            model_name="measurement",
            name="corrected_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
