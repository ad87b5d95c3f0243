"""What is said about a sent letter, and how an acknowledged one is put right."""

from typing import Any

from django.db import transaction

from reviews import notices, policies
from reviews.content import checked_words, put
from reviews.models import ITEM_MOST, WORDS, UpdateAmendment, UpdateComment, WeeklyUpdate
from reviews.services.items import member_or_none
from reviews.services.rows import update_for_change
from tenants import audit
from tenants.audit import Actor
from tenants.errors import Invalid


@transaction.atomic
def update_comment(*, update: WeeklyUpdate, actor: Actor, body: str) -> UpdateComment:
    """Add to the thread of a sent letter; raises Denied, WrongState in a draft, Invalid."""
    update = update_for_change(update.pk)
    policies.check_can_comment_update(actor=actor, update=update)
    comment: UpdateComment = UpdateComment.objects.create(
        update=update,
        author=member_or_none(actor),
        author_name=actor.actor_name[:200],
        body=checked_words(body, name="body"),
    )
    audit.record(
        actor=actor, verb="weekly_update.commented", target=update, changes={"comment": comment.pk}
    )
    notices.tell_commented(comment, update, actor)
    return comment


@transaction.atomic
def update_amend(
    *, update: WeeklyUpdate, actor: Actor, texts: dict[str, Any], reason: str
) -> UpdateAmendment:
    """Change texts of an acknowledged letter, with a reason; the texts before stay readable.

    Figures, hours, blockers and asks stay as they were sent. Raises Denied, WrongState before
    acknowledgement, Invalid without a reason or when nothing differs.
    """
    update = update_for_change(update.pk)
    policies.check_can_amend_update(actor=actor, update=update)
    reason = checked_words(reason, name="reason", most=ITEM_MOST)
    before = {name: getattr(update, name) for name in WORDS}
    put(update, {name: text for name, text in texts.items() if name in WORDS})
    changes = {
        n: [old, getattr(update, n)] for n, old in before.items() if old != getattr(update, n)
    }
    if not changes:
        raise Invalid({"reason": "Nothing differs from what was sent. Change a text first."})
    if not (update.summary or update.progress):
        raise Invalid({"summary": "Say in one or two sentences what changed this week."})
    update.save(update_fields=[*changes, "updated_at"])
    amendment: UpdateAmendment = UpdateAmendment.objects.create(
        update=update,
        number=UpdateAmendment.objects.filter(update=update).count() + 1,
        reason=reason,
        changes=changes,
        amended_by=member_or_none(actor),
        amended_by_name=actor.actor_name[:200],
    )
    audit.record(
        actor=actor,
        verb="weekly_update.amended",
        target=update,
        changes={"reason": reason, **changes},
    )
    return amendment
