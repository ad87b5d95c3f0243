"""Who may change a company's look, put it away and bring it back."""

from django.utils import timezone

from tenants.audit import Actor
from tenants.audit.actors import SystemActor
from tenants.errors import Denied, WrongState
from tenants.models import Tenant
from tenants.policies import check, check_writable

Status = Tenant.Status


def check_can_brand(*, actor: Actor, tenant: Tenant) -> None:
    """Admins, while the company is active."""
    check(actor, "tenant.manage")
    check_writable(tenant)


def check_can_archive(*, actor: Actor, tenant: Tenant) -> None:
    """Admins, while the company is active."""
    check(actor, "tenant.manage")
    if tenant.status == Status.ARCHIVED:
        raise WrongState("This company is archived already.")
    check_writable(tenant)


def check_can_restore(*, actor: Actor, tenant: Tenant) -> None:
    """Admins, while it is archived and its 90 days are not over."""
    check(actor, "tenant.manage")
    until = tenant.restorable_until
    if until is None:
        raise WrongState("This company is not archived.")
    if timezone.now() >= until:
        raise WrongState("The time in which it could be restored is over. Write to support.")


def check_is_platform(*, actor: Actor) -> None:
    """Bowline itself, on the command line of whoever runs it."""
    if not isinstance(actor, SystemActor):
        raise Denied("Companies are suspended and reactivated by whoever runs Bowline.")
