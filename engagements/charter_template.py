"""What a first charter starts with: eight clauses that most engagements can agree on as they are.

The texts name no numbers that the live fields beside them hold, so that the two cannot differ.
"""

from typing import Any

from engagements.boundaries import DEFAULT_DECISIONS, DEFAULT_PATH, DEFAULT_RESPONSE_TIMES
from engagements.models import Clause

DEFAULT_CLAUSES: dict[str, str] = {
    Clause.ARCHITECTURE.value: (
        "The CTO decides on architecture, technical standards and the way software is built, and "
        "writes each decision of weight down where everybody can read it. Engineers are heard "
        "before. What cannot be undone within a quarter, or changes what customers get, is "
        "recommended by the CTO and decided by an executive."
    ),
    Clause.VENDORS.value: (
        "The CTO chooses tools and vendors for engineering. Two alternatives are compared in "
        "writing, with cost, exit and security. Contracts longer than a year, and vendors that "
        "hold customers’ data, need an executive."
    ),
    Clause.RESOURCES.value: (
        "The CTO proposes who works on what for the next quarter. An executive confirms it. Within "
        "a quarter the CTO may move people between technical tasks; moving them away from what was "
        "promised to customers is asked first. Line management stays with the company."
    ),
    Clause.BUDGETS.value: (
        "Spending follows the company’s approval tiers, whatever else this charter says. The CTO "
        "does not approve their own requests and signs no contracts in the company’s name."
    ),
    Clause.RESPONSE.value: (
        "An answer says what happens next, it need not be the solution. Urgent is what stops "
        "customers, loses data or puts people at risk. Outside working hours only the urgent "
        "channel reaches the CTO."
    ),
    Clause.CHANNELS.value: (
        "Questions and news go to the channel named below, so that others can read and help. "
        "Decisions are never made in chat alone: they are written down here. E-mail is for people "
        "outside the company."
    ),
    Clause.ESCALATION.value: (
        "Who gets no answer in time asks the next on the path below, with what happened, what it "
        "costs to wait and what they need. Nobody is blamed for escalating."
    ),
    Clause.COVERAGE.value: (
        "Planned absences are announced two weeks ahead. Whoever covers has access to what is "
        "needed, knows what is open, and decides what cannot wait; everything else waits for the "
        "CTO."
    ),
}
DEFAULT_STEPS: list[dict[str, Any]] = [{"role": role.value} for role in DEFAULT_PATH]


def default_response_times() -> dict[str, dict[str, Any]]:
    """The default response times as they are stored."""
    return {
        urgency: {"amount": time.amount, "counted": time.counted.value}
        for urgency, time in DEFAULT_RESPONSE_TIMES.items()
    }


def default_decisions() -> dict[str, dict[str, str]]:
    """Who decides by default, as it is stored."""
    return {
        kind: {"rule": decider.rule.value, "limit": decider.limit.value}
        for kind, decider in DEFAULT_DECISIONS.items()
    }
