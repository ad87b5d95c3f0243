"""Keeping the leases of what this process holds, while it lives."""

import datetime as dt
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

from tenants.jobs.claims import Claim, renew

logger = logging.getLogger("bowline.jobs")

LOOK = 1.0  # seconds after which the thread looks again, whatever is held


class Keeper:
    """A thread that renews held claims each third of their lease.

    So a lease may be short, and a killed worker's jobs come back soon, however long a step takes.
    A process that is stopped or has no connection loses its leases; the fence then undoes its work.
    """

    def __init__(self) -> None:
        self._held: dict[Claim, tuple[float, dt.timedelta]] = {}  # when to renew, for how long
        self._changed = threading.Condition()
        self._owner = 0  # the process whose thread runs: a fork inherits none
        self._wakes = 0.0  # when the thread looks again by itself

    @contextmanager
    def holding(self, claims: list[Claim], lease: dt.timedelta, *, since: float) -> Iterator[None]:
        """Renew these claims, made `since` (time.monotonic), until the block ends."""
        due = since + lease.total_seconds() / 3
        with self._changed:
            if self._owner != os.getpid():
                self._owner = os.getpid()
                threading.Thread(target=self._keep, name="job-leases", daemon=True).start()
            self._held |= dict.fromkeys(claims, (due, lease))
            if due < self._wakes:  # else it comes in time; waking it for each job would cost more
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                for claim in claims:
                    self._held.pop(claim, None)

    def _keep(self) -> None:
        while True:
            with self._changed:
                now = time.monotonic()
                first = min((due for due, _ in self._held.values()), default=now + LOOK)
                if (wait := min(first - now, LOOK)) > 0:
                    self._wakes = now + wait
                    self._changed.wait(wait)
                    continue
                lease = min(lease for _, lease in self._held.values())
                held = list(self._held)
            try:
                renew(held, lease)
                connections["tick"].close()  # this thread's own; it is needed seldom
            except Exception:  # whatever it is: the next round must come
                logger.warning("leases of %d jobs were not renewed", len(held), exc_info=True)
                connections["tick"].connection = None
            due = time.monotonic() + lease.total_seconds() / 3
            with self._changed:
                self._held |= {
                    claim: (due, old[1])
                    for claim in held
                    if (old := self._held.get(claim)) is not None
                }


KEEPER = Keeper()
