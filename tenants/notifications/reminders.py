"""Reminders before deadlines: rows that say what to tell when, and a check that decides then."""

import datetime as dt
import logging
from collections.abc import Iterable
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from tenants.models import Member
from tenants.notifications.kinds import check_of, kind_of
from tenants.notifications.links import inside
from tenants.notifications.models import BODY_MOST, TITLE_MOST, Reminder
from tenants.notifications.services import one_line, tell

logger = logging.getLogger("bowline.notifications")

State = Reminder.State
STEP = 100
PUT_OFF = dt.timedelta(hours=1)
_WORDS = (
    *("kind", "title", "body", "link", "actions"),
    *("target_type", "target_id", "deadline"),
)
_MOVED = [*_WORDS, "to", "still_due", "args", "run_at", "state", "settled_at"]


def remind(
    *,
    to: Iterable[Member],
    kind: str,
    title: str,
    at: dt.datetime,
    dedupe_key: str,
    still_due: str,
    body: str = "",
    link: str = "",
    target: models.Model | None = None,
    deadline: dt.datetime | None = None,
    args: dict[str, Any] | None = None,
) -> bool:
    """Have `to` notified at `at`, if the check `still_due` then says it still applies.

    Under one `dedupe_key` there is one reminder: saying it again moves it and replaces its words.
    An `at` that has passed reminds nobody (and takes back one that waited); answers whether it
    waits now. The check gets `target_id` and `args` and answers True, False, or the members to
    remind instead. Raises KeyError for an unknown kind or check, ValueError without a key.
    """
    kind_of(kind), check_of(still_due)
    if not dedupe_key:
        raise ValueError("A reminder needs a dedupe_key, to be moved and cancelled by.")
    if at <= timezone.now():
        Reminder.objects.filter(dedupe_key=dedupe_key, state=State.PENDING).update(
            state=State.CANCELLED, settled_at=timezone.now()
        )
        return False
    row = Reminder(
        kind=kind,
        title=one_line(title, TITLE_MOST),
        body=one_line(body, BODY_MOST),
        link=inside(link),
        target_type=target._meta.model_name or "" if target is not None else "",
        target_id=target.pk if target is not None else None,
        deadline=deadline,
        dedupe_key=dedupe_key,
        to=[str(member.pk) for member in to],
        still_due=still_due,
        args=args or {},
        run_at=at,
    )
    Reminder.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["tenant", "dedupe_key"], update_fields=_MOVED
    )
    return True


def cancel_reminders(dedupe_key_prefix: str) -> int:
    """Take back the waiting reminders whose key begins so; answers how many, harmless for none."""
    if not dedupe_key_prefix:
        raise ValueError("Name the reminders by the beginning of their key.")
    waiting = Reminder.objects.filter(state=State.PENDING, dedupe_key__startswith=dedupe_key_prefix)
    return waiting.update(state=State.CANCELLED, settled_at=timezone.now())


def send_due() -> bool:
    """Settle the current tenant's reminders whose time has come; answers whether more remain."""
    due = list(
        Reminder.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(state=State.PENDING, run_at__lte=timezone.now())
        .order_by("run_at", "id")[:STEP]
    )
    for reminder in due:
        try:
            with transaction.atomic():
                _send(reminder)
        except Exception:  # one that cannot be decided keeps no other from its time
            logger.exception("reminder %s was put off", reminder.pk)
            Reminder.objects.filter(pk=reminder.pk).update(run_at=timezone.now() + PUT_OFF)
    return len(due) == STEP


def _send(reminder: Reminder) -> None:
    answer = check_of(reminder.still_due)(target_id=reminder.target_id, args=reminder.args)
    people: Iterable[Member] | None = None
    if answer is True:
        people = Member.objects.filter(pk__in=reminder.to)
    elif answer:
        people = answer
    if people is not None:
        words = {name: getattr(reminder, name) for name in _WORDS}
        words["dedupe_key"] = f"reminder:{reminder.pk}:{reminder.run_at.isoformat()}"
        tell(to=people, words=words, actor=None)
    reminder.state = State.SENT if people is not None else State.DROPPED
    reminder.settled_at = timezone.now()
    reminder.save(update_fields=["state", "settled_at"])
