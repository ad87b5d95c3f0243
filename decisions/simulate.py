"""Who would approve an amount, and why: the same rules as a real request, nothing written."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from decisions import charter, clocks, commitment, money, routing, tiers
from decisions.models import ApprovalPolicy
from decisions.policy_in_force import policy_in_force
from decisions.roster import load_roster
from decisions.vendors import vendor_key
from tenants.errors import Invalid
from tenants.models import Member, Tenant
from tenants.permissions import Role


@dataclass(frozen=True)
class SimulatedStep:
    """A step, whom it would ask, and until when if it were sent now."""

    position: int
    stage: int
    rule: tiers.StepRule
    people: tuple[routing.Person, ...]
    reasons: tuple[str, ...]
    needed: int
    due_at: dt.datetime

    @property
    def role(self) -> str:
        """The step's own role in words."""
        return routing.roles_in_words(self.rule.roles)


@dataclass(frozen=True)
class Simulation:
    """The answer: tier and steps, with the reasons in words."""

    policy: ApprovalPolicy
    amount: Decimal
    counted: Decimal
    currency: str
    rate: Decimal
    rate_on: dt.date
    counted_with: list[commitment.Counted]
    tier: int
    within_own_authority: bool
    steps: tuple[SimulatedStep, ...]
    reasons: tuple[str, ...]
    can_be_approved: bool


def simulate(
    *,
    amount: Decimal,
    currency: str = "",
    requester: Member | None = None,
    vendor: str = "",
    kind: str = "",
    on: dt.date | None = None,
    policy: ApprovalPolicy | None = None,
) -> Simulation:
    """Who approves `amount` (the total commitment) under the policy and the charter of `on`, today
    if not said.

    `policy` is tried in place of the one in force; it need not be stored.

    Raises Invalid for an amount or currency that is wrong, or a currency without a rate.
    """
    company = Tenant.objects.get()
    day = on or company.today
    currency = currency.upper() or company.currency
    if problem := money.currency_problem(currency):
        raise Invalid({"currency": problem})
    if problem := money.amount_problem(amount, currency, least=money.minor_unit(currency)):
        raise Invalid({"amount": problem})
    found = commitment.rate_for(currency, company.currency, min(day, company.today))
    if found is None:
        raise Invalid({"currency": commitment.no_rate_message(currency, company.currency, day)})
    policy, (rate, rate_on) = policy or policy_in_force(day), found
    home = money.converted(amount, rate, company.currency)
    others = _others(policy, requester, vendor)
    counted = home + sum((each.amount for each in others), Decimal(0))
    number = tiers.tier_number(policy.rules, counted)
    roster = load_roster()
    said = charter.boundaries_on(day, [p.id for p in roster.holders((Role.CTO.value,))])
    own = _own_authority(policy, number, requester) and charter.allows_own_authority(
        requester.roles if requester is not None else (), kind, said
    )
    rules = policy.rules[number - 1].steps
    more = charter.further_step(rules, kind, said)
    asked = [*((rule, "") for rule in rules), *([more] if more else [])]
    steps = () if own else _steps(asked, roster, requester, company)
    reason = commitment.tier_reason(
        policy.rules,
        own=home,
        counted=counted,
        others=others,
        currency=company.currency,
        days=policy.splitting_days,
    )
    reasons = [reason, *(f"Step {s.position}: {why}" for s in steps for why in s.reasons)]
    if own:
        reasons.append("Within the requester's own authority: approved at submit.")
    reasons += _next_tier(policy, number, company.currency)
    return Simulation(
        policy=policy,
        amount=home,
        counted=counted,
        currency=company.currency,
        rate=rate,
        rate_on=rate_on,
        counted_with=others,
        tier=number,
        within_own_authority=own,
        steps=steps,
        reasons=tuple(reasons),
        can_be_approved=own or all(step.people for step in steps),
    )


def _others(
    policy: ApprovalPolicy, requester: Member | None, vendor: str
) -> list[commitment.Counted]:
    if requester is None and not vendor.strip():
        return []
    nobody = "00000000-0000-0000-0000-000000000000"
    return commitment.counted_together(
        requester_id=requester.pk if requester is not None else nobody,  # type: ignore[arg-type]
        vendor_key=vendor_key(vendor) or "—",  # no name: fits none
        at=timezone.now(),
        days=policy.splitting_days,
    )


def _own_authority(policy: ApprovalPolicy, number: int, requester: Member | None) -> bool:
    if requester is None or not policy.own_authority or number != 1:
        return False
    return all(set(step.roles) & set(requester.roles) for step in policy.rules[0].steps)


def _steps(
    rules: Sequence[tuple[tiers.StepRule, str]],
    roster: routing.Roster,
    requester: Member | None,
    company: Tenant,
) -> tuple[SimulatedStep, ...]:
    asker = requester.pk if requester is not None else None
    found: list[SimulatedStep] = []
    start = timezone.now()
    due = start
    numbered = zip(rules, tiers.stages(rule for rule, _ in rules), strict=True)
    for position, ((rule, because), stage) in enumerate(numbered, 1):
        if found and stage != found[-1].stage:
            start = max(s.due_at for s in found if s.stage == found[-1].stage)
        due = clocks.due_after(start, rule.hours, company)
        answer = routing.asked(rule.roles, roster, requester=asker)
        reasons = [*filter(None, (because,)), *answer.reasons]
        earlier = {p.id for s in found if s.stage < stage for p in s.people}
        if both := [p.name for p in answer.people if p.id in earlier]:
            reasons.append(f"{' and '.join(both)} approves once, for an earlier step and this one.")
        for person in answer.people:
            reasons += [
                f"{roster.name(each.deputy)} may act for {person.name}."
                for each in roster.deputies_of(person.id, requester=asker)
            ]
        found.append(
            SimulatedStep(
                position,
                stage,
                rule,
                answer.people,
                tuple(reasons),
                routing_needed(rule.rule, len(answer.people)),
                due,
            )
        )
    return tuple(found)


def routing_needed(rule: str, eligible: int) -> int:
    """How many must be for it; 0 where nobody is asked."""
    from decisions.quorum import needed

    return needed(rule, eligible) if eligible else 0


def _next_tier(policy: ApprovalPolicy, number: int, currency: str) -> list[str]:
    """Where the tier ends, and what one more of the smallest unit would need."""
    tier = policy.rules[number - 1]
    if tier.up_to is None:
        return []
    after = tiers.steps_in_words(policy.rules[number].steps)
    edge = money.in_words(tier.up_to, currency)
    start = f"More than {edge}" if tier.up_to_inclusive else f"{edge} and more"
    return [f"{start} needs {after}."]
