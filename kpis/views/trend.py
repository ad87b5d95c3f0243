"""Where a figure goes if its trend holds: a straight line through the latest periods."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from statistics import linear_regression

from kpis.models import Direction

FEWEST_POINTS = 4
FARTHEST = 24  # periods ahead; a line says nothing beyond


@dataclass(frozen=True, slots=True)
class Forecast:
    """`periods`: how many periods after the latest one the target is reached, or lost.

    `kind` is `reaches`, `loses`, `stays`, `away`, `far` or `unknown` (too few values, no target).
    """

    kind: str
    periods: int = 0


def forecast(
    points: Sequence[tuple[int, Decimal]], *, latest: int, target: Decimal | None, direction: str
) -> Forecast:
    """The forecast from (place of the period, value) pairs; `latest` is the place counted from.

    Places are calendar periods, so that a gap does not bend the line.
    """
    if target is None or len(points) < FEWEST_POINTS:
        return Forecast("unknown")
    slope, intercept = linear_regression(
        [place for place, _ in points], [float(value) for _, value in points]
    )
    goal, value = float(target), float(points[-1][1])
    ahead = (goal - intercept) / slope - latest if slope else 0.0
    periods = max(ceil(ahead), 1)
    if _is_met(points[-1][1], target, direction):
        if not _leads_away(slope, direction) or periods > FARTHEST:
            return Forecast("stays")
        return Forecast("loses", periods)
    if (goal - value) * slope <= 0:
        return Forecast("away")
    return Forecast("reaches", periods) if periods <= FARTHEST else Forecast("far")


def _is_met(value: Decimal, target: Decimal, direction: str) -> bool:
    if direction == Direction.TARGET:
        return value == target
    return value >= target if direction == Direction.HIGHER else value <= target


def _leads_away(slope: float, direction: str) -> bool:
    """Whether a figure that is on target is on its way off it."""
    return {Direction.HIGHER: slope < 0, Direction.LOWER: slope > 0}.get(
        Direction(direction), False
    )
