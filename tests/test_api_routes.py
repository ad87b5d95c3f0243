"""Every API route × method × caller answers as `tests/api_routes.py` lists it."""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.admindocs.views import simplify_regex
from django.db import transaction
from django.test import Client
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.relations import ManyRelatedField, RelatedField
from rest_framework.serializers import BaseSerializer, ListSerializer

from config import api as config_api
from tenants import services
from tenants.api.docs import schema_json
from tenants.api.fields import BooleanField, TenantRelatedField
from tenants.api.parsers import parse_json
from tenants.isolation import tenant
from tenants.models import ApiKey, Member
from tenants.permissions import PERMISSIONS, Role
from tests.api_client import BASE, ApiClient, key_of, service_key
from tests.api_routes import HIDDEN_FROM_OTHERS, PUBLIC, ROLE_LETTERS, ROWS, TABLE, row_of
from tests.factories import BOWLINE, Company, make_company

LET_IN = {200, 201, 202, 204, 400, 409, 415, 422}  # the caller may; the empty body may not do
ROLES = dict(zip(ROLE_LETTERS, Role, strict=True))


@dataclass(frozen=True)
class Listed:
    """A line of the table."""

    method: str
    path: str
    letters: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


LISTED = [Listed(*line.split()[:3]) for line in TABLE.strip().splitlines()]


def real_routes() -> Iterator[tuple[str, str, Any, str]]:
    """(method, path, view class, action) of every route there is; public ones have no action."""
    for pattern in config_api.urlpatterns:
        path = simplify_regex(str(pattern.pattern))
        actions = getattr(pattern.callback, "actions", None)
        if actions is None:
            yield "GET", path, None, ""
            continue
        for method, action in actions.items():
            if method != "head":
                yield method.upper(), path, pattern.callback.cls, action


def test_table_lists_every_route_and_no_other() -> None:
    real = {(method, path) for method, path, view, _ in real_routes() if view}
    assert real == {(line.method, line.path) for line in LISTED}
    assert {path for _, path, view, _ in real_routes() if view is None} == PUBLIC.keys()


def test_every_action_names_a_permission_that_exists() -> None:
    for method, path, view, action in real_routes():
        if view is not None:
            assert view.permissions.get(action) in PERMISSIONS, f"{method} {path}: {action}"


def test_no_viewset_lists_an_action_that_it_does_not_have() -> None:
    routed: dict[Any, set[str]] = {}
    for _, _, view, action in real_routes():
        if view is not None:
            routed.setdefault(view, set()).add(action)
    for view, actions in routed.items():
        assert set(view.permissions) == actions, view


def concrete(path: str, pk: Any) -> str:
    """The path with `<pk>` filled in; deeper ids are random."""
    path = path.replace("<pk>", str(pk))
    while "<" in path:
        before, _, rest = path.partition("<")
        path = f"{before}{uuid.uuid4()}{rest.partition('>')[2]}"
    return path


def call(client: ApiClient, line: Listed, path: str) -> Any:
    """The answer to an empty body; what it changed is undone."""
    with transaction.atomic():
        response = client.call(line.method, path, None if line.method == "GET" else {})
        if response.streaming:
            response.getvalue()  # its transaction ends with its body
        transaction.set_rollback(True)
    return response


@dataclass(frozen=True)
class Callers:
    """Two companies, and a client of each kind of caller."""

    company: Company
    other: Company
    roles: dict[str, ApiClient]
    others: dict[str, ApiClient]
    former: ApiClient
    scopeless: ApiClient


@pytest.fixture(scope="module")
def those(module_db: None) -> Callers:
    company, other = make_company("northwind"), make_company("contoso")
    with tenant(company.id):
        former = services.member_add(email="f@northwind.example", roles=["admin"], actor=BOWLINE)
    former_key = key_of(former)
    with tenant(company.id):
        Member.objects.filter(pk=former.pk).update(status="left", left_at="2026-10-05T09:00Z")
    clients = [
        {letter: ApiClient(key_of(house.member(role))) for letter, role in ROLES.items()}
        for house in (company, other)
    ]
    scopeless = ApiClient(service_key(company.id, "job.view"))
    for house in (company, other):
        with tenant(house.id):  # just used: no call notes it again
            ApiKey.objects.update(last_used_at=timezone.now() + dt.timedelta(hours=1))
    return Callers(company, other, *clients, ApiClient(former_key), scopeless)


@pytest.fixture
def callers(those: Callers) -> Iterator[Callers]:
    """What a case does to the companies is undone after it."""
    with transaction.atomic():
        yield those
        transaction.set_rollback(True)


@pytest.mark.parametrize("line", LISTED, ids=str)
def test_route_answers_each_caller_as_listed(callers: Callers, line: Listed) -> None:
    path = concrete(line.path, row_of(callers.company, line.path) if "<pk>" in line.path else "")
    assert call(ApiClient(), line, path).status_code == 401
    assert call(callers.former, line, path).status_code == 401
    assert call(callers.scopeless, line, path).status_code == 403
    if "<pk>" in line.path:
        stranger = callers.others[line.letters.replace(".", "")[0]]
        assert call(stranger, line, path).status_code == 404
    answers = {
        letter: call(client, line, path).status_code for letter, client in callers.roles.items()
    }
    deeper = "<" in line.path.replace("<pk>", "")
    let_in = LET_IN | {404} if deeper else LET_IN
    if line.method == "GET" and not deeper:
        let_in = {200, 422}  # 422: a query parameter that must be there
    for letter, status in answers.items():
        if letter in line.letters:
            assert status in let_in, f"{letter}: {status}"
        else:
            assert status == HIDDEN_FROM_OTHERS.get(line.path, 403), f"{letter}: {status}"


@pytest.mark.parametrize("line", [each for each in LISTED if "<pk>" in each.path], ids=str)
def test_foreign_id_in_the_path_answers_as_a_random_one(callers: Callers, line: Listed) -> None:
    client = callers.roles[line.letters.replace(".", "")[0]]
    foreign = call(client, line, concrete(line.path, row_of(callers.other, line.path)))
    random = call(client, line, concrete(line.path, uuid.uuid4()))
    assert foreign.status_code == 404
    assert foreign.content == random.content
    assert without_request_id(foreign) == without_request_id(random)


def without_request_id(response: Any) -> dict[str, str]:
    return {name: value for name, value in response.items() if name != "X-Request-Id"}


def id_parameters() -> list[tuple[str, str]]:
    """(path, name) of every query parameter that is an id."""
    paths = parse_json(schema_json())["paths"]
    return [
        (path, parameter["name"])
        for path, operations in paths.items()
        if "{" not in path
        for parameter in operations.get("get", {}).get("parameters", [])
        if parameter["in"] == "query" and parameter["schema"].get("format") == "uuid"
    ]


def test_foreign_id_in_the_query_answers_as_a_random_one(callers: Callers) -> None:
    client = ApiClient(key_of(callers.company.admin))
    foreign_ids = [row_of(callers.other, f"/{resource}/") for resource in ROWS]
    found = id_parameters()
    assert ("/api/v1/audit-events/", "target_id") in found
    for path, name in found:
        random = client.get(f"{path}?{name}={uuid.uuid4()}")
        assert random.json() == {"next": None, "previous": None, "results": []}
        for foreign_id in foreign_ids:
            foreign = client.get(f"{path}?{name}={foreign_id}")
            assert foreign.content == random.content, f"{path}?{name}="


def written_references() -> list[Any]:
    """Every field of every serializer in which a client names another row."""
    found = []
    for serializer in ours():
        for name, field in serializer.fields.items():
            child = field.child_relation if isinstance(field, ManyRelatedField) else field
            if isinstance(child, RelatedField) and not field.read_only:
                found.append(pytest.param(child, id=f"{type(serializer).__name__}.{name}"))
    return found


def ours() -> Iterator[Any]:
    """One of every serializer of ours."""
    for serializer_class in sorted(set(all_subclasses(BaseSerializer)), key=str):
        room = serializer_class.__module__.split(".")[0]
        if room in ("rest_framework", "drf_spectacular"):
            continue
        if issubclass(serializer_class, ListSerializer):
            continue
        serializer = serializer_class()
        try:
            serializer.fields  # noqa: B018  a base without Meta has none
        except AssertionError:
            continue
        yield serializer


def all_subclasses(base: type) -> Iterator[type]:
    for child in base.__subclasses__():
        yield child
        yield from all_subclasses(child)


def test_refusals_name_rows_as_people_do() -> None:
    names = {str(each.values[0].model._meta.verbose_name) for each in written_references()}
    assert names == {
        "budget line",
        "communication tool",
        "engagement",
        "initiative",
        "KPI",
        "member",
        "stakeholder",
    }


def test_booleans_of_bodies_are_json_booleans() -> None:
    """0, 1 and words are values of other types: each is refused, in our words."""
    found = []
    for serializer in ours():
        for name, field in serializer.fields.items():
            if isinstance(field, serializers.BooleanField) and not field.read_only:
                assert isinstance(field, BooleanField), f"{serializer}.{name}"
                found.append(field)
    assert len(found) >= 15
    for field in found:
        for value in (0, 1, 1.0, "yes", "on", "true", "", [], {}):
            assert "Use true or false." in complaint(field, value)
        assert [field.run_validation(value) for value in (True, False)] == [True, False]


def test_references_of_bodies_belong_to_the_tenant() -> None:
    for parameter in written_references():
        assert isinstance(parameter.values[0], TenantRelatedField), parameter.id


def test_foreign_id_in_a_body_answers_as_a_random_one(callers: Callers) -> None:
    foreign = [str(row_of(callers.other, f"/{name}/")) for name in ROWS]
    assert len(written_references()) >= 30
    for parameter in written_references():
        (field,) = parameter.values
        with tenant(callers.company.id):
            complaints = {complaint(field, pk) for pk in foreign}
            assert complaints == {complaint(field, str(uuid.uuid4()))}, parameter.id


def complaint(field: Any, value: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        field.run_validation(value)
    return str(refused.value)


@pytest.mark.parametrize("path", ["/schema/", "/docs/", "/docs/try/"])
def test_public_address_answers_anybody(company: Company, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        assert Client().get(f"{BASE}{path}", headers=headers).status_code == 200
