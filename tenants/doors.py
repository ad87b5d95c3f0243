"""The named doors: the only reads that answer before a tenant is set.

Each is a SECURITY DEFINER function of the database (see migration 0001) with one narrow question,
so that no policy needs an OR and every other query without a tenant fails loudly.
"""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, models

from tenants.isolation import Prepared
from tenants.isolation.rows import loader

_User = TypeVar("_User", bound=models.Model)


@dataclass(frozen=True)
class Membership:
    """A person's active place in one tenant."""

    tenant_id: UUID
    slug: str
    name: str
    status: str
    member_id: UUID
    roles: list[str]

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.name.split()[:2]).upper()


@dataclass(frozen=True)
class KeyEntry:
    """What is needed to check an API key before its tenant is known."""

    id: UUID
    tenant_id: UUID
    secret_hash: bytes
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None


@dataclass(frozen=True)
class InvitationEntry:
    """Where an invitation's link leads, before its tenant is known."""

    id: UUID
    tenant_id: UUID


def memberships_of(user_id: UUID | None) -> list[Membership]:
    """The active memberships of a person, by tenant name.

    An archived tenant is among them for its admins alone, while they can restore it; lists of
    tenants leave it out (`at_work`).
    """
    with connection.cursor() as cursor:
        cursor.execute("select * from bowline.memberships_of(%s)", [user_id])
        return [Membership(*row) for row in cursor.fetchall()]


def memberships_found(user: Any) -> list[Membership]:
    """The memberships of a signed-in person, as read together with their login where that was."""
    found = getattr(user, "memberships_found", None)
    return found if found is not None else memberships_of(user.pk)


def login(model: type[_User], user_id: UUID) -> tuple[_User | None, list[Membership]]:
    """The login with this id and its active memberships, by tenant name; one query."""
    load = loader(model)
    rows = _login_sql(model).rows({"user": user_id})
    if not rows:
        return None, []
    size = load.size
    user: _User = load.make(rows[0][:size])
    return user, [Membership(*row[size:]) for row in rows if row[size] is not None]


_LOGIN = """
select {columns}, m.tenant_id, m.slug, m.name, m.status, m.member_id, m.roles
from {table} u
left join lateral bowline.memberships_of(u.id) with ordinality
  as m (tenant_id, slug, name, status, member_id, roles, place) on true
where u.id = %(user)s order by m.place
"""


@cache
def _login_sql(model: type[models.Model]) -> Prepared:
    load = loader(model)
    return Prepared(_LOGIN.format(columns=load.columns("u"), table=load.table), user="uuid")


def at_work(memberships: list[Membership]) -> list[Membership]:
    """Those that a switcher or a portfolio shows: archived companies are not among them."""
    return [membership for membership in memberships if membership.status != "archived"]


def api_key(prefix: str) -> KeyEntry | None:
    """The key with this public prefix, live or not."""
    with connection.cursor() as cursor:
        cursor.execute("select * from bowline.api_key_by_prefix(%s)", [prefix])
        row = cursor.fetchone()
    return KeyEntry(row[0], row[1], bytes(row[2]), row[3], row[4]) if row else None


def invitation(token_hash: bytes) -> InvitationEntry | None:
    """The invitation whose link has this hash, open or not."""
    with connection.cursor() as cursor:
        cursor.execute("select * from bowline.invitation_by_hash(%s)", [token_hash])
        row = cursor.fetchone()
    return InvitationEntry(*row) if row else None


def tenant_id_of(slug: str) -> UUID | None:
    """The tenant at `slug`, for command lines and jobs; never for what a visitor asks."""
    with connection.cursor() as cursor:
        cursor.execute("select bowline.tenant_id_of(%s)", [slug])
        return cursor.fetchone()[0]


def all_tenant_ids() -> list[UUID]:
    """Every tenant, oldest first, for command lines that walk them all one by one."""
    with connection.cursor() as cursor:
        cursor.execute("select bowline.all_tenant_ids()")
        return [row[0] for row in cursor.fetchall()]
