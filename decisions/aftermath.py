"""After the approval: what was ordered and paid of it, and what it was good for, for the page."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from decisions.benefit import benefit_of
from decisions.models import Invoice, SpendRequest
from decisions.pages import whole
from kpis.figures import Figure
from kpis.wording import Wording, wording

BOUGHT = (SpendRequest.Status.ORDERED, SpendRequest.Status.CLOSED)


@dataclass(frozen=True)
class Bought:
    """What was approved against what was paid, in the company's currency."""

    approved: Decimal
    excepted: Decimal
    paid: Decimal
    open: Decimal
    currency: str
    invoices: tuple[Invoice, ...]

    @property
    def difference(self) -> Decimal:
        """Paid less approved: below zero where it cost less."""
        return self.paid - self.approved

    @property
    def percent(self) -> Decimal:
        whole_of_it = max(self.approved, self.paid)
        return 100 * self.paid / whole_of_it if whole_of_it else Decimal(0)

    def words(self, amount: Decimal) -> str:
        return whole(amount, self.currency)


@dataclass(frozen=True)
class BenefitShown:
    """The linked key figure's months before the order and since, as they are written."""

    name: str
    key: str
    since: dt.date | None
    before: str
    after: str
    change: str
    is_better: bool | None
    months: tuple[tuple[dt.date, str, str], ...]  # month, value, "before" or "since"


def bought(request: SpendRequest) -> Bought | None:
    """Orders and invoices; None before it is ordered. One query."""
    if request.status not in BOUGHT:
        return None
    rows = Invoice.objects.with_people().filter(request=request).order_by("invoiced_on", "id")
    return Bought(
        request.commitment_amount or Decimal(0),
        request.excepted_amount,
        request.paid_amount,
        request.open_commitment,
        request.home_currency,
        tuple(rows),
    )


def look_state(request: SpendRequest, today: dt.date) -> tuple[str, str]:
    """How far the planned look at the benefit is: a state's shape and its word."""
    day = request.benefit_review_on
    if request.benefit_reviewed_at is not None:
        return "good", "Reviewed"
    if day is None or day > today:
        return "none", "Planned"
    return ("wait", "Due today") if day == today else ("bad", "Late")


def benefit_shown(request: SpendRequest) -> BenefitShown | None:
    """The figure of the planned review, from its rollups; None without one. Two queries."""
    if request.benefit_kpi is None or request.benefit_review_on is None:
        return None
    found = benefit_of(request)
    kpi = request.benefit_kpi
    figures = [*found.before, *found.after]
    values = [figure.value for figure in figures if figure.value is not None]
    words = wording(
        unit=kpi.unit,
        direction=kpi.direction,
        factor=kpi.display_factor,
        currency=request.home_currency,
        values=tuple(values),
    )
    better = None
    if found.change and kpi.direction in ("higher", "lower"):
        better = (found.change > 0) == (kpi.direction == "higher")
    return BenefitShown(
        kpi.name,
        kpi.key,
        found.since,
        words.text(found.before_value),
        words.text(found.after_value),
        words.change(found.change) if found.change is not None else "",
        better,
        (*_months(found.before, words, "before"), *_months(found.after, words, "since")),
    )


def _months(
    figures: tuple[Figure, ...], words: Wording, side: str
) -> tuple[tuple[dt.date, str, str], ...]:
    return tuple((figure.period_start, words.text(figure.value), side) for figure in figures)
