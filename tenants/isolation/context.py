"""The tenant of the running code, in Python and in PostgreSQL at once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from django.db import connections, transaction

from tenants.isolation.prepared import Prepared

_SETTING = "select set_config('bowline.tenant', %(its_tenant)s, true);"
_tenant: ContextVar[UUID | None] = ContextVar("bowline_tenant", default=None)


class NoTenant(RuntimeError):
    """A tenant's rows were asked for outside `with tenant(id)`."""


class TenantSwitch(RuntimeError):
    """A second tenant was entered inside the first: a savepoint would leak it outward."""


def current_tenant_id() -> UUID:
    """The id of the tenant entered with `with tenant(id)`; raises NoTenant outside of it."""
    tenant_id = _tenant.get()
    if tenant_id is None:
        raise NoTenant("No tenant is set: wrap this code in `with tenant(tenant_id):`.")
    return tenant_id


def tenant_or_none() -> UUID | None:
    """The id of the current tenant where there is one: for log lines, never for queries."""
    return _tenant.get()


@contextmanager
def tenant(tenant_id: UUID, *, using: str = "default") -> Iterator[None]:
    """Open a transaction in which only this tenant's rows exist.

    Entering another tenant inside raises TenantSwitch, entering the same one is a plain savepoint.
    The setting is local to the transaction, so the commit or the rollback ends it. Inside an outer
    transaction (tests, nested work) it is cleared on the way out, because a released savepoint
    would keep it; on an error the rollback to the savepoint restores what stood before.
    """
    with _entered(tenant_id, using):
        yield


@contextmanager
def tenant_opened_by(
    tenant_id: UUID, sql: str | Prepared, params: Mapping[str, Any], *, using: str = "default"
) -> Iterator[list[tuple[Any, ...]]]:
    """`tenant(id)` and a first query inside it, both in one message; yields the query's rows."""
    with _entered(tenant_id, using, sql, params) as rows:
        yield rows


@contextmanager
def _entered(
    tenant_id: UUID,
    using: str,
    sql: str | Prepared = "",
    params: Mapping[str, Any] | None = None,
) -> Iterator[list[tuple[Any, ...]]]:
    outer = _tenant.get()
    if outer is not None and outer != tenant_id:
        raise TenantSwitch("Leave the current tenant before entering another one.")
    is_nested = connections[using].in_atomic_block
    with transaction.atomic(using=using):
        if outer is not None:
            yield _set(using, str(tenant_id), sql, params) if sql else []
            return
        rows = _set(using, str(tenant_id), sql, params)
        token = _tenant.set(tenant_id)
        try:
            yield rows
        finally:
            _tenant.reset(token)
        if is_nested and not connections[using].needs_rollback:
            _set(using, "")


def _set(
    using: str, value: str, sql: str | Prepared = "", params: Mapping[str, Any] | None = None
) -> list[tuple[Any, ...]]:
    """Set the tenant, then run `sql` in the same message; answers the rows of its last statement.

    PostgreSQL runs them one after the other, so `sql` already sees the tenant.
    """
    if isinstance(sql, Prepared):
        return sql.rows({"its_tenant": value, **(params or {})}, using=using, before=_SETTING)
    with connections[using].cursor() as cursor:
        cursor.execute(f"{_SETTING}{sql}", {"its_tenant": value, **(params or {})})
        return cursor.fetchall() if sql else []
