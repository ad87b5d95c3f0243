"""What budget lines say: shares of a line for its chart, sums, the requests and invoices behind."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from decisions.models import Budget, Invoice, SpendRequest
from decisions.pages import STATES, whole

ZERO = Decimal(0)


@dataclass(frozen=True)
class LineFigures:
    """A line's amounts, in its currency: allocated = actual + committed + waiting + left."""

    line: Budget
    allocated: Decimal
    committed: Decimal
    actual: Decimal
    waiting: Decimal

    @property
    def left(self) -> Decimal:
        """What is left when all that waits is approved; below zero where it is too much."""
        return self.allocated - self.committed - self.actual - self.waiting

    @property
    def bars(self) -> list[tuple[Decimal, str]]:
        """Shares for the meter, in percent of the line or of all that is asked of it."""
        whole_line = max(self.allocated, self.committed + self.actual + self.waiting)
        if not whole_line:
            return []
        shares = ((self.actual, "b-good"), (self.committed, "b-used"), (self.waiting, "b-wait"))
        return [(100 * amount / whole_line, kind) for amount, kind in shares]

    def words(self, amount: Decimal) -> str:
        """In whole units: a column of figures has one precision; invoices keep their cents."""
        return whole(amount.quantize(Decimal(1)), self.line.currency)

    @property
    def sentence(self) -> str:
        """The chart in words."""
        return (
            f"{self.line.name}: paid {self.words(self.actual)}, committed "
            f"{self.words(self.committed)}, waiting {self.words(self.waiting)}, of "
            f"{self.words(self.allocated)} allocated"
        )


@dataclass(frozen=True)
class Bought:
    """A request of a line: approved against paid against what it was good for."""

    request: SpendRequest
    state: str
    approved: Decimal
    paid: Decimal

    @property
    def asked(self) -> Decimal:
        """What it would take from the line, while it waits."""
        waits = self.request.status in ("submitted", "changes_requested")
        return (self.request.commitment_amount or ZERO) if waits else ZERO

    @property
    def benefit(self) -> str:
        """What was found, else what is expected, else nothing."""
        return str(self.request.benefit_note or self.request.benefit_expected)


def figures_of(line: Any) -> LineFigures:
    """Of a line that was read with what waits on it."""
    return LineFigures(line, line.allocated, line.committed, line.actual, line.waiting_amount)


def sums_of(rows: Iterable[LineFigures], currency: str) -> LineFigures:
    """All lines together, as if they were one of that name."""
    found = list(rows)
    return LineFigures(
        Budget(name="All lines", currency=currency),
        *(
            sum((getattr(row, name) for row in found), ZERO)
            for name in ("allocated", "committed", "actual", "waiting")
        ),
    )


def lines_of(day: dt.date | None) -> list[LineFigures]:
    """The lines whose period holds `day`, or all where None; one query."""
    rows = Budget.objects.with_waiting().select_related("owner__user")
    return [figures_of(row) for row in (rows.open_on(day) if day else rows)]


def bought_with(line: Budget) -> list[Bought]:
    """The requests on a line that were sent, the newest first; one query."""
    rows = SpendRequest.objects.filter(budget_line=line).exclude(status="draft").with_people()
    return [
        Bought(
            row,
            STATES[row.status],
            (row.commitment_amount or ZERO)
            if row.status in ("approved", "ordered", "closed")
            else ZERO,
            row.paid_amount,
        )
        for row in rows.order_by("-id")
    ]


def invoices_of(line: Budget) -> list[Invoice]:
    """The invoices paid from a line, the newest first; one query."""
    rows = Invoice.objects.with_people().select_related("request")
    return list(rows.filter(request__budget_line=line).order_by("-invoiced_on", "-id"))
