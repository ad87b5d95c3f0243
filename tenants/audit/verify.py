"""Checking a tenant's chain: every link recomputed from the rows themselves."""

from dataclasses import dataclass

from django.db import connection

from tenants.isolation import current_tenant_id

_BROKEN = """
with chain as (
  select e.*, row_number() over (order by e.seq) as place,
         lag(e.hash) over (order by e.seq) as hash_before
  from tenants_auditevent e
  where e.tenant_id = %(tenant)s
)
select seq, id,
  case
    when seq is null then 'is not sealed'
    when seq <> place then 'a number is missing before it'
    when previous_hash is distinct from coalesce(hash_before, '\\x'::bytea)
      then 'its link to the event before is wrong'
    else 'its content was changed'
  end
from chain
where seq is null or seq <> place
   or previous_hash is distinct from coalesce(hash_before, '\\x'::bytea)
   or hash is distinct from bowline.audit_digest(
        previous_hash, seq, id, tenant_id, occurred_at, actor_id, actor_name, verb,
        target_type, target_id, target_label, changes, request_id)
order by seq nulls last
limit 1
"""
_ENDS = """
select (select count(*) from tenants_auditevent where tenant_id = %(tenant)s), e.seq, e.hash,
       h.seq, h.hash
from (select seq, hash from tenants_auditevent where tenant_id = %(tenant)s
      order by seq desc nulls last limit 1) e
full join (select seq, hash from tenants_audithead where tenant_id = %(tenant)s) h on true
"""


@dataclass(frozen=True)
class Verdict:
    """`events` that stand in the chain; `problem` says what is wrong with it, or is empty."""

    events: int
    problem: str

    @property
    def intact(self) -> bool:
        return not self.problem


def verify() -> Verdict:
    """Recompute the current tenant's chain; names the first event that does not fit.

    Detects a changed, removed, inserted or reordered event, and a trail cut off at its end.
    """
    facts = {"tenant": current_tenant_id()}
    with connection.cursor() as cursor:
        cursor.execute(_BROKEN, facts)
        broken = cursor.fetchone()
        cursor.execute(_ENDS, facts)
        ends = cursor.fetchone()
    if ends is None:
        return Verdict(0, "The trail is gone: even the company's creation is missing.")
    events, last_seq, last_hash, head_seq, head_hash = ends
    if broken:
        return Verdict(events, f"Event {broken[0]} ({broken[1]}): {broken[2]}.")
    if last_seq != head_seq or bytes(last_hash) != bytes(head_hash):
        return Verdict(events, f"The trail ends at {last_seq or 0}, its head says {head_seq or 0}.")
    return Verdict(events, "")
