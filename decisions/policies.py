"""Who may do what about spend, and when. Each raises; none writes."""

from decisions.ladder import Ladder
from decisions.models import Delegation, SpendRequest
from decisions.states import TRANSITIONS
from tenants.audit import Actor
from tenants.errors import Denied, NotFound, WrongState
from tenants.models import Member
from tenants.permissions import Role
from tenants.policies import check

Status = SpendRequest.Status


def check_can_manage_policy(*, actor: Actor) -> None:
    """Admins."""
    check(actor, "approval_policy.manage")


def check_can_record_rate(*, actor: Actor) -> None:
    """Admins and finance."""
    check(actor, "exchange_rate.manage")


def check_can_manage_budget(*, actor: Actor) -> None:
    """Admins and finance."""
    check(actor, "budget.manage")


def check_can_create(*, actor: Actor) -> Member:
    """Everybody but observers, for themselves: a request needs a person who asks."""
    check(actor, "spend.request")
    if not isinstance(actor, Member):
        raise Denied("A spend request needs a person who asks. Use a member's own key.")
    return actor


def check_can_view(*, actor: Actor, request: SpendRequest) -> None:
    """Everybody; a draft, whoever writes it alone."""
    check(actor, "spend.view")
    if request.status == Status.DRAFT and actor.actor_id != request.requester_id:
        raise NotFound


def check_can_change(*, actor: Actor, request: SpendRequest) -> None:
    """The requester, while it is a draft or was sent back for changes."""
    _check_requester(actor, request)
    if request.status not in (Status.DRAFT, Status.CHANGES_REQUESTED):
        raise WrongState(
            f"{request.reference} is {_state(request)}: it can be changed as a draft, or once "
            "changes are requested. To change it now, amend it."
        )


def check_can_amend(*, actor: Actor, request: SpendRequest) -> None:
    """The requester, while it waits or is approved and not yet ordered."""
    _check_requester(actor, request)
    if request.status not in (Status.SUBMITTED, Status.APPROVED):
        raise WrongState(f"{request.reference} is {_state(request)}: there is nothing to amend.")


def check_can_submit(*, actor: Actor, request: SpendRequest) -> None:
    """The requester, from a draft or after changes were requested; once."""
    _check_requester(actor, request)
    if request.status == Status.SUBMITTED:
        raise WrongState(f"{request.reference} was submitted already.")
    _check_move(
        request, Status.SUBMITTED, "submitted", frm=(Status.DRAFT, Status.CHANGES_REQUESTED)
    )


def check_can_withdraw(*, actor: Actor, request: SpendRequest) -> None:
    """The requester, or finance, until it is ordered."""
    check(actor, "spend.request")
    if actor.actor_id != request.requester_id and not _is(actor, Role.FINANCE):
        raise Denied(f"Only {request.requester.name} or finance can withdraw this.")
    _check_move(request, Status.WITHDRAWN, "withdrawn")


def check_can_decide(*, actor: Actor, ladder: Ladder) -> Member:
    """Who is asked now, stands in for them, or is the next role up of a step that is late.

    Denied for anybody without a place on the ladder and for the requester; WrongState for one
    whose turn is over or has not come.
    """
    request = ladder.request
    check(actor, "spend.decide")
    if not isinstance(actor, Member):
        raise Denied("An approval needs a person. Use a member's own key.")
    if actor.pk == request.requester_id:
        raise Denied("Nobody decides on their own request.")
    if request.status == Status.DRAFT:
        raise WrongState(f"{request.reference} was not submitted yet.")
    if not ladder.has_place(actor.pk):
        raise Denied(f"{request.reference} does not ask for your approval.")
    if request.status != Status.SUBMITTED:
        raise WrongState(f"{request.reference} is {_state(request)}: there is nothing to decide.")
    if not ladder.waits_for(actor.pk):
        if any(actor.pk in (d.member_id, d.actor_id) for d in ladder.decisions):
            raise WrongState(f"You have decided on {request.reference} already.")
        names = ", ".join(p.name for s in ladder.open for p in s.waiting) or "nobody"
        raise WrongState(f"It is not your turn yet: {request.reference} waits for {names}.")
    return actor


def check_can_request_changes(*, actor: Actor, ladder: Ladder) -> Member:
    """Whoever can decide now."""
    return check_can_decide(actor=actor, ladder=ladder)


def check_can_bypass(*, actor: Actor, request: SpendRequest) -> Member:
    """An executive who did not ask for it, while it waits."""
    check(actor, "spend.bypass")
    if not isinstance(actor, Member):
        raise Denied("A bypass needs a person. Use a member's own key.")
    if actor.pk == request.requester_id:
        raise Denied("Nobody decides on their own request, in an emergency neither.")
    if request.status != Status.SUBMITTED:
        raise WrongState(f"{request.reference} is {_state(request)}: there is nothing to bypass.")
    return actor


def check_can_ratify(*, actor: Actor, request: SpendRequest) -> Member:
    """Finance or a board member who neither asked nor bypassed; once."""
    check(actor, "spend.ratify")
    if not isinstance(actor, Member):
        raise Denied("Ratifying needs a person. Use a member's own key.")
    if actor.pk in (request.requester_id, request.bypassed_by_id):
        raise Denied("Someone else must ratify this: you asked for it or bypassed the approval.")
    if request.bypassed_at is None:
        raise WrongState(f"{request.reference} was not bypassed: there is nothing to ratify.")
    if request.ratified_at is not None:
        raise WrongState(f"{request.reference} was ratified already.")
    return actor


def check_can_extend(*, actor: Actor, ladder: Ladder) -> None:
    """Finance, admins, or who is asked now; never the requester."""
    request = ladder.request
    check(actor, "spend.decide")
    if actor.actor_id == request.requester_id:
        raise Denied("The requester cannot extend the time to decide.")
    asked = actor.actor_id is not None and ladder.waits_for(actor.actor_id)
    if not asked and not _is(actor, Role.FINANCE, Role.ADMIN):
        raise Denied("Only who is asked, finance or an admin can extend the time to decide.")
    if request.status != Status.SUBMITTED:
        raise WrongState(f"{request.reference} is {_state(request)}: no clock runs.")


def check_can_except(*, actor: Actor, request: SpendRequest) -> None:
    """Finance, for a request with a budget line, until it is closed; never their own."""
    check(actor, "budget.except")
    if actor.actor_id == request.requester_id:
        raise Denied("Nobody lets their own request go over a budget.")
    if request.budget_line_id is None:
        raise WrongState(f"{request.reference} has no budget line: it cannot go over one.")
    if request.status not in (Status.SUBMITTED, Status.APPROVED, Status.ORDERED):
        raise WrongState(
            f"{request.reference} is {_state(request)}: it takes nothing from a budget."
        )


def check_can_order(*, actor: Actor, request: SpendRequest) -> None:
    """The requester, CTO, finance, executive or an admin, once it is approved."""
    _check_buyer(actor, request)
    _check_move(request, Status.ORDERED, "ordered")


def check_can_close(*, actor: Actor, request: SpendRequest) -> None:
    """Who may order, once it is ordered."""
    _check_buyer(actor, request)
    _check_move(request, Status.CLOSED, "closed")


def check_can_invoice(*, actor: Actor, request: SpendRequest) -> None:
    """Finance or an admin, while it is ordered."""
    check(actor, "spend.pay")
    if request.status != Status.ORDERED:
        raise WrongState(f"{request.reference} is {_state(request)}: invoices follow an order.")


def check_can_comment(*, actor: Actor, request: SpendRequest) -> None:
    """Everybody but observers."""
    check(actor, "spend.request")


def check_can_attach(*, actor: Actor, request: SpendRequest) -> None:
    """The requester, until it is over."""
    _check_requester(actor, request)
    if not TRANSITIONS[request.status]:
        raise WrongState(f"{request.reference} is {_state(request)}: it stays as it is.")


def check_can_plan_benefit(*, actor: Actor, request: SpendRequest) -> None:
    """Who may order, once it is approved."""
    _check_buyer(actor, request)
    if request.status not in (Status.APPROVED, Status.ORDERED, Status.CLOSED):
        raise WrongState(f"{request.reference} is {_state(request)}: its benefit comes later.")


def check_can_delegate(*, actor: Actor, delegator: Member) -> None:
    """Each for themselves; admins for anybody."""
    check(actor, "delegation.manage")
    if actor.actor_id != delegator.pk and not _is(actor, Role.ADMIN):
        raise Denied(f"Only {delegator.name} or an admin can delegate this authority.")


def check_can_end_delegation(*, actor: Actor, delegation: Delegation) -> None:
    """The delegator or an admin."""
    check_can_delegate(actor=actor, delegator=delegation.delegator)


def _check_requester(actor: Actor, request: SpendRequest) -> None:
    check(actor, "spend.request")
    if actor.actor_id != request.requester_id:
        raise Denied(f"Only {request.requester.name}, who asks for it, can do this.")


def _check_buyer(actor: Actor, request: SpendRequest) -> None:
    check(actor, "spend.order")
    if actor.actor_id == request.requester_id:
        return
    if not _is(actor, Role.ADMIN, Role.EXECUTIVE, Role.CTO, Role.FINANCE):
        raise Denied(f"Only {request.requester.name}, the CTO, finance or an admin can do this.")


def _check_move(
    request: SpendRequest, to: str, word: str, *, frm: tuple[str, ...] | None = None
) -> None:
    if to not in TRANSITIONS[request.status] or (frm is not None and request.status not in frm):
        raise WrongState(f"{request.reference} is {_state(request)}: it cannot be {word}.")


def _state(request: SpendRequest) -> str:
    return request.get_status_display().lower()


def _is(actor: Actor, *roles: Role) -> bool:
    """Whether a member holds one of the roles; services' keys and Bowline itself count as such."""
    return not isinstance(actor, Member) or any(actor.has_role(role) for role in roles)
