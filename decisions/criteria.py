"""What a request is judged by, scored and argued."""

from typing import Any

NEEDED = ("roi", "integration", "maintenance", "security")
FURTHER = ("business_impact", "total_cost_of_ownership", "team_expertise", "timeline", "risk")
ALL = NEEDED + FURTHER
LABELS = {
    "roi": "Return on investment",
    "integration": "Integration",
    "maintenance": "Maintenance",
    "security": "Security",
    "business_impact": "Business impact",
    "total_cost_of_ownership": "Total cost of ownership",
    "team_expertise": "Team expertise",
    "timeline": "Timeline",
    "risk": "Risk",
}
MOST_NOTE = 2_000


def problems(criteria: Any) -> dict[str, str]:
    """What is wrong, by dotted field: unknown criteria, scores other than 1 to 5, no words."""
    if not isinstance(criteria, dict):
        return {"criteria": "Give an object with a score and a note for each criterion."}
    errors = {}
    for name, value in criteria.items():
        if name not in ALL:
            errors[f"criteria.{name}"] = f"Use {', '.join(ALL)}."
        elif not isinstance(value, dict) or set(value) - {"score", "note"}:
            errors[f"criteria.{name}"] = "Give a score from 1 to 5 and a note."
        else:
            errors |= _one(name, value)
    return errors


def _one(name: str, value: dict[str, Any]) -> dict[str, str]:
    score, note = value.get("score"), value.get("note", "")
    if isinstance(score, bool) or not isinstance(score, int) or not 1 <= score <= 5:
        return {f"criteria.{name}.score": "Score it from 1 (worst) to 5 (best)."}
    if not isinstance(note, str) or len(note) > MOST_NOTE:
        return {f"criteria.{name}.note": f"Argue it in up to {MOST_NOTE:,} characters."}
    return {}


def missing(criteria: dict[str, Any]) -> list[str]:
    """The needed criteria that are not scored yet."""
    return [name for name in NEEDED if name not in criteria]
