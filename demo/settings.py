"""How the demo companies work: their holidays, the letter's deadline, a colour."""

import datetime as dt
from typing import Any

from tenants import setup
from tenants.audit.actors import SystemActor
from tenants.calendars import public
from tenants.calendars.services import holiday_add, holidays_choose
from tenants.models import Holiday, Tenant
from tenants.services import tenant_update

COLOURS = {"northwind-robotics": "#1b4b6e"}
PARTS = {"northwind-robotics": "PA"}


def seed_settings(tenant: Tenant) -> None:
    """Idempotent; what somebody changed since then stays."""
    actor = SystemActor()
    if not tenant.holiday_country:
        country = public.country_of_zone(tenant.time_zone)
        part = PARTS.get(tenant.slug, "")
        tenant = holidays_choose(tenant=tenant, actor=actor, country=country, subdivision=part)
        closing = dt.date(tenant.today.year, 12, 24)
        if not Holiday.objects.filter(date=closing).exists():
            holiday_add(tenant=tenant, actor=actor, date=closing, name="Closed for the holidays")
    if not tenant.update_due_weekday:
        changes: dict[str, Any] = {"update_due_weekday": "friday", "update_due_time": dt.time(17)}
        if tenant.slug in COLOURS and not tenant.brand_color:
            changes["brand_color"] = COLOURS[tenant.slug]
        tenant_update(tenant=tenant, actor=actor, changes=changes)
    for key in ("figures", "tiers"):  # the whole catalogue is in use, and the default tiers
        setup.step_skip(tenant=tenant, actor=actor, key=key)
