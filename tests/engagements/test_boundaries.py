"""What other chapters read of the charter: the version in force on a day, else defaults."""

import dataclasses

import pytest

from engagements import services
from engagements.boundaries import DEFAULTS, boundaries_of, people_on
from engagements.models import Counting, Engagement, MoneyLimit
from tenants.errors import Invalid
from tenants.permissions import Role
from tests.engagements.boundary_builders import D, draft, published
from tests.factories import Company


def test_without_a_charter_defaults_answer_and_say_so(engagement: Engagement) -> None:
    found = boundaries_of(engagement)
    assert found is DEFAULTS
    assert found.is_default
    assert [found.response_hours(u) for u in ("urgent", "normal", "low")] == [4, 8, 24]
    assert [step.role for step in found.escalation_path] == [Role.CTO, Role.EXECUTIVE, Role.BOARD]
    assert found.needs_deputy(5)
    assert not found.needs_deputy(4)
    with pytest.raises(KeyError):
        found.response_hours("whenever")


def test_a_draft_is_in_force_for_nobody(inside: Company, engagement: Engagement) -> None:
    draft(engagement, inside)
    assert boundaries_of(engagement).is_default


def test_each_day_has_the_version_that_was_in_force_then(
    inside: Company, engagement: Engagement
) -> None:
    published(engagement, inside)
    published(
        engagement,
        inside,
        on=D(2026, 11, 1),
        response_times={"urgent": {"amount": 2, "counted": "clock_hours"}},
        decisions={"vendor": {"rule": "cto_recommends", "limit": "any_amount"}},
        deputy_from_days=None,
        escalation_path=[{"member": inside.executive}, {"role": "board"}],
    )
    assert boundaries_of(engagement, on=D(2026, 8, 31)).is_default  # before the first one
    assert boundaries_of(engagement).version == 1
    old = boundaries_of(engagement, on=D(2026, 10, 31))
    new = boundaries_of(engagement, on=D(2026, 11, 1))
    assert (old.version, new.version) == (1, 2)
    assert old.decider_of("vendor").is_cto_alone
    assert old.decider_of("vendor").limit == MoneyLimit.CTO_TIER
    assert not new.decider_of("vendor").is_cto_alone
    assert new.decider_of("vendor").roles == (Role.EXECUTIVE,)
    assert new.response_time("urgent").counted == Counting.CLOCK_HOURS
    assert new.response_hours("urgent") == 2
    assert new.response_hours("normal") == 8  # carried over from version 1
    assert not new.needs_deputy(300)
    assert [(s.role, s.member_id) for s in new.escalation_path] == [
        (None, inside.executive.pk),
        (Role.BOARD, None),
    ]


def test_what_no_clause_names_is_an_executives(engagement: Engagement) -> None:
    found = DEFAULTS.decider_of("acquisition")
    assert not found.is_cto_alone
    assert found.roles == (Role.EXECUTIVE,)


def test_boundaries_cannot_be_changed_by_their_reader(
    inside: Company, engagement: Engagement
) -> None:
    published(engagement, inside)
    found = boundaries_of(engagement)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.deputy_from_days = 1  # type: ignore[misc]
    with pytest.raises(TypeError):
        found.response_times["urgent"] = found.response_time("low")  # type: ignore[index]


def test_path_finds_the_people_it_means(inside: Company, engagement: Engagement) -> None:
    members = list(inside.members.values())
    path = boundaries_of(engagement).escalation_path
    assert [people for _, people in people_on(path, members)] == [
        [inside.cto],
        [inside.executive],
        [inside.board],
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"clauses": {"pay": "More"}}, "clauses"),
        ({"clauses": {"coverage": "x" * 4001}}, "clauses.coverage"),
        ({"response_times": {"urgent": {"amount": 0, "counted": "working_hours"}}},
         "response_times.urgent"),
        ({"response_times": {"urgent": {"amount": 4, "counted": "moons"}}},
         "response_times.urgent"),
        ({"response_times": {"urgent": {"amount": True, "counted": "working_days"}}},
         "response_times.urgent"),
        ({"response_times": {"soon": {"amount": 4, "counted": "working_hours"}}},
         "response_times"),
        ({"decisions": {"vendor": {"rule": "nobody"}}}, "decisions.vendor"),
        ({"decisions": {"lunch": {"rule": "cto_decides"}}}, "decisions"),
        ({"escalation_path": [{"role": "cto"}, {"role": "cto"}]}, "escalation_path"),
        ({"escalation_path": [{}]}, "escalation_path"),
        ({"escalation_path": [{"role": "king"}]}, "escalation_path"),
        ({"deputy_from_days": 0}, "deputy_from_days"),
    ],
)  # fmt: skip
def test_draft_refuses_what_other_chapters_could_not_read(
    inside: Company, engagement: Engagement, changes: dict[str, object], field: str
) -> None:
    charter = draft(engagement, inside)
    with pytest.raises(Invalid) as refused:
        services.charter_update(charter=charter, actor=inside.cto, changes=changes)
    assert field in refused.value.errors
