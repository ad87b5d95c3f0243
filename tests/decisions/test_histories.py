"""The engine against an independent simple model, on random histories; thousands more of them in
`benchmarks/spend_model.py`."""

import random

from tests.decisions.histories import cast_of, play
from tests.factories import Company

SEEDS = 12


def test_engine_agrees_with_the_simple_model(inside: Company) -> None:
    cast = cast_of(inside)
    accepted = 0
    for seed in range(SEEDS):
        game = play(cast, random.Random(seed))
        accepted += len(game.log) - game.refused
    assert accepted > SEEDS * 5
