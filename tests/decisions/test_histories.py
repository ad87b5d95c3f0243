"""The engine against an independent simple model, on random histories; more of them in
`benchmarks/spend_model.py`."""

import random

import pytest

from tests.decisions.builders import add
from tests.decisions.histories import play
from tests.factories import Company

SEEDS = 60
BATCH = 20


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, SEEDS, BATCH))
def test_engine_agrees_with_the_simple_model(inside: Company, first: int) -> None:
    members = [add(f"person{number}", "team") for number in range(6)]
    for role in ("cto", "finance", "executive", "board", "team"):
        inside.member(role).status = "left"
        inside.member(role).left_at = inside.member(role).created_at
        inside.member(role).save()
    accepted = 0
    for seed in range(first, first + BATCH):
        game = play(members, random.Random(seed))
        accepted += len(game.log) - game.refused
    assert accepted > BATCH * 5
