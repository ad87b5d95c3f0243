"""Whether the background work is alive, as web and readiness ask."""

import datetime as dt

from django.utils import timezone

from tenants.jobs.models import Heartbeat

LATE = dt.timedelta(seconds=30)


def last_tick() -> dt.datetime | None:
    """When the tick last ran in a worker; None when it never did.

    One sign for the whole chain: schedule, broker, a worker process and its way to PostgreSQL.
    """
    return Heartbeat.objects.filter(name="tick").values_list("seen_at", flat=True).first()


def is_alive_at(seen_at: dt.datetime | None) -> bool:
    """Whether a tick at `seen_at` is no older than LATE."""
    return seen_at is not None and timezone.now() - seen_at < LATE


def is_alive() -> bool:
    """Whether a tick ran in the last LATE seconds."""
    return is_alive_at(last_tick())
