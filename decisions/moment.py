"""What time it is for spend: now, or the moment that a told story plays at."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils import timezone

from tenants.models import Tenant

_told: ContextVar[dt.datetime | None] = ContextVar("bowline_spend_moment", default=None)


def now() -> dt.datetime:
    """The present instant, or that of the story being told."""
    return _told.get() or timezone.now()


def today(company: Tenant) -> dt.date:
    """The date it is at the company's, at that instant."""
    return now().astimezone(company.zone).date()


@contextmanager
def told_at(instant: dt.datetime) -> Iterator[None]:
    """What is written inside happens at `instant`: for demo data alone, whose story began earlier.

    The company's audit trail keeps the true time.
    """
    token = _told.set(instant)
    try:
        yield
    finally:
        _told.reset(token)
