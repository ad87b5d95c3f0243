from django.db import migrations

from tenants.isolation.operations import IsolateTable


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0001_weekly_updates"),
        ("engagements", "0002_isolation"),
        ("tenants", "0002_isolation"),
    ]

    operations = [
        IsolateTable("WeeklyUpdate"),
        IsolateTable("Blocker"),
        IsolateTable("Ask"),
        # what was said and what was amended stays as it is: no updates, no deletes
        IsolateTable("UpdateComment", grants="SELECT, INSERT"),
        IsolateTable("UpdateAmendment", grants="SELECT, INSERT"),
    ]
