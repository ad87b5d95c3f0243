"""What spend's pages show beside the request itself: costs by year, budget effect, lists."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.utils import timezone

from decisions import money, route, tiers
from decisions.commitment import MONTHS, OPEN_ENDED_MONTHS, commitment_of
from decisions.ladder import Ladder, ladder_of
from decisions.models import Budget, SpendRequest
from decisions.routing import Roster
from decisions.simulate import simulate
from tenants.errors import Invalid
from tenants.models import Member

ZERO = Decimal(0)
MOST_YEARS = 4
STATES = {
    "draft": "none",
    "submitted": "wait",
    "changes_requested": "warn",
    "approved": "good",
    "rejected": "bad",
    "withdrawn": "none",
    "expired": "bad",
    "ordered": "good",
    "closed": "none",
}


@dataclass(frozen=True)
class CostYear:
    """One year's part of the commitment, in the request's own currency."""

    name: str
    once: Decimal
    recurring: Decimal
    options: Decimal

    @property
    def total(self) -> Decimal:
        return self.once + self.recurring + self.options


@dataclass(frozen=True)
class BudgetEffect:
    """What is left of the line when this request, and all that wait on it, are approved.

    `ours` is what the request itself takes: what waits, or what it has committed and paid.
    """

    line: Budget
    spoken_for: Decimal
    ours: Decimal
    others_waiting: Decimal

    @property
    def left(self) -> Decimal:
        return self.line.allocated - self.spoken_for - self.ours - self.others_waiting

    def words(self, amount: Decimal) -> str:
        """In whole units, as figures are shown."""
        return whole(amount.quantize(Decimal(1)), self.line.currency)

    def percent(self, amount: Decimal) -> Decimal:
        everything = max(self.line.allocated, self.spoken_for + self.ours + self.others_waiting)
        return 100 * amount / everything if everything else ZERO


@dataclass(frozen=True)
class Row:
    """A request in a list: what it is, how far it is, who has it, since when, until when."""

    request: SpendRequest
    amount: str
    headline: str
    state: str
    people: str
    since: dt.datetime | None
    due_at: dt.datetime | None
    is_late: bool
    is_mine: bool


def list_rows(requests: Iterable[SpendRequest], *, member: Member, roster: Roster) -> list[Row]:
    """The lines of a list; the requests come with people and steps, the roster once."""
    return [_row(request, member, roster) for request in requests]


def _row(request: SpendRequest, member: Member, roster: Roster) -> Row:
    ladder = ladder_of(request, roster)
    waiting = route.waiting_rows(ladder)
    dues = [row.due_at for row in waiting if row.due_at]
    sinces = [row.since for row in waiting if row.since]
    due_at = min(dues, default=None)
    is_mine = ladder.waits_for(member.pk)
    return Row(
        request=request,
        amount=amount_short(request),
        headline=route.headline(ladder),
        state=STATES[request.status],
        people=", ".join(
            dict.fromkeys(row.name for row in waiting if row.member != member.pk or not is_mine)
        ),
        since=min(sinces, default=None),
        due_at=due_at,
        is_late=due_at is not None and due_at < timezone.now(),
        is_mine=is_mine,
    )


def amount_short(request: SpendRequest) -> str:
    """The commitment as a list shows it: cents only where there are some."""
    if request.commitment_amount is not None:
        return whole(request.commitment_amount, request.home_currency)
    return whole(commitment_of(request), request.currency)


def whole(amount: Decimal, currency: str) -> str:
    """`$38,500`, and `$9,999.99` where the cents say something; a true minus."""
    text = money.in_words(abs(amount), currency)
    if amount == amount.to_integral_value() and "." in text:
        text = text.partition(".")[0]
    return f"\N{MINUS SIGN}{text}" if amount < 0 else text


def cost_years(request: SpendRequest) -> list[CostYear]:
    """The commitment by years of its term; what lies beyond the fourth year stands in the last."""
    months = request.term_months or OPEN_ENDED_MONTHS
    step = MONTHS[request.recurring_interval]
    years = min(-(-months // 12), MOST_YEARS)
    payments = [0] * years
    for paid_at in range(0, months, step):
        payments[min(paid_at // 12, years - 1)] += 1
    found = []
    for number, count in enumerate(payments, 1):
        rest = number == MOST_YEARS and months > 12 * MOST_YEARS
        found.append(
            CostYear(
                name=f"Year {number} and after" if rest else f"Year {number}",
                once=request.one_off_amount if number == 1 else ZERO,
                recurring=request.recurring_amount * count,
                options=request.options_amount if number == 1 else ZERO,
            )
        )
    return found


def budget_effect(request: SpendRequest) -> BudgetEffect | None:
    """Of the request's budget line, None without one; one query."""
    line: Budget | None = request.budget_line
    if line is None:
        return None
    waits = request.status in ("submitted", "changes_requested")
    own = (request.commitment_amount or ZERO) if waits else ZERO
    if request.status == "draft" and request.currency == line.currency:
        own = commitment_of(request)
    committed = request.open_commitment + request.paid_amount
    others = (
        SpendRequest.objects.in_flight()
        .filter(budget_line=line)
        .exclude(pk=request.pk)
        .aggregate(sum=Sum("commitment_amount", filter=Q(commitment_amount__isnull=False)))["sum"]
    )
    return BudgetEffect(
        line=line,
        spoken_for=line.committed + line.actual - committed,
        ours=own + committed,
        others_waiting=others or ZERO,
    )


def stands_in_for(ladder: Ladder, member: Member) -> list[Any]:
    """Ids of those whose word is awaited and for whom `member` may speak."""
    return [
        person.id
        for state in ladder.open
        for person in state.waiting
        if any(each.deputy == member.pk for each in state.stand_ins(person.id))
    ]


def estimate(request: SpendRequest) -> dict[str, Any] | None:
    """Who would approve a draft as it stands, or the problem; None while it says no amount."""
    amount = commitment_of(request)
    if amount <= 0:
        return None
    try:
        found = simulate(
            amount=amount,
            currency=request.currency,
            requester=request.requester,
            vendor=request.vendor,
            kind=request.kind,
        )
    except Invalid as refused:
        return {"problem": refused.message, "steps": (), "reasons": (), "tier": ""}
    range_words = tiers.range_in_words(found.policy.rules, found.tier, found.currency)
    return {
        "problem": "" if found.can_be_approved else "Nobody could approve this.",
        "steps": found.steps,
        "reasons": found.reasons,
        "tier": f"Tier {found.tier}, {range_words}",
    }
