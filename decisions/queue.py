"""The approver's queue: each request with what is needed to decide, on one screen."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from decisions import criteria, pages
from decisions.budget_figures import LineFigures, figures_of
from decisions.ladder import Ladder, ladder_of
from decisions.models import Budget, SpendDecision, SpendRequest
from decisions.quorum import Vote
from decisions.route import waiting_rows
from decisions.routing import Roster
from decisions.tiers import Rule
from tenants.models import Member

BOUGHT_STATES = ("approved", "ordered", "closed")
FIRST = ("roi", "integration", "maintenance", "security")


@dataclass(frozen=True)
class Queued:
    """A request that waits for the reader: `kind` is approve, vote, ratify or look (at its
    benefit).

    `instead_of` names those in whose place the reader would speak; `line` is its budget line with
    all that waits on it.
    """

    request: SpendRequest
    kind: str
    amount: str
    due_at: dt.datetime | None
    since: dt.datetime | None
    is_late: bool
    instead_of: tuple[str, ...]
    said: tuple[SpendDecision, ...]
    judged: tuple[tuple[str, int], ...]
    line: LineFigures | None

    @property
    def left(self) -> Decimal:
        """What its budget line has left when all that waits is approved."""
        return self.line.left if self.line is not None else Decimal(0)


def queue_of(requests: Iterable[SpendRequest], *, member: Member, roster: Roster) -> list[Queued]:
    """The queue, soonest due first; the requests come with people and steps. One query."""
    rows = list(requests)
    wanted = {row.budget_line_id for row in rows} - {None}
    lines = {
        line.pk: figures_of(line) for line in Budget.objects.with_waiting().filter(pk__in=wanted)
    }
    found = [
        _queued(row, ladder_of(row, roster), member, lines.get(row.budget_line_id)) for row in rows
    ]
    return sorted(found, key=lambda row: (row.due_at is None, row.due_at))


def _queued(
    request: SpendRequest, ladder: Ladder, member: Member, line: LineFigures | None
) -> Queued:
    mine = [row for row in waiting_rows(ladder) if _speaks(row.member, row.stand_ins, member)]
    own = any(row.member == member.pk for row in mine)
    is_look = request.status in BOUGHT_STATES and request.requester_id == member.pk
    is_ratify = not mine and not is_look and request.is_bypass_open
    due_at = min((row.due_at for row in mine if row.due_at), default=None)
    is_vote = any(
        state.can_decide(member.pk) and state.step.rule == Rule.MAJORITY for state in ladder.open
    )
    due_at = request.ratify_due_at if is_ratify else due_at
    if is_look and request.benefit_review_on is not None:
        due_at = end_of(request.benefit_review_on, request.tenant.zone)
    scored = request.criteria or {}
    return Queued(
        request=request,
        kind="look" if is_look else "ratify" if is_ratify else "vote" if is_vote else "approve",
        amount=pages.amount_short(request),
        due_at=due_at,
        since=request.bypassed_at
        if is_ratify
        else min((row.since for row in mine if row.since), default=None),
        is_late=due_at is not None and due_at < timezone.now(),
        instead_of=() if own else tuple(row.name for row in mine),
        said=tuple(d for d in ladder.decisions if not d.carried and d.vote != Vote.RECUSED),
        judged=tuple(
            (criteria.LABELS[name], scored[name]["score"]) for name in FIRST if name in scored
        ),
        line=line,
    )


def end_of(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """The last instant of a day, as people write it: 23:59."""
    return dt.datetime.combine(day, dt.time(23, 59), tzinfo=zone)


def _speaks(person: object, stand_ins: Iterable[tuple[object, str]], member: Member) -> bool:
    return person == member.pk or any(deputy == member.pk for deputy, _name in stand_ins)
