"""The impact of four scores: the rule, its boundaries, its properties."""

from dataclasses import dataclass, replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from engagements.impact import DIMENSIONS, Weights, effort, in_hundredths, level, ranked, rate

calm = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LEVEL_ORDER = ["low", "medium", "high"]


@dataclass(frozen=True)
class Row:
    business_value: int = 3
    resource_demand: int = 3
    timeline: int = 3
    risk: int = 3
    title: str = "x"


one_to_five = st.integers(1, 5)
rows = st.builds(Row, one_to_five, one_to_five, one_to_five, one_to_five, title=st.text(max_size=5))


@st.composite
def weight_sets(draw: st.DrawFn) -> Weights:
    """Any weights that the product takes."""
    cuts = sorted(draw(st.lists(st.integers(0, 99), min_size=3, max_size=3)))
    parts = [cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1], 100 - cuts[2]]
    medium, high = sorted(
        draw(st.lists(st.integers(101, 500), min_size=2, max_size=2, unique=True))
    )
    return Weights(parts[3], *parts[:3], Decimal(high) / 100, Decimal(medium) / 100)


@pytest.mark.parametrize(
    ("scores", "score", "impact"),
    [
        ((5, 1, 1, 1), "5.00", "high"),
        ((1, 5, 5, 5), "1.00", "low"),
        ((3, 3, 3, 3), "3.00", "medium"),
        ((5, 3, 2, 2), "4.20", "high"),
        ((4, 3, 3, 2), "3.60", "medium"),
        ((4, 2, 3, 2), "3.80", "high"),
        ((2, 4, 3, 3), "2.40", "low"),
    ],
)
def test_default_weights_make_this_of_the_scores(
    scores: tuple[int, int, int, int], score: str, impact: str
) -> None:
    rating = rate(Row(*scores), Weights())
    assert (str(rating.score), rating.impact) == (score, impact)


def test_rating_explains_itself() -> None:
    assert rate(Row(5, 3, 2, 2), Weights()).sentence == (
        "Business value 5 × 40%, resource demand 3 (counts as 3) × 20%, timeline 2 (counts as 4) "
        "× 20%, risk 2 (counts as 4) × 20%, so 4.2 of 5: high from 3.7."
    )
    assert rate(Row(1, 5, 5, 5), Weights()).sentence.endswith("so 1 of 5: low below 2.5.")
    middle = rate(Row(), Weights()).sentence
    assert middle.endswith("so 3 of 5: medium from 2.5, high from 3.7.")


@pytest.mark.parametrize(
    ("hundredths", "expected"), [(249, "low"), (250, "medium"), (369, "medium"), (370, "high")]
)
def test_boundary_belongs_to_the_higher_level(hundredths: int, expected: str) -> None:
    assert level(hundredths, Weights()) == expected


@calm
@given(rows, weight_sets())
def test_score_is_bounded_exact_and_the_sum_of_its_parts(row: Row, weights: Weights) -> None:
    rating = rate(row, weights)
    assert 100 <= rating.hundredths <= 500
    assert rating.score == sum(part.adds for part in rating.parts)
    assert rating.score * 100 == rating.hundredths


@calm
@given(rows, weight_sets(), st.sampled_from(DIMENSIONS))
def test_more_value_never_lowers_and_more_of_the_rest_never_raises(
    row: Row, weights: Weights, dimension: str
) -> None:
    assume(getattr(row, dimension) < 5)
    more = replace(row, **{dimension: getattr(row, dimension) + 1})
    first, second = rate(row, weights), rate(more, weights)
    sign = 1 if dimension == "business_value" else -1
    assert sign * (second.hundredths - first.hundredths) == getattr(weights, dimension)
    gained = LEVEL_ORDER.index(second.impact) - LEVEL_ORDER.index(first.impact)
    assert sign * gained >= 0


@calm
@given(rows, weight_sets())
def test_threshold_set_to_a_score_takes_it_in_and_one_above_does_not(
    row: Row, weights: Weights
) -> None:
    score = rate(row, weights).score
    assume(score > Decimal("1.01"))
    at = replace(weights, high_from=score, medium_from=Decimal("1.01"))
    assert rate(row, at).impact == "high"
    above = replace(at, high_from=score + Decimal("0.01"))
    assert rate(row, above).impact == "medium"
    assert in_hundredths(above.high_from) == rate(row, above).hundredths + 1


@calm
@given(st.lists(rows, max_size=6), weight_sets())
def test_ranking_is_by_score_then_value_then_title(found: list[Row], weights: Weights) -> None:
    order = ranked(found, weights)
    keys = [(-r.hundredths, -row.business_value, row.title.casefold()) for row, r in order]
    assert keys == sorted(keys)
    assert ranked(found[::-1], weights) == order or len(set(keys)) < len(keys)


def test_effort_is_the_mean_of_demand_and_timeline() -> None:
    assert effort(Row(5, 4, 1, 1)) == Decimal("2.5")
