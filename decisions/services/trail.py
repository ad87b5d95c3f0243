"""The trail of a request: one line in its own list, one in the company's audit trail."""

from typing import Any

from decisions import moment
from decisions.models import SpendEvent, SpendRequest
from tenants import audit
from tenants.audit import Actor
from tenants.models import Member

_AUDITED = {  # said at a step: one word of several, not the request's own fate
    "approve": "approval_given",
    "reject": "rejection_given",
    "abstain": "abstention_given",
    "recused": "recusal_given",
}


def record(
    request: SpendRequest,
    *,
    actor: Actor,
    verb: str,
    note: str = "",
    on_behalf_of: Member | None = None,
    step: int | None = None,
    audited: bool = True,
    facts: dict[str, Any] | None = None,
    **more: Any,
) -> SpendEvent:
    """Append what happened: who, when, on whose behalf, under which policy version and step.

    `audited` False keeps what follows from an audited act (a step that opens) out of the company's
    trail.
    """
    version = request.policy.version if request.policy is not None else None
    plain: dict[str, Any] = audit.services._plain((facts or {}) | more)
    event: SpendEvent = SpendEvent.objects.create(
        request=request,
        round=request.round,
        at=moment.now(),
        verb=verb,
        actor=actor if isinstance(actor, Member) else None,
        actor_name=actor.actor_name[:200],
        on_behalf_of=on_behalf_of,
        policy_version=version,
        step=step,
        note=note,
        facts=plain,
    )
    if audited:
        where = {"policy_version": version, "step": step} if step else {}
        behalf = {"on_behalf_of": on_behalf_of.name} if on_behalf_of else {}
        said = {"note": note} if note else {}
        audit.record(
            actor=actor,
            verb=f"spend_request.{_AUDITED.get(verb, verb)}",
            target=request,
            changes={**where, **behalf, **said, **plain},
        )
    return event
