"""One consistent company, made through the product's own services."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from tenants.audit.actors import SystemActor
from tenants.isolation import tenant
from tenants.models import Member, Tenant
from tenants.permissions import Role
from tenants.services import member_add, tenant_create
from tests.replayed import replayed

PASSWORD = "correct horse battery staple"
BOWLINE = SystemActor()


@dataclass(frozen=True)
class Company:
    """A tenant with one member per role; each is found under the role's name."""

    tenant: Tenant
    members: dict[str, Member]

    @property
    def id(self) -> UUID:
        return self.tenant.pk

    @property
    def slug(self) -> str:
        return self.tenant.slug

    def member(self, role: str) -> Member:
        return self.members[role]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["members"][name]
        except KeyError:
            raise AttributeError(name) from None


def make_company(
    slug: str, *, time_zone: str = "America/New_York", currency: str = "USD", **fields: Any
) -> Company:
    """A company named after its slug, with one member of each role."""
    made = replayed(_make, slug, time_zone=time_zone, currency=currency, **fields)
    with tenant(made):
        members = {
            str(member.roles[0]): member
            for member in Member.objects.select_related("user", "tenant").order_by("id")
        }
        return Company(Tenant.objects.get(pk=made), members)


def _make(slug: str, *, time_zone: str, currency: str, **fields: Any) -> UUID:
    created = tenant_create(
        name=slug.title(),
        slug=slug,
        time_zone=time_zone,
        currency=currency,
        admin_email=f"admin@{slug}.example",
        admin_name=f"Admin {slug.title()}",
    )
    with tenant(created.pk):
        if fields:
            Tenant.objects.filter(pk=created.pk).update(**fields)
        for role in Role:
            member_add(
                email=f"{role}@{slug}.example",
                name=f"{role.title()} {slug.title()}",
                roles=[role],
                actor=BOWLINE,
            )
        Member.objects.update(last_seen_at=timezone.now())  # so that reading a page notes nothing
    return created.pk
