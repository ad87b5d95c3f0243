"""Role by state: who may do what with a spend request."""

import pytest

from decisions import policies
from decisions.ladder import ladder_of
from decisions.models import SpendRequest
from decisions.policies import Status
from decisions.route import can
from tenants.audit.actors import SystemActor
from tenants.models import ApiKey, Member
from tenants.permissions import Role
from tenants.policies import allowed
from tests.decisions.builders import sent
from tests.factories import Company

STATES = {
    "d": "draft", "s": "submitted", "c": "changes_requested", "a": "approved", "o": "ordered",
    "z": "closed", "r": "rejected", "w": "withdrawn", "x": "expired",
}  # fmt: skip
# what → who → in which states; `asker` is the requester, whatever else they are
TABLE = """
change            asker:dc
submit            asker:dc
amend             asker:sa
withdraw          asker:dsca finance:dsca
bypass            executive:s
except            finance:sao
order             asker:a admin:a executive:a cto:a finance:a
close             asker:o admin:o executive:o cto:o finance:o
invoice           admin:o finance:o
attach            asker:dscao
plan_benefit      asker:aoz admin:aoz executive:aoz cto:aoz finance:aoz
"""
ROWS = {
    what: dict(pair.split(":") for pair in pairs)
    for what, *pairs in (line.split() for line in TABLE.strip().splitlines())
}


def request_in(state: str, requester: Member) -> SpendRequest:
    return SpendRequest(
        number=1, status=state, requester=requester, budget_line_id=requester.pk, title="Thing"
    )


@pytest.mark.parametrize("what", ROWS)
def test_truth_table_of_role_and_state(inside: Company, what: str) -> None:
    check = getattr(policies, f"check_can_{what}")
    for letter, state in STATES.items():
        request = request_in(state, inside.team)
        for role in [*(str(role) for role in Role if role != "team"), "asker"]:
            actor = inside.team if role == "asker" else inside.member(role)
            expected = letter in ROWS[what].get(role, "")
            found = allowed(check, actor=actor, request=request)
            assert found == expected, f"{role} may {what} in {state}"


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_who_ratifies_an_emergency(inside: Company, role: str) -> None:
    request = request_in("approved", inside.team)
    actor = inside.member(role)
    assert not allowed(policies.check_can_ratify, actor=actor, request=request)
    request.bypassed_at, request.bypassed_by = inside.tenant.created_at, inside.executive
    may = role in ("finance", "board")
    assert allowed(policies.check_can_ratify, actor=actor, request=request) == may
    request.bypassed_by = actor
    assert not allowed(policies.check_can_ratify, actor=actor, request=request)


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_who_decides_and_who_extends(inside: Company, role: str) -> None:
    ladder = ladder_of(sent(inside))
    actor = inside.member(role)
    assert allowed(policies.check_can_decide, actor=actor, ladder=ladder) == (role == "cto")
    extends = role in ("cto", "finance", "admin")
    assert allowed(policies.check_can_extend, actor=actor, ladder=ladder) == extends
    for state in set(STATES.values()) - {Status.SUBMITTED}:
        ladder.request.status = state
        assert not allowed(policies.check_can_decide, actor=actor, ladder=ladder)
        assert not allowed(policies.check_can_extend, actor=actor, ladder=ladder)


def test_requester_decides_and_bypasses_nothing_whatever_their_roles(inside: Company) -> None:
    everything = inside.cto
    everything.roles = [str(role) for role in Role]
    request = request_in("submitted", everything)
    assert not allowed(policies.check_can_bypass, actor=everything, request=request)
    assert not allowed(policies.check_can_except, actor=everything, request=request)


def test_keys_of_services_decide_nothing(inside: Company) -> None:
    ladder = ladder_of(sent(inside))
    key = ApiKey(scopes=["spend.decide", "spend.bypass", "spend.request"])
    assert not allowed(policies.check_can_decide, actor=key, ladder=ladder)
    assert not allowed(policies.check_can_create, actor=key)
    assert not allowed(policies.check_can_bypass, actor=key, request=ladder.request)
    assert not allowed(policies.check_can_decide, actor=SystemActor(), ladder=ladder)


def test_buttons_are_the_same_rules(inside: Company) -> None:
    ladder = ladder_of(sent(inside))
    may = {name for name, is_so in can(inside.cto, ladder).items() if is_so}
    assert may == {"approve", "reject", "vote", "request_changes", "extend", "comment"}
    mine = {name for name, is_so in can(inside.team, ladder).items() if is_so}
    assert mine == {"amend", "withdraw", "comment", "attach"}
    assert not any(can(inside.observer, ladder).values())
