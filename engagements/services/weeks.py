"""Locking the time of a week once its update was submitted."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from engagements import policies
from engagements.models import Engagement, WeekLock
from engagements.services.rows import engagement_for_change, member_of
from tenants import audit
from tenants.audit import Actor
from tenants.errors import Invalid, WrongState


@transaction.atomic
def week_lock(*, engagement: Engagement, actor: Actor, week_start: dt.date) -> WeekLock:
    """Settle the time of the seven days from `week_start`; harmless when repeated.

    Entries of these days cannot be made, changed or deleted any more. Raises Denied.
    """
    engagement = engagement_for_change(engagement.pk)
    policies.check_can_lock_week(actor=actor)
    return _in_force(engagement, week_start) or _lock(engagement, week_start, actor)


@transaction.atomic
def week_relock(*, engagement: Engagement, actor: Actor, week_start: dt.date) -> WeekLock:
    """Settle a week again that was unlocked, once its hours are right; harmless when repeated.

    Raises Denied, and WrongState for a week that was never locked: that comes with its update.
    """
    engagement = engagement_for_change(engagement.pk)
    policies.check_can_relock_week(actor=actor)
    found = _in_force(engagement, week_start)
    if found is not None:
        return found
    if not WeekLock.objects.filter(engagement=engagement, week_start=week_start).exists():
        raise WrongState("This week was never locked. It locks when its weekly update is sent.")
    return _lock(engagement, week_start, actor)


@transaction.atomic
def week_unlock(
    *, engagement: Engagement, actor: Actor, week_start: dt.date, reason: str
) -> WeekLock:
    """Open a settled week again, by an admin and with a reason that stays in the trail.

    Raises Denied, Invalid without a reason, WrongState when the week is not locked.
    """
    engagement = engagement_for_change(engagement.pk)
    policies.check_can_unlock_week(actor=actor)
    reason = reason.strip()
    limit = WeekLock._meta.get_field("reason").max_length or 0
    if not 3 <= len(reason) <= limit:
        raise Invalid({"reason": f"Say why, in 3 to {limit} characters: it stays on record."})
    lock = _in_force(engagement, week_start)
    if lock is None:
        raise WrongState("This week is not locked.")
    lock.unlocked_at, lock.unlocked_by, lock.reason = timezone.now(), member_of(actor), reason
    lock.save()
    audit.record(
        actor=actor,
        verb="week.unlocked",
        target=lock,
        changes={"engagement": engagement.pk, "week_start": week_start, "reason": reason},
    )
    return lock


def _in_force(engagement: Engagement, week_start: dt.date) -> WeekLock | None:
    found: WeekLock | None = (
        WeekLock.objects.in_force().filter(engagement=engagement, week_start=week_start).first()
    )
    return found


def _lock(engagement: Engagement, week_start: dt.date, actor: Actor) -> WeekLock:
    lock: WeekLock = WeekLock.objects.create(
        engagement=engagement, week_start=week_start, locked_by=member_of(actor)
    )
    audit.record(
        actor=actor,
        verb="week.locked",
        target=lock,
        changes={"engagement": engagement.pk, "week_start": week_start},
    )
    return lock
