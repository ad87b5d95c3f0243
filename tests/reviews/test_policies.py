"""Role by state: who may do what to a weekly update. The table is the truth, written out."""

from collections.abc import Callable

import pytest

from engagements.models import Engagement
from reviews import policies
from reviews.models import Ask, WeeklyUpdate
from tenants.policies import allowed
from tenants.services import member_add
from tests.factories import BOWLINE, Company

ROLES = ("admin", "executive", "cto", "finance", "board", "team", "observer")
STATES = ("draft", "submitted", "acknowledged")
CHECKS: dict[str, Callable[..., None]] = {
    "view": policies.check_can_view_update,
    "edit_draft": policies.check_can_edit_draft,
    "revise": policies.check_can_revise_update,
    "amend": policies.check_can_amend_update,
    "acknowledge": policies.check_can_acknowledge_update,
    "comment": policies.check_can_comment_update,
}
ALL_BUT_OBSERVER = set(ROLES) - {"observer"}
MAY: dict[tuple[str, str], set[str]] = {
    ("view", "draft"): {"cto"},
    ("view", "submitted"): set(ROLES),
    ("view", "acknowledged"): set(ROLES),
    ("edit_draft", "draft"): {"cto"},
    ("edit_draft", "submitted"): set(),
    ("edit_draft", "acknowledged"): set(),
    ("revise", "draft"): set(),
    ("revise", "submitted"): {"cto"},
    ("revise", "acknowledged"): set(),
    ("amend", "draft"): set(),
    ("amend", "submitted"): set(),
    ("amend", "acknowledged"): {"cto"},
    ("acknowledge", "draft"): set(),
    ("acknowledge", "submitted"): {"admin", "executive"},
    ("acknowledge", "acknowledged"): {"admin", "executive"},
    ("comment", "draft"): set(),
    ("comment", "submitted"): ALL_BUT_OBSERVER,
    ("comment", "acknowledged"): ALL_BUT_OBSERVER,
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", CHECKS)
def test_role_by_state(inside: Company, action: str, state: str) -> None:
    update = WeeklyUpdate(status=state)
    found = {
        role for role in ROLES if allowed(CHECKS[action], actor=inside.member(role), update=update)
    }
    assert found == MAY[action, state]


@pytest.mark.parametrize("status", ["proposed", "active", "paused", "ended"])
def test_start_is_the_ctos_until_the_end(inside: Company, status: str) -> None:
    engagement = Engagement(status=status)
    found = {
        role
        for role in ROLES
        if allowed(
            policies.check_can_start_update, actor=inside.member(role), engagement=engagement
        )
    }
    assert found == (set() if status == "ended" else {"cto"})


@pytest.mark.parametrize(("state", "may"), [("draft", False), ("submitted", True)])
def test_close_is_for_the_person_and_those_who_run_it(
    inside: Company, state: str, may: bool
) -> None:
    update = WeeklyUpdate(status=state)
    item = Ask(member=inside.finance)
    found = {
        role
        for role in ROLES
        if allowed(
            policies.check_can_close_item, actor=inside.member(role), item=item, update=update
        )
    }
    assert found == ({"finance", "cto", "executive", "admin"} if may else set())


def test_an_item_of_nobody_is_not_a_service_keys(inside: Company) -> None:
    class Key:
        actor_id = None

        def can(self, permission: str) -> bool:
            return permission == "update.comment"

    update = WeeklyUpdate(status="submitted")
    assert not allowed(policies.check_can_close_item, actor=Key(), item=Ask(), update=update)


def test_an_observer_closes_nothing_not_even_their_own(inside: Company) -> None:
    update, item = WeeklyUpdate(status="submitted"), Ask(member=inside.observer)
    assert not allowed(
        policies.check_can_close_item, actor=inside.observer, item=item, update=update
    )


def test_a_second_cto_may_write_too(inside: Company) -> None:
    second = member_add(email="deputy@northwind.example", roles=["cto"], actor=BOWLINE)
    assert allowed(policies.check_can_edit_draft, actor=second, update=WeeklyUpdate())
