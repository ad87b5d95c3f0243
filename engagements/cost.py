"""What the CTO costs against a full-time one, and what came of it.

- **Full time**: the company's own figure a year, in its own currency. A company that counts in USD
  and has none uses 257,971; any other has none until it enters one. Nothing is ever converted.
- **Less by** = (full time − fee of twelve months) ÷ full time, in percent to one decimal, half up.
  3,000 to 15,000 USD a month are 36,000 to 180,000 a year: 86.0 % to 30.2 % less than 257,971.
- **Fees** of a period: each day that the engagement ran costs the fee in force on it divided by the
  days of its month. The days of one version are added exactly, then rounded once to the cent, half
  up. Paused days and days before the start or after the end cost nothing.
- **ROI** = (verified savings − fees) ÷ fees over the same period, in percent to one decimal.
  Savings that nobody verified never count. Without fees there is no ROI.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from engagements.models import Engagement, FullTimeCost, Pause, Saving, Terms
from engagements.retainer import ONE_DAY, last_day, next_month
from tenants.errors import Invalid

USD_FULL_TIME = Decimal(257_971)
LOWEST_FEE, HIGHEST_FEE = Decimal(3_000), Decimal(15_000)
COMPARISON = (
    ("Pay", "A salary, with taxes, benefits and notice", "A contract: a fee a month, with notice"),
    ("Attention", "One company alone", "Several companies, and what they taught"),
    ("Work", "Daily operations and people", "Strategy, decisions and the team’s growth"),
    ("Size", "Fixed: one person, full time", "Scalable: hours and scope follow the need"),
)
"""What is compared, full time, fractional."""


@dataclass(frozen=True)
class FeeLine:
    """The fee of the days on which one version of the terms held in the period."""

    terms: Terms
    first: dt.date
    last: dt.date
    days: int
    amount: Decimal


@dataclass(frozen=True)
class Comparison:
    """Cost, savings and ROI of an engagement over a period."""

    engagement: Engagement
    first: dt.date
    last: dt.date
    currency: str
    full_time: Decimal | None
    full_time_source: str
    terms: Terms | None
    lines: Sequence[FeeLine]
    savings: Sequence[Saving]

    @property
    def fees(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def year_fee(self) -> Decimal | None:
        """Twelve months of the fee in force; None without terms."""
        return self.terms.monthly_fee * 12 if self.terms else None

    @property
    def less_percent(self) -> Decimal | None:
        """How much less than full time the fee in force is; below zero it is more."""
        if self.year_fee is None or self.full_time is None:
            return None
        return less_percent(self.year_fee, self.full_time)

    @property
    def verified(self) -> list[Saving]:
        return [s for s in self.savings if s.status == Saving.Status.VERIFIED]

    @property
    def waiting(self) -> list[Saving]:
        return [s for s in self.savings if s.status == Saving.Status.ENTERED]

    @property
    def rejected(self) -> list[Saving]:
        return [s for s in self.savings if s.status == Saving.Status.REJECTED]

    @property
    def verified_amount(self) -> Decimal:
        return sum((s.amount for s in self.verified), Decimal(0))

    @property
    def waiting_amount(self) -> Decimal:
        return sum((s.amount for s in self.waiting), Decimal(0))

    @property
    def roi_percent(self) -> Decimal | None:
        """None without fees."""
        return roi_percent(self.verified_amount, self.fees)


def less_percent(fee_a_year: Decimal, full_time: Decimal) -> Decimal:
    """How many percent less than full time a fee is, to one decimal, half up."""
    return _tenth(100 * (full_time - fee_a_year) / full_time)


def roi_percent(savings: Decimal, fees: Decimal) -> Decimal | None:
    """(savings − fees) ÷ fees in percent, to one decimal, half up; None without fees."""
    return _tenth(100 * (savings - fees) / fees) if fees else None


def comparison(
    engagement: Engagement, *, first: dt.date, last: dt.date, today: dt.date
) -> Comparison:
    """All of it for a period, both days included; a fixed number of queries.

    Raises Invalid for a period that ends before it begins.
    """
    if last < first:
        raise Invalid({"to": "The period ends before it begins. Choose a later day."})
    terms = list(Terms.objects.filter(engagement=engagement).order_by("effective_on"))
    pauses = list(Pause.objects.filter(engagement=engagement))
    amount, source = full_time_cost(engagement.tenant.currency)
    return Comparison(
        engagement=engagement,
        first=first,
        last=last,
        currency=engagement.tenant.currency,
        full_time=amount,
        full_time_source=source,
        terms=next((t for t in reversed(terms) if t.effective_on <= today), None),
        lines=fee_lines(engagement, terms, pauses, first, last),
        savings=list(
            Saving.objects.filter(engagement=engagement).with_people().between(first, last)
        ),
    )


def full_time_cost(currency: str) -> tuple[Decimal | None, str]:
    """The company's figure a year and its source; (None, "") where it has none; one query."""
    found: FullTimeCost | None = FullTimeCost.objects.filter(currency=currency).first()
    if found is not None:
        return found.amount, found.source
    if currency == "USD":
        return USD_FULL_TIME, "The figure that comes with Bowline, for the United States"
    return None, ""


def fee_lines(
    engagement: Engagement,
    terms: Sequence[Terms],
    pauses: Sequence[Pause],
    first: dt.date,
    last: dt.date,
) -> list[FeeLine]:
    """The fees between two days, a line for each version of the terms; `terms` oldest first."""
    lines = []
    for place, version in enumerate(terms):
        until = terms[place + 1].effective_on - ONE_DAY if place + 1 < len(terms) else last
        start = max(first, version.effective_on, engagement.starts_on)
        end = min(last, until, engagement.ends_on or last)
        if start > end:
            continue
        days, exact = _days_and_fee(version, pauses, start, end)
        if days:
            lines.append(FeeLine(version, start, end, days, _cents(exact)))
    return lines


def _days_and_fee(
    version: Terms, pauses: Sequence[Pause], start: dt.date, end: dt.date
) -> tuple[int, Fraction]:
    """How many days ran between two days, and what they cost, exactly; month by month."""
    days, exact, month = 0, Fraction(0), start.replace(day=1)
    while month <= end:
        length = last_day(month).day
        begin, close = max(month, start), min(last_day(month), end)
        ran = (close - begin).days + 1 - _paused(pauses, begin, close)
        days += ran
        exact += Fraction(version.monthly_fee) * ran / length
        month = next_month(month)
    return days, exact


def _paused(pauses: Sequence[Pause], begin: dt.date, close: dt.date) -> int:
    """Days between two days that lie in a pause, each once."""
    return sum(
        any(pause.covers(begin + dt.timedelta(days=n)) for pause in pauses)
        for n in range((close - begin).days + 1)
        if pauses
    )


def _cents(exact: Fraction) -> Decimal:
    """Rounded half up to the cent; never below zero."""
    hundredths = (2 * 100 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    return Decimal(hundredths).scaleb(-2)


def _tenth(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)
