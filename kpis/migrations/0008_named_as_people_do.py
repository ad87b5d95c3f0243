"""A KPI in the words of refusals."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("kpis", "0007_measurement_corrected_at")]

    operations = [
        migrations.AlterModelOptions(
            name="kpi",
            options={"ordering": ["category", "position", "name", "id"], "verbose_name": "KPI"},
        ),
    ]
