"""The order in which spend is locked, so that no two writers wait for each other.

1. `lock_company(what)`: a company-wide lock, for what no row stands for (numbers, splitting).
2. The request, `FOR NO KEY UPDATE`; its steps and decisions are written under it.
3. Budget lines, by id, as the last thing before the commit.
"""

import hashlib
from collections.abc import Iterable
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection

from decisions.models import ApprovalPolicy, Budget, SpendRequest
from tenants.errors import NotFound
from tenants.isolation import Prepared, current_tenant_id
from tenants.isolation.rows import columns_of, made_of
from tenants.models import Member, Tenant, User

_AS_READ = "_as_read"

_HELD = """
select {columns}
from decisions_spendrequest r
join tenants_tenant t on t.id = r.tenant_id
join tenants_member m on m.tenant_id = r.tenant_id and m.id = r.requester_id
join tenants_user u on u.id = m.user_id
left join decisions_approvalpolicy p on p.tenant_id = r.tenant_id and p.id = r.policy_id
where r.tenant_id = %(tenant)s and r.id = %(request)s
for no key update of r
"""
_KINDS = ((SpendRequest, "r"), (Tenant, "t"), (Member, "m"), (User, "u"), (ApprovalPolicy, "p"))


@cache
def _held_sql() -> Prepared:
    columns = columns_of(_KINDS)
    return Prepared(_HELD.format(columns=columns), tenant="uuid", request="uuid")


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
    rows = _held_sql().rows({"tenant": current_tenant_id(), "request": pk})
    if not rows:
        raise NotFound
    request, company, requester, user, policy = made_of(rows[0], *(model for model, _ in _KINDS))
    requester.user, requester.tenant = user, company
    request.tenant, request.requester, request.policy = company, requester, policy
    remember(request)
    found: SpendRequest = request
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
