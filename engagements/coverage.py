"""Who acts for somebody who is away: `deputy_for`, `in_charge`, `coverage_of`.

Days are those of the client's calendar: an off-period runs from midnight of its first day to
midnight after its last one, in the client's zone.
"""

import datetime as dt
from collections.abc import Iterable

from django.utils import timezone

from engagements.models import Engagement, OffPeriod
from tenants.models import Member


def periods_at(at: dt.datetime, day: dt.date) -> list[OffPeriod]:
    """Everybody's off-periods that run at an instant, which is `day` at the client's; one query."""
    return list(OffPeriod.objects.with_people().covering(day, at))


def coverage_of(engagement: Engagement, at: dt.datetime | None = None) -> OffPeriod | None:
    """The off-period of the engagement's CTO that runs at an instant (now without one); one query.

    Its `deputy` is who was named. Who really covers, where the deputy is away too, is what
    `deputy_for` answers.
    """
    at = at or timezone.now()
    day = at.astimezone(engagement.tenant.zone).date()
    return next((p for p in periods_at(at, day) if p.member_id == engagement.cto_id), None)


def deputy_for(member: Member, at: dt.datetime | None = None) -> Member | None:
    """Who acts for `member` at an instant (now without one); None when they are there, or when
    nobody covers. One query; the member comes with their company.

    A deputy who is away too hands on to their own deputy. Where that leads nowhere (nobody named,
    a circle, somebody who left) nobody covers.
    """
    at = at or timezone.now()
    return resolve(member, periods_at(at, at.astimezone(member.tenant.zone).date()))


def in_charge(member: Member, at: dt.datetime | None = None) -> Member:
    """Who has what waits for `member`: whoever covers, else the member: what nobody covers waits
    for their return. One query."""
    return deputy_for(member, at) or member


def covered_by(member: Member, at: dt.datetime | None = None) -> list[Member]:
    """The people who are away at an instant and whose queue `member` has meanwhile; one query."""
    at = at or timezone.now()
    periods = periods_at(at, at.astimezone(member.tenant.zone).date())
    return [p.member for p in periods if resolve(p.member, periods) == member]


def resolve(member: Member, periods: Iterable[OffPeriod]) -> Member | None:
    """Follow the deputies from `member` through the periods of one moment; no query.

    None when the member is there, and when the path ends nowhere.
    """
    deputies = {period.member_id: period.deputy for period in periods}
    seen = {member.pk}
    found = deputies.get(member.pk)
    while found is not None:
        if found.pk in seen or found.status == Member.Status.LEFT:
            return None
        if found.pk not in deputies:
            return found
        seen.add(found.pk)
        found = deputies[found.pk]
    return None
