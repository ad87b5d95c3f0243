"""The order in which spend is locked, so that no two writers wait for each other.

1. `lock_company(what)`: a company-wide lock, for what no row stands for (numbers, splitting).
2. The request, `FOR NO KEY UPDATE`; its steps and decisions are written under it.
3. Budget lines, by id, as the last thing before the commit.
"""

import hashlib
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection

from decisions.models import Budget, SpendRequest
from tenants.holding import row_for_change
from tenants.isolation import current_tenant_id

_AS_READ = "_as_read"


def lock_company(what: str) -> None:
    """Hold the company's lock called `what` until the transaction ends."""
    name = hashlib.sha256(f"{current_tenant_id()}:spend:{what}".encode()).digest()[:8]
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(%s)", [int.from_bytes(name, "big", signed=True)]
        )


def request_for_change(pk: UUID) -> SpendRequest:
    """The request with requester, company and policy, held until the transaction ends; raises
    NotFound."""
    rows = SpendRequest.objects.select_related("tenant", "requester__user", "policy")
    found: SpendRequest = row_for_change(rows, pk)
    remember(found)
    return found


def remember(request: SpendRequest) -> None:
    """Keep what the row says now, so that `keep` writes no more than what changed."""
    vars(request)[_AS_READ] = _values(request)


def keep(request: SpendRequest) -> None:
    """Write what differs from what was read under the lock; all of it where nothing was."""
    before: dict[str, Any] | None = vars(request).get(_AS_READ)
    if before is None:
        request.save()
    else:
        changed = [name for name, value in _values(request).items() if before[name] != value]
        if changed:
            request.save(update_fields=[*changed, "updated_at"])
    remember(request)


def _values(request: SpendRequest) -> dict[str, Any]:
    return {f.attname: getattr(request, f.attname) for f in SpendRequest._meta.concrete_fields}


def budgets_for_change(ids: Iterable[UUID | None]) -> dict[UUID, Budget]:
    """The budget lines by id, held until the transaction ends, locked in the order of their ids."""
    wanted = sorted({pk for pk in ids if pk is not None})
    rows = Budget.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=wanted)
    return {row.pk: row for row in rows.order_by("id")}
