"""What the charter in force means for spend: it tightens the tiers, and never loosens them.

Two of its clauses are read. Who decides what: where a matter is not the CTO's own, the route asks
the charter's decider too. The escalation path: a late step passes along it.
"""

import datetime as dt
from collections.abc import Collection
from uuid import UUID

from decisions.routing import LADDER, Rung, rank
from decisions.tiers import Rule, StepRule
from engagements.boundaries import Boundaries, Decider, boundaries_in
from engagements.models import Charter, DecisionKind, DecisionRule, Engagement, MoneyLimit
from tenants.permissions import Role

_NEEDED = {
    DecisionRule.CTO: "",
    DecisionRule.CTO_RECOMMENDS: Role.EXECUTIVE.value,
    DecisionRule.EXECUTIVE: Role.EXECUTIVE.value,
    DecisionRule.BOARD: Role.BOARD.value,
}
_STEPS = {
    Role.EXECUTIVE.value: StepRule((Role.EXECUTIVE.value,), Rule.ANY, 48),
    Role.BOARD.value: StepRule((Role.BOARD.value,), Rule.MAJORITY, 120),
}


def boundaries_on(day: dt.date, people: Collection[UUID] = ()) -> Boundaries | None:
    """The charter in force on `day`: of the running engagement whose CTO is among `people`, else
    of the one that began first. None where there is none; one query, two with a charter."""
    rows = (
        Charter.objects.in_force_on(day)
        .with_channels()
        .filter(engagement__status__in=(Engagement.Status.ACTIVE, Engagement.Status.PAUSED))
        .order_by("engagement__starts_on", "engagement_id", "-number")
    )
    found: list[Charter] = list(rows)
    if not found:
        return None
    chosen = next((c for c in found if c.engagement.cto_id in people), found[0])
    return boundaries_in(chosen)


def decider_for(kind: str, boundaries: Boundaries | None) -> Decider | None:
    """Who decides a request of this kind by the charter; None where it does not say.

    A kind that is one of the charter's own (such as `security`) is that, every other is a choice
    of a vendor.
    """
    if boundaries is None:
        return None
    known = kind if kind in DecisionKind.values else DecisionKind.VENDOR.value
    return boundaries.decisions.get(known)


def further_step(
    steps: Collection[StepRule], kind: str, boundaries: Boundaries | None
) -> tuple[StepRule, str] | None:
    """The step that the charter asks for besides these, and why; None where they are enough.

    They are where one of them can only be decided by the charter's decider, or a role above it.
    """
    decider = decider_for(kind, boundaries)
    needed = _NEEDED[decider.rule] if decider is not None else ""
    if boundaries is None or decider is None or not needed:
        return None
    if any(min(rank(role) for role in step.roles) >= rank(needed) for step in steps):
        return None
    label = DecisionKind(decider.kind).label.lower()
    return _STEPS[needed], f"{boundaries.source}, on {label}: {decider.rule.label}."


def allows_own_authority(roles: Collection[str], kind: str, boundaries: Boundaries | None) -> bool:
    """Whether the charter leaves a request of this kind to somebody with these roles alone."""
    decider = decider_for(kind, boundaries)
    if decider is None:
        return True
    if needed := _NEEDED[decider.rule]:
        return any(rank(role) >= rank(needed) for role in roles)
    return decider.limit != MoneyLimit.NO_MONEY


def path_of(boundaries: Boundaries | None) -> tuple[Rung, ...]:
    """The way that a late step takes: the charter's, else the roles of the ladder upwards."""
    if boundaries is None or not boundaries.escalation_path:
        return tuple(Rung(role=role) for role in LADDER)
    return tuple(
        Rung(role=step.role.value if step.role else "", person=step.member_id)
        for step in boundaries.escalation_path
    )
