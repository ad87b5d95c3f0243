"""The people of a company and who stands in for whom, read once for a page or a decision."""

import datetime as dt
from typing import Any
from uuid import UUID

from decisions import moment
from decisions.routing import Person, Roster, StandIn
from engagements.coverage import periods_at, resolve
from tenants.isolation import Prepared, current_tenant_id
from tenants.models import Member, Tenant

_READ = Prepared(
    """
select 'person', m.id, null::uuid, m.id, coalesce(nullif(u.name, ''), u.email), m.roles
from tenants_member m join tenants_user u on u.id = m.user_id
where m.tenant_id = %(tenant)s and m.status = 'active'
union all
select 'delegation', d.delegator_id, d.delegate_id, d.id, '', null
from decisions_delegation d
where d.tenant_id = %(tenant)s and d.starts_at <= %(at)s and d.ends_at > %(at)s
union all
select 'away', p.member_id, p.deputy_id, p.id, '', null
from engagements_offperiod p join tenants_tenant t on t.id = p.tenant_id
where p.tenant_id = %(tenant)s and (p.cancelled_at is null or p.cancelled_at > %(at)s)
  and (%(at)s at time zone t.time_zone)::date between p.starts_on and p.ends_on
order by 4
""",
    tenant="uuid",
    at="timestamptz",
)
"""Plain SQL, because each approval asks it: the ORM took longer to build its four queries than
PostgreSQL to answer them."""


def load_roster(at: dt.datetime | None = None) -> Roster:
    """The active members, the delegations that hold at `at` (now where not said), and who covers
    for whom then. One query; three where somebody is away."""
    at = at or moment.now()
    rows: list[tuple[Any, ...]] = _READ.rows({"tenant": current_tenant_id(), "at": at})
    people = {
        pk: Person(pk, name, frozenset(roles))
        for kind, pk, _, _, name, roles in rows
        if kind == "person"
    }
    stand_ins = [
        StandIn(pk, deputy, "delegation")
        for kind, pk, deputy, _, _, _ in rows
        if kind == "delegation" and pk in people and deputy in people
    ]
    is_away = any(kind == "away" for kind, *_ in rows)
    return Roster(people, (*stand_ins, *(_deputies(at, people) if is_away else ())))


def _deputies(at: dt.datetime, people: dict[UUID, Person]) -> list[StandIn]:
    """Who covers for whom: the charter's off-periods, one query."""
    day = at.astimezone(Tenant.objects.get().zone).date()
    periods = periods_at(at, day)
    return [
        StandIn(period.member_id, deputy.pk, "coverage")
        for period in periods
        if period.member_id in people
        and (deputy := resolve(period.member, periods)) is not None
        and deputy.pk in people
    ]


def held_roles() -> frozenset[str]:
    """The roles that at least one active member holds."""
    rows = Member.objects.filter(status=Member.Status.ACTIVE).values_list("roles", flat=True)
    return frozenset(role for roles in rows for role in roles)
