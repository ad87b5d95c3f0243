"""Notifications as mails: our own words, as text and as a page in the company's colour."""

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from tenants.mail import look
from tenants.models import Member
from tenants.notifications.kinds import KINDS, NotificationKind
from tenants.notifications.models import Notification
from tenants.ui.formats import stamp

_ACTION = "tenants.notifications.action"
_UNSUBSCRIBE = "tenants.notifications.unsubscribe"
ACTION_HOLDS = dt.timedelta(days=30)  # how long an action's link from a mail is good


class Signed(StrEnum):
    """What a signature of an action's link is worth."""

    GOOD = "good"
    OLD = "old"
    NOT = "not"


def action_signature(notification_id: UUID, number: int) -> str:
    """What proves that an action's link came from our own mail to this person, and when."""
    words = f"{notification_id}:{number}"
    return signing.TimestampSigner(salt=_ACTION).sign(words).removeprefix(f"{words}:")


def signed(notification_id: UUID, number: int, signature: str) -> Signed:
    """Whether `signature` is the one of that action, and no older than ACTION_HOLDS."""
    signer = signing.TimestampSigner(salt=_ACTION)
    try:
        signer.unsign(f"{notification_id}:{number}:{signature}", max_age=ACTION_HOLDS)
    except signing.SignatureExpired:
        return Signed.OLD
    except signing.BadSignature:
        return Signed.NOT
    return Signed.GOOD


def unsubscribe_token(member: Member, group: str) -> str:
    """A link's token that switches off one group's mail of one person in one company.

    An empty `group` is the daily digest: all of its groups.
    """
    return signing.dumps([str(member.tenant_id), str(member.pk), group], salt=_UNSUBSCRIBE)


def read_unsubscribe_token(token: str) -> tuple[UUID, UUID, str] | None:
    """Tenant, member and group of a token of ours; None for any other text."""
    try:
        tenant_id, member_id, group = signing.loads(token, salt=_UNSUBSCRIBE)
        return UUID(tenant_id), UUID(member_id), str(group)
    except (signing.BadSignature, ValueError, TypeError):
        return None


def single(
    notification: Notification, member: Member, *, job_id: UUID, in_quiet_hours: bool
) -> EmailMultiAlternatives:
    """The mail of one notification, with the job's id in its Message-ID.

    A repeat of the same job is the same mail to every mail system that compares ids.
    """
    kind = KINDS[notification.kind]
    with timezone.override(member.zone):
        context = _context(member, kind.group_key) | {
            "notes": [_shown(notification, member)],
            "reason": _why(kind, member, in_quiet_hours=in_quiet_hours),
            "heading": notification.title,
            "is_digest": False,
        }
    mail = _mail(f"{notification.title} ({member.tenant.name})", context, member, job_id)
    if notification.target_id:  # mails about one record stand together
        mail.extra_headers["References"] = f"<{notification.target_id}@{_host()}>"
    return mail


def digest(
    notifications: Sequence[Notification], member: Member, *, job_id: UUID, day: dt.date
) -> EmailMultiAlternatives:
    """The daily mail: everything that waited for it, oldest first."""
    count = len(notifications)
    heading = ngettext(
        "%(n)d thing since the last digest", "%(n)d things since the last digest", count
    )
    with timezone.override(member.zone):
        context = _context(member, "") | {
            "notes": [_shown(notification, member) for notification in notifications],
            "reason": f"You get this digest of {member.tenant.name} once a day at the hour you "
            "chose, on days that have something to tell.",
            "heading": heading % {"n": count},
            "is_digest": True,
        }
    subject = f"{member.tenant.name}: {heading % {'n': count}}"
    return _mail(subject, context, member, job_id)


def _mail(
    subject: str, context: dict[str, Any], member: Member, job_id: UUID
) -> EmailMultiAlternatives:
    headers = {
        "Message-ID": f"<{job_id}@{_host()}>",
        "List-Unsubscribe": f"<{context['unsubscribe_url']}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    mail = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=_text(context),
        to=[member.email],
        headers=headers,
    )
    first = context["notes"][0]
    preview = context["heading"] if context["is_digest"] else first["body"]
    facts = context | {"preview": " ".join(filter(None, (preview, first["deadline"])))[:140]}
    mail.attach_alternative(render_to_string("mail/notifications.html", facts), "text/html")
    return mail


def _context(member: Member, group: str) -> dict[str, Any]:
    token = unsubscribe_token(member, group)
    return {
        **look(member.tenant),
        "name": member.name,
        "settings_url": _absolute(reverse("notification_settings")),
        "unsubscribe_url": _absolute(reverse("notification_unsubscribe", args=[token])),
        "inbox_url": _absolute(reverse("notification_list", args=[member.tenant.slug])),
    }


def _shown(notification: Notification, member: Member) -> dict[str, Any]:
    at = reverse("notification_open", args=[member.tenant.slug, notification.pk])
    signatures = [
        action_signature(notification.pk, number) for number in range(len(notification.actions))
    ]
    return {
        "title": notification.title,
        "body": notification.body,
        "url": _absolute(at),
        "deadline": f"By {stamp(notification.deadline)}" if notification.deadline else "",
        "at": stamp(notification.created_at),
        "actions": [
            (label, f"{_absolute(at)}?action={number}&s={signatures[number]}")
            for number, (label, _path) in enumerate(notification.actions)
        ],
    }


def _why(kind: NotificationKind, member: Member, *, in_quiet_hours: bool) -> str:
    why = f"You get this because of your choice for “{kind.group}” at {member.tenant.name}."
    if in_quiet_hours:
        why += " It is urgent, so it did not wait for the end of your quiet hours."
    return why


def _text(context: dict[str, Any]) -> str:
    lines = []
    if context["is_digest"]:
        lines += [context["heading"], ""]
    for note in context["notes"]:
        lines += [note["title"]]
        lines += [note["body"]] if note["body"] else []
        lines += [note["deadline"]] if note["deadline"] else []
        lines += [f"{label}: {url}" for label, url in note["actions"]]
        lines += [f"Open it: {note['url']}", ""]
    lines += [
        "-- ",
        context["reason"],
        f"Choose what you are told, and when: {context['settings_url']}",
        f"No more mail of this sort: {context['unsubscribe_url']}",
    ]
    return "\n".join(lines) + "\n"


def _absolute(path: str) -> str:
    return settings.BASE_URL.rstrip("/") + path


def _host() -> str:
    return urlsplit(settings.BASE_URL).hostname or "bowline.localhost"
