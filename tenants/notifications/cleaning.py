"""Old notifications go: the inbox is for now, the audit trail for ever."""

import datetime as dt

from django.utils import timezone

from tenants.notifications.models import Digest, Notification, Reminder

READ_KEPT = dt.timedelta(days=180)
UNREAD_KEPT = dt.timedelta(days=365)
SETTLED_KEPT = dt.timedelta(days=90)
ROWS = 1_000


def remove_old() -> bool:
    """Remove up to ROWS of each sort; answers whether more may remain."""
    now = timezone.now()
    old = [
        Notification.objects.filter(read_at__lt=now - READ_KEPT),
        Notification.objects.filter(created_at__lt=now - UNREAD_KEPT),
        Reminder.objects.filter(settled_at__lt=now - SETTLED_KEPT),
        Digest.objects.filter(sent_at__lt=now - SETTLED_KEPT),
    ]
    more = False
    for rows in old:
        ids = list(rows.order_by("id").values_list("pk", flat=True)[:ROWS])
        rows.model.objects.filter(pk__in=ids).delete()
        more = more or len(ids) == ROWS
    return more
