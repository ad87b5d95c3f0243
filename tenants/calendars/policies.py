"""Who may change a company's holidays, and which of them."""

from collections.abc import Collection

from tenants.audit import Actor
from tenants.calendars.models import Holiday
from tenants.errors import WrongState
from tenants.models import Tenant
from tenants.policies import check, check_writable


def check_can_manage_holidays(*, actor: Actor, tenant: Tenant) -> None:
    """Admins, while the company is active."""
    check(actor, "tenant.manage")
    check_writable(tenant)


def check_can_change_holiday(*, holiday: Holiday, fields: Collection[str]) -> None:
    """An own holiday altogether; of the public list's only whether it counts."""
    if not holiday.is_own and not set(fields) <= {"active"}:
        raise WrongState(
            f"{holiday.name} comes from the public list. Switch it off, and add your own day."
        )


def check_can_remove_holiday(*, holiday: Holiday) -> None:
    """Own ones; the next filling would bring one of the public list back."""
    if not holiday.is_own:
        raise WrongState(f"{holiday.name} comes from the public list. Switch it off instead.")
