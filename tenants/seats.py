"""Who reads, and where they sit: two plain statements in front of every request.

They ask what the ORM would ask. Each request asks both, and building the ORM's queries took longer
than answering them.
"""

from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.utils import timezone

from tenants import member_facts
from tenants.audit.models import AuditHead
from tenants.isolation import Prepared, tenant_opened_by
from tenants.isolation.rows import columns_of, made_of
from tenants.models import Member, Notification, Tenant, User
from tenants.revisions import Revision
from tenants.second_factor import FACTORS


class Seat(NamedTuple):
    """A place in a tenant; `member` is None where a service's key acts, or nobody any more.

    `version` moves with each change that a page of the tenant could show; None before the first.
    `unread` is how many notifications the member has not read. The member knows whether their login
    has a second factor (`member.has_second_factor`).
    """

    tenant: Tenant
    member: Member | None
    version: str | None
    unread: int


class seat_in:
    """`with seat_in(tenant_id, member_id) as seat:` is `with tenant(tenant_id)` and the seat in it.

    The tenant is set and the seat is read in one message. A member who left since the door was
    asked is None. Raises Tenant.DoesNotExist.
    """

    def __init__(self, tenant_id: UUID, member_id: UUID | None) -> None:
        self._inside = tenant_opened_by(
            tenant_id,
            _seat_sql(),
            {"tenant": tenant_id, "member": member_id, "now": timezone.now()},
        )

    def __enter__(self) -> Seat:
        rows = self._inside.__enter__()
        try:
            return _seat(rows)
        except BaseException as error:
            self._inside.__exit__(type(error), error, error.__traceback__)
            raise

    def __exit__(self, *error: Any) -> bool | None:
        return self._inside.__exit__(*error)


def _seat(rows: list[tuple[Any, ...]]) -> Seat:
    if not rows:
        raise Tenant.DoesNotExist
    version, unread, has_second_factor, *row = rows[0]
    extra = len(member_facts.columns())
    facts, row = row[:extra], row[extra:]
    tenant, member, user = made_of(row, Tenant, Member, User)
    if member is not None:
        member.tenant, member.user = tenant, user
        member.has_second_factor = has_second_factor
        member_facts.attach(member, facts)
    return Seat(tenant, member, version, unread if member is not None else 0)


@cache
def _seat_sql() -> Prepared:
    parts = ((Tenant, "t"), (Member, "m"), (User, "u"))
    columns = ", ".join((*member_facts.columns(), columns_of(parts)))
    factor = Authenticator._meta.db_table
    kinds = "('" + "', '".join(kind.value for kind in FACTORS) + "')"
    head, revision, notes = (m._meta.db_table for m in (AuditHead, Revision, Notification))
    sql = f"""
    select h.seq || '.' || coalesce(r.number, 0),
           (select count(*) from {notes} n
            where n.tenant_id = t.id and n.member_id = %(member)s and n.read_at is null),
           exists (select from {factor} f where f.user_id = m.user_id and f.type in {kinds}),
           {columns}
    from {Tenant._meta.db_table} t
    left join {head} h on h.tenant_id = t.id
    left join {revision} r on r.tenant_id = t.id
    left join ({Member._meta.db_table} m join {User._meta.db_table} u on u.id = m.user_id)
      on m.tenant_id = t.id and m.id = %(member)s and m.status = 'active'
    where t.id = %(tenant)s
    """  # noqa: S608  our own names
    return Prepared(sql, tenant="uuid", member="uuid", now="timestamptz")
