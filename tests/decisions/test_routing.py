"""Who is asked, for any tiers, people and charter: pure rules over random companies."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decisions import charter, money, tiers
from decisions.routing import (
    LADDER,
    Asked,
    Person,
    Roster,
    Rung,
    asked,
    passed_to,
    rank,
    rungs_above,
)
from decisions.tiers import Rule, StepRule, Tier
from engagements.boundaries import DEFAULTS, Boundaries, Decider
from engagements.models import DecisionRule, MoneyLimit
from tenants.permissions import Role

D = Decimal
fast = settings(deadline=None, max_examples=60)
UNITS = {"JPY": D(1), "USD": D("0.01"), "KWD": D("0.001")}
SOME_ROLES = st.frozensets(st.sampled_from([role.value for role in Role]), min_size=1, max_size=3)
STEP_ROLES = st.lists(st.sampled_from(LADDER), min_size=1, max_size=2, unique=True).map(tuple)


def _company(roles: list[frozenset[str]]) -> Roster:
    people = [Person(UUID(int=n), f"Person {n}", held) for n, held in enumerate(roles, 1)]
    return Roster({person.id: person for person in people})


COMPANIES = st.lists(SOME_ROLES, min_size=1, max_size=8).map(_company)
SOMEBODY = st.integers(1, 8).map(lambda n: UUID(int=n))
PATHS = st.lists(
    st.one_of(
        st.sampled_from(list(Role)).map(lambda role: Rung(role=role.value)),
        SOMEBODY.map(lambda person: Rung(person=person)),
    ),
    max_size=5,
)


@st.composite
def valid_tiers(draw: st.DrawFn) -> tuple[str, tiers.Tiers]:
    """A currency, and one to five tiers in it whose limits rise."""
    currency = draw(st.sampled_from(sorted(UNITS)))
    limits = sorted(draw(st.sets(st.integers(1, 10**7), max_size=4)))
    ends: list[D | None] = [limit * UNITS[currency] for limit in limits]
    steps = st.lists(
        st.builds(
            StepRule,
            STEP_ROLES,
            st.sampled_from([rule.value for rule in Rule]),
            st.integers(1, 100),
            st.booleans(),
        ),
        min_size=1,
        max_size=4,
    )
    found = tuple(
        Tier(end, end is not None and draw(st.booleans()), tuple(draw(steps)))
        for end in [*ends, None]
    )
    return currency, found


@fast
@given(valid_tiers(), st.integers(0, 10**7), st.integers(0, 10**7))
def test_more_money_never_needs_a_lower_tier(
    given_tiers: tuple[str, tiers.Tiers], one: int, other: int
) -> None:
    currency, found = given_tiers
    less, more = sorted((one * UNITS[currency], other * UNITS[currency]))
    assert tiers.tier_number(found, less) <= tiers.tier_number(found, more)


@fast
@given(valid_tiers())
def test_every_limit_is_exact_to_the_minor_unit(given_tiers: tuple[str, tiers.Tiers]) -> None:
    currency, found = given_tiers
    unit = money.minor_unit(currency)
    assert unit == UNITS[currency]
    for number, tier in enumerate(found[:-1], 1):
        assert tier.up_to is not None
        assert tiers.tier_number(found, tier.up_to - unit) <= number
        assert tiers.tier_number(found, tier.up_to) == number + (not tier.up_to_inclusive)
        assert tiers.tier_number(found, tier.up_to + unit) > number
    assert tiers.problems(found, currency=currency, held=frozenset(LADDER)) == {}
    assert tiers.from_json(tiers.to_json(found, currency)) == found


@fast
@given(valid_tiers(), st.data())
def test_tiers_with_a_gap_an_overlap_or_no_end_are_refused(
    given_tiers: tuple[str, tiers.Tiers], data: st.DataObject
) -> None:
    currency, found = given_tiers
    held = frozenset(LADDER)
    last = found[-1]
    ended = (*found[:-1], Tier(D(10**9), False, last.steps))
    assert tiers.problems(ended, currency=currency, held=held)
    assert tiers.problems((*found, last), currency=currency, held=held)
    missing = data.draw(
        st.sampled_from(sorted({r for t in found for s in t.steps for r in s.roles}))
    )
    assert tiers.problems(found, currency=currency, held=held - {missing})
    if len(found) > 2:
        swapped = (found[1], found[0], *found[2:])
        assert tiers.problems(swapped, currency=currency, held=held)


@fast
@given(COMPANIES, STEP_ROLES, SOMEBODY, st.frozensets(SOMEBODY, max_size=3))
def test_asked_is_never_the_requester_and_only_ever_moves_up(
    roster: Roster, roles: tuple[str, ...], requester: UUID, recused: frozenset[UUID]
) -> None:
    answer = asked(roles, roster, requester=requester, recused=recused)
    out = {requester, *recused}
    assert not answer.ids & out
    own = [p for p in roster.people.values() if p.roles & set(roles) and p.id not in out]
    if own:
        assert answer.ids == {person.id for person in own}
        assert (answer.roles, answer.reasons) == (roles, ())
        return
    assert answer.reasons
    top = max(map(rank, roles))
    higher = [r for r in LADDER[top + 1 :] if any(p.id not in out for p in roster.holders((r,)))]
    assert answer.roles == ((higher[0],) if higher else answer.roles)
    assert bool(answer.people) == bool(higher)
    assert all(person.roles & set(answer.roles) for person in answer.people)


@fast
@given(COMPANIES, STEP_ROLES, SOMEBODY, st.frozensets(SOMEBODY, max_size=2), PATHS)
def test_a_late_step_passes_only_to_who_stands_above_it(
    roster: Roster,
    roles: tuple[str, ...],
    requester: UUID,
    recused: frozenset[UUID],
    path: list[Rung],
) -> None:
    answer = asked(roles, roster, requester=requester, recused=recused)
    place = max(map(rank, answer.roles))
    rungs = rungs_above(answer, path, roster)
    assert [Rung.of(rung.key) for rung in rungs] == list(rungs)
    above = passed_to(
        [rung.key for rung in rungs], answer, roster, requester=requester, recused=recused
    )
    assert not above.ids & {requester, *recused, *answer.ids}
    assert all(max(map(rank, person.roles)) > place for person in above.people)
    if set(rungs) <= set(path):
        assert list(rungs) == [rung for rung in path if rung in rungs][-len(rungs) :] or not rungs
    else:
        assert rungs == tuple(Rung(role=role) for role in LADDER[place + 1 :])


def test_a_path_that_names_the_step_goes_on_behind_it() -> None:
    roster = _company([frozenset({"cto"}), frozenset({"finance"}), frozenset({"executive"})])
    answer = asked(("cto",), roster, requester=None)
    path = [Rung(role="finance"), Rung(role="cto"), Rung(person=UUID(int=3)), Rung(role="board")]
    assert rungs_above(answer, path, roster) == (Rung(person=UUID(int=3)), Rung(role="board"))
    nobody = Asked((), ("finance",))
    assert rungs_above(nobody, path[1:], roster) == tuple(path[2:])


def _charter(rule: DecisionRule, limit: MoneyLimit = MoneyLimit.CTO_TIER) -> Boundaries:
    facts = {**vars(DEFAULTS), "version": 3, "charter_id": UUID(int=1)}
    return Boundaries(**facts | {"decisions": {"vendor": Decider("vendor", rule, limit)}})


@pytest.mark.parametrize(
    ("rule", "roles", "further"),
    [
        (DecisionRule.CTO, ("cto",), None),
        (DecisionRule.CTO_RECOMMENDS, ("cto",), "executive"),
        (DecisionRule.EXECUTIVE, ("finance",), "executive"),
        (DecisionRule.EXECUTIVE, ("cto", "executive"), "executive"),
        (DecisionRule.EXECUTIVE, ("executive",), None),
        (DecisionRule.EXECUTIVE, ("board",), None),
        (DecisionRule.BOARD, ("executive",), "board"),
        (DecisionRule.BOARD, ("board",), None),
    ],
)
def test_charter_asks_its_decider_too(
    rule: DecisionRule, roles: tuple[str, ...], further: str | None
) -> None:
    found = charter.further_step([StepRule(roles)], "software", _charter(rule))
    assert (found[0].roles[0] if found else None) == further
    assert found is None or "Charter, version 3, on vendor choice" in found[1]
    assert charter.further_step([StepRule(roles)], "software", None) is None
    assert charter.further_step([StepRule(roles)], "security", _charter(rule)) is None


def test_charter_limits_own_authority() -> None:
    def allowed(rule: DecisionRule, *roles: str, limit: MoneyLimit = MoneyLimit.CTO_TIER) -> bool:
        return charter.allows_own_authority(roles, "other", _charter(rule, limit))

    assert charter.allows_own_authority(("cto",), "other", None)
    assert allowed(DecisionRule.CTO, "cto")
    assert not allowed(DecisionRule.CTO, "cto", limit=MoneyLimit.NO_MONEY)
    assert not allowed(DecisionRule.EXECUTIVE, "cto")
    assert allowed(DecisionRule.EXECUTIVE, "cto", "executive")
