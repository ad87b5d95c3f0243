from django.db import migrations

from reviews.migrations import BEFORE
from tenants.isolation.operations import IsolateTable


class Migration(migrations.Migration):
    replaces = BEFORE
    dependencies = [
        ("reviews", "0001_updates"),
        ("engagements", "0010_isolation"),
        ("tenants", "0005_isolation"),
    ]

    operations = [
        IsolateTable("WeeklyUpdate"),
        IsolateTable("Blocker"),
        IsolateTable("Ask"),
        # what was said and what was amended stays as it is: no updates, no deletes
        IsolateTable("UpdateComment", grants="SELECT, INSERT"),
        IsolateTable("UpdateAmendment", grants="SELECT, INSERT"),
    ]
