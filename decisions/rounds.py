"""The present rounds of requests, by statements whose plans are kept: every word asks for one."""

from collections.abc import Iterable
from functools import cache
from uuid import UUID

from decisions.models import SpendDecision, SpendRequest, SpendStep
from tenants.isolation import Prepared, current_tenant_id
from tenants.isolation.rows import columns_of, made_of
from tenants.models import Member, User

_ROUND = """
select {columns}
from decisions_spendstep s
left join decisions_spenddecision d on d.tenant_id = s.tenant_id and d.step_id = s.id
where s.tenant_id = %(tenant)s and s.request_id = %(request)s and s.round = %(round)s
"""
_REQUESTS = """
select {columns}
from decisions_spendrequest r
join tenants_member m on m.tenant_id = r.tenant_id and m.id = r.requester_id
join tenants_user u on u.id = m.user_id
join decisions_spendstep s
  on s.tenant_id = r.tenant_id and s.request_id = r.id and s.round = r.round
left join decisions_spenddecision d on d.tenant_id = s.tenant_id and d.step_id = s.id
where r.tenant_id = %(tenant)s and r.id = any(%(requests)s)
"""
_PEOPLE = ((SpendRequest, "r"), (Member, "m"), (User, "u"))
_WORDS = ((SpendStep, "s"), (SpendDecision, "d"))


class Round:
    """The steps of a round and what was said at them."""

    def __init__(self) -> None:
        self._steps: dict[UUID, SpendStep] = {}
        self.decisions: list[SpendDecision] = []

    @property
    def steps(self) -> list[SpendStep]:
        return list(self._steps.values())

    def add(self, step: SpendStep, decision: SpendDecision | None) -> None:
        """Take in a row: a step comes once for each word said at it."""
        self._steps.setdefault(step.pk, step)
        if decision is not None:
            self.decisions.append(decision)


@cache
def _round_sql() -> Prepared:
    columns = columns_of(_WORDS)
    return Prepared(_ROUND.format(columns=columns), tenant="uuid", request="uuid", round="int")


@cache
def _requests_sql() -> Prepared:
    columns = columns_of((*_PEOPLE, *_WORDS))
    return Prepared(_REQUESTS.format(columns=columns), tenant="uuid", requests="uuid[]")


def round_of(request: SpendRequest) -> Round:
    """The present round of a request; one query."""
    facts = {"tenant": current_tenant_id(), "request": request.pk, "round": request.round}
    found = Round()
    for row in _round_sql().rows(facts):
        found.add(*made_of(row, SpendStep, SpendDecision))
    return found


def requests_with_rounds(ids: Iterable[UUID]) -> dict[UUID, tuple[SpendRequest, Round]]:
    """Requests that were sent, with who asks and their present round; one query for all."""
    facts = {"tenant": current_tenant_id(), "requests": list(ids)}
    found: dict[UUID, tuple[SpendRequest, Round]] = {}
    models = [model for model, _ in (*_PEOPLE, *_WORDS)]
    for row in _requests_sql().rows(facts):
        request, requester, user, step, decision = made_of(row, *models)
        if request.pk not in found:
            requester.user, request.requester = user, requester
            found[request.pk] = (request, Round())
        found[request.pk][1].add(step, decision)
    return found
