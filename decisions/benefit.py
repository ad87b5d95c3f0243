"""What a request was good for: its key figure before it was ordered and since."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from decisions.models import SpendRequest
from kpis.figures import Figure, series
from kpis.models import Kpi

MONTHS = 3  # of each side that are compared
PERIOD = "month"


@dataclass(frozen=True)
class Benefit:
    """The months that are compared, from rollups alone, and what was approved and paid."""

    kpi: Kpi | None
    since: dt.date | None
    before: tuple[Figure, ...]
    after: tuple[Figure, ...]

    @property
    def before_value(self) -> Decimal | None:
        """The mean of the months before; None without any."""
        return _mean(self.before)

    @property
    def after_value(self) -> Decimal | None:
        """The mean of the months since; None without any."""
        return _mean(self.after)

    @property
    def change(self) -> Decimal | None:
        """Since less before, in the figure's own unit; None where one side is missing."""
        before, after = self.before_value, self.after_value
        return None if before is None or after is None else after - before


def benefit_of(request: SpendRequest) -> Benefit:
    """The figure's last three whole months before the order (or the approval) and those since.

    The month in which it was ordered belongs to neither side. At most two queries.
    """
    kpi = request.benefit_kpi
    at = request.ordered_at or request.decided_at
    if kpi is None or at is None:
        return Benefit(kpi, None, (), ())
    since = at.astimezone(request.tenant.zone).date()
    month = since.replace(day=1)
    before = series(kpi=kpi, period=PERIOD, last=month - dt.timedelta(days=1), points=MONTHS)
    after = series(kpi=kpi, period=PERIOD, first=month)
    return Benefit(
        kpi,
        since,
        tuple(before),
        tuple(figure for figure in after if figure.period_start > since),
    )


def _mean(figures: tuple[Figure, ...]) -> Decimal | None:
    values = [figure.value for figure in figures if figure.value is not None]
    return sum(values, Decimal(0)) / len(values) if values else None
