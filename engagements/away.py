"""Who is away now or soon, as every page knows it: read with the request's member itself."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from engagements.coverage import covered_by
from tenants.member_facts import facts_of, were_read
from tenants.models import Member
from tenants.permissions import Role
from tenants.ui.formats import day, day_range
from tenants.ui.notices import Notice

FACT = "absences"  # among the facts of the request's member


@dataclass(frozen=True)
class Absence:
    """An off-period that runs or is to come, with the names that a line needs."""

    member_id: str
    name: str
    is_cto: bool
    starts_on: dt.date
    ends_on: dt.date
    deputy_id: str | None
    deputy_name: str
    deputy_left: bool

    def covers(self, today: dt.date) -> bool:
        return self.starts_on <= today <= self.ends_on


# in the statement that reads the request's member: `t` is the company
ABSENCES = """
select json_agg(json_build_object(
         'member_id', o.member_id, 'name', coalesce(nullif(mu.name, ''), mu.email),
         'roles', m.roles, 'starts_on', o.starts_on, 'ends_on', o.ends_on,
         'deputy_id', o.deputy_id, 'deputy_name', coalesce(nullif(du.name, ''), du.email),
         'deputy_status', d.status) order by o.starts_on, o.id)
from engagements_offperiod o
join tenants_member m on m.tenant_id = t.id and m.id = o.member_id
join tenants_user mu on mu.id = m.user_id
left join tenants_member d on d.tenant_id = t.id and d.id = o.deputy_id
left join tenants_user du on du.id = d.user_id
cross join lateral (select timezone(t.time_zone, %(now)s::timestamptz)::date as today) c
where o.tenant_id = t.id and o.cancelled_at is null
  and o.ends_on >= c.today and o.starts_on <= c.today + 60
"""


def absences(member: Member) -> list[Absence]:
    """The absences that were read with this member; none where they were not read."""
    rows: Iterable[dict[str, Any]] = facts_of(member).get(FACT) or ()
    return [
        Absence(
            member_id=row["member_id"],
            name=row["name"],
            is_cto=Role.CTO.value in row["roles"],
            starts_on=dt.date.fromisoformat(row["starts_on"]),
            ends_on=dt.date.fromisoformat(row["ends_on"]),
            deputy_id=row["deputy_id"],
            deputy_name=row["deputy_name"] or "",
            deputy_left=row["deputy_status"] == Member.Status.LEFT,
        )
        for row in rows
    ]


def running(member: Member) -> list[Absence]:
    """Those that run today at the client's."""
    today = member.tenant.today
    return [absence for absence in absences(member) if absence.covers(today)]


def acting_for(absence: Absence, now: Iterable[Absence]) -> tuple[str, str] | None:
    """(id, name) of who really covers an absence among those that run `now`; None for nobody.

    The same answer as `coverage.resolve` gives, on rows instead of models.
    """
    by_member = {other.member_id: other for other in now}
    seen, at = {absence.member_id}, absence
    while at.deputy_id is not None and not at.deputy_left and at.deputy_id not in seen:
        if at.deputy_id not in by_member:
            return at.deputy_id, at.deputy_name
        seen.add(at.deputy_id)
        at = by_member[at.deputy_id]
    return None


def covered_now(member: Member) -> dict[str, str]:
    """The people whose queue `member` has today, id to name.

    No query where the absences were read with the member, as every page does; else one.
    """
    if not were_read(member):
        return {str(other.pk): other.name for other in covered_by(member)}
    now = running(member)
    found = {}
    for absence in now:
        acting = acting_for(absence, now)
        if acting is not None and acting[0] == str(member.pk):
            found[absence.member_id] = absence.name
    return found


def away_notices(request: HttpRequest) -> Iterable[Notice]:
    """The line that every page of the company shows while a CTO is away."""
    member: Member | None = getattr(request, "member", None)
    if member is None:
        return
    now = running(member)
    for absence in now:
        acting = acting_for(absence, now)
        mine = absence.member_id == str(member.pk)
        covering = acting is not None and acting[0] == str(member.pk)
        if not (absence.is_cto or mine or covering):
            continue
        yield Notice(
            title=_title(absence, mine=mine, covering=covering),
            text=_text(acting, mine=mine, covering=covering),
            state="wait" if acting else "warn",
            href=reverse("coverage_list", args=[member.tenant.slug]),
            link="Away and cover",
        )


def _title(absence: Absence, *, mine: bool, covering: bool) -> str:
    until = day(absence.ends_on)
    if mine:
        return f"You are away until {until}."
    if covering:
        return f"You cover for {absence.name} until {until}."
    return f"{absence.name} is away until {until}."


def _text(acting: tuple[str, str] | None, *, mine: bool, covering: bool) -> str:
    if covering:
        return "What waits for them comes to you."
    if acting is not None:
        return f"{acting[1]} covers." if not mine else f"{acting[1]} has your queue."
    return "Nobody covers: urgent matters go along the escalation path."


def absence_words(absence: Absence) -> str:
    """`Away 26 to 30 Oct`, for lists."""
    return f"Away {day_range(absence.starts_on, absence.ends_on)}"
