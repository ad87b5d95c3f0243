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
