"""When a step is decided. Pure: counts in, outcome out."""

from enum import StrEnum

from decisions.tiers import Rule


class Vote(StrEnum):
    """What a person says. Recused: a conflict of interest, they leave the count."""

    FOR = "for"
    AGAINST = "against"
    ABSTAIN = "abstain"
    RECUSED = "recused"


class Outcome(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"


def needed(rule: str, eligible: int) -> int:
    """How many must be for it: one, more than half of all who count, or each of them.

    `eligible` leaves out the requester and who is recused; an abstention stays in it, so it weighs
    like a vote against where a majority is asked.
    """
    if rule == Rule.ANY:
        return 1
    return eligible // 2 + 1 if rule == Rule.MAJORITY else max(eligible, 1)


def outcome(rule: str, *, eligible: int, for_: int, against: int, abstained: int) -> Outcome:
    """What the votes so far say.

    any: the first word decides. majority: approved at more than half of all, rejected as soon as
    that cannot be reached any more. all: approved when each is for, rejected by one against.
    """
    if eligible <= 0:
        return Outcome.OPEN
    if rule != Rule.MAJORITY and against:
        return Outcome.REJECTED
    if for_ >= needed(rule, eligible):
        return Outcome.APPROVED
    if eligible - against - abstained < needed(rule, eligible):
        return Outcome.REJECTED
    return Outcome.OPEN
