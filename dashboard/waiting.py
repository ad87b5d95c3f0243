"""What waits for a member in one company, from all chapters, ranked."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils import timezone

from decisions.figures import SpendFigures, ToDecide, ToFollow, spend_figures
from engagements import figures as engagement_figures
from engagements.away import covered_now
from engagements.models import Engagement
from engagements.waiting import WaitingItem, asked_of
from reviews import figures as review_figures
from reviews.figures import Letters
from tenants.models import Member
from tenants.ui import formats


def waiting_of(
    member: Member, *, letters: Letters, writes: Engagement | None, spend: SpendFigures | None
) -> list[WaitingItem]:
    """What waits for `member` and, of those they cover for, what goes on; the soonest due first.

    One query: letters and spend are there already. `writes` is the engagement they report on.
    """
    covers = covered_now(member)
    return sorted(
        [
            *letters.waiting_for(member, writes=writes, covers=covers),
            *asked_of(member, covers),
            *(_to_decide(each, member) for each in (spend.to_decide if spend else ())),
            *(_to_follow(each, member) for each in (spend.to_follow if spend else ())),
        ],
        key=lambda item: item.sort_key,
    )


def all_waiting_of(member: Member) -> list[WaitingItem]:
    """The same, read anew; a fixed number of queries."""
    spend = None
    if member.can("spend.view"):
        spend = spend_figures(tenant=member.tenant, member=member)
    return waiting_of(
        member,
        letters=review_figures.letters(),
        writes=writes_for(member, engagement_figures.engagements()),
        spend=spend,
    )


def writes_for(member: Member, engagements: Iterable[Engagement]) -> Engagement | None:
    """The running engagement whose weekly updates are the member's to write."""
    running = (e for e in engagements if e.status == Engagement.Status.ACTIVE)
    return next((e for e in running if e.cto_id == member.pk), None)


def _to_decide(found: ToDecide, member: Member) -> WaitingItem:
    """A spend request that waits for `member`: what to do, how much, who asks, until when."""
    request, company, now = found.request, member.tenant, timezone.now()
    due_on = found.due_at.astimezone(company.zone).date() if found.due_at else None
    is_late = found.due_at is not None and found.due_at < now
    due = f" Due {formats.near(found.due_at)}." if found.due_at else ""
    if is_late:
        due = " Late."
    votes = f" {found.voted}." if found.voted else ""
    return WaitingItem(
        kind="spend",
        icon="spend",
        title=f"{'Vote on' if found.is_vote else 'Approve'} {request.title}, {found.amount}",
        detail=f"{found.tier}, asked by {request.requester.name}.{votes}{due}",
        action="Review and vote" if found.is_vote else "Review and approve",
        href=reverse("spend_detail", args=[company.slug, request.pk]),
        due_on=due_on,
        is_late=is_late,
        for_name=found.for_name,
    )


def _to_follow(found: ToFollow, member: Member) -> WaitingItem:
    """What follows an approval: an emergency to ratify, or a benefit to look at."""
    request, company = found.request, member.tenant
    page = reverse("spend_detail", args=[company.slug, request.pk])
    due = " Late." if found.is_late else f" Due {formats.near_day(found.due_on, company.today)}."
    if found.is_ratify and request.bypassed_by is not None:
        title, action = f"Ratify {request.title}, {found.amount}", "Review and ratify"
        detail = f"{request.bypassed_by.name} bypassed the approval: {request.bypass_reason}"
    else:
        title, action = f"Was it worth it? {request.title}, {found.amount}", "Look at its benefit"
        detail, page = f"Expected: {request.benefit_expected or 'not said'}.", f"{page}#benefit"
    return WaitingItem(
        kind="spend",
        icon="spend",
        title=title,
        detail=f"{detail.rstrip('.')}.{due}",
        action=action,
        href=page,
        due_on=found.due_on,
        is_late=found.is_late,
    )
