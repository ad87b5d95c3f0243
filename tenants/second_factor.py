"""Second factors: who has one, which company asks for one, and when one may not be removed."""

import datetime as dt
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from tenants import audit, doors, policies
from tenants.audit import Actor
from tenants.errors import Denied, DomainError, Invalid
from tenants.isolation import tenant as inside_tenant
from tenants.models import Member, Tenant

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes only replace one
GRACE_DAYS = (0, 3, 7, 14)


class SecondFactorNeeded(DomainError):
    """The company asks for a second factor and this person has none yet."""

    status = 403  # type: ignore[assignment]
    title = "This company asks for a second factor"


def has_second_factor(user_id: UUID) -> bool:
    """Whether the login has an authenticator app or a passkey."""
    return Authenticator.objects.filter(user_id=user_id, type__in=FACTORS).exists()


def has_second_factor_query(user_field: str = "user_id") -> Exists:
    """The same inside another query, by the column that holds the login's id."""
    return Exists(Authenticator.objects.filter(user_id=OuterRef(user_field), type__in=FACTORS))


def is_missing(member: Any, *, now: dt.datetime | None = None) -> bool:
    """Whether this member is kept out until they have one; `member.has_second_factor` is loaded."""
    company = member.tenant
    if not company.require_second_factor or member.has_second_factor:
        return False
    return company.second_factor_from <= (now or timezone.now())


def check_can_require(*, actor: Actor) -> None:
    """Admins who have a second factor themselves; raises Denied."""
    policies.check(actor, "tenant.manage")
    if isinstance(actor, Member):
        if not has_second_factor(actor.user_id):
            raise Denied("Set up a second factor for yourself first, then ask everyone for one.")
    elif actor.actor_name != "Bowline":
        raise Denied("Only a person with a second factor can switch this on, not a service key.")


@transaction.atomic
def second_factor_require(
    *, tenant: Tenant, actor: Actor, required: bool, grace_days: int = 0
) -> Tenant:
    """Ask every member for a second factor from `grace_days` on, or ask no more.

    API keys go on working. Repeating it changes nothing, so a grace that runs is never made
    longer by accident: switch off and on for that. Raises Denied (`check_can_require`), Suspended,
    Invalid for a grace that is not offered.
    """
    policies.check_can_manage_tenant(actor=actor, tenant=tenant)
    current = Tenant.objects.select_for_update().get(pk=tenant.pk)
    if required == current.require_second_factor:
        return current
    if required:
        check_can_require(actor=actor)
        if grace_days not in GRACE_DAYS:
            raise Invalid({"grace_days": f"Choose one of {', '.join(map(str, GRACE_DAYS))} days."})
    current.require_second_factor = required
    current.second_factor_from = (
        timezone.now() + dt.timedelta(days=grace_days) if required else None
    )
    current.save(update_fields=["require_second_factor", "second_factor_from", "updated_at"])
    audit.record(
        actor=actor,
        verb="tenant.second_factor_required" if required else "tenant.second_factor_optional",
        target=current,
        changes={"from": current.second_factor_from} if required else {},
    )
    return current


def company_that_requires(user_id: UUID) -> str:
    """The name of a company of this person that asks for a second factor; empty without one."""
    for membership in doors.memberships_of(user_id):
        with inside_tenant(membership.tenant_id):
            if Tenant.objects.filter(require_second_factor=True).exists():
                return membership.name
    return ""
