"""Which notifications go out by mail, and when: a row for each, settled exactly once."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone

from tenants import jobs
from tenants.isolation.rows import insert_all
from tenants.models import Member
from tenants.notifications.kinds import Email, NotificationKind
from tenants.notifications.models import Delivery, NotificationPreferences
from tenants.notifications.timing import next_digest, quiet_ends_at

State = Delivery.State
SUGGESTED = "suggested"


def preferences_of(member: Member) -> NotificationPreferences:
    """The member's preferences; the suggestions where they chose nothing; one query."""
    found = NotificationPreferences.objects.filter(member=member).first()
    return found or NotificationPreferences(member=member)


def email_for(kind: NotificationKind, preferences: NotificationPreferences) -> Email:
    """When the person wants mail of this kind: as they chose for its group, else as suggested."""
    chosen = preferences.email.get(kind.group_key, SUGGESTED)
    return Email(chosen) if chosen in list(Email) else kind.email


def may_go_at(
    now: dt.datetime, *, kind: NotificationKind, member: Member, mine: NotificationPreferences
) -> dt.datetime:
    """The first instant at which a mail of this kind may reach the person: `now`, or later."""
    if kind.urgent and mine.urgent_passes:
        return now
    ends = quiet_ends_at(
        now, zone=member.zone, quiet_from=mine.quiet_from, quiet_until=mine.quiet_until
    )
    return ends or now


def plan(told: Sequence[tuple[UUID, NotificationPreferences]], *, kind: NotificationKind) -> None:
    """Queue the mails of new notifications, in the caller's transaction.

    What a person wants is asked again when the mail is sent.
    """
    if not told:
        return
    now = timezone.now()
    rows = []
    for notification_id, mine in told:
        member = mine.member
        wanted = email_for(kind, mine)
        if wanted is Email.OFF:
            continue
        row = Delivery(
            notification_id=notification_id, member=member, in_digest=wanted is Email.DAILY
        )
        if row.in_digest:
            schedule_digest(member, mine)
        else:
            row.job_id = jobs.enqueue(
                "notifications.mail",
                run_at=may_go_at(now, kind=kind, member=member, mine=mine),
                delivery_id=row.pk,
            )
        rows.append(row)
    insert_all(rows)


def schedule_digest(
    member: Member, mine: NotificationPreferences, *, after: dt.date | None = None
) -> None:
    """Have the person's next digest made, once however often this is said."""
    day, moment = next_digest(timezone.now(), zone=member.zone, hour=mine.digest_hour, after=after)
    jobs.enqueue(
        "notifications.digest",
        dedupe_key=f"{member.pk}:{day}",
        run_at=moment,
        member_id=member.pk,
        day=day.isoformat(),
    )
