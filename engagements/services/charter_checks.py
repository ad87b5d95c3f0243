"""What a charter's fields may hold; each check raises Invalid, or answers errors by field."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from engagements.boundaries import LONGEST_RESPONSE, ResponseTime, response_times_in
from engagements.models import (
    CLAUSE_LENGTH,
    Charter,
    Clause,
    CommunicationTool,
    Counting,
    DecisionKind,
    DecisionRule,
    EscalationStep,
    MoneyLimit,
    Urgency,
)
from tenants.errors import Invalid
from tenants.models import Member
from tenants.permissions import Role

LONGEST_PATH = 8


def check_clauses(given: Mapping[str, Any]) -> dict[str, str]:
    """Texts by clause, without blanks around them; raises Invalid for a ninth clause."""
    errors, found = {}, {}
    for clause, text in given.items():
        if clause not in Clause.values:
            raise Invalid({"clauses": _unknown("clause", clause, Clause.values)})
        if not isinstance(text, str):
            errors[f"clauses.{clause}"] = "Give a text."
        elif len(text.strip()) > CLAUSE_LENGTH:
            errors[f"clauses.{clause}"] = f"Keep it to {CLAUSE_LENGTH} characters."
        else:
            found[clause] = text.strip().replace("\r\n", "\n")
    if errors:
        raise Invalid(errors)
    return found


def check_response_times(given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Amounts by urgency; raises Invalid unless each is whole, positive and of a known counting."""
    errors, found = {}, {}
    for urgency, said in given.items():
        if urgency not in Urgency.values:
            raise Invalid({"response_times": _unknown("urgency", urgency, Urgency.values)})
        amount, counted = said.get("amount"), said.get("counted")
        field = f"response_times.{urgency}"
        if counted not in Counting.values:
            errors[field] = f"Count it in {', '.join(Counting.values)}."
        elif not _is_whole(amount) or not 1 <= amount <= LONGEST_RESPONSE[Counting(counted)]:
            longest = LONGEST_RESPONSE[Counting(counted)]
            errors[field] = f"Give a whole number from 1 to {longest}."
        else:
            found[urgency] = {"amount": amount, "counted": str(counted)}
    if errors:
        raise Invalid(errors)
    return found


def check_decisions(given: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Rule and limit by kind of decision; raises Invalid for what is none."""
    errors, found = {}, {}
    for kind, said in given.items():
        if kind not in DecisionKind.values:
            raise Invalid({"decisions": _unknown("kind of decision", kind, DecisionKind.values)})
        rule, limit = said.get("rule"), said.get("limit") or MoneyLimit.NONE
        if rule not in DecisionRule.values:
            errors[f"decisions.{kind}"] = f"Choose a rule: {', '.join(DecisionRule.values)}."
        elif limit not in MoneyLimit.values:
            errors[f"decisions.{kind}"] = f"Choose a limit: {', '.join(MoneyLimit.values)}."
        else:
            found[kind] = {"rule": str(rule), "limit": str(limit)}
    if errors:
        raise Invalid(errors)
    return found


def check_steps(steps: Sequence[Mapping[str, Any]], *, kept: Collection[Any] = ()) -> None:
    """Raise Invalid unless the path names roles or active members, each once.

    `kept` are members who stood there before: somebody who left since does not block a change.
    """
    problem, seen = "", set()
    if len(steps) > LONGEST_PATH:
        problem = f"Keep the path to {LONGEST_PATH} steps."
    for step in steps:
        role, member = step.get("role") or "", step.get("member")
        if bool(role) == (member is not None):
            problem = problem or "Each step is a role or a person."
        elif role and role not in {each.value for each in Role}:
            problem = problem or _unknown("role", role, [each.value for each in Role])
        elif member and member.status != Member.Status.ACTIVE and member not in kept:
            problem = problem or f"{member.name} is no active member. Choose somebody else."
        key = (role, member.pk if member else None)
        if key in seen:
            problem = problem or "Somebody stands on the path twice. Keep them once."
        seen.add(key)
    if problem:
        raise Invalid({"escalation_path": problem})


def check_channels(charter: Charter) -> dict[str, str]:
    """What is wrong with the channels of a draft: a tool that was given up reaches nobody."""
    return {
        field: f"{tool.platform} was given up. Choose another channel."
        for field in ("normal_channel", "urgent_channel")
        if (tool := getattr(charter, field)) and tool.status == CommunicationTool.Status.RETIRED
    }


def missing_for_publication(charter: Charter, steps: Sequence[EscalationStep]) -> dict[str, str]:
    """What a version still lacks before it can be in force, by field."""
    errors = {
        f"clauses.{clause.value}": f"“{clause.label}” is empty. Write what was agreed."
        for clause in Clause
        if not charter.text_of(clause)
    }
    if not steps:
        errors["escalation_path"] = "Name at least one step of the escalation path."
    gone = [s for s in steps if s.member and s.member.status != Member.Status.ACTIVE]
    if gone:
        errors["escalation_path"] = f"{gone[0]} is no active member any more. Name somebody else."
    errors |= _order_errors(response_times_in(charter.response_times))
    return errors


def _order_errors(times: Mapping[str, ResponseTime]) -> dict[str, str]:
    """What is more urgent is not answered later, where both are counted alike."""
    errors = {}
    for sooner, later in (("urgent", "normal"), ("normal", "low")):
        first, second = times[sooner], times[later]
        if first.is_working_time == second.is_working_time and first.hours > second.hours:
            errors[f"response_times.{sooner}"] = (
                f"{Urgency(sooner).label} matters would wait longer ({first.words}) than "
                f"those of the next level ({second.words}). Give less."
            )
    return errors


def _is_whole(amount: Any) -> bool:
    return isinstance(amount, int) and not isinstance(amount, bool)


def _unknown(noun: str, given: object, known: Sequence[str]) -> str:
    return f"There is no {noun} {str(given)[:60]!r}. Choose from {', '.join(known)}."
