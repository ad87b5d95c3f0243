"""Blockers and asks: the lines of a letter that wait for a person."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone

from reviews import policies
from reviews.content import MOST_ITEMS, Item
from reviews.models import ITEM_MOST, Ask, Blocker, UpdateItem, WeeklyUpdate
from reviews.prefill import open_rows
from tenants import audit
from tenants.audit import Actor
from tenants.errors import Invalid, NotFound
from tenants.models import Member

Row = TypeVar("Row", Blocker, Ask)


@transaction.atomic
def item_close(*, item: Ask | Blocker, actor: Actor) -> Ask | Blocker:
    """Mark a blocker as cleared or an ask as done; harmless when repeated.

    Raises Denied for others than the person, CTOs, executives and admins; WrongState in a draft.
    """
    model = type(item)
    found: Ask | Blocker | None = (
        model.objects.select_related("update").select_for_update(of=("self",)).filter(pk=item.pk)
    ).first()
    if found is None:
        raise NotFound()
    policies.check_can_close_item(actor=actor, item=found, update=found.update)
    if found.closed_at is None:
        found.closed_at, found.closed_by = timezone.now(), member_or_none(actor)
        found.save(update_fields=["closed_at", "closed_by"])
        verb = f"{model._meta.model_name}.closed"
        audit.record(actor=actor, verb=verb, target=found, changes={"update": found.update_id})
    return found


def replace_items(
    update: WeeklyUpdate, model: type[Row], items: Sequence[Item]
) -> dict[str, list[Any]]:
    """Make the letter's rows exactly these, in this order; answers what changed, for the trail.

    A row that is still named by its id, or still says the same, keeps where it was carried from and
    whether it is closed. Blank rows are left out.
    """
    name = f"{model._meta.model_name}s"
    written = [item for item in items if not item.is_blank]
    _check_items(name, written)
    kept: dict[Any, Row] = {row.pk: row for row in model.objects.filter(update=update)}
    before = [_plain(row) for row in kept.values()]
    rows = []
    for position, item in enumerate(written):
        row = _row_of(item, kept) or model(update=update)
        row.position, row.text, row.due_on = position, item.text.strip(), item.due_on
        row.member = item.member
        rows.append(row)
    after = [_plain(row) for row in rows]
    if before == after:
        return {}
    model.objects.filter(pk__in=list(kept)).delete()
    new = [row for row in rows if row._state.adding]
    model.objects.bulk_create(new)
    model.objects.bulk_update(
        [row for row in rows if row not in new], ["position", "text", "due_on", "member"]
    )
    return {name: [before, after]}


def _row_of(item: Item, kept: dict[Any, Row]) -> Row | None:
    """Take the stored row that this item is, by its id, else by its text."""
    same = next((pk for pk, row in kept.items() if row.text == item.text.strip()), None)
    return kept.pop(item.id if item.id in kept else same, None)


def carry_over(update: WeeklyUpdate, previous: WeeklyUpdate) -> int:
    """Add what is still open in the letter before and not in this one yet; answers how many."""
    added = 0
    for model in (Blocker, Ask):
        here = list(model.objects.filter(update=update))
        added += len(model.objects.bulk_create(open_rows(model, previous, update, here=here)))
    return added


def member_or_none(actor: Actor) -> Member | None:
    """Who, where a person acts; None for Bowline itself and service keys."""
    return actor if isinstance(actor, Member) else None


def _is_active(member: Member) -> bool:
    return member.status == Member.Status.ACTIVE


def _plain(row: UpdateItem) -> dict[str, Any]:
    return {"text": row.text, "member": row.member_id, "due_on": row.due_on}


def _check_items(name: str, items: Sequence[Item]) -> None:
    """Raise Invalid for what not even a draft may hold."""
    errors = {}
    if len(items) > MOST_ITEMS:
        errors[name] = f"Keep it to {MOST_ITEMS} at most: a longer list is not read."
    for number, item in enumerate(items):
        if len(item.text) > ITEM_MOST:
            errors[f"{name}.{number}.text"] = f"Use {ITEM_MOST} characters at most."
        if item.member is not None and not _is_active(item.member):
            errors[f"{name}.{number}.member"] = f"{item.member.name} has left. Choose someone else."
    if errors:
        raise Invalid(errors)
