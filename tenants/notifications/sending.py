"""Sending what is due. The state of a delivery and the end of its job are one transaction; the mail
itself is handed over as the very last thing in it.

So a worker that dies before the mail server has said yes leaves everything as it was, and the job
is repeated: nothing is lost. One that dies between that yes and the commit a moment later sends the
same mail again, under the same Message-ID: at the mail server's door it is at least once, and
nothing on our side of the door is ever done twice.
"""

import datetime as dt
import logging
from dataclasses import replace
from smtplib import SMTPRecipientsRefused
from typing import Any
from uuid import UUID

from django.core.mail import EmailMultiAlternatives
from django.db.models import QuerySet
from django.utils import timezone

from tenants import jobs
from tenants.models import Member, Tenant
from tenants.notifications import mails
from tenants.notifications.deliveries import (
    email_for,
    may_go_at,
    preferences_of,
    schedule_digest,
)
from tenants.notifications.kinds import KINDS, Email, NotificationKind
from tenants.notifications.models import (
    Delivery,
    Digest,
    Notification,
    NotificationPreferences,
)
from tenants.notifications.timing import at

logger = logging.getLogger("bowline.notifications")

State = Delivery.State
DIGEST_MOST = 100  # lines of one digest; the inbox has the rest


def send_one(*, delivery_id: UUID, job_id: UUID) -> None:
    """Send one notification now, or say why not; harmless once it is settled.

    Asks what the person wants at this moment: mail switched off, a daily digest instead, quiet
    hours that began meanwhile. What was read in the app already is not sent.
    """
    delivery = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("notification", "member__user", "member__tenant")
        .filter(pk=delivery_id, state=State.WAITING)
        .first()
    )
    if delivery is None or delivery.in_digest:
        return
    member, mine = delivery.member, preferences_of(delivery.member)
    if reason := _why_not(delivery.notification, member, mine):
        _settle([delivery], State.SKIPPED, reason)
        return
    kind = KINDS[delivery.notification.kind]
    if email_for(kind, mine) is Email.DAILY:
        delivery.in_digest = True
        delivery.save(update_fields=["in_digest"])
        schedule_digest(member, mine)
        return
    now = timezone.now()
    moment = may_go_at(now, kind=kind, member=member, mine=mine)
    if moment > now:
        delivery.job_id = jobs.enqueue("notifications.mail", run_at=moment, delivery_id=delivery.pk)
        delivery.save(update_fields=["job_id"])
        return
    delivery.job_id = job_id
    _settle([delivery], State.SENT)
    quiet = may_go_at(now, kind=_calm(kind), member=member, mine=mine) > now
    mail = mails.single(delivery.notification, member, job_id=job_id, in_quiet_hours=quiet)
    _hand_over(mail, [delivery])


def send_digest(*, member_id: UUID, day: dt.date, job_id: UUID) -> None:
    """Send a person's digest of `day`, if it is time by what they chose now, and once a day.

    Without anything left to tell there is none. Harmless when repeated.
    """
    member = Member.objects.select_related("user", "tenant").filter(pk=member_id).first()
    if member is None or not _waiting(member).exists():
        return
    mine = preferences_of(member)
    now = timezone.now()
    if Digest.objects.filter(member=member, day=day).exists():
        schedule_digest(member, mine, after=day)
        return
    moment = at(day, dt.time(mine.digest_hour), member.zone)
    if moment > now:  # the hour or the zone was changed meanwhile
        schedule_digest(member, mine)
        return
    tell = _sorted_out(member, mine)
    if not tell:
        return
    Digest.objects.create(member=member, day=day, job_id=job_id, sent_at=now)
    for delivery in tell:
        delivery.job_id = job_id
    _settle(tell, State.SENT)
    mail = mails.digest(
        [delivery.notification for delivery in tell], member, job_id=job_id, day=day
    )
    if _waiting(member).exists():
        schedule_digest(member, mine, after=day)
    _hand_over(mail, tell)


def _sorted_out(member: Member, mine: NotificationPreferences) -> list[Delivery]:
    """What the digest tells; the rest of what waited is settled with its reason."""
    waiting = _waiting(member).select_for_update(of=("self",)).select_related("notification")
    rows = list(waiting.order_by("id")[: 5 * DIGEST_MOST])
    tell: list[Delivery] = []
    skipped: dict[str, list[Delivery]] = {}
    for delivery in rows:
        if reason := _why_not(delivery.notification, member, mine):
            skipped.setdefault(reason, []).append(delivery)
        elif len(tell) < DIGEST_MOST:
            tell.append(delivery)
    for reason, deliveries in skipped.items():
        _settle(deliveries, State.SKIPPED, reason)
    return tell


def _why_not(notification: Notification, member: Member, mine: NotificationPreferences) -> str:
    """Why this is not sent at all, empty when it is."""
    kind = KINDS.get(notification.kind)
    if member.status != Member.Status.ACTIVE or not member.user.is_active:
        return "The person has left."
    if member.tenant.status == Tenant.Status.ARCHIVED:
        return "The company is archived."
    if kind is None:
        return "There is no such notification any more."
    if kind.permission and not member.can(kind.permission):
        return "The person may not see it any more."
    if notification.read_at is not None:
        return "It was read in the app first."
    if email_for(kind, mine) is Email.OFF:
        return "The person wants no mail of this sort."
    return ""


def _settle(deliveries: list[Delivery], state: str, reason: str = "") -> None:
    for delivery in deliveries:
        delivery.state, delivery.reason, delivery.settled_at = state, reason, timezone.now()
    Delivery.objects.bulk_update(deliveries, ["state", "reason", "settled_at", "job_id"])


def _hand_over(mail: EmailMultiAlternatives, deliveries: list[Delivery]) -> None:
    """Give the mail to the mail server; an address it refuses for good is noted, not retried."""
    try:
        mail.send()
    except SMTPRecipientsRefused as error:
        codes = [code for code, _words in error.recipients.values()]
        if not codes or min(codes) < 500:
            raise
        logger.warning("a mail server refused the address of member %s", deliveries[0].member_id)
        _settle(deliveries, State.FAILED, f"The mail server refused the address ({codes[0]}).")


def _calm(kind: NotificationKind) -> NotificationKind:
    """The same kind as if it were not urgent."""
    return replace(kind, urgent=False)


def _waiting(member: Member) -> QuerySet[Any]:
    return Delivery.objects.filter(member=member, state=State.WAITING, in_digest=True)
