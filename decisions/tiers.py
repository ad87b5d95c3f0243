"""The approval tiers of a policy: which amount needs which steps. Pure: no database.

Tiers follow each other from zero upwards; each ends at `up_to`, with that amount in it or not, and
the next begins exactly there. So the default is `[0; 10,000) [10,000; 50,000] (50,000; ∞)`.
"""

import itertools
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from decisions import money
from tenants.permissions import ROLE_NAMES, Role

MOST_TIERS, MOST_STEPS, MOST_HOURS = 20, 10, 2_000
LONG_CHAIN = 4  # more steps than this are warned about


class Rule(StrEnum):
    """How many of those asked must approve: one, more than half of all, or each."""

    ANY = "any"
    MAJORITY = "majority"
    ALL = "all"


@dataclass(frozen=True)
class StepRule:
    """One step: who is asked, how many must approve, in how many hours.

    `parallel`: it opens together with the step before it.
    """

    roles: tuple[str, ...]
    rule: str = Rule.ANY
    hours: int = 48
    parallel: bool = False


@dataclass(frozen=True)
class Tier:
    """Amounts up to `up_to` (None: without end), and the steps that they need."""

    up_to: Decimal | None
    up_to_inclusive: bool
    steps: tuple[StepRule, ...]


Tiers = tuple[Tier, ...]

DEFAULT: Tiers = (
    Tier(Decimal(10_000), False, (StepRule(("cto",), Rule.ANY, 48),)),
    Tier(
        Decimal(50_000),
        True,
        (StepRule(("cto",), Rule.ANY, 48), StepRule(("finance",), Rule.ANY, 72)),
    ),
    Tier(
        None,
        False,
        (
            StepRule(("cto",), Rule.ANY, 48),
            StepRule(("finance",), Rule.ANY, 72),
            StepRule(("board",), Rule.MAJORITY, 120),
        ),
    ),
)


def tier_number(tiers: Tiers, amount: Decimal) -> int:
    """The place (from 1) of the tier that holds `amount`."""
    for number, tier in enumerate(tiers, 1):
        if tier.up_to is None or amount < tier.up_to:
            return number
        if tier.up_to_inclusive and amount == tier.up_to:
            return number
    raise ValueError("The last tier of a policy has no end.")


def stages(steps: Iterable[StepRule]) -> list[int]:
    """The stage (from 1) of each step: parallel steps share that of the step before."""
    found: list[int] = []
    for step in steps:
        found.append(1 if not found else found[-1] + (0 if step.parallel else 1))
    return found


def to_json(tiers: Tiers, currency: str) -> list[dict[str, Any]]:
    """The tiers as they are stored and as the API shows them; amounts are decimal strings."""
    return [
        {
            "up_to": None if tier.up_to is None else money.plain(tier.up_to, currency),
            "up_to_inclusive": tier.up_to_inclusive,
            "steps": [{**asdict(step), "roles": list(step.roles)} for step in tier.steps],
        }
        for tier in tiers
    ]


def from_json(rows: list[dict[str, Any]]) -> Tiers:
    """Stored tiers, which were checked when they came in."""
    return tuple(
        Tier(
            None if row["up_to"] is None else Decimal(row["up_to"]),
            row["up_to_inclusive"],
            tuple(
                StepRule(tuple(step["roles"]), step["rule"], step["hours"], step["parallel"])
                for step in row["steps"]
            ),
        )
        for row in rows
    )


def problems(
    tiers: Tiers, *, currency: str, held: frozenset[str], starts: list[Decimal | None] | None = None
) -> dict[str, str]:
    """What is wrong, by dotted field: no tier, gaps, overlaps, no final tier, a role nobody holds.

    `held` are the roles that an active member holds. `starts` are the amounts at which a writer
    says that each tier begins (None: not said); they must be where the tier before it ends.
    """
    errors: dict[str, str] = {}
    if not 1 <= len(tiers) <= MOST_TIERS:
        return {"tiers": f"Give 1 to {MOST_TIERS} tiers, the last without an upper limit."}
    below = Decimal(0)
    for index, tier in enumerate(tiers):
        start = starts[index] if starts else None
        if start is not None and start != below:
            kind = "overlaps the tier below it" if start < below else "leaves a gap below it"
            errors[f"tiers.{index}.from"] = (
                f"Tier {index + 1} {kind}: it must begin at {money.plain(below, currency)}."
            )
        if problem := _end_problem(tiers, index, below, currency):
            errors[f"tiers.{index}.up_to"] = problem
        below = tier.up_to if tier.up_to is not None else below
        errors |= _step_problems(index, tier, held)
    return errors


def _end_problem(tiers: Tiers, index: int, below: Decimal, currency: str) -> str:
    """What is wrong with where a tier ends."""
    end, is_last = tiers[index].up_to, index == len(tiers) - 1
    if end is None:
        if is_last:
            return ""
        return "Only the last tier has no upper limit. Tiers after it would never be reached."
    if is_last:
        return "The last tier needs no upper limit (null): larger amounts would have no approver."
    if problem := money.amount_problem(end, currency):
        return problem
    if end <= below:
        return (
            f"Tier {index + 1} overlaps the one below it: its limit must be above "
            f"{money.plain(below, currency)}."
        )
    return ""


def _step_problems(index: int, tier: Tier, held: frozenset[str]) -> dict[str, str]:
    """What is wrong with a tier's steps."""
    if not 1 <= len(tier.steps) <= MOST_STEPS:
        return {f"tiers.{index}.steps": f"Give 1 to {MOST_STEPS} steps: someone must approve."}
    errors = {}
    for place, step in enumerate(tier.steps):
        field = f"tiers.{index}.steps.{place}"
        if not step.roles:
            errors[f"{field}.roles"] = "Name at least one role."
        elif len(set(step.roles)) != len(step.roles):
            errors[f"{field}.roles"] = "Name each role once."
        elif nobody := [role for role in step.roles if role not in held]:
            errors[f"{field}.roles"] = (
                f"Nobody holds the role {role_name(nobody[0])}. Give it to a member first, "
                "or choose another role."
            )
        elif Role.OBSERVER.value in step.roles:
            errors[f"{field}.roles"] = "An observer changes nothing. Choose another role."
        if not 1 <= step.hours <= MOST_HOURS:
            errors[f"{field}.hours"] = f"Give 1 to {MOST_HOURS} hours to respond."
    return errors


def warnings(tiers: Tiers) -> list[str]:
    """What is allowed and probably not meant."""
    said = [
        f"Tier {number} has {len(tier.steps)} steps. Chains over {LONG_CHAIN} take weeks."
        for number, tier in enumerate(tiers, 1)
        if len(tier.steps) > LONG_CHAIN
    ]
    for number, (lower, upper) in enumerate(itertools.pairwise(tiers), 2):
        if len(upper.steps) < len(lower.steps):
            said.append(f"Tier {number} has fewer steps than tier {number - 1}, for more money.")
    return said


def role_name(role: str) -> str:
    """The role as pages write it."""
    return ROLE_NAMES[Role(role)]


def range_in_words(tiers: Tiers, number: int, currency: str) -> str:
    """`under $10,000.00`, `$10,000.00 to $50,000.00`, `over $50,000.00`, or `any amount`."""
    tier = tiers[number - 1]
    below = tiers[number - 2] if number > 1 else None
    start = "" if below is None or below.up_to is None else money.in_words(below.up_to, currency)
    end = "" if tier.up_to is None else money.in_words(tier.up_to, currency)
    above = f"over {start}" if below is not None and below.up_to_inclusive else f"{start} or more"
    if not start and not end:
        return "any amount"
    if not end:
        return above
    if not start:
        return f"up to {end}" if tier.up_to_inclusive else f"under {end}"
    if below is not None and below.up_to_inclusive:
        return f"{above} and up to {end}" if tier.up_to_inclusive else f"{above} and under {end}"
    return f"{start} to {end}" if tier.up_to_inclusive else f"{start} to under {end}"


def steps_in_words(steps: Iterable[StepRule]) -> str:
    """`CTO, then Finance, then Board (majority)`."""
    text = ""
    for step in steps:
        roles = " or ".join(role_name(role) for role in step.roles)
        how = {"any": "", "majority": " (majority)", "all": " (all)"}[step.rule]
        text += f"{' and at once ' if step.parallel else ', then '}{roles}{how}"
    return text.removeprefix(", then ").removeprefix(" and at once ")


def changes_in_words(before: Tiers, after: Tiers, currency: str) -> list[str]:
    """What a new version changes, tier by tier, one line each; empty where nothing does."""
    lines = []
    for number in range(1, max(len(before), len(after)) + 1):
        old = before[number - 1] if number <= len(before) else None
        new = after[number - 1] if number <= len(after) else None
        if old is None:
            lines.append(f"Tier {number} added: {_tier_words(after, number, currency)}")
        elif new is None:
            lines.append(f"Tier {number} removed: {_tier_words(before, number, currency)}")
        else:
            lines += _tier_changes(before, after, number, currency)
    return lines


def _tier_words(tiers: Tiers, number: int, currency: str) -> str:
    steps = steps_in_words(tiers[number - 1].steps)
    return f"{range_in_words(tiers, number, currency)}: {steps}"


def _tier_changes(before: Tiers, after: Tiers, number: int, currency: str) -> list[str]:
    old, new = before[number - 1], after[number - 1]
    lines = []
    ranges = [range_in_words(tiers, number, currency) for tiers in (before, after)]
    if ranges[0] != ranges[1]:
        lines.append(f"Tier {number}: from {ranges[0]} to {ranges[1]}")
    steps = [steps_in_words(tier.steps) for tier in (old, new)]
    if steps[0] != steps[1]:
        lines.append(f"Tier {number}: from {steps[0]} to {steps[1]}")
    else:
        lines += [
            f"Tier {number}, step {place}: from {was.hours} to {now.hours} hours"
            for place, (was, now) in enumerate(zip(old.steps, new.steps, strict=True), 1)
            if was.hours != now.hours
        ]
    return lines
