"""Who may change a company, its members and its keys."""

from collections.abc import Callable
from typing import Any

from tenants.audit import Actor
from tenants.errors import Denied, DomainError, Suspended
from tenants.models import ApiKey, Member, Tenant
from tenants.permissions import holders_of


def check(actor: Actor, permission: str) -> None:
    """Raise Denied, naming who can, unless the role matrix grants `permission` to `actor`."""
    if not actor.can(permission):
        raise Denied(f"This needs the role {holders_of(permission)}. An admin can grant it.")


def allowed(check_function: Callable[..., object], **facts: Any) -> bool:
    """Whether a check passes: what a template's button needs to know."""
    try:
        check_function(**facts)
    except DomainError:
        return False
    return True


def check_writable(tenant: Tenant) -> None:
    """Raise Suspended unless the company is active."""
    if not tenant.is_writable:
        why = f" ({tenant.status_reason})" if tenant.status_reason else ""
        now = tenant.get_status_display().lower()
        raise Suspended(
            f"{tenant.name} is {now}{why}: everything can be read and exported, nothing changed."
        )


def check_can_manage_tenant(*, actor: Actor, tenant: Tenant) -> None:
    """Admins, while the company is active."""
    check(actor, "tenant.manage")
    check_writable(tenant)


def check_can_manage_members(*, actor: Actor) -> None:
    """Admins."""
    check(actor, "member.manage")


def check_can_create_key(*, actor: Actor, member: Member | None) -> None:
    """Each member for themselves; service keys and other people's by admins."""
    if member is None or actor.actor_id != member.pk:
        check(actor, "api_key.manage")


def check_can_revoke_key(*, actor: Actor, key: ApiKey) -> None:
    """The key's own member, or an admin."""
    if key.member_id is None or actor.actor_id != key.member_id:
        check(actor, "api_key.manage")
