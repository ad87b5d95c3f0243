"""What time does to a request: emergencies to ratify, late steps, expiry, more time."""

import datetime as dt

import pytest
import time_machine

from decisions.models import SpendRequest
from decisions.services import clocks, decide
from tenants.errors import Denied, WrongState
from tests.decisions.builders import fresh, names, sent, verbs
from tests.decisions.conftest import NOW
from tests.factories import Company

approve = decide.request_approve


# ---- emergencies ----


def test_bypass_must_be_ratified_by_somebody_else(inside: Company) -> None:
    request = decide.request_bypass(
        request=sent(inside, 60_000), actor=inside.executive, reason="The site is down."
    )
    assert request.status == "approved"
    assert request.ratify_due_at == NOW.replace(
        microsecond=request.ratify_due_at.microsecond, second=request.ratify_due_at.second
    ) + dt.timedelta(days=7)
    for actor in (inside.executive, inside.cto):
        with pytest.raises(Denied):
            decide.request_ratify(request=request, actor=actor)
    decide.request_ratify(request=request, actor=inside.board)
    with pytest.raises(WrongState, match="already"):
        decide.request_ratify(request=request, actor=inside.finance)


def test_bypass_that_nobody_ratified_is_flagged_and_stays(inside: Company) -> None:
    request = decide.request_bypass(
        request=sent(inside), actor=inside.executive, reason="The site is down."
    )
    with time_machine.travel(NOW + dt.timedelta(days=8), tick=False):
        while clocks.check_next():
            pass
        request = fresh(request)
        assert (request.status, request.unratified_at is not None) == ("approved", True)
        assert verbs(request).count("not_ratified") == 1
        assert request in SpendRequest.objects.to_ratify()
        decide.request_ratify(request=request, actor=inside.finance)


def test_requester_cannot_bypass_their_own(inside: Company) -> None:
    request = sent(inside, requester=inside.executive)
    with pytest.raises(Denied):
        decide.request_bypass(request=request, actor=inside.executive, reason="Now!")


# ---- clocks ----


def test_late_step_reminds_then_asks_the_next_role_up(inside: Company) -> None:
    request = sent(inside, 20_000)
    with time_machine.travel(NOW + dt.timedelta(days=2, hours=1), tick=False):
        while clocks.check_next():
            pass
        assert verbs(request).count("reminded") == 1
    with time_machine.travel(NOW + dt.timedelta(days=5), tick=False):
        while clocks.check_next():
            pass
        assert verbs(request).count("escalated") == 1
        assert names(request) == [inside.cto.name, inside.finance.name]
        approve(request=request, actor=inside.finance)
        step = fresh(request).step_rows.all()[0]
        assert (step.status, step.override) == ("approved", True)


def test_request_that_nobody_decides_expires(inside: Company) -> None:
    request = sent(inside)
    with time_machine.travel(NOW + dt.timedelta(days=31), tick=False):
        while clocks.check_next():
            pass
        assert fresh(request).status == "expired"
        with pytest.raises(WrongState):
            approve(request=request, actor=inside.cto)


def test_extension_gives_time_with_a_reason(inside: Company) -> None:
    request = sent(inside)
    with pytest.raises(Denied):
        decide.request_extend(request=request, actor=inside.team, hours=9, reason="Busy.")
    decide.request_extend(request=request, actor=inside.cto, hours=240, reason="On holiday.")
    step = fresh(request).step_rows.all()[0]
    assert step.due_at > NOW + dt.timedelta(days=13)
