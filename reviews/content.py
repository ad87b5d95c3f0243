"""What a letter can say, as it comes from a form or the API, and whether it can be sent."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from reviews.models import (
    COMMENT_MOST,
    ITEM_MOST,
    SUMMARY_MOST,
    TEXT_MOST,
    WORDS,
    UpdateItem,
    WeeklyUpdate,
)
from tenants.errors import Invalid
from tenants.models import Member
from tenants.ui.formats import day

MOST_ITEMS = 30
FIELDS = (*WORDS, "health", "confidence", "kpi_notes")


@dataclass(frozen=True, kw_only=True)
class Item:
    """A blocker or an ask as written; `id` is that of the row it was read from, if any."""

    text: str = ""
    member: Member | None = None
    due_on: dt.date | None = None
    id: UUID | None = None

    @property
    def is_blank(self) -> bool:
        return not self.text and self.due_on is None


@dataclass(frozen=True, kw_only=True)
class Content:
    """Part of a letter: `fields` by name, and the lists that are given replace the stored ones.

    `kpi_notes` is `{kpi id: {"shown": bool, "comment": str}}`.
    """

    fields: dict[str, Any] = field(default_factory=dict)
    blockers: Sequence[Item] | None = None
    asks: Sequence[Item] | None = None


def put(update: WeeklyUpdate, fields: dict[str, Any]) -> None:
    """Write the given fields into the letter; raises Invalid for what no draft may hold."""
    for name in FIELDS:
        if name in fields:
            value = fields[name]
            setattr(update, name, _clean_text(value) if isinstance(value, str) else value)
    errors = _field_errors(update)
    if errors:
        raise Invalid(errors)


def complete_errors(
    update: WeeklyUpdate,
    *,
    blockers: Sequence[UpdateItem],
    asks: Sequence[UpdateItem],
    today: dt.date,
) -> dict[str, str]:
    """What keeps the letter from being sent on the client's date `today`, by field."""
    errors = {}
    if not (update.summary.strip() or update.progress.strip()):
        errors["summary"] = "Say in one or two sentences what changed this week."
    for number, item in enumerate(blockers):
        name = f"blockers.{number}"
        if not item.text:
            errors[f"{name}.text"] = f"Blocker {number + 1}: say what is stuck, or remove it."
        if item.is_open and item.due_on and item.due_on < today:
            errors[f"{name}.due_on"] = (
                f"Blocker {number + 1}: {_passed(item.due_on, today)} "
                "Set a new date, or clear the blocker."
            )
    for number, item in enumerate(asks):
        name = f"asks.{number}"
        if not item.text:
            errors[f"{name}.text"] = f"Ask {number + 1}: say what you ask, or remove it."
        if item.member is None:
            errors[f"{name}.member"] = f"Ask {number + 1}: choose whom you ask."
        if item.due_on is None:
            errors[f"{name}.due_on"] = f"Ask {number + 1}: say by when."
        elif item.is_open and item.due_on < today:
            errors[f"{name}.due_on"] = (
                f"Ask {number + 1}: {_passed(item.due_on, today)} Set a new date, or remove it."
            )
    return errors


def _passed(due_on: dt.date, today: dt.date) -> str:
    return f"{day(due_on, today)} has passed."


def _clean_text(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _field_errors(update: WeeklyUpdate) -> dict[str, str]:
    errors = {}
    for name in WORDS:
        most = SUMMARY_MOST if name == "summary" else TEXT_MOST
        if excess := max(0, len(getattr(update, name)) - most):
            errors[name] = f"Use {most} characters at most; this is {excess} too long."
    if update.health and update.health not in WeeklyUpdate.Health.values:
        errors["health"] = "Choose on_track, watch or off_track."
    if update.confidence is not None and not 1 <= update.confidence <= 5:
        errors["confidence"] = "Give a number from 1 to 5."
    for note in update.kpi_notes.values():
        if len(note.get("comment", "")) > ITEM_MOST:
            errors["kpis"] = f"Use {ITEM_MOST} characters at most for a comment on a figure."
    return errors


def checked_words(text: str, *, name: str, most: int = COMMENT_MOST) -> str:
    """A text that must be there and not too long; raises Invalid for the field `name`."""
    text = _clean_text(text)
    if not text:
        raise Invalid({name: "Write something first."})
    if len(text) > most:
        raise Invalid(
            {name: f"Use {most} characters at most; this is {len(text) - most} too long."}
        )
    return text
