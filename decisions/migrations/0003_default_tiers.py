"""Companies that were there before get the default tiers."""

import datetime as dt
import zoneinfo
from typing import Any

from django.db import migrations

from tenants.isolation import uuid7

_CTO = {"roles": ["cto"], "rule": "any", "hours": 48, "parallel": False}
_FINANCE = {"roles": ["finance"], "rule": "any", "hours": 72, "parallel": False}
_BOARD = {"roles": ["board"], "rule": "majority", "hours": 120, "parallel": False}
_WHOLE = (
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "ISK",
    "JPY",
    "KMF",
    "KRW",
    "PYG",
    "RWF",
    "UGX",
    "VND",
    "XAF",
    "XOF",
    "XPF",
)
_THOUSANDTHS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")


def _text(amount: int, currency: str) -> str:
    places = 0 if currency in _WHOLE else 3 if currency in _THOUSANDTHS else 2
    return f"{amount:.{places}f}"


def seed(apps: Any, schema_editor: Any) -> None:
    alias = schema_editor.connection.alias
    tenants = apps.get_model("tenants", "Tenant").objects.using(alias)
    policies = apps.get_model("decisions", "ApprovalPolicy")._base_manager.using(alias)
    seeded = set(policies.values_list("tenant_id", flat=True))
    for tenant in tenants.all():
        if tenant.pk in seeded:
            continue
        today = dt.datetime.now(zoneinfo.ZoneInfo(tenant.time_zone)).date()
        policies.create(
            id=uuid7(),
            tenant_id=tenant.pk,
            version=1,
            effective_on=today,
            currency=tenant.currency,
            note="The default tiers.",
            tiers=[
                {
                    "up_to": _text(10_000, tenant.currency),
                    "up_to_inclusive": False,
                    "steps": [_CTO],
                },
                {
                    "up_to": _text(50_000, tenant.currency),
                    "up_to_inclusive": True,
                    "steps": [_CTO, _FINANCE],
                },
                {"up_to": None, "up_to_inclusive": False, "steps": [_CTO, _FINANCE, _BOARD]},
            ],
        )


class Migration(migrations.Migration):
    dependencies = [("decisions", "0002_isolation")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
