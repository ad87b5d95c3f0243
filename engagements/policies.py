"""Who may change engagements, terms and time, and when."""

import datetime as dt

from engagements.models import (
    TRANSITIONS,
    Engagement,
    Notice,
    OverageApproval,
    Side,
    TermsProposal,
    TimeEntry,
    Timer,
    WeekLock,
)
from tenants.audit import Actor
from tenants.errors import Denied, Invalid, WrongState
from tenants.models import Member
from tenants.permissions import Role
from tenants.policies import check
from tenants.ui.formats import day_full

Status = Engagement.Status


def check_can_create_engagement(*, actor: Actor) -> None:
    """Admins and executives."""
    check(actor, "engagement.manage")


def check_can_change_engagement(*, actor: Actor, engagement: Engagement) -> None:
    """Admins and executives, until the engagement has ended."""
    check(actor, "engagement.manage")
    _check_not_ended(engagement)


def check_can_move_engagement(*, actor: Actor, engagement: Engagement, status: str) -> None:
    """Admins and executives, along proposed → active ⇄ paused → ended."""
    check(actor, "engagement.manage")
    if status not in TRANSITIONS[engagement.status]:
        now = engagement.get_status_display().lower()
        wanted = Status(status).label.lower()
        raise WrongState(f"The engagement is {now}: it cannot become {wanted}.")


def check_can_add_terms(*, actor: Actor, engagement: Engagement) -> None:
    """Admins and executives, until the engagement has ended."""
    check(actor, "terms.manage")
    _check_not_ended(engagement)


def sides_of(*, actor: Actor, engagement: Engagement) -> frozenset[str]:
    """For which sides a person can speak: the engagement's own CTO for the CTO's, admins and
    executives for the client's. Service keys and Bowline itself speak for none."""
    if not isinstance(actor, Member) or actor.status != Member.Status.ACTIVE:
        return frozenset()
    is_cto = actor.pk == engagement.cto_id and actor.has_role(Role.CTO)
    is_client = actor.can("terms.manage")
    return frozenset([Side.CTO.value] * is_cto + [Side.CLIENT.value] * is_client)


def side_spoken_for(
    *, actor: Actor, engagement: Engagement, side: str, taken: frozenset[str] = frozenset()
) -> str:
    """The side that `actor` speaks for: `side`, or the one they hold; raises Denied, Invalid.

    Who holds both says which one, unless the other is `taken`.
    """
    held = sides_of(actor=actor, engagement=engagement)
    if not held:
        raise Denied(
            f"{engagement.cto.name} speaks for the CTO’s side, admins and executives for "
            f"{engagement.tenant.name}’s."
        )
    if side and side not in Side.values:
        raise Invalid({"side": f"Choose one of {', '.join(Side.values)}."})
    if side and side not in held:
        raise Denied(f"You do not speak for the {'CTO' if side == Side.CTO else 'client'}.")
    free = held - taken if len(held - taken) else held
    if not side and len(free) > 1:
        raise Invalid({"side": "You hold both sides. Say for which one you speak."})
    return side or next(iter(free))


def check_can_propose_terms(*, actor: Actor, engagement: Engagement) -> None:
    """The engagement's CTO, admins, executives and service keys with the scope, until it ended."""
    check(actor, "terms.propose")
    if isinstance(actor, Member) and not sides_of(actor=actor, engagement=engagement):
        raise Denied(f"Only {engagement.cto.name} proposes terms for the CTO’s side.")
    _check_not_ended(engagement)


def check_proposal_open(*, proposal: TermsProposal, today: dt.date) -> None:
    """Raise WrongState unless it waits for a side and its date has not passed."""
    if not proposal.is_open:
        raise WrongState(f"This proposal is {proposal.get_status_display().lower()} already.")
    if proposal.effective_on < today:
        raise WrongState(
            f"This proposal expired: it was to hold from {day_full(proposal.effective_on)}. "
            "Propose it again from a later date."
        )


def check_can_accept_proposal(
    *, actor: Actor, proposal: TermsProposal, today: dt.date, side: str = ""
) -> None:
    """Somebody of a side that has not accepted, who did not accept for the other side."""
    check(actor, "terms.propose")
    engagement = proposal.engagement
    taken = frozenset(s for s in Side.values if proposal.accepted_by(s) is not None)
    chosen = side_spoken_for(actor=actor, engagement=engagement, side=side, taken=taken)
    check_proposal_open(proposal=proposal, today=today)
    _check_not_ended(engagement)
    other = Side.CLIENT if chosen == Side.CTO else Side.CTO
    for_other = proposal.accepted_by(other)
    if for_other is not None and for_other.pk == actor.actor_id:
        raise Denied(
            f"You accepted for the {other.label} side. Somebody else accepts for the "
            f"{Side(chosen).label} side."
        )
    if chosen in taken:
        raise WrongState(
            f"The {Side(chosen).label} side has accepted this. The other is to answer."
        )


def check_can_decline_proposal(*, actor: Actor, proposal: TermsProposal, today: dt.date) -> None:
    """Somebody of a side that did not propose it."""
    check(actor, "terms.propose")
    held = sides_of(actor=actor, engagement=proposal.engagement)
    if not held - {proposal.side} or proposal.proposed_by_id == actor.actor_id is not None:
        raise Denied("Only the other side declines a proposal. Your side can withdraw it.")
    check_proposal_open(proposal=proposal, today=today)


def check_can_withdraw_proposal(*, actor: Actor, proposal: TermsProposal, today: dt.date) -> None:
    """Somebody of the side that proposed it; either side where nobody's side did."""
    check(actor, "terms.propose")
    held = sides_of(actor=actor, engagement=proposal.engagement)
    if not held or (proposal.side and proposal.side not in held):
        raise Denied("Only the side that proposed it withdraws it. You can decline it.")
    check_proposal_open(proposal=proposal, today=today)


def check_can_give_notice(*, actor: Actor, engagement: Engagement) -> None:
    """Either side, while the engagement runs or is paused."""
    check(actor, "engagement.notice")
    if not sides_of(actor=actor, engagement=engagement):
        raise Denied(f"Only {engagement.cto.name} or {engagement.tenant.name} gives notice.")
    if engagement.status not in (Status.ACTIVE, Status.PAUSED):
        now = engagement.get_status_display().lower()
        raise WrongState(f"The engagement is {now}: there is no notice to give.")


def check_can_withdraw_notice(*, actor: Actor, notice: Notice) -> None:
    """The side that gave it, until the engagement has ended."""
    check(actor, "engagement.notice")
    if notice.side not in sides_of(actor=actor, engagement=notice.engagement):
        raise Denied("Only the side that gave notice withdraws it.")
    _check_not_ended(notice.engagement)
    if notice.withdrawn_at is not None:
        raise WrongState("This notice is withdrawn already.")


def check_can_request_overage(*, actor: Actor, engagement: Engagement) -> None:
    """The engagement's CTO, once it has begun to run."""
    check(actor, "overage.request")
    if actor.actor_id != engagement.cto_id:
        raise Denied(f"Only {engagement.cto.name} asks for hours above the agreed ones.")
    _check_begun(engagement)


def check_can_approve_overage(
    *, actor: Actor, engagement: Engagement, approval: OverageApproval | None = None
) -> None:
    """Admins and executives; never the person who asked, nor the engagement's own CTO."""
    check(actor, "overage.approve")
    asked = approval.requested_by_id if approval is not None else None
    if actor.actor_id is not None and actor.actor_id in (asked, engagement.cto_id):
        raise Denied("Somebody else approves the hours that you bill.")
    if not isinstance(actor, Member):
        raise Denied("A person approves hours above the agreed ones, not a service key.")
    if approval is not None:
        _check_requested(approval)
    elif engagement.status == Status.PROPOSED:
        _check_begun(engagement)


def check_can_withdraw_overage(*, actor: Actor, approval: OverageApproval) -> None:
    """Who asked, while nobody decided."""
    check(actor, "overage.request")
    if approval.requested_by_id != actor.actor_id:
        raise Denied("Only who asked withdraws the question.")
    _check_requested(approval)


def check_can_revoke_overage(*, actor: Actor, approval: OverageApproval) -> None:
    """Admins and executives, but for the engagement's own CTO, while it is approved."""
    check_can_approve_overage(actor=actor, engagement=approval.engagement)
    if approval.status != OverageApproval.Status.APPROVED:
        now = approval.get_status_display().lower()
        raise WrongState(f"This is {now}: only approved hours can be revoked.")


def _check_requested(approval: OverageApproval) -> None:
    if approval.status != OverageApproval.Status.REQUESTED:
        raise WrongState(f"This is {approval.get_status_display().lower()} already.")


def _check_begun(engagement: Engagement) -> None:
    if engagement.status == Status.PROPOSED:
        raise WrongState("The engagement is proposed: it has no hours yet.")


def check_can_use_timer(*, actor: Actor, timer: Timer) -> None:
    """Whose clock it is."""
    check(actor, "time.log")
    _check_own(actor, timer.member)


def check_can_close_month(*, actor: Actor, engagement: Engagement) -> None:
    """The engagement's CTO, admins, executives, and Bowline itself on the agreed working day."""
    check(actor, "statement.close")
    is_cto_only = isinstance(actor, Member) and not actor.can("terms.manage")
    if is_cto_only and actor.actor_id != engagement.cto_id:
        raise Denied(f"Only {engagement.cto.name} closes the months of this engagement.")
    _check_begun(engagement)


def check_can_log_time(*, actor: Actor, engagement: Engagement, member: Member) -> None:
    """CTOs for themselves, and service keys with the scope, once the engagement has begun to run.

    After its end too, for the days before: the last week is written down when it is over.
    """
    check(actor, "time.log")
    _check_own(actor, member)
    if engagement.status == Status.PROPOSED:
        raise WrongState("The engagement is proposed: hours can be logged once it is active.")


def check_can_change_entry(*, actor: Actor, entry: TimeEntry) -> None:
    """The CTO whose time it is, or a service key with the scope."""
    check(actor, "time.log")
    _check_own(actor, entry.member)


def check_week_open(*, engagement: Engagement, day: dt.date) -> None:
    """Raise WrongState when the week of `day` is locked; one query."""
    lock = WeekLock.objects.in_force().filter(engagement=engagement).covering(day).first()
    if lock is not None:
        raise WrongState(
            f"The week of {day_full(lock.week_start)} is locked: its update was submitted. "
            "An admin can unlock it."
        )


def check_no_locked_time_from(*, engagement: Engagement, day: dt.date, today: dt.date) -> None:
    """Raise WrongState when `day` has come and a week with it, or a later one, is locked.

    What a submitted update said about hours used and left must stay true.
    """
    if day > today:
        return
    locks = WeekLock.objects.in_force().filter(engagement=engagement).ending_on_or_after(day)
    lock = locks.order_by("-week_start").first()
    if lock is not None:
        raise WrongState(
            f"Time up to {day_full(lock.week_end)} is locked: its update was submitted. "
            "Choose a later date, or ask an admin to unlock the week."
        )


def check_can_lock_week(*, actor: Actor) -> None:
    """Whoever may write the weekly update, as they submit it."""
    check(actor, "update.write")


def check_can_relock_week(*, actor: Actor) -> None:
    """Admins and CTOs."""
    check(actor, "time.lock")


def check_can_unlock_week(*, actor: Actor) -> None:
    """Admins."""
    check(actor, "time.unlock")


def _check_not_ended(engagement: Engagement) -> None:
    if engagement.status == Status.ENDED:
        raise WrongState("The engagement has ended: it stays as it is.")


def _check_own(actor: Actor, member: Member) -> None:
    if actor.actor_id is not None and actor.actor_id != member.pk:
        raise Denied(f"This is {member.name}’s time. Only they can change it.")
