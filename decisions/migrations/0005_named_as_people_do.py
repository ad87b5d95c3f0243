"""A budget line in the words of refusals."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("decisions", "0004_isolation")]

    operations = [
        migrations.AlterModelOptions(
            name="budget",
            options={"ordering": ["-starts_on", "name"], "verbose_name": "budget line"},
        ),
    ]
