"""Claim, run, finish: the loop that a worker runs."""

import datetime as dt
import itertools
import logging
import time
import traceback
from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db import close_old_connections, connection

from tenants.isolation import Prepared, tenant_opened_by
from tenants.isolation.request_ids import request_id
from tenants.isolation.rows import loader
from tenants.jobs.claims import BATCH, QUICK, Claim, Claimer, give_up, reclaim, release
from tenants.jobs.leases import KEEPER
from tenants.jobs.models import Job
from tenants.jobs.registry import KINDS, LEASE, Kind

logger = logging.getLogger("bowline.jobs")

BACKOFF = (2, 10, 60, 300, 1800)  # seconds before the next attempt
REST = dt.timedelta(minutes=5)  # a job of a company that stands still looks again after it
BRIEF = 0.05  # seconds: while a kind's jobs take less, several are claimed at once
SLICE = 2.0  # seconds after which a job of several steps gives its place to others
_CLAIMERS: dict[str, Claimer] = {}  # where this process stands on its round of the tenants

_NO_WAIT = "select set_config('synchronous_commit', 'off', true);"
_RUNNING = """
select {columns}, (select t.status = 'active' from tenants_tenant t where t.id = %(tenant)s)
from tenants_job j
where j.tenant_id = %(tenant)s and j.id = any(%(ids)s::uuid[]) and j.state = 'running'
order by j.run_at, j.id
"""
_SETTLE = Prepared(
    """
update tenants_job j
set state = s.state, progress_done = s.done, progress_total = s.total, last_error = '',
    attempts = case s.state when 'running' then 1 when 'queued' then 0 else j.attempts end,
    run_at = case s.state when 'queued' then clock_timestamp() + %(wait)s else j.run_at end,
    lease_until = case s.state when 'running' then clock_timestamp() + %(lease)s end,
    finished_at = case s.state when 'done' then clock_timestamp() end
from unnest(%(ids)s::uuid[], %(claims)s::int[], %(states)s::text[], %(done)s::bigint[],
            %(total)s::bigint[]) s (id, claims, state, done, total)
where j.tenant_id = %(tenant)s and j.id = s.id and j.claims = s.claims and j.state = 'running'
returning j.id
""",
    tenant="uuid",
    ids="uuid[]",
    claims="int[]",
    states="text[]",
    done="bigint[]",
    total="bigint[]",
    lease="interval",
    wait="interval",
)


@cache
def _running_sql() -> Prepared:
    return Prepared(_RUNNING.format(columns=loader(Job).columns("j")), tenant="uuid", ids="uuid[]")


class LostClaim(Exception):
    """Someone else has the job by now; what this worker did is rolled back."""


def drain(*, queues: Iterable[str], seconds: float = 3, batch: int = BATCH) -> int:
    """Run due jobs, queue by queue in turn, until none is left or `seconds` have passed.

    Answers how many were run: a job that is handed back after a slice counts each time.
    """
    close_old_connections()
    until = time.monotonic() + seconds
    claimers = [_CLAIMERS.setdefault(str(queue), Claimer(str(queue))) for queue in queues]
    reclaim()
    ran, busy = 0, True
    while busy and time.monotonic() < until:
        busy = False
        for claimer in claimers:
            if claims := claimer.claim(batch=batch):
                busy = True
                ran += run_claims(claims)
    close_old_connections()
    return ran


def run_claims(claims: list[Claim]) -> int:
    """Run what was claimed at once; what cannot begin within a slice is given back for others.

    Only what has begun is renewed: where a job hangs, the leases of those behind it run out.
    """
    groups = [list(group) for _, group in itertools.groupby(claims, _shared)]
    begun = time.monotonic()
    ran = 0
    for place, group in enumerate(groups):
        kind = KINDS.get(group[0].kind)
        lease = kind.lease if kind is not None else LEASE
        waited = time.monotonic() - begun
        if place and waited > min(SLICE, lease.total_seconds() / 2):
            release([claim for later in groups[place:] for claim in later])
            break
        with KEEPER.holding(group, lease, since=begun):
            run(group)
        ran += len(group)
    return ran


def run(claimed: list[Claim]) -> None:
    """Run claimed jobs of one tenant and kind: several short ones together, one step by step."""
    first = claimed[0]
    kind = KINDS.get(first.kind)
    if kind is None:
        for claim in claimed:
            give_up(claim, error=f"Nothing here runs jobs of kind {claim.kind!r}.", wait=None)
        return
    if len(claimed) > 1:
        try:
            _step(claimed, kind, hand_back=True)
        except Exception:
            logger.info("%d jobs of kind %s are run one by one", len(claimed), kind.name)
            for claim in claimed:
                run([claim])
        return
    token = request_id.set(f"job-{first.id}")
    begun = time.monotonic()
    try:
        _run_alone(first, kind)
    finally:
        request_id.reset(token)
        (QUICK.add if time.monotonic() - begun < BRIEF else QUICK.discard)(kind.name)


def _run_alone(claimed: Claim, kind: Kind) -> None:
    if claimed.attempts > kind.max_attempts:
        give_up(
            claimed,
            error=f"The worker died in each of {kind.max_attempts} attempts, the last time "
            "without a word. It may need too much memory or time.",
            wait=None,
        )
        return
    begun = time.monotonic()
    attempts = claimed.attempts
    try:
        while _step([claimed], kind, hand_back=time.monotonic() - begun > SLICE):
            attempts = 1  # it got on: the count of attempts starts anew
    except LostClaim:
        logger.warning("job %s was taken over", claimed.id)
    except Exception:
        logger.exception("job %s (%s) failed", claimed.id, claimed.kind)
        seconds = BACKOFF[min(attempts, len(BACKOFF)) - 1]
        last = attempts >= kind.max_attempts
        give_up(
            claimed,
            error=traceback.format_exc(limit=-8)[-4000:],
            wait=None if last else dt.timedelta(seconds=seconds),
        )


def _step(claimed: list[Claim], kind: Kind, *, hand_back: bool) -> bool:
    """One transaction: the handlers' effects and the jobs' new states, all or nothing.

    Answers whether the job goes on here. With `hand_back` one that has more to do is queued again
    instead. Raises LostClaim where a job is not ours any more.
    """
    tenant_id = claimed[0].tenant_id
    wanted = {claim.id: claim.claims for claim in claimed}
    goes_on = Job.State.QUEUED if hand_back else Job.State.RUNNING
    held = {"tenant": tenant_id, "ids": list(wanted)}
    with tenant_opened_by(tenant_id, _running_sql(), held) as found:
        rows = [loader(Job).make(row[:-1]) for row in found]
        if {row.pk: row.claims for row in rows} != wanted:
            raise LostClaim
        if kind.statement_timeout is not None:
            _set_statement_timeout(kind.statement_timeout)
        rests = not (kind.while_inactive or found[0][-1])
        if rests:
            states = [Job.State.QUEUED] * len(rows)
        else:
            states = [goes_on if kind.handler(row) else Job.State.DONE for row in rows]
        facts: dict[str, Any] = {
            "tenant": tenant_id,
            "ids": [row.pk for row in rows],
            "claims": [wanted[row.pk] for row in rows],
            "states": [state.value for state in states],
            "done": [row.progress_done for row in rows],
            "total": [row.progress_total for row in rows],
            "lease": kind.lease,
            "wait": REST if rests else dt.timedelta(0),
        }
        before = "" if kind.waits_for_disk else _NO_WAIT
        if len(_SETTLE.rows(facts, before=before)) != len(rows):
            raise LostClaim
    return states[0] is Job.State.RUNNING


def _set_statement_timeout(limit: dt.timedelta) -> None:
    """Give the statements of this transaction so long instead of the role's limit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('statement_timeout', %s, true)",
            [str(int(limit.total_seconds() * 1000))],
        )


def _shared(claim: Claim) -> tuple[object, ...]:
    """What claims have in common that may run together: a first attempt of one tenant and kind."""
    kind = KINDS.get(claim.kind)
    together = kind is not None and kind.together > 1 and claim.attempts == 1
    return (claim.tenant_id, claim.kind, None if together else claim.id)
