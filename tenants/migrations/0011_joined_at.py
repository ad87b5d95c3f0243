"""Everyone who is a member already joined when their row was made."""

from typing import Any

from django.db import migrations
from django.db.models import F


def fill(apps: Any, schema_editor: Any) -> None:
    members = apps.get_model("tenants", "Member")._base_manager.using(
        schema_editor.connection.alias
    )
    members.filter(joined_at=None).update(joined_at=F("created_at"))


class Migration(migrations.Migration):
    dependencies = [("tenants", "0010_invitations")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
