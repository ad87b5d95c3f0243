"""Row level security and composite keys of the engagement's tables."""

from django.db import migrations

from tenants.isolation.operations import IsolateTable


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0001_engagements"),
        ("tenants", "0002_isolation"),
    ]

    operations = [
        IsolateTable("Engagement"),
        IsolateTable("Pause"),
        IsolateTable("Terms"),
        IsolateTable("TimeEntry"),
        IsolateTable("WeekLock"),
    ]
