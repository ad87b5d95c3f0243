"""What the demo's people were told of the latest letter; older ones are no news any more."""

from django.utils import timezone

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
    mine = Notification.objects.filter(target_id=update.pk)
    mine.update(created_at=update.submitted_at)
    waiting = Delivery.objects.filter(notification__in=mine, state=Delivery.State.WAITING)
    waiting.update(state=Delivery.State.SKIPPED, reason="Demo data.", settled_at=timezone.now())
