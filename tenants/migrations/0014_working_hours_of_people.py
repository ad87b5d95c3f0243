"""The hours in which a person works, on their own clock."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0013_due_doors")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="working_hours_start",
            field=models.TimeField(
                blank=True, help_text="On the person's own clock; empty for 9 to 18.", null=True
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="working_hours_end",
            field=models.TimeField(
                blank=True,
                help_text="Up to it; earlier than the start for work over midnight.",
                null=True,
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("working_hours_end__isnull", True), ("working_hours_start__isnull", True)
                    ),
                    models.Q(
                        ("working_hours_end__isnull", False),
                        ("working_hours_start__isnull", False),
                        models.Q(
                            ("working_hours_start", models.F("working_hours_end")), _negated=True
                        ),
                    ),
                    _connector="OR",
                ),
                name="user_working_hours_both",
            ),
        ),
    ]
