"""The engine against an independent simple model, on random histories; more of them in
`benchmarks/spend_model.py`."""

import random

import pytest

from tests.decisions.histories import play, six_people
from tests.factories import Company

SEEDS = 24
BATCH = 8


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, SEEDS, BATCH))
def test_engine_agrees_with_the_simple_model(inside: Company, first: int) -> None:
    members = six_people(inside)
    accepted = 0
    for seed in range(first, first + BATCH):
        game = play(members, random.Random(seed))
        accepted += len(game.log) - game.refused
    assert accepted > BATCH * 5
