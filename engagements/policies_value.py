"""Who may enter and judge what the CTO is worth."""

from engagements.models import Saving
from tenants.audit import Actor
from tenants.errors import Denied, WrongState
from tenants.policies import check


def check_can_enter_signal(*, actor: Actor) -> None:
    """Admins, executives, CTOs and finance."""
    check(actor, "signal.enter")


def check_can_dismiss_scope(*, actor: Actor) -> None:
    """Admins and executives: those who may change the terms."""
    check(actor, "terms.manage")


def check_can_set_full_time_cost(*, actor: Actor) -> None:
    """Admins and executives."""
    check(actor, "terms.manage")


def check_can_enter_saving(*, actor: Actor) -> None:
    """Admins, executives, CTOs and finance."""
    check(actor, "saving.enter")


def check_can_judge_saving(*, actor: Actor, saving: Saving, verified: bool) -> None:
    """Executives and finance, never who entered it; what was refused stays so."""
    check(actor, "saving.verify")
    if actor.actor_id is not None and actor.actor_id == saving.entered_by_id:
        raise Denied("You entered it. Another executive or finance verifies it.")
    if saving.status == Saving.Status.REJECTED:
        raise WrongState("It was refused. Enter it anew, with better evidence.")
    if saving.status == Saving.Status.VERIFIED and verified:
        raise WrongState("It is verified already.")
