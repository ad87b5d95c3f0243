"""Who may change engagements, terms and time, and when."""

import datetime as dt

from engagements.models import TRANSITIONS, Engagement, TimeEntry, WeekLock
from tenants.audit import Actor
from tenants.errors import Denied, WrongState
from tenants.models import Member
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


def check_can_unlock_week(*, actor: Actor) -> None:
    """Admins."""
    check(actor, "time.unlock")


def _check_not_ended(engagement: Engagement) -> None:
    if engagement.status == Status.ENDED:
        raise WrongState("The engagement has ended: it stays as it is.")


def _check_own(actor: Actor, member: Member) -> None:
    if actor.actor_id is not None and actor.actor_id != member.pk:
        raise Denied(f"This is {member.name}’s time. Only they can change it.")
