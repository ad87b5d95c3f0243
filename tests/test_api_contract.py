"""The API against its own description: schemathesis tries every operation; nothing answers 5xx."""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any, NamedTuple

import pytest
import schemathesis
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.utils import timezone
from drf_spectacular.drainage import GENERATOR_STATS
from hypothesis import HealthCheck, Phase, settings
from jsonschema import Draft202012Validator
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.definitions import OPENAPI_31

from tenants.api.docs import schema_json
from tenants.isolation import tenant
from tenants.models import ApiKey, Member
from tenants.permissions import Role
from tests.api_client import BASE, key_of
from tests.api_routes import row_of
from tests.factories import Company, make_company
from tests.stock_words import STOCK

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


ROW = "row"

Row = Callable[[str], Any]


class Caller(NamedTuple):
    """A company and the key of a member of it."""

    company: Company
    key: str


schema = schemathesis.openapi.from_dict(json.loads(schema_json()))
schema.app = get_wsgi_application()
schema.config.parameters = {"path.id": ROW}  # not drawn: each case names a row that is there


def test_description_is_valid_openapi_31() -> None:
    document = json.loads(schema_json())
    assert document["openapi"].startswith("3.1.")
    errors = [error.message for error in Draft202012Validator(OPENAPI_31).iter_errors(document)]
    assert errors == []


def test_description_is_made_without_a_guess() -> None:
    """What drf-spectacular cannot know by itself it guesses, with a warning."""
    schema_json.cache_clear()
    GENERATOR_STATS.reset()
    schema_json()
    assert {**GENERATOR_STATS._warn_cache, **GENERATOR_STATS._error_cache} == {}


def test_description_refers_only_to_what_it_holds() -> None:
    text = schema_json().decode()
    held = json.loads(text)["components"]["schemas"]
    assert set(re.findall(r'"#/components/schemas/([^"]+)"', text)) <= held.keys()


def test_description_names_each_operation_once() -> None:
    document = json.loads(schema_json())
    names = [
        operation["operationId"]
        for operations in document["paths"].values()
        for method, operation in operations.items()
        if method != "parameters"
    ]
    assert len(names) == len(set(names))


@schema.parametrize()
@settings(
    max_examples=7,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@pytest.mark.slow
def test_operation_keeps_its_contract(case: Any, caller: Caller, row: Row) -> None:
    """Whatever is sent, the answer is one that the description names, in the shape it says; a
    refusal is in our words."""
    if "id" in (case.path_parameters or {}):  # unknown ids are tried elsewhere
        case.path_parameters["id"] = str(row(case.path.removeprefix(BASE)))
    with transaction.atomic():
        answer = case.call_and_validate(
            headers={"Authorization": f"Bearer {caller.key}"}, checks=CHECKS
        )
        if answer.status_code >= 400:
            assert not STOCK.search(answer.text), answer.text
        transaction.set_rollback(True)
    cache.clear()


@pytest.fixture
def row(caller: Caller) -> Iterator[Row]:
    """`row(path)` answers the id for the path, made for its first case and there for the others."""
    with transaction.atomic():
        yield lru_cache(partial(row_of, caller.company))
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def caller(module_db: None) -> Caller:
    """Somebody who holds every role.

    The key counts as just used, so that no case notes its use again.
    """
    company = make_company("northwind")
    with tenant(company.id):
        Member.objects.filter(pk=company.admin.pk).update(roles=[role.value for role in Role])
    key = key_of(company.admin)
    with tenant(company.id):
        ApiKey.objects.update(last_used_at=timezone.now() + dt.timedelta(hours=1))
    return Caller(company, key)
