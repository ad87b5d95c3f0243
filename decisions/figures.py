"""What dashboards show of spend: what is approved of the budgets, what waits at whom."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from decisions import money, tiers
from decisions.budget_figures import LineFigures, lines_of, sums_of
from decisions.ladder import Ladder, ladder_of
from decisions.models import SpendRequest
from decisions.pages import amount_short
from decisions.roster import load_roster
from decisions.route import waiting_rows
from decisions.tiers import Rule
from tenants.models import Member, Tenant
from tenants.permissions import Role

ZERO = Decimal(0)


@dataclass(frozen=True)
class TierWaiting:
    """What waits under the same steps: how many requests, and what they commit to together."""

    steps: str
    count: int
    amount: Decimal


@dataclass(frozen=True)
class ToDecide:
    """A request that waits for the reader's word."""

    request: SpendRequest
    amount: str
    tier: str
    is_vote: bool
    voted: str
    due_at: dt.datetime | None


@dataclass(frozen=True)
class SpendFigures:
    """The lines of today together, in the company's currency, and what waits.

    `waiting` is the sum of all that was sent and is undecided, with a budget line or without.
    """

    lines: int
    total: LineFigures
    waiting: Decimal
    by_tier: tuple[TierWaiting, ...]
    open_count: int
    to_decide: tuple[ToDecide, ...]
    currency: str

    @property
    def approved(self) -> Decimal:
        """Committed and paid."""
        return self.total.committed + self.total.actual

    @property
    def left(self) -> Decimal:
        """Left of the allocated when all that waits is approved; below zero if too much."""
        return self.total.allocated - self.approved - self.waiting

    def words(self, amount: Decimal) -> str:
        """The amount in whole units."""
        text = money.in_words(abs(amount).quantize(Decimal(1)), self.currency).partition(".")[0]
        return f"\N{MINUS SIGN}{text}" if amount < 0 else text

    @property
    def bars(self) -> list[tuple[Decimal, str]]:
        """Shares for the meter, in percent."""
        everything = max(self.total.allocated, self.approved + self.waiting)
        if not everything:
            return []
        shares = ((self.approved, "b-used"), (self.waiting, "b-wait"))
        return [(100 * amount / everything, kind) for amount, kind in shares]


def spend_figures(*, tenant: Tenant, member: Member) -> SpendFigures:
    """The figures and what waits for `member`: two queries, eight where something waits."""
    rows = [r for r in lines_of(tenant.today) if r.line.currency == tenant.currency]
    requests = list(SpendRequest.objects.in_flight().with_people().with_steps().order_by("id"))
    sent = [r for r in requests if r.status == SpendRequest.Status.SUBMITTED]
    roster = load_roster() if sent and member.can("spend.decide") else None
    ladders = [ladder_of(request, roster) for request in sent] if roster else []
    return SpendFigures(
        lines=len(rows),
        total=sums_of(rows, tenant.currency),
        waiting=sum((_home(r, tenant) for r in sent), ZERO),
        by_tier=_by_tier(sent, tenant),
        open_count=len(requests),
        to_decide=tuple(_to_decide(x) for x in ladders if x.waits_for(member.pk)),
        currency=tenant.currency,
    )


def _home(request: SpendRequest, tenant: Tenant) -> Decimal:
    """The commitment where it is in today's currency of the company."""
    return request.commitment_amount or ZERO if request.home_currency == tenant.currency else ZERO


def _by_tier(sent: list[SpendRequest], tenant: Tenant) -> tuple[TierWaiting, ...]:
    """What waits, by the steps that it needs; the largest tiers first."""
    found: dict[tuple[int, str], list[Decimal]] = {}
    for request in sent:
        if request.policy is None or request.tier is None:
            continue
        words = tiers.steps_in_words(request.policy.rules[request.tier - 1].steps)
        found.setdefault((request.tier, words), []).append(_home(request, tenant))
    return tuple(
        TierWaiting(words, len(amounts), sum(amounts, ZERO))
        for (_, words), amounts in sorted(found.items(), reverse=True)
    )


def _to_decide(ladder: Ladder) -> ToDecide:
    request, current = ladder.request, ladder.current
    is_vote = current is not None and current.step.rule == Rule.MAJORITY
    dues = [row.due_at for row in waiting_rows(ladder) if row.due_at]
    said = len(current.said) if current else 0
    votes = f"{said} of {current.eligible} votes in" if current and is_vote else ""
    return ToDecide(
        request=request,
        amount=amount_short(request),
        tier=_tier_words(ladder),
        is_vote=is_vote,
        voted=votes,
        due_at=min(dues, default=None),
    )


def _tier_words(ladder: Ladder) -> str:
    current = ladder.current
    roles = [Role(role) for role in current.asked.roles] if current else []
    return f"{' or '.join(tiers.role_name(role) for role in roles)} tier"
