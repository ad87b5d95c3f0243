"""What a request commits the company to, and what counts together with it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q

from decisions import money, tiers
from decisions.models import ExchangeRate, SpendRequest
from decisions.states import COUNTED

OPEN_ENDED_MONTHS = 12
MONTHS = {"month": 1, "quarter": 3, "year": 12}
RATE_MAX_AGE_DAYS = 31
FIRST_YEAR = 2000  # of rates, invoices and budgets


def total_commitment(
    *,
    one_off: Decimal,
    recurring: Decimal,
    interval: str,
    term_months: int | None,
    options: Decimal,
) -> Decimal:
    """One-off + recurring × the payments of the term + options, before tax.

    An open-ended term counts 12 months. A payment that the term only begins is owed in full:
    13 months of quarterly payments are five.
    """
    months = OPEN_ENDED_MONTHS if term_months is None else term_months
    payments = -(-months // MONTHS[interval])
    return one_off + recurring * payments + options


def commitment_of(request: SpendRequest) -> Decimal:
    """The total commitment in the request's own currency."""
    return total_commitment(
        one_off=request.one_off_amount,
        recurring=request.recurring_amount,
        interval=request.recurring_interval,
        term_months=request.term_months,
        options=request.options_amount,
    )


def rate_for(currency: str, home: str, day: dt.date) -> tuple[Decimal, dt.date] | None:
    """The rate into the tenant's currency and its date: of `day`, or the newest of the 31 days
    before. None where there is none: it is asked for, never guessed."""
    if currency == home:
        return Decimal(1), day
    if day.year < FIRST_YEAR:
        return None
    found = ExchangeRate.objects.known_on(currency, day, within_days=RATE_MAX_AGE_DAYS).first()
    return None if found is None else (found.rate, found.on)


def no_rate_message(currency: str, home: str, day: dt.date) -> str:
    """What is asked for where a rate is missing."""
    return (
        f"There is no rate from {currency} to {home} of {day:%Y-%m-%d} or the "
        f"{RATE_MAX_AGE_DAYS} days before. Finance or an admin can record one."
    )


@dataclass(frozen=True)
class Counted:
    """An earlier request that counts together with this one, and why."""

    id: UUID
    reference: str
    title: str
    amount: Decimal
    same: tuple[str, ...]  # requester, vendor

    def to_json(self, currency: str) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "reference": self.reference,
            "title": self.title,
            "commitment_amount": money.plain(self.amount, currency),
            "currency": currency,
            "same": list(self.same),
        }


def counted_together(
    *,
    requester_id: UUID,
    vendor_key: str,
    at: dt.datetime,
    days: int,
    until: dt.datetime | None = None,
    without: UUID | None = None,
) -> list[Counted]:
    """Requests of the same requester or for the same vendor, submitted less than `days` days
    before `at` and neither rejected, withdrawn nor expired; the oldest first.

    With `until` also those submitted after `at` and by then, less than `days` days after it.
    """
    apart = dt.timedelta(days=days)
    rows = SpendRequest.objects.filter(
        Q(requester=requester_id) | Q(vendor_key=vendor_key),
        status__in=COUNTED,
        submitted_at__gt=at - apart,
        submitted_at__lte=until or at,
    )
    if until is not None and until > at:
        rows = rows.filter(submitted_at__lt=at + apart)
    return [
        Counted(
            row.pk,
            row.reference,
            row.title,
            row.commitment_amount,
            tuple(
                word
                for word, is_same in (
                    ("requester", row.requester_id == requester_id),
                    ("vendor", row.vendor_key == vendor_key),
                )
                if is_same
            ),
        )
        for row in rows.exclude(pk=without).order_by("submitted_at", "id")
    ]


def tier_reason(
    rules: tiers.Tiers,
    *,
    own: Decimal,
    counted: Decimal,
    others: Iterable[Counted],
    currency: str,
    days: int,
) -> str:
    """Why this tier, in words, with what counted together and whether that raised it."""
    alone, together = tiers.tier_number(rules, own), tiers.tier_number(rules, counted)
    words = tiers.range_in_words(rules, together, currency)
    others = list(others)
    if not others:
        return f"{money.in_words(own, currency)} is in tier {together}, {words}."
    listed = ", ".join(
        f"{each.reference} ({money.in_words(each.amount, currency)}, {_same(each)})"
        for each in others
    )
    start = f"{money.in_words(own, currency)} counts together with {listed}, within {days} days: "
    total = money.in_words(counted, currency)
    if together == alone:
        return f"{start}{total} is still in tier {together}, {words}."
    return f"{start}{total} raises it from tier {alone} to tier {together}, {words}."


def _same(each: Counted) -> str:
    return "same " + " and ".join(each.same)
