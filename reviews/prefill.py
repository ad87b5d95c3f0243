"""What a new letter starts with, read and not written: the open ends of the letter before."""

import datetime as dt
from collections.abc import Collection
from typing import Any, TypeVar

from engagements.models import Engagement
from reviews import weeks
from reviews.models import Ask, Blocker, WeeklyUpdate
from tenants.models import Member

Row = TypeVar("Row", Blocker, Ask)


def prefilled(engagement: Engagement, week_start: dt.date, *, author: Member) -> WeeklyUpdate:
    """A letter of that week that is not stored yet, due at its time, with last week's figures."""
    update = WeeklyUpdate(
        engagement=engagement,
        author=author,
        week_start=week_start,
        due_at=weeks.default_due_at(engagement.tenant, week_start),
    )
    previous = previous_of(update)
    if previous is not None:
        update.kpi_notes = same_ticks(previous)
    return update


def previous_of(update: WeeklyUpdate) -> WeeklyUpdate | None:
    """The engagement's latest letter before this week."""
    found: WeeklyUpdate | None = WeeklyUpdate.objects.filter(
        engagement_id=update.engagement_id, week_start__lt=update.week_start
    ).first()
    return found


def same_ticks(previous: WeeklyUpdate) -> dict[str, Any]:
    """Which figures to show, as in the letter before; comments belong to their week."""
    return {
        kpi: {"shown": note["shown"]} for kpi, note in previous.kpi_notes.items() if "shown" in note
    }


def open_rows(
    model: type[Row], previous: WeeklyUpdate, update: WeeklyUpdate, *, here: Collection[Row] = ()
) -> list[Row]:
    """What is still open in the letter before and not in this one yet, as rows not stored yet.

    A person who left is not asked again: the row comes without them.
    """
    known = {row.carried_from for row in here} | {row.text for row in here}
    still_open = model.objects.filter(update=previous).still_open()
    new = [row for row in still_open if row.pk not in known and row.text not in known]
    return [
        model(
            update=update,
            position=len(here) + number,
            text=row.text,
            member=row.member if row.member and row.member.status == "active" else None,
            due_on=row.due_on,
            carried_from=row.pk,
        )
        for number, row in enumerate(new)
    ]
