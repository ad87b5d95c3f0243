"""Role by state: who may do what to an engagement, its terms and its time."""

import pytest

from engagements import policies
from engagements.models import TRANSITIONS, Engagement, TimeEntry
from tenants.audit.actors import SystemActor
from tenants.errors import Denied, WrongState
from tenants.models import ApiKey, Member
from tenants.permissions import Role
from tenants.policies import allowed
from tests.factories import Company

STATES = ["proposed", "active", "paused", "ended"]
# role → the states in which it may: p(roposed) a(ctive) h(alted) e(nded)
CHANGE = {"admin": "pah", "executive": "pah"}
LOG = {"cto": "ahe"}
LETTERS = dict(zip(STATES, "pahe", strict=True))


def member(role: str) -> Member:
    return Member(roles=[role], status="active")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_truth_table_of_role_and_state(role: str, state: str) -> None:
    actor, engagement = member(role), Engagement(status=state)
    facts = {"actor": actor, "engagement": engagement}
    may_change = LETTERS[state] in CHANGE.get(role, "")
    assert allowed(policies.check_can_change_engagement, **facts) == may_change
    assert allowed(policies.check_can_add_terms, **facts) == may_change
    may_log = LETTERS[state] in LOG.get(role, "")
    assert allowed(policies.check_can_log_time, **facts, member=actor) == may_log
    for status in STATES:
        assert allowed(policies.check_can_move_engagement, **facts, status=status) == (
            role in ("admin", "executive") and status in TRANSITIONS[state]
        )


def test_transitions_are_those_of_the_product() -> None:
    assert {str(state): {str(s) for s in after} for state, after in TRANSITIONS.items()} == {
        "proposed": {"active", "ended"},
        "active": {"paused", "ended"},
        "paused": {"active", "ended"},
        "ended": set(),
    }


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_truth_table_of_roles_alone(role: str) -> None:
    actor = member(role)
    creates = role in ("admin", "executive")
    assert allowed(policies.check_can_create_engagement, actor=actor) == creates
    assert allowed(policies.check_can_lock_week, actor=actor) == (role == "cto")
    assert allowed(policies.check_can_unlock_week, actor=actor) == (role == "admin")
    assert allowed(policies.check_can_relock_week, actor=actor) == (role in ("admin", "cto"))
    entry = TimeEntry(member=actor)
    assert allowed(policies.check_can_change_entry, actor=actor, entry=entry) == (role == "cto")


def test_refusal_of_a_state_is_another_than_that_of_a_person() -> None:
    ended = Engagement(status="ended")
    with pytest.raises(WrongState):
        policies.check_can_add_terms(actor=member("admin"), engagement=ended)
    with pytest.raises(Denied):
        policies.check_can_add_terms(actor=member("cto"), engagement=ended)


def test_time_of_another_person_is_theirs_alone(inside: Company) -> None:
    colleague = Member(roles=["cto"], status="active", user=inside.cto.user)
    engagement = Engagement(status="active")
    with pytest.raises(Denied, match="Cto Northwind’s time"):
        policies.check_can_log_time(actor=colleague, engagement=engagement, member=inside.cto)
    with pytest.raises(Denied):
        policies.check_can_change_entry(actor=colleague, entry=TimeEntry(member=inside.cto))


def test_service_key_logs_for_others_with_the_scope_alone() -> None:
    facts = {"engagement": Engagement(status="active"), "member": member("cto")}
    assert allowed(policies.check_can_log_time, actor=ApiKey(scopes=["time.log"]), **facts)
    assert not allowed(policies.check_can_log_time, actor=ApiKey(scopes=["time.view"]), **facts)
    assert allowed(policies.check_can_log_time, actor=SystemActor(), **facts)


def test_member_who_left_may_nothing() -> None:
    gone = Member(roles=["admin", "cto"], status="left")
    assert not allowed(policies.check_can_create_engagement, actor=gone)
    assert not allowed(policies.check_can_unlock_week, actor=gone)
