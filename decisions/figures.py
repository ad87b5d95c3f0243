"""What dashboards show of spend: what is approved of the budgets, what waits at whom."""

import datetime as dt
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from decisions import money, tiers
from decisions.ladder import Ladder, ladder_of
from decisions.models import SpendRequest
from decisions.pages import amount_short
from decisions.roster import load_roster
from decisions.rounds import requests_with_rounds
from decisions.route import waiting_rows
from decisions.tiers import Rule
from decisions.waiting_count import Decidable, decidable, following, may_follow
from tenants.isolation import Prepared
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
    for_name: str = ""  # for whom the reader stands in, where they are not asked themselves


@dataclass(frozen=True)
class ToFollow:
    """What follows an approval and waits for the reader: an emergency to ratify, or the benefit of
    a request of theirs to look at."""

    request: SpendRequest
    amount: str
    is_ratify: bool
    due_on: dt.date | None
    is_late: bool


@dataclass(frozen=True)
class SpendFigures:
    """The lines of today together, in the company's currency, and what waits.

    `approved` is committed and paid; `waiting` is the sum of all that was sent and is undecided,
    with a budget line or without. `to_decide` are the soonest due of what waits for the reader's
    word; `more` others do too, of which `more_late` are late.
    """

    lines: int
    allocated: Decimal
    approved: Decimal
    waiting: Decimal
    by_tier: tuple[TierWaiting, ...]
    open_count: int
    to_decide: tuple[ToDecide, ...]
    more: int
    more_late: int
    to_follow: tuple[ToFollow, ...]
    currency: str

    @property
    def left(self) -> Decimal:
        """Left of the allocated when all that waits is approved; below zero if too much."""
        return self.allocated - self.approved - self.waiting

    def words(self, amount: Decimal) -> str:
        """The amount in whole units."""
        text = money.in_words(abs(amount).quantize(Decimal(1)), self.currency).partition(".")[0]
        return f"\N{MINUS SIGN}{text}" if amount < 0 else text

    @property
    def bars(self) -> list[tuple[Decimal, str]]:
        """Shares for the meter, in percent."""
        everything = max(self.allocated, self.approved + self.waiting)
        if not everything:
            return []
        shares = ((self.approved, "b-used"), (self.waiting, "b-wait"))
        return [(100 * amount / everything, kind) for amount, kind in shares]


_FIGURES = Prepared(
    """
select '', count(*), coalesce(sum(allocated), 0), coalesce(sum(committed + actual), 0),
       null::int, null::jsonb
from decisions_budget
where tenant_id = %(tenant)s and currency = %(currency)s
  and starts_on <= %(today)s and ends_on >= %(today)s
union all
select r.status, count(*),
       coalesce(sum(r.commitment_amount) filter (where r.home_currency = %(currency)s), 0), 0,
       r.tier, p.tiers -> (r.tier - 1)
from decisions_spendrequest r
left join decisions_approvalpolicy p on p.tenant_id = r.tenant_id and p.id = r.policy_id
where r.tenant_id = %(tenant)s and r.status in ('submitted', 'changes_requested')
group by 1, 5, 6
""",
    **{"tenant": "uuid", "currency": "text", "today": "date"},
)


def spend_figures(*, tenant: Tenant, member: Member, most: int | None = None) -> SpendFigures:
    """The figures and what waits for `member`, up to `most` of it: one query, three where something
    does, one more where something of theirs follows an approval, two more where the facts were not
    read with the member.

    Commitments count where they are in today's currency of the company.
    """
    facts: dict[str, Any] = {
        "tenant": tenant.pk,
        "currency": tenant.currency,
        "today": tenant.today,
    }
    lines, *requests = sorted(_FIGURES.rows(facts), key=lambda row: row[0])
    sent = [row for row in requests if row[0] == SpendRequest.Status.SUBMITTED]
    found = decidable(member) if sent else []
    shown, rest = found[:most], found[len(found) if most is None else most :]
    now = timezone.now()
    return SpendFigures(
        lines=lines[1],
        allocated=lines[2],
        approved=lines[3],
        waiting=sum((row[2] for row in sent), ZERO),
        by_tier=_by_tier(sent),
        open_count=sum(row[1] for row in requests),
        to_decide=_for(member, shown) if shown else (),
        more=len(rest),
        more_late=sum(each.due_at < now for each in rest),
        to_follow=_to_follow(member) if may_follow(member) else (),
        currency=tenant.currency,
    )


def _by_tier(sent: list[tuple[Any, ...]]) -> tuple[TierWaiting, ...]:
    """What waits, by the steps that it needs; the largest tiers first."""
    found: dict[tuple[int, str], TierWaiting] = {}
    for _status, count, amount, _, tier, rule in sent:
        if rule is None:
            continue
        rule = json.loads(rule) if isinstance(rule, str) else rule
        words = tiers.steps_in_words(tiers.from_json([rule])[0].steps)
        before = found.get((tier, words), TierWaiting(words, 0, ZERO))
        found[tier, words] = TierWaiting(words, before.count + count, before.amount + amount)
    return tuple(found[key] for key in sorted(found, reverse=True))


def _for(member: Member, found: list[Decidable]) -> tuple[ToDecide, ...]:
    """What waits for this member's word, in the order given; two queries."""
    ids = [each.request_id for each in found]
    roster, rows = load_roster(), requests_with_rounds(ids)
    here = (rows[pk] for pk in ids if pk in rows)
    ladders = (ladder_of(r, roster, steps=now.steps, decisions=now.decisions) for r, now in here)
    return tuple(_to_decide(ladder, member) for ladder in ladders if ladder.waits_for(member.pk))


def _to_follow(member: Member) -> tuple[ToFollow, ...]:
    """What follows an approval and is this member's to do; one query."""
    mine = following(member)
    rows = SpendRequest.objects.with_people().filter(mine).order_by("id") if mine else ()
    return tuple(_followed(row, member) for row in rows)


def _followed(request: SpendRequest, member: Member) -> ToFollow:
    company = request.tenant
    if request.is_bypass_open and request.requester_id != member.pk and request.ratify_due_at:
        due = request.ratify_due_at
        day, is_late = due.astimezone(company.zone).date(), due <= timezone.now()
        return ToFollow(request, amount_short(request), True, day, is_late)
    review_on = request.benefit_review_on
    is_late = review_on is not None and review_on < company.today
    return ToFollow(request, amount_short(request), False, review_on, is_late)


def _to_decide(ladder: Ladder, member: Member) -> ToDecide:
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
        for_name=_stands_in_for(ladder, member),
    )


def _stands_in_for(ladder: Ladder, member: Member) -> str:
    """For whom the member can decide, where nobody asks the member themselves."""
    rows = waiting_rows(ladder)
    if any(row.member == member.pk for row in rows):
        return ""
    for row in rows:
        if any(deputy == member.pk for deputy, _name in row.stand_ins):
            return row.name
    return ""


def _tier_words(ladder: Ladder) -> str:
    current = ladder.current
    roles = [Role(role) for role in current.asked.roles] if current else []
    return f"{' or '.join(tiers.role_name(role) for role in roles)} tier"
