"""The day on which these tests play."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

NOW = dt.datetime(2026, 10, 15, 14, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _thursday_15_october() -> Iterator[None]:
    """10:00 in New York, where the company is."""
    with time_machine.travel(NOW, tick=True):
        yield
