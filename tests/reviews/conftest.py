"""Thursday 15 October 2026, 10:00 at the client's in New York: the letter is due tomorrow."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from engagements.models import Engagement
from tests.engagements.builders import add_terms, make_engagement
from tests.factories import Company

NOW = dt.datetime(2026, 10, 15, 14, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """The frozen clock; tests move it with `clock.move_to`."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def engagement(inside: Company) -> Engagement:
    """Active since 1 September 2026, 40 hours a month."""
    engagement = make_engagement(inside)
    add_terms(engagement, inside)
    return engagement
