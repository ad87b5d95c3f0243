"""Questions to the trail."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from tenants.audit.models import AuditEvent

NOBODY = "bowline"  # Bowline itself and service keys: events without a member
RECENT = 5000  # events looked through for the kinds that the filter offers
BATCH = 1000


@dataclass(frozen=True)
class TrailFilter:
    """What a reader asks of the trail; each part narrows, None leaves it open."""

    person: UUID | str | None = None
    verb: str = ""
    record: str = ""
    from_on: dt.date | None = None
    to_on: dt.date | None = None

    def apply(self) -> QuerySet[Any]:
        """The current tenant's events that fit; days are days in the reader's zone."""
        events = AuditEvent.objects.all()
        if self.person == NOBODY:
            events = events.filter(actor_id=None)
        elif self.person:
            events = events.filter(actor_id=self.person)
        if self.verb:
            events = events.filter(verb=self.verb)
        if self.record:
            events = _of_record(events, self.record)
        if self.from_on:
            events = events.filter(occurred_at__gte=_midnight(self.from_on))
        if self.to_on:
            events = events.filter(occurred_at__lt=_midnight(self.to_on + dt.timedelta(days=1)))
        return events


@dataclass(frozen=True)
class Page:
    """Some events, newest first, and the ids from which the newer and older ones go on."""

    events: list[Any]
    newer: UUID | None
    older: UUID | None


def page_of(
    events: QuerySet[Any], *, before: UUID | None, after: UUID | None, size: int = 50
) -> Page:
    """The `size` events before (older than) or after (newer than) an id; one query.

    A cursor never skips or repeats an event however many are written meanwhile.
    """
    if after is not None:
        found = list(events.filter(id__gt=after).order_by("id")[: size + 1])
        more = len(found) > size
        shown = found[:size][::-1]
        return Page(
            shown, shown[0].pk if more and shown else None, shown[-1].pk if shown else after
        )
    if before is not None:
        events = events.filter(id__lt=before)
    found = list(events.order_by("-id")[: size + 1])
    shown = found[:size]
    newer = shown[0].pk if before is not None and shown else None
    return Page(shown, newer, shown[-1].pk if len(found) > size else None)


def recent_verbs() -> list[str]:
    """The kinds of event among the newest, for the filter; one query of bounded cost."""
    newest = AuditEvent.objects.order_by("-id")[:RECENT].values_list("verb", flat=True)
    return sorted(set(newest))


def in_batches(events: QuerySet[Any]) -> Iterator[Any]:
    """All events, newest first, in queries of bounded size."""
    last = None
    while True:
        part = events if last is None else events.filter(id__lt=last)
        batch = list(part.order_by("-id")[:BATCH])
        yield from batch
        if len(batch) < BATCH:
            return
        last = batch[-1].pk


def _of_record(events: QuerySet[Any], record: str) -> QuerySet[Any]:
    """By the record's id, else by a part of the name it had."""
    try:
        return events.filter(target_id=UUID(record))
    except ValueError:
        return events.filter(target_label__icontains=record)


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))
