"""The people of a company and who stands in for whom, read once for a page or a decision."""

import datetime as dt
from uuid import UUID

from decisions import moment
from decisions.models import Delegation
from decisions.routing import Person, Roster, StandIn
from engagements.coverage import periods_at, resolve
from tenants.models import Member, Tenant


def load_roster(at: dt.datetime | None = None) -> Roster:
    """The active members, the delegations that hold at `at` (now where not said), and who covers
    for whom then."""
    at = at or moment.now()
    members = Member.objects.filter(status=Member.Status.ACTIVE).select_related("user")
    people = {m.pk: Person(m.pk, m.name, frozenset(m.roles)) for m in members.order_by("id")}
    stand_ins = [
        StandIn(d.delegator_id, d.delegate_id, "delegation")
        for d in Delegation.objects.in_force_at(at).order_by("id")
        if d.delegator_id in people and d.delegate_id in people
    ]
    return Roster(people, (*stand_ins, *_deputies(at, people)))


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
