"""Base classes of every row that belongs to a tenant."""

from typing import Any

from django.db import models

from tenants.isolation.context import current_tenant_id, tenant_or_none
from tenants.isolation.ids import uuid7


class TenantManager(models.Manager[Any]):
    """Answers for the current tenant alone; raises NoTenant where none is set."""

    use_in_migrations = False

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(tenant_id=current_tenant_id())


class TenantForeignKey(models.ForeignKey):
    """A reference to a row of the same tenant.

    The database holds it as `(tenant_id, x_id) → (tenant_id, id)`, made by the migration
    operation IsolateTable, so Django's own single-column constraint stays off.
    """

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs.setdefault("db_index", False)
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        return name, path, args, kwargs


class TenantModel(models.Model):
    """A row of one tenant; `tenant` is filled from the context and never changes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(
        "tenants.Tenant",
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        editable=False,
        default=tenant_or_none,  # a row without a tenant is refused by the database, loudly
    )

    objects = TenantManager()

    class Meta:
        abstract = True


class TimestampedTenantModel(TenantModel):
    """A tenant's row that says when it was made and last changed (its ETag in the API)."""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        abstract = True
