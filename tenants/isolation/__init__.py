"""One tenant a transaction: the context, the row policies and the keys that hold it.

The innermost room of the ground floor: it knows no model of ours but its own base classes.
"""

from tenants.isolation.context import (
    NoTenant,
    TenantSwitch,
    current_tenant_id,
    tenant,
    tenant_opened_by,
    tenant_or_none,
)
from tenants.isolation.ids import uuid7
from tenants.isolation.prepared import Prepared

__all__ = [
    "NoTenant",
    "Prepared",
    "TenantSwitch",
    "current_tenant_id",
    "tenant",
    "tenant_opened_by",
    "tenant_or_none",
    "uuid7",
]
