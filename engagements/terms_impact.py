"""What a change of terms comes to in hours and money, by days, before it is agreed."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from dateutil.relativedelta import relativedelta

from engagements.models import AgreedTerms, Engagement
from engagements.retainer import ONE_DAY, last_day, next_month

CENT = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class Impact:
    """Hours and fee without and with the change, from its date to `until`, both included.

    A month counts by its days: each day bears its part of the month's hours and fee, as the
    retainer grants hours. Minutes and cents are rounded once, half up.
    """

    since: dt.date
    until: dt.date
    to_the_end: bool
    """Whether `until` is the engagement's end; else it is twelve months from the date on."""
    before: AgreedTerms | None
    minutes_before: int
    minutes_after: int
    fee_before: Decimal
    fee_after: Decimal

    @property
    def minutes_change(self) -> int:
        return self.minutes_after - self.minutes_before

    @property
    def fee_change(self) -> Decimal:
        return self.fee_after - self.fee_before


def impact_of(
    change: AgreedTerms, *, engagement: Engagement, versions: Sequence[AgreedTerms]
) -> Impact:
    """Compare what was agreed so far (`versions`) with the same and `change` among it."""
    since = change.effective_on
    until = engagement.ends_on or since + relativedelta(years=1) - ONE_DAY
    agreed = sorted((v for v in versions if v.effective_on != since), key=lambda v: v.effective_on)
    with_it = sorted([*agreed, change], key=lambda v: v.effective_on)
    minutes_before, fee_before = _sums(agreed, since, until)
    minutes_after, fee_after = _sums(with_it, since, until)
    return Impact(
        since=since,
        until=max(since, until),
        to_the_end=engagement.ends_on is not None,
        before=next((v for v in reversed(agreed) if v.effective_on < since), None),
        minutes_before=minutes_before,
        minutes_after=minutes_after,
        fee_before=fee_before,
        fee_after=fee_after,
    )


def _sums(versions: Sequence[AgreedTerms], since: dt.date, until: dt.date) -> tuple[int, Decimal]:
    """Minutes and fee of the days between the two dates, both included."""
    minutes, fee = Fraction(0), Fraction(0)
    for place, version in enumerate(versions):
        last = versions[place + 1].effective_on - ONE_DAY if place + 1 < len(versions) else until
        months = _months(max(since, version.effective_on), min(until, last))
        minutes += months * version.minutes_per_month
        fee += months * Fraction(version.monthly_fee)
    cents = Decimal(_half_up(fee * 100)) / 100
    return _half_up(minutes), cents.quantize(CENT, rounding=ROUND_HALF_UP)


def _months(first: dt.date, last: dt.date) -> Fraction:
    """How many months these days are, each day as its part of its own month."""
    total = Fraction(0)
    while first <= last:
        end = min(last, last_day(first))
        total += Fraction((end - first).days + 1, last_day(first).day)
        first = next_month(first)
    return total


def _half_up(value: Fraction) -> int:
    return int(value + Fraction(1, 2))
