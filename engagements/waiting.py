"""What an engagement asks of its people: agreements to answer, reviews and plans that are due."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import reverse

from tenants.isolation import Prepared, current_tenant_id
from tenants.models import Member
from tenants.permissions import Role
from tenants.ui.formats import day, late, month

AHEAD = dt.timedelta(days=7)  # how long before its day a review is asked for


@dataclass(frozen=True, kw_only=True)
class WaitingItem:
    """Something a member is asked to do; `due_on` is a date at the client's, None for no date.

    `for_name` is whose it is where the reader covers for somebody who is away.
    """

    kind: str
    icon: str
    title: str
    detail: str
    action: str
    href: str
    due_on: dt.date | None
    is_late: bool
    for_name: str = ""

    @property
    def sort_key(self) -> tuple[dt.date, str]:
        """The soonest first, without a date last."""
        return (self.due_on or dt.date.max, self.title)


_ALLOWED = ("acknowledges", "charters", "roadmap", "is_cto", "client", "overage", "plan")
# kind, the engagement, the record, its number, its day, words, whose it is
_ASKED = Prepared(
    """
with latest as (
  select c.id, c.engagement_id, c.number, c.review_on, c.summary, e.cto_id, e.sponsor_id
  from engagements_charter c
  join engagements_engagement e on e.tenant_id = %(tenant)s and e.id = c.engagement_id
  where c.tenant_id = %(tenant)s and c.status = 'published' and e.status <> 'ended'
    and not exists (
      select from engagements_charter n
      where n.tenant_id = %(tenant)s and n.engagement_id = c.engagement_id
        and n.status = 'published' and n.number > c.number))
select 'charter', engagement_id, id, number, null::date, summary, null::uuid
from latest
where %(acknowledges)s and not exists (
  select from engagements_charteracknowledgement a
  where a.tenant_id = %(tenant)s and a.charter_id = latest.id and a.member_id = %(member)s)
union all
select 'charter_review', engagement_id, id, number, review_on, '', null
from latest
where %(charters)s and review_on <= %(soon)s and %(member)s in (cto_id, sponsor_id)
union all
select 'priorities', null, id, 0, next_due_on, '', null
from (select id, next_due_on from engagements_prioritisation where tenant_id = %(tenant)s
      order by held_on desc, id desc limit 1) p
where %(roadmap)s and next_due_on <= %(soon)s and exists (
  select from engagements_engagement e
  where e.tenant_id = %(tenant)s and e.status <> 'ended' and %(member)s in (e.cto_id, e.sponsor_id))
union all
select 'terms', t.engagement_id, t.id, 0, t.effective_on, e.title, null
from engagements_termsproposal t
join engagements_engagement e on e.tenant_id = %(tenant)s and e.id = t.engagement_id
where t.tenant_id = %(tenant)s and e.status <> 'ended'
  and t.status in ('proposed', 'accepted_by_cto', 'accepted_by_client')
  and t.effective_on >= %(today)s
  and ((e.cto_id = %(member)s and %(is_cto)s and t.accepted_by_cto_id is null
        and t.accepted_by_client_id is distinct from %(member)s)
    or (%(client)s and t.accepted_by_client_id is null
        and t.accepted_by_cto_id is distinct from %(member)s))
union all
select 'overage', o.engagement_id, o.id, o.minutes, o.month, o.note, null
from engagements_overageapproval o
join engagements_engagement e on e.tenant_id = %(tenant)s and e.id = o.engagement_id
where o.tenant_id = %(tenant)s and o.status = 'requested' and %(overage)s
  and o.requested_by_id is distinct from %(member)s and e.cto_id <> %(member)s
union all
select 'plan', a.engagement_id, null, count(*), min(a.planned_on),
       (array_agg(a.title order by a.planned_on, a.position))[1], e.cto_id
from engagements_integrationactivity a
join engagements_engagement e on e.tenant_id = %(tenant)s and e.id = a.engagement_id
where a.tenant_id = %(tenant)s and a.status = 'planned' and a.planned_on <= %(today)s
  and %(plan)s and e.status <> 'ended' and e.cto_id = any(%(people)s)
group by a.engagement_id, e.cto_id
order by 1, 5, 3
""",
    **{"tenant": "uuid", "member": "uuid", "people": "uuid[]", "today": "date", "soon": "date"},
    **dict.fromkeys(_ALLOWED, "boolean"),
)


def asked_of(member: Member, covers: Mapping[str, str] | None = None) -> list[WaitingItem]:
    """What waits for `member`, and of what waits for those they cover the work that goes on.

    `covers` are people who are away, id to name. What a person answers for themselves (a charter
    to acknowledge, terms) waits for that person. One query; the member comes with their company.
    """
    covers = covers or {}
    today = member.tenant.today
    facts: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "member": member.pk,
        "people": [member.pk, *(UUID(pk) for pk in covers)],
        "today": today,
        "soon": today + AHEAD,
        "acknowledges": member.can("charter.acknowledge"),
        "charters": member.can("charter.manage"),
        "roadmap": member.can("initiative.manage"),
        "is_cto": member.has_role(Role.CTO),
        "client": member.can("terms.manage"),
        "overage": member.can("overage.approve"),
        "plan": member.can("integration.manage"),
    }
    return [_written(row, member, today, covers) for row in _ASKED.rows(facts)]


def _written(
    row: tuple[Any, ...], member: Member, today: dt.date, covers: Mapping[str, str]
) -> WaitingItem:
    kind, engagement, record, number, on, words, whose = row
    icon, title, detail, action, page, kwargs = _WRITERS[kind](record, number, on, words, today)
    href = reverse(page, args=[member.tenant.slug, *kwargs])
    if engagement is not None and not kwargs:
        href += f"?engagement={engagement}"
    has_day = kind in ("charter_review", "priorities", "plan", "terms")
    return WaitingItem(
        kind=kind,
        icon=icon,
        title=title,
        detail=detail,
        action=action,
        href=href,
        due_on=on if has_day else None,
        is_late=has_day and kind != "terms" and on < today,
        for_name=covers.get(str(whose), "") if whose != member.pk else "",
    )


Words = tuple[str, str, str, str, str, list[Any]]


def _charter(record: UUID, number: int, on: None, words: str, today: dt.date) -> Words:
    title = f"Acknowledge the charter, version {number}"
    detail = words or "How you work together: who decides what, and how soon answers come."
    return "engagement", title, detail, "Read and acknowledge", "charter_detail", []


def _charter_review(record: UUID, number: int, on: dt.date, words: str, today: dt.date) -> Words:
    title = f"Look at the charter again, version {number}"
    detail = f"{_due(on, today)} It still fits, or the next version is drafted."
    return "engagement", title, detail, "Review it", "charter_detail", []


def _priorities(record: UUID, number: int, on: dt.date, words: str, today: dt.date) -> Words:
    detail = f"{_due(on, today)} All open initiatives are weighed against each other."
    title = "Look at the priorities again"
    return "flag", title, detail, "Review them", "prioritisation_create", []


def _terms(record: UUID, number: int, on: dt.date, words: str, today: dt.date) -> Words:
    title = f"Answer the proposed terms of {words}"
    detail = f"They are to hold from {day(on, today)}; unanswered they expire."
    return "engagement", title, detail, "Accept or decline", "proposal_detail", [record]


def _overage(record: UUID, number: int, on: dt.date, words: str, today: dt.date) -> Words:
    hours = f"{number / 60:g}\u00a0h"
    title = f"Decide on {hours} above the agreed hours"
    return "wait", title, f"For {month(on)}. {words}".strip(), "Decide", "overage_detail", [record]


def _plan(record: None, number: int, on: dt.date, words: str, today: dt.date) -> Words:
    if number == 1:
        title = f"Integration plan: {words}"
    else:
        title = f"Integration plan: {number} activities are due"
    detail = f"{_due(on, today)} Write down what came of it."
    return "users", title, detail, "Open the plan", "integration_plan", []


def _due(on: dt.date, today: dt.date) -> str:
    words = late(on, today)
    return f"{words}." if words else f"Due {day(on, today)}."


_WRITERS: dict[str, Callable[[Any, int, Any, str, dt.date], Words]] = {
    "charter": _charter,
    "charter_review": _charter_review,
    "priorities": _priorities,
    "terms": _terms,
    "overage": _overage,
    "plan": _plan,
}
