"""What changed between two versions of a charter, clause by clause and word by word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from engagements.boundaries import Boundaries, boundaries_in
from engagements.models import Charter, Clause, DecisionKind, Urgency

SAME, ADDED, REMOVED = "same", "added", "removed"
_WORDS = re.compile(r"\s+|[^\s]+")
_NOTHING = "nothing"


@dataclass(frozen=True)
class Part:
    """A run of words that stayed, came or went."""

    op: str
    text: str


@dataclass(frozen=True)
class ClauseDiff:
    """One clause before and after."""

    clause: str
    name: str
    before: str
    after: str
    parts: tuple[Part, ...]

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class FactDiff:
    """A live clause that differs, in words."""

    clause: str
    name: str
    before: str
    after: str


@dataclass(frozen=True)
class CharterDiff:
    """From one version to another; the older one may be missing."""

    before: Charter | None
    after: Charter
    clauses: tuple[ClauseDiff, ...]
    facts: tuple[FactDiff, ...]

    @property
    def changed(self) -> tuple[ClauseDiff, ...]:
        return tuple(clause for clause in self.clauses if clause.is_changed)

    @property
    def is_empty(self) -> bool:
        return not self.changed and not self.facts


def charter_diff(before: Charter | None, after: Charter) -> CharterDiff:
    """Compare two versions with their live clauses; two queries for the escalation paths."""
    clauses = tuple(
        ClauseDiff(
            clause=clause.value,
            name=str(clause.label),
            before=before.text_of(clause) if before else "",
            after=after.text_of(clause),
            parts=words_diff(before.text_of(clause) if before else "", after.text_of(clause)),
        )
        for clause in Clause
    )
    facts = _facts_diff(boundaries_in(before) if before else None, boundaries_in(after))
    return CharterDiff(before, after, clauses, facts)


def words_diff(before: str, after: str) -> tuple[Part, ...]:
    """The runs of words from `before` to `after`.

    What stayed and came, joined, is `after`; what stayed and went is `before`. A gap alone between
    two changes is part of them, so that a sentence written anew reads as one.
    """
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    parts: list[Part] = []
    gone = come = ""
    for op, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        went, came = "".join(old[a:b]), "".join(new[c:d])
        if op != "equal" or ((gone or come) and not went.strip()):
            gone, come = gone + went, come + came
            continue
        parts += [*_changed(gone, come), Part(SAME, went)]
        gone = come = ""
    return (*parts, *_changed(gone, come))


def _changed(gone: str, come: str) -> list[Part]:
    return [Part(op, text) for op, text in ((REMOVED, gone), (ADDED, come)) if text]


def facts_of(found: Boundaries) -> list[tuple[str, str, str]]:
    """The live clauses in words: (clause, what, how it is)."""
    decisions = [
        (Clause.ARCHITECTURE, DecisionKind.ARCHITECTURE),
        (Clause.ARCHITECTURE, DecisionKind.SECURITY),
        (Clause.ARCHITECTURE, DecisionKind.FEATURE),
        (Clause.VENDORS, DecisionKind.VENDOR),
        (Clause.RESOURCES, DecisionKind.RESOURCES),
        (Clause.RESOURCES, DecisionKind.HIRING),
        (Clause.BUDGETS, DecisionKind.BUDGET),
    ]
    rows: list[tuple[str, str, str]] = [
        (clause.value, str(kind.label), found.decider_of(kind).words) for clause, kind in decisions
    ]
    rows += [
        (Clause.RESPONSE.value, str(urgency.label), found.response_time(urgency).words)
        for urgency in Urgency
    ]
    rows += [
        (Clause.CHANNELS.value, "Questions and news", found.normal_channel),
        (Clause.CHANNELS.value, "Urgent matters", found.urgent_channel),
        (Clause.ESCALATION.value, "Path", " → ".join(s.name for s in found.escalation_path)),
        (Clause.COVERAGE.value, "A deputy is needed", deputy_words(found.deputy_from_days)),
    ]
    return rows


def deputy_words(days: int | None) -> str:
    """`from 5 days away on`, `never`."""
    if days is None:
        return "never"
    return "for each day away" if days == 1 else f"from {days} days away on"


def _facts_diff(before: Boundaries | None, after: Boundaries) -> tuple[FactDiff, ...]:
    new: Sequence[tuple[str, str, str]] = facts_of(after)
    old: dict[Any, str] = {(c, n): text for c, n, text in facts_of(before)} if before else {}
    return tuple(
        FactDiff(clause, name, old.get((clause, name), "") or _NOTHING, text or _NOTHING)
        for clause, name, text in new
        if (old.get((clause, name), "") or _NOTHING) != (text or _NOTHING)
    )
