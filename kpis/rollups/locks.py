"""Who may work on a figure at the same time: advisory locks, held to the transaction's end.

ROLLUP   exclusive for whoever computes rollups. Taken before the statement that reads the raw
         rows, so of two workers the later one has the newer snapshot and the last word.
CALENDAR shared by inserts of measurements, which store the day in the zone the rollups are built
         with; exclusive for a rebuild, which changes that zone.
"""

from enum import IntEnum
from uuid import UUID

from django.db import connection


class Lock(IntEnum):
    ROLLUP = 19_301
    CALENDAR = 19_302


def lock(kind: Lock, kpi_id: UUID, *, shared: bool = False) -> None:
    """Wait for the lock; raises OperationalError after the role's lock_timeout."""
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"select {function}(%s, hashtext(%s))", [int(kind), str(kpi_id)])
