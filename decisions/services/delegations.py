"""Lending one's authority for a while."""

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from decisions import notices, policies
from decisions.locks import lock_company
from decisions.models import Delegation
from tenants import audit
from tenants.audit import Actor
from tenants.errors import Invalid, NotFound
from tenants.models import Member, Tenant
from tenants.permissions import Role
from tenants.services import validate
from tenants.ui.formats import day_full, stamp

LONGEST = dt.timedelta(days=366)


@transaction.atomic
def delegation_create(
    *,
    actor: Actor,
    delegator: Member,
    delegate: Member,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    reason: str = "",
) -> Delegation:
    """`delegate` may decide in place of `delegator`, from the start until before the end.

    The delegate never decides on their own requests, has no more authority than the delegator has
    at that time, and cannot pass it on. Raises Denied; Invalid for oneself, an observer, a time
    that is over or too long, a second delegation at the same time, or a circle.
    """
    policies.check_can_delegate(actor=actor, delegator=delegator)
    lock_company("delegations")
    delegation = Delegation(
        delegator=delegator,
        delegate=delegate,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason.strip(),
        created_by=actor if isinstance(actor, Member) else None,
    )
    if errors := _errors(delegation):
        raise Invalid(errors)
    validate(delegation)
    delegation.save(force_insert=True)
    audit.record(
        actor=actor,
        verb="delegation.created",
        target=delegation,
        changes={
            "delegator": delegator.name,
            "delegate": delegate.name,
            "starts_at": starts_at,
            "ends_at": ends_at,
        },
    )
    return delegation


@transaction.atomic
def delegation_end(*, delegation: Delegation, actor: Actor) -> Delegation:
    """End it now, or before it begins; harmless when repeated. The row stays, for the trail; the
    delegate is not asked any more."""
    found: Delegation | None = (
        Delegation.objects.with_people()
        .select_for_update(of=("self",))
        .filter(pk=delegation.pk)
        .first()
    )
    if found is None:
        raise NotFound()
    policies.check_can_end_delegation(actor=actor, delegation=found)
    now = timezone.now()
    if found.revoked_at is not None or found.ends_at <= now:
        return found
    found.ends_at, found.revoked_at = max(now, found.starts_at), now
    found.save()
    audit.record(actor=actor, verb="delegation.ended", target=found)
    notices.settle_deputy(found.delegate)
    return found


def _errors(delegation: Delegation) -> dict[str, str]:
    """What is wrong, by field."""
    errors: dict[str, str] = {}
    delegate, now = delegation.delegate, timezone.now()
    if delegate.pk == delegation.delegator_id:
        errors["delegate"] = "Choose someone else: nobody stands in for themselves."
    elif delegate.status != Member.Status.ACTIVE:
        errors["delegate"] = f"{delegate.name} has left. Choose an active member."
    elif set(delegate.roles) == {Role.OBSERVER.value}:
        errors["delegate"] = "An observer changes nothing. Choose another member."
    if delegation.delegator.status != Member.Status.ACTIVE:
        errors["delegator"] = f"{delegation.delegator.name} has left."
    if delegation.ends_at <= delegation.starts_at:
        errors["ends_at"] = "It ends before it starts. Choose a later time."
    elif delegation.ends_at <= now:
        errors["ends_at"] = "This time is over. Choose one to come."
    elif delegation.ends_at - delegation.starts_at > LONGEST:
        errors["ends_at"] = "Delegate for a year at most, and renew it then."
    if errors:
        return errors
    overlapping = list(
        Delegation.objects.with_people().overlapping(delegation.starts_at, delegation.ends_at)
    )
    for other in overlapping:
        if other.delegator_id == delegation.delegator_id:
            errors["starts_at"] = (
                f"{other.delegate.name} stands in {_when(other)} already. End that first, or "
                "choose other times."
            )
    if _closes_circle(delegation, overlapping):
        errors["delegate"] = (
            f"{delegate.name}’s own authority is delegated back at this time: a circle. "
            "Choose someone else."
        )
    return errors


def _when(delegation: Delegation) -> str:
    """From when to when, in whole days of the company where it holds for such."""
    zone = Tenant.objects.get().zone
    if days := delegation.days_in(zone):
        return f"from {day_full(days[0])} to {day_full(days[1])}"
    return f"from {stamp(delegation.starts_at, zone)} until {stamp(delegation.ends_at, zone)}"


def _closes_circle(delegation: Delegation, overlapping: list[Delegation]) -> bool:
    """Whether authority would come back to the delegator at some instant of this delegation.

    Each hop narrows the time that all of them share.
    """
    target: UUID = delegation.delegator_id
    waiting = [(delegation.delegate_id, delegation.starts_at, delegation.ends_at)]
    seen: set[tuple[UUID, dt.datetime, dt.datetime]] = set()
    while waiting:
        place = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        person, start, end = place
        for other in overlapping:
            first, last = max(start, other.starts_at), min(end, other.ends_at)
            if other.delegator_id != person or first >= last:
                continue
            if other.delegate_id == target:
                return True
            waiting.append((other.delegate_id, first, last))
    return False
