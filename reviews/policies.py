"""Who may write, read, acknowledge and discuss a weekly update, and when."""

from engagements.away import covered_now
from engagements.models import Engagement
from reviews.models import UpdateItem, WeeklyUpdate
from tenants.audit import Actor
from tenants.errors import Denied, NotFound, WrongState
from tenants.models import Member
from tenants.policies import check
from tenants.ui.formats import stamp

Status = WeeklyUpdate.Status


def check_can_start_update(*, actor: Actor, engagement: Engagement) -> None:
    """CTOs, until the engagement has ended."""
    check(actor, "update.write")
    if engagement.status == Engagement.Status.ENDED:
        raise WrongState("The engagement has ended: no more updates are written.")


def check_can_view_update(*, actor: Actor, update: WeeklyUpdate) -> None:
    """Everybody once it is sent; a draft is there for its writers alone."""
    check(actor, "update.view")
    if update.is_draft and not actor.can("update.write"):
        raise NotFound()


def check_can_edit_draft(*, actor: Actor, update: WeeklyUpdate) -> None:
    """CTOs, until it is sent."""
    check(actor, "update.write")
    if not update.is_draft:
        raise WrongState(sent_words(update))


def check_can_revise_update(*, actor: Actor, update: WeeklyUpdate) -> None:
    """CTOs, between sending and acknowledgement."""
    check(actor, "update.write")
    if update.is_draft:
        raise WrongState("It is still a draft: edit it as one.")
    if update.status == Status.ACKNOWLEDGED:
        raise WrongState(
            f"{acknowledged_words(update)} It can be amended, with a reason; "
            "the text that was acknowledged stays readable."
        )


def check_can_amend_update(*, actor: Actor, update: WeeklyUpdate) -> None:
    """CTOs, once it is acknowledged."""
    check(actor, "update.write")
    if update.status != Status.ACKNOWLEDGED:
        raise WrongState("Nobody has acknowledged it yet: edit it instead of amending it.")


def check_can_acknowledge_update(*, actor: Actor, update: WeeklyUpdate) -> None:
    """Executives and admins, once it is sent; again is harmless."""
    check(actor, "update.acknowledge")
    if update.is_draft:
        raise WrongState("It has not been sent yet.")


def check_can_comment_update(*, actor: Actor, update: WeeklyUpdate) -> None:
    """Everybody but observers, once it is sent."""
    check(actor, "update.comment")
    if update.is_draft:
        raise WrongState("It has not been sent yet.")


def check_can_close_item(*, actor: Actor, item: UpdateItem, update: WeeklyUpdate) -> None:
    """The person it waits for, who covers for them, CTOs, executives and admins, once it is sent;
    observers never."""
    check(actor, "update.comment")
    mine = item.member_id is not None and actor.actor_id == item.member_id
    mine = mine or (isinstance(actor, Member) and str(item.member_id) in covered_now(actor))
    if not (mine or actor.can("update.write") or actor.can("update.acknowledge")):
        raise Denied("This waits for someone else. They, the CTO or an executive can close it.")
    if update.is_draft:
        raise WrongState("It has not been sent yet.")


def sent_words(update: WeeklyUpdate) -> str:
    """Who sent it and when, in the reader's zone."""
    who = update.submitted_by.name if update.submitted_by else "A service"
    return f"{who} sent this update on {stamp(update.submitted_at)}."


def acknowledged_words(update: WeeklyUpdate) -> str:
    """Who acknowledged it and when, in the reader's zone."""
    who = update.acknowledged_by.name if update.acknowledged_by else "A service"
    return f"{who} acknowledged this update on {stamp(update.acknowledged_at)}."
