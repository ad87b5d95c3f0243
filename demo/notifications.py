"""What the demo's people were told of the latest letter, and of the spend that waits for them;
older things are no news any more."""

import datetime as dt
from typing import Any

from django.utils import timezone

from decisions import notices as spend_notices
from decisions.ladder import ladder_of
from decisions.models import SpendRequest
from decisions.roster import load_roster
from engagements.models import Engagement
from reviews import notices
from reviews.models import UpdateComment, WeeklyUpdate
from tenants.models import Delivery, Notification


def tell_latest(engagement: Engagement) -> None:
    """Fill the inboxes with the latest sent letter, at its own time and without mail."""
    letters = WeeklyUpdate.objects.with_people().filter(engagement=engagement)
    update = letters.exclude(status=WeeklyUpdate.Status.DRAFT).order_by("-week_start").first()
    if update is None:
        return
    notices.tell_submitted(update, update.author)
    for comment in UpdateComment.objects.select_related("author__user").filter(update=update):
        notices.tell_commented(comment, update, comment.author or update.author)
    _quietly(Notification.objects.filter(target_id=update.pk), update.submitted_at)


def tell_spend() -> None:
    """Fill the inboxes with what waits for a word, and with emergencies to ratify; once."""
    roster = load_roster()
    told = set(Notification.objects.values_list("target_id", flat=True))
    rows = SpendRequest.objects.with_people().with_steps().exclude(pk__in=told)
    for request in rows.filter(status=SpendRequest.Status.SUBMITTED):
        for state in ladder_of(request, roster).open:
            spend_notices.tell_asked(request, state)
            at = state.step.opened_at or timezone.now()
            _quietly(Notification.objects.filter(target_id=request.pk), at)
    for request in rows.to_ratify():
        if request.bypassed_by is not None and request.bypassed_at is not None:
            spend_notices.tell_bypassed(request, actor=request.bypassed_by)
            _quietly(Notification.objects.filter(target_id=request.pk), request.bypassed_at)


def _quietly(mine: Any, at: dt.datetime) -> None:
    """They were told then, and by no mail."""
    mine.update(created_at=at)
    waiting = Delivery.objects.filter(notification__in=mine, state=Delivery.State.WAITING)
    waiting.update(state=Delivery.State.SKIPPED, reason="Demo data.", settled_at=timezone.now())
