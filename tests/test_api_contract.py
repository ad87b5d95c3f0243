"""The API against its own description: schemathesis tries every operation; nothing answers 5xx."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
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
from tenants.models import Member
from tenants.permissions import Role
from tests.api_client import BASE, key_of
from tests.api_routes import row_of
from tests.factories import Company

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


schema = schemathesis.openapi.from_dict(json.loads(schema_json()))
schema.app = get_wsgi_application()


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
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@pytest.mark.slow
def test_operation_keeps_its_contract(case: Any, key: str, company: Company) -> None:
    """Whatever is sent, the answer is one that the description names, in the shape it says."""
    with transaction.atomic():
        if "id" in (case.path_parameters or {}):  # unknown ids are tried elsewhere
            row = row_of(company, case.path.removeprefix(BASE))
            case.path_parameters["id"] = str(row)
        case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=CHECKS)
        transaction.set_rollback(True)
    cache.clear()


@pytest.fixture
def key(company: Company) -> Iterator[str]:
    """A key of somebody who holds every role; the test's own connection stays open."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    with tenant(company.id):
        Member.objects.filter(pk=company.admin.pk).update(roles=[role.value for role in Role])
    yield key_of(company.admin)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
