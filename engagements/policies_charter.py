"""Who may change the charter, absences, the integration plan, the people map and the tools."""

from engagements.models import (
    Charter,
    CommunicationTool,
    Engagement,
    IntegrationActivity,
    OffPeriod,
)
from tenants.audit import Actor
from tenants.errors import Denied, WrongState
from tenants.models import Member
from tenants.policies import check

ENDED = "The engagement has ended: it stays as it is."


def check_can_draft(*, actor: Actor, engagement: Engagement, draft: Charter | None) -> None:
    """Admins, executives and CTOs, while the engagement goes on and no draft waits."""
    check(actor, "charter.manage")
    _check_not_ended(engagement)
    if draft is not None:
        raise WrongState(f"Version {draft.number} is a draft already. Change it, or discard it.")


def check_can_edit(*, actor: Actor, charter: Charter) -> None:
    """Admins, executives and CTOs, while it is a draft of an engagement that goes on."""
    check(actor, "charter.manage")
    _check_not_ended(charter.engagement)
    if not charter.is_draft:
        raise WrongState(
            f"Version {charter.number} is published and stays as it is. Draft the next version."
        )


def check_can_publish(*, actor: Actor, charter: Charter) -> None:
    """Admins and executives: the client puts it in force, whoever wrote it."""
    check(actor, "charter.publish")
    _check_not_ended(charter.engagement)
    if not charter.is_draft:
        raise WrongState(f"Version {charter.number} is published already.")


def check_can_acknowledge(*, actor: Actor, charter: Charter, latest: Charter | None) -> None:
    """Each member but observers, for themselves: the latest published version."""
    check(actor, "charter.acknowledge")
    if actor.actor_id is None:
        raise Denied("A person acknowledges a charter, no service key.")
    _check_latest(charter, latest)


def check_can_review(*, actor: Actor, charter: Charter, latest: Charter | None) -> None:
    """Admins, executives and CTOs: the latest published version."""
    check(actor, "charter.manage")
    _check_not_ended(charter.engagement)
    _check_latest(charter, latest)


def check_can_remind(*, actor: Actor, charter: Charter, latest: Charter | None) -> None:
    """Admins, executives and CTOs, about the latest published version."""
    check_can_review(actor=actor, charter=charter, latest=latest)


def check_can_plan_absence(*, actor: Actor, member: Member) -> None:
    """Each member but observers for themselves; for others admins and executives."""
    check(actor, "coverage.plan")
    if actor.actor_id != member.pk:
        check(actor, "coverage.manage")


def check_can_change_absence(*, actor: Actor, period: OffPeriod) -> None:
    """The same, until it is over or cancelled."""
    check_can_plan_absence(actor=actor, member=period.member)
    status = period.status
    if status == OffPeriod.Status.CANCELLED:
        raise WrongState("This absence was cancelled. Plan a new one.")
    if status == OffPeriod.Status.OVER:
        raise WrongState("This absence is over and stays on record. Plan a new one.")


def check_can_manage_plan(*, actor: Actor, engagement: Engagement) -> None:
    """Admins, executives and CTOs, until the engagement has ended."""
    check(actor, "integration.manage")
    _check_not_ended(engagement)


def check_can_delete_activity(*, actor: Actor, activity: IntegrationActivity) -> None:
    """The same; what was done stays on record."""
    check_can_manage_plan(actor=actor, engagement=activity.engagement)
    if activity.status == IntegrationActivity.Status.DONE:
        raise WrongState("It is done, and its outcome stays on record.")


def check_can_manage_people(*, actor: Actor, engagement: Engagement) -> None:
    """Executives and CTOs, until the engagement has ended."""
    check(actor, "stakeholder.manage")
    _check_not_ended(engagement)


def check_can_manage_tools(*, actor: Actor) -> None:
    """Admins, executives and CTOs."""
    check(actor, "communication.manage")


def check_can_delete_tool(*, actor: Actor, tool: CommunicationTool, is_named: bool) -> None:
    """The same; a tool that a charter names is given up instead."""
    check_can_manage_tools(actor=actor)
    if is_named:
        raise WrongState(
            f"A version of the charter names {tool.platform}. Mark it as given up instead."
        )


def _check_not_ended(engagement: Engagement) -> None:
    if engagement.status == Engagement.Status.ENDED:
        raise WrongState(ENDED)


def _check_latest(charter: Charter, latest: Charter | None) -> None:
    if charter.is_draft:
        raise WrongState("This version is a draft. Publish it first.")
    if latest is not None and latest.pk != charter.pk:
        raise WrongState(f"Version {latest.number} replaces this one. Open that version.")
