"""How often what pages show has changed without an audited write.

Every other change is audited, and the audit trail is numbered. What workers compute (rollups) and
what nobody decided (a notice that came) counts here instead, in the transaction of the change, so
that both numbers together are the version of a company's pages.
"""

from django.db import connections, models

from tenants.isolation.context import current_tenant_id


class Revision(models.Model):
    """A tenant's count of unaudited changes."""

    tenant = models.OneToOneField("tenants.Tenant", primary_key=True, on_delete=models.CASCADE)
    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.tenant_id} at {self.number}"


_ONE_MORE = """
insert into tenants_revision as r (tenant_id, number) {rows}
on conflict (tenant_id) do update set number = r.number + 1
"""


def pages_changed() -> None:
    """Say that something a page of the current tenant shows has changed without an audited write.

    Call it last: the row stays locked until the transaction ends.
    """
    with connections["default"].cursor() as cursor:
        cursor.execute(_ONE_MORE.format(rows="values (%s, 1)"), [current_tenant_id()])


def all_pages_changed(*, using: str) -> None:
    """The same for every tenant at once, as the owner."""
    with connections[using].cursor() as cursor:
        cursor.execute(_ONE_MORE.format(rows="select id, 1 from tenants_tenant order by id"))
