"""What the inbox asks."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from tenants.models import Member
from tenants.notifications.kinds import kinds_in
from tenants.notifications.models import Notification


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
