"""The order in which spend is locked, so that no two writers wait for each other.

1. `lock_company(what)`: a company-wide lock, for what no row stands for (numbers, splitting).
2. The request, `FOR NO KEY UPDATE`; its steps and decisions are written under it.
3. Budget lines, by id.
"""

import hashlib
from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from decisions.models import Budget, SpendRequest
from tenants.holding import row_for_change
from tenants.isolation import current_tenant_id


def lock_company(what: str) -> None:
    """Hold the company's lock called `what` until the transaction ends."""
    name = hashlib.sha256(f"{current_tenant_id()}:spend:{what}".encode()).digest()[:8]
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(%s)", [int.from_bytes(name, "big", signed=True)]
        )


def request_for_change(pk: UUID) -> SpendRequest:
    """The request with its people, held until the transaction ends; raises NotFound."""
    found: SpendRequest = row_for_change(SpendRequest.objects.with_people(), pk)
    return found


def budgets_for_change(ids: Iterable[UUID | None]) -> dict[UUID, Budget]:
    """The budget lines by id, held until the transaction ends, locked in the order of their ids."""
    wanted = sorted({pk for pk in ids if pk is not None})
    rows = Budget.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=wanted)
    return {row.pk: row for row in rows.order_by("id")}
