"""How a person wants to be told in one company: theirs alone to change."""

import datetime as dt
import zoneinfo
from typing import Any

from django.db import transaction

from tenants import audit
from tenants.audit import Actor
from tenants.errors import Denied, Invalid
from tenants.models import Member
from tenants.notifications.deliveries import SUGGESTED, preferences_of, schedule_digest
from tenants.notifications.kinds import Email, Group, groups, groups_for
from tenants.notifications.models import Delivery, NotificationPreferences
from tenants.notifications.timing import quiet_ends_at

_UTC = zoneinfo.ZoneInfo("UTC")
FIELDS = ["email", "quiet_from", "quiet_until", "urgent_passes", "digest_hour"]
CHOICES = [SUGGESTED, *(choice.value for choice in Email)]


def preferences(member: Member) -> NotificationPreferences:
    """The member's preferences; the suggestions where they chose nothing."""
    return preferences_of(member)


@transaction.atomic
def preferences_update(
    *, member: Member, actor: Actor, changes: dict[str, Any]
) -> NotificationPreferences:
    """Change what `changes` names; `email` is merged, group by group, `suggested` takes back.

    Raises Denied for anybody but the person; Invalid for an unknown group or choice, one end of
    the quiet hours without the other, or a digest in the midst of them.
    """
    if actor.actor_id != member.pk:
        raise Denied("Each person chooses for themselves how they are told.")
    NotificationPreferences.objects.get_or_create(member=member)
    row: NotificationPreferences = NotificationPreferences.objects.select_for_update(
        of=("self",)
    ).get(member=member)
    before = NotificationPreferences.objects.get(pk=row.pk)
    for name in FIELDS[1:]:
        if name in changes:
            setattr(row, name, changes[name])
    row.email = _merged(row.email, changes.get("email") or {})
    _check(row)
    changed = audit.changed(before, row, FIELDS)
    if not changed:
        return row
    row.save()
    audit.record(actor=actor, verb="notification_preferences.changed", target=row, changes=changed)
    waits = Delivery.objects.filter(member=member, state=Delivery.State.WAITING, in_digest=True)
    if waits.exists():
        schedule_digest(member, row)
    return row


@transaction.atomic
def unsubscribe(*, member: Member, group: str) -> None:
    """Switch one group's mail off, or with no group all that comes in the digest; repeatable."""
    mine = preferences(member)
    if group:
        off = [group]
    else:
        off = [each.key for each in groups_for(member) if shown_choice(each, mine) is Email.DAILY]
    known = {each.key for each in groups()}
    changes = {key: Email.OFF.value for key in off if key in known}
    preferences_update(member=member, actor=member, changes={"email": changes})


def chosen(group: Group, mine: NotificationPreferences) -> str:
    """What the person chose for a group: one of CHOICES."""
    value = mine.email.get(group.key, SUGGESTED)
    return value if value in CHOICES else SUGGESTED


def shown_choice(group: Group, mine: NotificationPreferences) -> Email:
    """When the group's mail comes: as chosen, else the soonest of what its kinds suggest."""
    value = chosen(group, mine)
    if value != SUGGESTED:
        return Email(value)
    suggested = {kind.email for kind in group.kinds}
    return next(each for each in Email if each in suggested)


def _merged(before: dict[str, str], changes: dict[str, str]) -> dict[str, str]:
    known = {group.key for group in groups()}
    for key, choice in changes.items():
        if key not in known:
            raise Invalid({f"email.{key}": f"There is no group {key!r} of notifications."})
        if choice not in CHOICES:
            raise Invalid({f"email.{key}": f"Choose one of {', '.join(CHOICES)}."})
    merged = before | changes
    return {key: choice for key, choice in merged.items() if choice != SUGGESTED}


def _check(row: NotificationPreferences) -> None:
    if (row.quiet_from is None) is not (row.quiet_until is None):
        missing = "quiet_from" if row.quiet_from is None else "quiet_until"
        raise Invalid({missing: "Give both ends of your quiet hours, or neither."})
    if row.quiet_from is not None and row.quiet_from == row.quiet_until:
        raise Invalid({"quiet_until": "Quiet hours end at another time than they begin."})
    if not 0 <= row.digest_hour <= 23:
        raise Invalid({"digest_hour": "Choose a full hour from 0 to 23."})
    a_day = dt.datetime(2026, 1, 15, row.digest_hour, tzinfo=dt.UTC)
    is_quiet = quiet_ends_at(
        a_day, zone=_UTC, quiet_from=row.quiet_from, quiet_until=row.quiet_until
    )
    if is_quiet:
        raise Invalid({"digest_hour": "That is within your quiet hours. Choose another hour."})
