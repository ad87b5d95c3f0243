"""The role matrix against its literal copy, and what follows from holding several roles or none."""

from itertools import combinations

import pytest

from tenants import policies
from tenants.audit.actors import SystemActor
from tenants.errors import Denied
from tenants.models import ApiKey, Member
from tenants.permissions import PERMISSIONS, ROLE_NAMES, Role, roles_can
from tests.guards.matrix import MATRIX, ROLES


def test_every_right_has_a_row_and_every_role_a_column() -> None:
    assert list(ROLES) == [role.value for role in Role]
    assert PERMISSIONS.keys() == MATRIX.keys()
    assert ROLE_NAMES.keys() == set(Role)


@pytest.mark.parametrize("right", MATRIX)
def test_matrix_equals_its_literal_copy(right: str) -> None:
    assert {role for role in ROLES if roles_can([role], right)} == MATRIX[right]


def test_several_roles_may_what_any_of_them_may() -> None:
    for first, second in combinations(ROLES, 2):
        for right, holders in MATRIX.items():
            assert roles_can([first, second], right) is bool({first, second} & holders)


def test_no_role_may_nothing_and_an_unknown_right_is_a_bug() -> None:
    assert not any(roles_can([], right) for right in MATRIX)
    with pytest.raises(KeyError):
        roles_can(["admin"], "no.such")


def test_observer_changes_nothing() -> None:
    """PRODUCT §1: reads all, changes nothing but their own key and their own leaving."""
    held = {right for right, holders in MATRIX.items() if "observer" in holders}
    assert {right for right in held if not right.endswith(".view")} == {
        "api_key.own",
        "member.leave",
    }


def test_member_who_left_may_nothing() -> None:
    member = Member(roles=["admin"], status=Member.Status.LEFT)
    assert not any(member.can(right) for right in MATRIX)
    assert Member(roles=["admin"], status=Member.Status.ACTIVE).can("tenant.manage")


def test_service_key_may_what_its_scopes_name_and_no_more() -> None:
    key = ApiKey(name="Import", scopes=["kpi.measure"])
    assert {right for right in MATRIX if key.can(right)} == {"kpi.measure"}


def test_refusal_names_who_holds_the_right() -> None:
    with pytest.raises(Denied, match=r"the role Admin, Executive or CTO\."):
        policies.check(Member(roles=["team"], status="active"), "terms.propose")
    with pytest.raises(Denied, match="Admin or Executive"):
        policies.check(Member(roles=["team"], status="active"), "terms.manage")
    policies.check(SystemActor(), "terms.manage")
    assert policies.allowed(policies.check, actor=SystemActor(), permission="terms.manage")
    nobody = Member(roles=["team"], status="active")
    assert not policies.allowed(policies.check, actor=nobody, permission="terms.manage")
