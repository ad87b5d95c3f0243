"""The day on which these tests play."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from engagements.models import Engagement
from tenants.isolation import tenant
from tests.engagements.builders import add_terms, make_engagement
from tests.factories import Company

NOW = dt.datetime(2026, 10, 15, 14, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _thursday_15_october() -> Iterator[None]:
    """10:00 in New York, where the company is."""
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def engagement(inside: Company) -> Engagement:
    """Active since 1 September 2026, 40 hours a month."""
    engagement = make_engagement(inside)
    add_terms(engagement, inside)
    return engagement


@pytest.fixture
def running(company: Company) -> Engagement:
    """An engagement with terms, made outside of the test's own tenant."""
    with tenant(company.id):
        engagement = make_engagement(company)
        add_terms(engagement, company)
        return engagement
