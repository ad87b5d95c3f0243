"""Marked days are grouped without sorting their measurements: a third of a large step's time.

The planner of a kept plan expects one row and would sort. `last` and the percentiles need an order.
"""

from django.db import migrations

FUNCTION = "alter function bowline.recompute_composed(uuid[])"


class Migration(migrations.Migration):
    dependencies = [("kpis", "0005_marks_worked_off")]

    operations = [
        migrations.RunSQL(
            f"{FUNCTION} set enable_sort = off",
            f"{FUNCTION} reset enable_sort",
        )
    ]
