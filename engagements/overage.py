"""Hours above the agreed ones: what of them is approved, and what that costs."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from engagements.models import Engagement, OverageApproval
from engagements.retainer import Retainer, first_day
from tenants.currencies import decimals_of

NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class OverageLine:
    """The minutes that one approval covers, and what they cost; `is_capped` when its cap held."""

    approval: OverageApproval
    minutes: int
    amount: Decimal
    is_capped: bool


@dataclass(frozen=True)
class Overage:
    """A month's minutes above the agreed ones: over = approved + unapproved."""

    over_minutes: int
    approved_limit_minutes: int
    """What the client approved in all, used or not, and did not revoke."""
    lines: list[OverageLine]

    @property
    def approved_minutes(self) -> int:
        """Of the minutes above, those that approvals cover."""
        return sum(line.minutes for line in self.lines)

    @property
    def unapproved_minutes(self) -> int:
        """Recorded, shown to both sides, and not charged while nobody approves them."""
        return self.over_minutes - self.approved_minutes

    @property
    def amount(self) -> Decimal:
        """What the approved minutes cost."""
        return sum((line.amount for line in self.lines), NOTHING)


def overage_of(over_minutes: int, approvals: Sequence[OverageApproval]) -> Overage:
    """Cover the minutes by approvals, in the order in which they were approved.

    An approval's minutes cost minutes ÷ 60 × its rate, rounded half up to the cent (of a
    currency without cents to its whole unit), and no more than its cap.
    """
    left, lines = over_minutes, []
    for approval in approvals:
        covered = min(left, approval.good_for_minutes)
        if covered <= 0:
            continue
        unit = Decimal(1).scaleb(-min(2, decimals_of(approval.currency)))
        amount = (approval.rate * covered / 60).quantize(unit, rounding=ROUND_HALF_UP)
        cap = approval.amount_cap
        is_capped = cap is not None and amount > cap
        charged = min(amount, cap) if cap is not None else amount
        lines.append(OverageLine(approval, covered, charged, is_capped))
        left -= covered
    return Overage(over_minutes, sum(a.good_for_minutes for a in approvals), lines)


def approvals_by_month(engagement: Engagement) -> dict[dt.date, list[OverageApproval]]:
    """The engagement's approvals under the first of their month; one query."""
    return by_month(OverageApproval.objects.filter(engagement=engagement).approved())


def by_month(approvals: Iterable[OverageApproval]) -> dict[dt.date, list[OverageApproval]]:
    """Approvals under the first of their month, in the order given."""
    found: dict[dt.date, list[OverageApproval]] = {}
    for approval in approvals:
        found.setdefault(approval.month, []).append(approval)
    return found


def month_overage(engagement: Engagement, retainer: Retainer) -> Overage:
    """The overage of one month; one query."""
    approvals = OverageApproval.objects.filter(
        engagement=engagement, month=first_day(retainer.month)
    ).approved()
    return overage_of(retainer.over_minutes, list(approvals))
