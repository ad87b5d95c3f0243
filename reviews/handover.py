"""The weekly updates' share of a handover pack, with what they still ask."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from engagements.handover.registry import Check, Content, page, register_part
from engagements.handover.tables import csv_lines, when
from engagements.models import Engagement
from reviews.models import Ask, Blocker, UpdateAmendment, UpdateComment, WeeklyUpdate, lines

_TEXTS = (
    ("progress", "Progress"),
    ("wins", "Wins"),
    ("risks", "Risks"),
    ("next_week", "Next week"),
)


def register() -> None:
    """The part, from `AppConfig.ready`."""
    register_part(
        "updates", "Weekly updates", writer=files, completeness=checks, order=40, weight=2
    )


def files(engagement: Engagement) -> Iterator[tuple[str, Content]]:
    """A letter for each week that was sent, and the open actions: asks and blockers."""
    sent = _sent(engagement)
    for pk, week in list(sent.values_list("pk", "week_start")):
        yield f"updates/{week:%Y-%m-%d}.md", _letter(pk)
    open_items = [item for model in (Ask, Blocker) for item in _open(model, engagement)]
    if open_items:
        header = ["kind", "text", "person", "due", "week"]
        yield "updates/open-actions.csv", csv_lines(header, (_action(item) for item in open_items))


def checks(engagement: Engagement) -> list[Check]:
    link = page("update_list")
    sent = _sent(engagement)
    waiting = sent.filter(status=WeeklyUpdate.Status.SUBMITTED).count()
    open_count = sum(len(_open(model, engagement)) for model in (Ask, Blocker))
    return [
        Check(sent.exists(), "Weekly updates: none was sent", link),
        Check(not waiting, f"Weekly updates: {waiting} not acknowledged", link),
        Check(not open_count, f"Open actions: {open_count} asks and blockers are open", link),
    ]


def _sent(engagement: Engagement) -> QuerySet[Any]:
    rows = WeeklyUpdate.objects.filter(engagement=engagement)
    return rows.exclude(status=WeeklyUpdate.Status.DRAFT).order_by("week_start", "id")


def _open(model: type[Ask] | type[Blocker], engagement: Engagement) -> list[Ask | Blocker]:
    """What is still open in the latest letter: older ones were carried over or settled."""
    latest = _sent(engagement).last()
    if latest is None:
        return []
    rows = model.objects.filter(update=latest, closed_at=None)
    return list(rows.select_related("member__user", "update").order_by("position", "id"))


def _action(item: Ask | Blocker) -> tuple[object, ...]:
    name = item.member.name if item.member else ""
    return (item._meta.model_name, item.text, name, item.due_on, item.update.week_start)


def _letter(pk: object) -> Iterator[str]:
    """One letter as Markdown; read when it is written, so that one is in memory at a time."""
    update = WeeklyUpdate.objects.with_people().get(pk=pk)
    zone = update.engagement.tenant.zone
    yield f"# Weekly update, {update.week_start} to {update.week_end}\n\n"
    yield f"{update.author.name}, sent {when(update.submitted_at, zone)}"
    yield f", acknowledged {when(update.acknowledged_at, zone)}.\n\n"
    if update.health:
        yield f"Health: {update.get_health_display()}. "
    if update.confidence:
        yield f"Confidence: {update.confidence} of 5."
    yield f"\n\n{update.summary}\n"
    for field, title in _TEXTS:
        if points := lines(getattr(update, field)):
            yield f"\n## {title}\n\n" + "".join(f"- {point}\n" for point in points)
    for model, title in ((Blocker, "Blockers"), (Ask, "Asks")):
        rows = list(model.objects.filter(update=update).select_related("member__user"))
        if rows:
            yield f"\n## {title}\n\n"
        for row in rows:
            state = "open" if row.is_open else "closed"
            who = row.member.name if row.member else "nobody"
            yield f"- {row.text} ({who}, {row.due_on or 'no date'}, {state})\n"
    yield from _afterwards(update)


def _afterwards(update: WeeklyUpdate) -> Iterator[str]:
    zone = update.engagement.tenant.zone
    comments = list(UpdateComment.objects.filter(update=update))
    if comments:
        yield "\n## Comments\n\n"
    for comment in comments:
        yield f"- {comment.author_name}, {when(comment.created_at, zone)}: {comment.body}\n"
    amendments = list(UpdateAmendment.objects.filter(update=update).order_by("number"))
    if amendments:
        yield "\n## Amendments\n\n"
    for change in amendments:
        yield f"- {change.amended_by_name}, {when(change.amended_at, zone)}: {change.reason}\n"
