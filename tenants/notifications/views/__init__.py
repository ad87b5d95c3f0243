"""The inbox of a company, and a person's own choices over all of theirs."""

from tenants.notifications.views.inbox import (
    notification_count,
    notification_list,
    notification_mark,
    notification_open,
    notification_read_all,
    notification_unread_all,
)

__all__ = [
    "notification_count",
    "notification_list",
    "notification_mark",
    "notification_open",
    "notification_read_all",
    "notification_unread_all",
]
