"""A member's status and dates belong together, now that every row has its dates."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0011_joined_at")]

    operations = [
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("joined_at__isnull", False),
                        ("left_at__isnull", True),
                        ("status", "active"),
                    ),
                    models.Q(("left_at__isnull", False), ("status", "left")),
                    ("status", "invited"),
                    _connector="OR",
                ),
                name="member_status_has_dates",
            ),
        ),
    ]
