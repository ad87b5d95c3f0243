"""What waits for a member: for lists, for dashboards, and as the navigation's count.

It is read in the statement that reads the request's member, so no page asks one query more for it.
"""

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from decisions.models import SpendRequest
from decisions.routing import LADDER
from engagements.away import covered_now
from tenants.isolation import Prepared
from tenants.member_facts import facts_of, were_read
from tenants.models import Member

_LADDER = "(values {})".format(
    ", ".join(f"('{role}', {place})" for place, role in enumerate(LADDER, 1))
)
FACT = "spend_waiting"  # among the facts of the request's member

# `t` is the company. `words` are [request, whose, due] of each open step at which the member may
# speak: their own, of who delegated to them, and of who is away and has a deputy (whom the member
# really covers is known where the absences are). `ratify` counts emergencies in which they had no
# part, `benefit` the requests of theirs whose benefit is to be looked at.
# Who is asked at a step is found anew, as `decisions.routing` finds it: the holders of its roles,
# else of the next role up that somebody holds, so nobody else between its roles (`top`) and the
# person's own (`level`, places on the ladder); and to whom the step was passed because it was late.
# Only the people for whom the member may speak are looked at: the cost must not grow with the
# company's people times its requests.
WAITING = """
select json_build_object('words', (
  select json_agg(json_build_array(r.id, w.id, extract(epoch from s.due_at)))
  from tenants_member w
  join decisions_spendrequest r on r.tenant_id = w.tenant_id and r.status = 'submitted'
    and r.requester_id not in (w.id, %(member)s)
  join decisions_spendstep s on s.tenant_id = r.tenant_id and s.request_id = r.id
    and s.round = r.round and s.status = 'open'
  cross join lateral (
    select min(l.place) as level, coalesce(min(o.top), 0) as top
    from (select max(o.place) as top from {ladder} o (role, place) where o.role = any (s.roles)) o
    left join {ladder} l (role, place) on l.role = any (w.roles) and l.place > coalesce(o.top, 0)
  ) f
  where w.tenant_id = t.id and w.status = 'active'
    and (w.id = %(member)s
      or exists (select from decisions_delegation d where d.tenant_id = t.id
        and d.delegator_id = w.id and d.delegate_id = %(member)s
        and d.starts_at <= %(now)s and d.ends_at > %(now)s)
      or exists (select from engagements_offperiod o where o.tenant_id = t.id
        and o.member_id = w.id and o.cancelled_at is null and o.deputy_id is not null
        and timezone(t.time_zone, %(now)s::timestamptz)::date between o.starts_on and o.ends_on))
    and (w.roles && s.roles
      or w.roles::text[] && s.escalated_to::text[] or w.id::text = any (s.escalated_to)
      or f.level is not null and not exists (
        select from tenants_member p
        where p.tenant_id = t.id and p.status = 'active' and p.id <> r.requester_id
          and (p.roles && s.roles or exists (
            select from {ladder} l (role, place)
            where l.role = any (p.roles) and l.place > f.top and l.place < f.level))
          and not exists (select from decisions_spenddecision d where d.tenant_id = t.id
            and d.request_id = r.id and d.round = r.round and d.member_id = p.id
            and d.vote = 'recused')))
    and not exists (select from decisions_spenddecision d where d.tenant_id = t.id
      and d.step_id = s.id and d.member_id = w.id)
    and not exists (select from decisions_spenddecision d where d.tenant_id = t.id
      and d.request_id = r.id and d.round = r.round and d.member_id in (w.id, %(member)s)
      and d.vote = 'recused')
), 'delegated', (
  select json_agg(d.delegator_id) from decisions_delegation d where d.tenant_id = t.id
    and d.delegate_id = %(member)s and d.starts_at <= %(now)s and d.ends_at > %(now)s
), 'ratify', (
  select count(*) from decisions_spendrequest r where r.tenant_id = t.id
    and r.bypassed_at is not null and r.ratified_at is null
    and %(member)s not in (r.requester_id, r.bypassed_by_id)
), 'benefit', (
  select count(*) from decisions_spendrequest r where r.tenant_id = t.id
    and r.requester_id = %(member)s and r.status in ('approved', 'ordered', 'closed')
    and r.benefit_reviewed_at is null
    and r.benefit_review_on <= timezone(t.time_zone, %(now)s::timestamptz)::date
))
""".replace("{ladder}", _LADDER)


_BY_ITSELF = Prepared(
    f"select ({WAITING}) from tenants_tenant t where t.id = %(tenant)s",  # noqa: S608  our own
    tenant="uuid",
    member="uuid",
    now="timestamptz",
)


@dataclass(frozen=True, order=True)
class Decidable:
    """A request at which a member can say something now, until when."""

    due_at: dt.datetime
    request_id: UUID


def decidable(member: Member) -> list[Decidable]:
    """What the member can decide now: asked, standing in, or as the next role up; the soonest due
    first. No query where the facts were read with the member, as on every page; else two."""
    if not member.can("spend.decide"):
        return []
    facts = _facts(member)
    may_speak_for = {str(member.pk), *(facts["delegated"] or ()), *covered_now(member)}
    dues: dict[str, float] = {}
    for row, whose, due in facts["words"] or ():
        if whose in may_speak_for:
            dues[row] = min(due, dues.get(row, due))
    return sorted(
        Decidable(dt.datetime.fromtimestamp(due, dt.UTC), UUID(row)) for row, due in dues.items()
    )


def _facts(member: Member) -> dict[str, Any]:
    if were_read(member):
        return dict(facts_of(member)[FACT])
    asked = {"tenant": member.tenant_id, "member": member.pk, "now": timezone.now()}
    ((found,),) = _BY_ITSELF.rows(asked)
    return dict(json.loads(found) if isinstance(found, str) else found)


def waiting_count(request: HttpRequest) -> int:
    """How many requests wait for the reader; no query."""
    member: Member | None = getattr(request, "member", None)
    if member is None or not were_read(member):
        return 0
    facts, count = _facts(member), len(decidable(member))
    count += facts["ratify"] if member.can("spend.ratify") else 0
    return count + (facts["benefit"] if member.can("spend.order") else 0)


def waiting_rows(rows: Any, member: Member, *, most: int | None = None) -> Any:
    """Of these requests those that the member can decide now, the `most` soonest due; emergencies
    they can ratify; and their own whose benefit is to be looked at."""
    found = Q(pk__in=[each.request_id for each in decidable(member)[:most]])
    return rows.filter(found | following(member))


def following(member: Member) -> Q:
    """Emergencies that the member can ratify, and their own requests whose benefit is to be looked
    at: what follows an approval. Empty where neither is theirs to do."""
    found = Q()
    if member.can("spend.ratify"):
        mine = Q(requester=member.pk) | Q(bypassed_by=member.pk)
        found |= Q(bypassed_at__isnull=False, ratified_at__isnull=True) & ~mine
    if member.can("spend.order"):
        due = SpendRequest.objects.benefit_due(member.tenant.today)
        found |= Q(pk__in=due.filter(requester=member.pk).values("pk"))
    return found


def may_follow(member: Member) -> bool:
    """Whether there is anything of that; no query. True where it is not known."""
    if not were_read(member):
        return True
    facts = _facts(member)
    return bool(facts["ratify"] or facts["benefit"])
