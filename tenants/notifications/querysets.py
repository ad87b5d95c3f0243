"""What the inbox asks."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from tenants.models import Member
from tenants.notifications.kinds import kinds_in
from tenants.notifications.models import Notification

PAGE = 30


def inbox_of(member: Member | None) -> QuerySet[Any]:
    """A person's own notifications; nobody's (a service key's) are none."""
    if member is None:
        return Notification.objects.none()
    return Notification.objects.filter(member=member)


@dataclass(frozen=True)
class InboxFilter:
    """What the reader chose; empty means all."""

    group: str = ""
    unread: bool = False

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        if self.group:
            rows = rows.filter(kind__in=kinds_in(self.group))
        return rows.filter(read_at=None) if self.unread else rows


@dataclass(frozen=True)
class InboxPage:
    """Some notifications, newest first, and the ids from which the others go on."""

    rows: list[Notification]
    newer: UUID | None
    older: UUID | None


def page_of(
    rows: QuerySet[Any], *, before: UUID | None, after: UUID | None, size: int = PAGE
) -> InboxPage:
    """The `size` rows older than `before` or newer than `after`; one query."""
    if after is not None:
        found = list(rows.filter(id__gt=after).order_by("id")[: size + 1])
        shown = found[:size][::-1]
        newest = shown[0].pk if len(found) > size else None
        return InboxPage(shown, newest, shown[-1].pk if shown else after)
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows.order_by("-id")[: size + 1])
    shown = found[:size]
    newer = shown[0].pk if before is not None and shown else None
    return InboxPage(shown, newer, shown[-1].pk if len(found) > size else None)
