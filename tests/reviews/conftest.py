"""Thursday 15 October 2026, 10:00 at the client's in New York: the letter is due tomorrow."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from engagements.models import Engagement
from tenants.isolation import tenant
from tenants.models import Member
from tenants.services import member_add
from tests.engagements.builders import add_terms, make_engagement
from tests.factories import BOWLINE, Company

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


@pytest.fixture
def running(company: Company) -> Engagement:
    """The company's engagement, made outside of the test's own requests."""
    with tenant(company.id):
        engagement = make_engagement(company)
        add_terms(engagement, company)
        return engagement


@pytest.fixture
def deputy(inside: Company) -> Member:
    """A second person who may write the same letters."""
    return member_add(
        email="deputy@northwind.example", name="Dee Puty", roles=["cto"], actor=BOWLINE
    )
