"""The impact of an initiative: four scores, weighted, and said in words.

Each of the four scores is a whole number from 1 to 5. Business value counts as it is. Resource
demand, timeline and risk count the other way round, as 6 − score, so that more demand, a longer
timeline or a higher risk never raises the impact. With weights in whole percent that add up to
100:

    score = (value × w1 + (6 − demand) × w2 + (6 − timeline) × w3 + (6 − risk) × w4) ÷ 100

The score lies between 1 and 5 and has two decimals, always exactly: it is computed in hundredths,
as a whole number, and never as a float. `high` from `high_from` on, `medium` from `medium_from`
on, `low` below. At a boundary the higher level holds.

Without weights of a company's own, value counts 40% and the other three 20% each; high from 3.7,
medium from 2.5.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol, TypeVar

LOWEST, HIGHEST = 1, 5
HIGH, MEDIUM, LOW = "high", "medium", "low"
LEVELS = (HIGH, MEDIUM, LOW)
DIMENSIONS = ("business_value", "resource_demand", "timeline", "risk")
DIMENSION_NAMES = {
    "business_value": "Business value",
    "resource_demand": "Resource demand",
    "timeline": "Timeline",
    "risk": "Risk",
}
_HUNDREDTH = Decimal("0.01")


class Scores(Protocol):
    """Anything with the four scores."""

    business_value: int
    resource_demand: int
    timeline: int
    risk: int


class WeightsLike(Scores, Protocol):
    """Four weights in whole percent, and from which score on a level holds."""

    high_from: Decimal
    medium_from: Decimal


@dataclass
class Weights:
    """Weights that no company wrote down: the ones that hold until it does."""

    business_value: int = 40
    resource_demand: int = 20
    timeline: int = 20
    risk: int = 20
    high_from: Decimal = Decimal("3.7")
    medium_from: Decimal = Decimal("2.5")


@dataclass(frozen=True)
class Part:
    """What one score adds: `counted` is the score itself, or 6 − score."""

    name: str
    score: int
    counted: int
    weight: int

    @property
    def adds(self) -> Decimal:
        """Its share of the whole, exactly."""
        return Decimal(self.counted * self.weight) * _HUNDREDTH


@dataclass(frozen=True)
class Rating:
    """A score with its level and its reasons."""

    hundredths: int
    impact: str
    parts: tuple[Part, ...]
    high_from: Decimal
    medium_from: Decimal

    @property
    def score(self) -> Decimal:
        """From 1.00 to 5.00."""
        return Decimal(self.hundredths) * _HUNDREDTH

    @property
    def sentence(self) -> str:
        """The reasons as people read them: each score with its weight, the sum, the level."""
        value, *others = self.parts
        told = [
            f"{value.name} {value.score} × {value.weight}%",
            *(f"{p.name.lower()} {p.score} (counts as {p.counted}) × {p.weight}%" for p in others),
        ]
        return f"{', '.join(told)}, so {short(self.score)} of 5: {self._reason}."

    @property
    def _reason(self) -> str:
        if self.impact == HIGH:
            return f"high from {short(self.high_from)}"
        if self.impact == MEDIUM:
            return f"medium from {short(self.medium_from)}, high from {short(self.high_from)}"
        return f"low below {short(self.medium_from)}"


def rate(scores: Scores, weights: WeightsLike) -> Rating:
    """The rating of four scores under weights, by the formula above."""
    parts = tuple(
        Part(
            DIMENSION_NAMES[name],
            getattr(scores, name),
            counted(name, getattr(scores, name)),
            getattr(weights, name),
        )
        for name in DIMENSIONS
    )
    hundredths = sum(part.counted * part.weight for part in parts)
    return Rating(
        hundredths, level(hundredths, weights), parts, weights.high_from, weights.medium_from
    )


def counted(dimension: str, score: int) -> int:
    """How a score counts: business value as it is, the other three as 6 − score."""
    return score if dimension == "business_value" else LOWEST + HIGHEST - score


def level(hundredths: int, weights: WeightsLike) -> str:
    """The level of a score in hundredths; at a boundary the higher one."""
    if hundredths >= in_hundredths(weights.high_from):
        return HIGH
    return MEDIUM if hundredths >= in_hundredths(weights.medium_from) else LOW


def in_hundredths(score: Decimal) -> int:
    """A score with at most two decimals as a whole number."""
    return int(score * 100)


def effort(scores: Scores) -> Decimal:
    """What it takes, from 1 to 5: the mean of resource demand and timeline."""
    return Decimal(scores.resource_demand + scores.timeline) / 2


Row = TypeVar("Row")


def ranked(rows: Iterable[Row], weights: WeightsLike) -> list[tuple[Row, Rating]]:
    """The rows with their ratings, the highest score first; then by value, then by title."""
    rated: list[tuple[Any, Rating]] = [(row, rate(row, weights)) for row in rows]  # type: ignore[arg-type]
    return sorted(
        rated, key=lambda p: (-p[1].hundredths, -p[0].business_value, p[0].title.casefold())
    )


def short(score: Decimal) -> str:
    """A score without empty decimals: 3.7, 3.65, 4."""
    return f"{score.normalize():f}"
