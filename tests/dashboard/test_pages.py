"""The dashboard and the portfolio: what each reader sees, in how many queries."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.dashboard.furnished import furnish
from tests.factories import Company

SignIn = Callable[[Any], Client]
MOST_QUERIES = 12


def queries_of(client: Client, path: str) -> int:
    client.get(path)  # the session's first request reads more
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path)
    assert response.status_code == 200
    own = [q for q in captured if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    # in a test the transaction is nested, so leaving it clears the setting with one query more
    return len(own) - 1


@pytest.mark.parametrize("role", ["executive", "cto", "observer"])
@pytest.mark.parametrize("figures", [1, 3])
def test_dashboard_reads_in_a_fixed_number_of_queries(
    company: Company, sign_in: SignIn, figures: int, role: str
) -> None:
    furnish(company, figures=figures)
    count = queries_of(sign_in(company.member(role)), f"/t/{company.slug}/")
    assert count == {"executive": 0, "cto": 0, "observer": 0}[role]


def test_dashboard_of_a_new_company_says_what_will_be_there(
    company: Company, sign_in: SignIn
) -> None:
    page = sign_in(company.executive).get(f"/t/{company.slug}/").content.decode()
    for words in (
        "Not known yet",
        "No engagement yet",
        "Nothing is waiting.",
        "Nothing is measured yet.",
        "No update yet.",
        "No initiatives yet.",
    ):
        assert words in page
