"""What a figure means against its target: one rule for cards, pages, API and weekly updates."""

from decimal import Decimal

from kpis.models import Direction, Status


def status_of(
    *,
    value: Decimal | None,
    n: int,
    target: Decimal | None,
    at_risk_value: Decimal | None,
    direction: str,
    is_stale: bool = False,
) -> Status:
    """The status of one period's figure.

    No data comes first, then stale (nothing came for longer than expected), then no target, which
    is never green. Reaching the target is on track. From there to `at_risk_value`, that value
    included, is at risk; beyond it, or without a band, off track. For `target` figures the
    distance to the target counts, whichever side.
    """
    if value is None or n == 0:
        return Status.NO_DATA
    if is_stale:
        return Status.STALE
    if target is None:
        return Status.NO_TARGET
    miss = _miss(value, target, direction)
    if miss <= 0:
        return Status.ON_TRACK
    if at_risk_value is not None and miss <= _miss(at_risk_value, target, direction):
        return Status.AT_RISK
    return Status.OFF_TRACK


def _miss(value: Decimal, target: Decimal, direction: str) -> Decimal:
    """How far `value` is on the wrong side of the target; zero or less where it is reached."""
    if direction == Direction.HIGHER:
        return target - value
    if direction == Direction.LOWER:
        return value - target
    return abs(value - target)
