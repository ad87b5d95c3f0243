"""Who may change the roadmap, and when."""

from engagements.models import STATUS_TRANSITIONS, Initiative
from tenants.audit import Actor
from tenants.errors import Denied, WrongState
from tenants.policies import check

PROGRESS_FIELDS = frozenset({"status", "progress_percent"})


def check_can_create_initiative(*, actor: Actor) -> None:
    """Admins, executives and CTOs."""
    check(actor, "initiative.manage")


def check_can_change_initiative(*, actor: Actor, initiative: Initiative) -> None:
    """Admins, executives and CTOs, all of it; what is done is opened again first."""
    check(actor, "initiative.manage")
    if not initiative.is_open:
        raise WrongState("This initiative is done. Open it again to change it.")


def check_can_report_progress(*, actor: Actor, initiative: Initiative) -> None:
    """Whoever may change it, and its owner: status, progress and milestones."""
    check(actor, "initiative.progress")
    if not actor.can("initiative.manage") and actor.actor_id != initiative.owner_id:
        whose = initiative.owner.name if initiative.owner else "nobody yet"
        raise Denied(f"Its owner reports how it goes: {whose}. A CTO or executive can too.")


def check_can_move_initiative(*, actor: Actor, initiative: Initiative, status: str) -> None:
    """Those who report progress, along STATUS_TRANSITIONS."""
    check_can_report_progress(actor=actor, initiative=initiative)
    if status not in STATUS_TRANSITIONS[initiative.status]:
        now = initiative.get_status_display().lower()
        wanted = Initiative.Status(status).label.lower()
        raise WrongState(f"The initiative is {now}: it cannot become {wanted}.")


def check_can_change_milestones(*, actor: Actor, initiative: Initiative) -> None:
    """Those who report progress, until the initiative is done."""
    check_can_report_progress(actor=actor, initiative=initiative)
    if not initiative.is_open:
        raise WrongState("This initiative is done. Open it again to change its milestones.")


def check_can_prioritise(*, actor: Actor) -> None:
    """Admins, executives and CTOs."""
    check(actor, "initiative.manage")


def check_can_weigh(*, actor: Actor) -> None:
    """Admins and executives: how scores count, how often they are reviewed, the target mix."""
    check(actor, "initiative.weigh")
