"""Statements planned once a connection: the same rows, of the tenant of the moment."""

from typing import Any

import pytest
from django.db import DataError, connections, transaction

from tenants.isolation import Prepared, tenant
from tests.factories import Company

PEOPLE = Prepared(
    "select id, %(word)s || '%%', %(nothing)s from tenants_member"
    " where status = any(%(none)s::text[]) or %(none)s::text[] is null order by id",
    word="text",
    nothing="date",
    none="text[]",
)
OWN = Prepared("select tenant_id from tenants_member group by 1", unused="text")
SHARE = Prepared("select 1 / %(whole)s", whole="int")


def test_prepared_statement_answers_what_the_plain_one_does(
    company: Company, settings: Any
) -> None:
    facts = {"word": "it's 100%", "nothing": None, "none": None}
    with tenant(company.id):
        settings.PREPARED_STATEMENTS = False
        plain = PEOPLE.rows(facts)
        settings.PREPARED_STATEMENTS = True
        assert [PEOPLE.rows(facts) for _ in range(8)] == [plain] * 8
    assert plain[0][1:] == ("it's 100%%", None)


def test_kept_plan_sees_the_tenant_of_the_moment_and_none_outside(
    company: Company, other_company: Company
) -> None:
    for _ in range(8):  # beyond the runs after which the plan is kept
        for each in (company, other_company):
            with tenant(each.id):
                assert OWN.rows({"unused": None}) == [(each.id,)]
    with pytest.raises(Exception, match="no tenant is set"), transaction.atomic():
        OWN.rows({"unused": None})


def test_first_run_that_fails_is_followed_by_one_that_does_not(company: Company) -> None:
    with tenant(company.id):
        with pytest.raises(DataError), transaction.atomic():
            SHARE.rows({"whole": 0})
        assert SHARE.rows({"whole": 1}) == [(1,)]
        assert SHARE.rows({"whole": 1}) == [(1,)]


def test_new_connection_prepares_anew(company: Company, settings: Any) -> None:
    settings.PREPARED_STATEMENTS = True
    SHARE.rows({"whole": 1})
    own = connections["default"]
    connections["default"] = own.copy()  # knows none of the first one's names
    try:
        assert SHARE.rows({"whole": 1}) == [(1,)]
    finally:
        connections["default"].close()
        connections["default"] = own
