"""What other floors show of an engagement, each in a fixed number of queries."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from engagements.models import Engagement, Pause, Terms, TimeEntry, WeekLock
from engagements.querysets import CURRENT_FIRST
from engagements.retainer import Retainer, first_day, months, next_month
from tenants.calendars.loading import with_holidays
from tenants.isolation import Prepared, current_tenant_id
from tenants.isolation.rows import columns_of, made_of
from tenants.models import Member, Tenant, User


@dataclass(frozen=True, slots=True)
class Away:
    """Days on which a member is away, both included; `deputy` is empty where nobody was named."""

    starts_on: dt.date
    ends_on: dt.date
    deputy: str


@dataclass(frozen=True, slots=True)
class MemberWeek:
    """What a member's days look like at one company: minutes by date, and absences to come."""

    minutes: dict[dt.date, int]
    away: tuple[Away, ...]


_MEMBER_WEEK = Prepared(
    """
select 'time', date, null::date, sum(minutes), ''
from engagements_timeentry
where tenant_id = %(tenant)s and member_id = %(member)s and date between %(first)s and %(last)s
  and removed_at is null
group by date
union all
select 'away', p.starts_on, p.ends_on, 0, coalesce(nullif(u.name, ''), u.email, '')
from engagements_offperiod p
left join tenants_member m on m.tenant_id = %(tenant)s and m.id = p.deputy_id
left join tenants_user u on u.id = m.user_id
where p.tenant_id = %(tenant)s and p.member_id = %(member)s and p.ends_on >= %(today)s
  and p.cancelled_at is null
order by 1, 2
""",
    **{"tenant": "uuid", "member": "uuid", "first": "date", "last": "date", "today": "date"},
)


def member_week(member_id: UUID, *, first: dt.date, last: dt.date, today: dt.date) -> MemberWeek:
    """A member's logged minutes from `first` to `last`, and off-periods that end `today` or later;
    one query."""
    facts: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "member": member_id,
        "first": first,
        "last": last,
        "today": today,
    }
    minutes: dict[dt.date, int] = {}
    away: list[Away] = []
    for kind, start, end, amount, deputy in _MEMBER_WEEK.rows(facts):
        if kind == "time":
            minutes[start] = amount
        else:
            away.append(Away(start, end, deputy))
    return MemberWeek(minutes, tuple(away))


_ENGAGEMENTS = """
select {columns}
from engagements_engagement e
join tenants_tenant t on t.id = e.tenant_id
join tenants_member c on c.tenant_id = e.tenant_id and c.id = e.cto_id
join tenants_user cu on cu.id = c.user_id
left join (tenants_member s join tenants_user su on su.id = s.user_id)
  on s.tenant_id = e.tenant_id and s.id = e.sponsor_id
where e.tenant_id = %(tenant)s
order by e.starts_on desc, e.id desc
"""
_KINDS = (
    (Engagement, "e"),
    (Tenant, "t"),
    (Member, "c"),
    (User, "cu"),
    (Member, "s"),
    (User, "su"),
)


@cache
def _engagements_sql() -> Prepared:
    columns = columns_of(_KINDS)
    return Prepared(_ENGAGEMENTS.format(columns=columns), tenant="uuid")


def engagements() -> list[Engagement]:
    """All engagements: running, paused, proposed, ended, the newest first in each; one query.

    CTO, sponsor and company are loaded with them.
    """
    found = []
    for row in _engagements_sql().rows({"tenant": current_tenant_id()}):
        engagement, company, *found_people = made_of(row, *(model for model, _ in _KINDS))
        engagement.tenant = company
        for role, member, user in (("cto", *found_people[:2]), ("sponsor", *found_people[2:])):
            if member is not None:
                member.tenant, member.user = company, user
            setattr(engagement, role, member)
        found.append(engagement)
    return sorted(found, key=lambda engagement: CURRENT_FIRST.index(engagement.status))


def current_engagement() -> Engagement | None:
    """The company's engagement: the running one, else the paused, proposed, last ended; one query.

    CTO, sponsor and company are loaded with it.
    """
    return Engagement.objects.with_people().current_first().first()


_RETAINER = Prepared(
    """
select 'terms', effective_on, null::date, 0, hours_per_month, rollover,
       rollover_cap_minutes, rollover_expiry_months
from engagements_terms where tenant_id = %(tenant)s and engagement_id = %(engagement)s
union all
select 'pause', starts_on, resumes_on, 0, null, null, null, null
from engagements_pause where tenant_id = %(tenant)s and engagement_id = %(engagement)s
union all
select 'used', date_trunc('month', date)::date, null, sum(minutes), null, null, null, null
from engagements_timeentry where tenant_id = %(tenant)s and engagement_id = %(engagement)s
  and removed_at is null
group by 2
union all
select 'holiday', date, null, 0, null, null, null, null
from tenants_holiday
where tenant_id = %(tenant)s and active and date >= %(first)s and date < %(next)s
order by 1, 2
""",
    **{"tenant": "uuid", "engagement": "uuid", "first": "date", "next": "date"},
)


def retainer_now(engagement: Engagement, *, today: dt.date | None = None) -> Retainer:
    """The retainer of the month that it is at the client's; one query."""
    day = today or engagement.tenant.today
    terms, pauses, used, holidays = [], [], {}, {}
    facts: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "engagement": engagement.pk,
        "first": first_day(day),
        "next": next_month(day),
    }
    for kind, start, end, minutes, hours, rollover, cap, expiry in _RETAINER.rows(facts):
        if kind == "terms":
            terms.append(
                Terms(
                    effective_on=start,
                    hours_per_month=hours,
                    rollover=rollover,
                    rollover_cap_minutes=cap,
                    rollover_expiry_months=expiry,
                )
            )
        elif kind == "pause":
            pauses.append(Pause(starts_on=start, resumes_on=end))
        elif kind == "holiday":  # of this month: no other's working days are asked for
            holidays[start] = ""
        else:
            used[start] = minutes
    return months(
        starts_on=engagement.starts_on,
        ends_on=engagement.ends_on,
        terms=terms,
        pauses=pauses,
        used=used,
        upto=day,
        today=day,
        calendar=with_holidays(engagement.tenant, holidays),
    )[-1]


def week_minutes(engagement: Engagement, week_start: dt.date) -> dict[str, int]:
    """Minutes of the seven days from `week_start`, under every category, 0 where there are none."""
    last = week_start + dt.timedelta(days=6)
    found = TimeEntry.objects.filter(engagement=engagement).between(week_start, last)
    by_category = found.minutes_by_category()
    return {category: by_category.get(category, 0) for category in TimeEntry.Category.values}


def week_locks(engagement: Engagement, week_start: dt.date) -> list[WeekLock]:
    """Every lock that this week had, the newest first, with who set and who took it; one query."""
    return list(
        WeekLock.objects.select_related("locked_by__user", "unlocked_by__user")
        .filter(engagement=engagement)
        .covering(week_start)
    )
