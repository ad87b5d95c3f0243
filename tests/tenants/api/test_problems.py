"""Every wrong input gets one clear problem+json, and never a 500."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError
from django.http import Http404
from django.test import Client, RequestFactory
from rest_framework import exceptions
from rest_framework.request import Request

from tenants.api.parsers import MAX_DEPTH, parse_json
from tenants.api.problems import exception_handler, flatten
from tenants.errors import Invalid
from tests.api_client import BASE, ApiClient, key_of
from tests.factories import Company
from tests.tenants.api.test_authentication import assert_problem

Api = Callable[[Any], ApiClient]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b'{"name": -Infinity}',
        b'{"name": "a", "name": "b"}',
        b'{"name": "\xff"}',
        b'\xef\xbb\xbf{"name": "a"}',
        b'{"name": 1e999}',
        b'{"name": ' + b"9" * 5000 + b"}",
        b'{"name": 0.' + b"1" * 5000 + b"}",
        b'{"name": "raw \x00 nul"}',
        b"[" * 100_000,
        b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1),
    ],
    ids=lambda body: repr(body[:20]),
)
def test_body_that_is_not_exact_json_answers_400(company: Company, api: Api, body: bytes) -> None:
    expected = 422 if body == b"" else 400  # no body is an empty one: the fields are missing
    assert_problem(api(company.admin).post("/members/", body), expected)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "nul \0 inside"}, "name"),
        ({"name": {"deep": ["\0"]}}, "name.deep.0"),
        (b'{"name": "\\ud800 half a pair"}', "name"),
        ({"currency": "dollars"}, "currency"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"fiscal_year_start_month": 13}, "fiscal_year_start_month"),
        ({"fiscal_year_start_month": 10**50}, "fiscal_year_start_month"),
        ({"fiscal_year_start_month": True}, "fiscal_year_start_month"),
        ({"week_start": "someday"}, "week_start"),
        ({"week_start": {}}, "week_start"),
        ({"name": None}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": ["a"]}, "name"),
        ([], ""),
        ("text", ""),
        (None, None),
    ],
    ids=repr,
)
def test_valid_json_that_breaks_a_rule_answers_422_and_names_the_field(
    company: Company, api: Api, body: Any, field: str | None
) -> None:
    response = api(company.admin).patch("/tenant/", body)
    if field is None:  # a PATCH of nothing changes nothing
        assert response.status_code == 200
        return
    problem = assert_problem(response, 422)
    assert {error["field"] for error in problem["errors"]} == {field}
    assert all(error["message"] for error in problem["errors"])


def test_null_body_answers_422(company: Company, api: Api) -> None:
    assert_problem(api(company.admin).patch("/tenant/", b"null"), 422)


def test_fraction_is_exact() -> None:
    assert str(parse_json(b"[12345678901234567.89]")[0]) == "12345678901234567.89"


def test_body_over_the_limit_answers_413(company: Company, api: Api, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    body = {"email": "a@b.example", "roles": ["cto"], "name": "x" * 100}
    assert_problem(api(company.admin).post("/members/", body), 413)
    assert_problem(api(company.admin).post("/members/", body, Idempotency_Key="k"), 413)


def test_other_media_type_answers_415(company: Company) -> None:
    headers = {"Authorization": f"Bearer {key_of(company.admin)}"}
    for content_type in ("text/plain", "application/xml", "multipart/form-data; boundary=x", "é"):
        response = Client().generic(
            "POST", f"{BASE}/members/", b"{}", content_type=content_type, headers=headers
        )
        assert_problem(response, 415)


def test_accept_header_is_no_obstacle(company: Company, api: Api) -> None:
    for accept in ("text/html", "application/xml", "application/problem+json", "nonsense"):
        assert api(company.cto).get("/tenant/", Accept=accept).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "POST"])
def test_other_method_answers_405_with_allow(company: Company, api: Api, method: str) -> None:
    response = api(company.admin).call(method, "/tenant/")
    assert_problem(response, 405)
    assert set(response["Allow"].split(", ")) == {"GET", "HEAD", "PATCH"}


@pytest.mark.parametrize("path", ["/nothing/", "/", "/members", "/members/x/y/", "/%00/"])
def test_unknown_path_answers_404_like_an_unknown_id(company: Company, api: Api, path: str) -> None:
    client = api(company.admin)
    unknown_id = client.get(f"/members/{uuid.uuid4()}/")
    response = client.get(path)
    assert_problem(response, 404)
    assert response.content == unknown_id.content


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "PUT"])
def test_write_to_unknown_path_answers_404_with_and_without_a_caller(
    company: Company, api: Api, method: str
) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert_problem(strict.generic(method, f"{BASE}/nothing/"), 404)
    assert_problem(strict.generic(method, f"{BASE}/schema/"), 405)
    assert_problem(api(company.admin).call(method, "/nothing/"), 404)


def test_database_out_of_reach_answers_503(company: Company, api: Api, monkeypatch: Any) -> None:
    client = api(company.admin)

    def refuse(prefix: str) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("tenants.doors.api_key", refuse)
    response = client.get("/tenant/")
    assert_problem(response, 503)
    assert response["Retry-After"]


@pytest.mark.parametrize("ending", ["not-a-uuid", "%00", "0", "é", "1" * 500, "%ff", "..%2f"])
def test_id_that_is_none_answers_404(company: Company, api: Api, ending: str) -> None:
    assert_problem(api(company.admin).get(f"/members/{ending}/"), 404)


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=x",
        "limit=",
        "limit=%00",
        "limit=1e1",
        "limit=²",
        "cursor=x",
        "cursor=%00",
        "cursor=é",
        "cursor=" + "A" * 24,
        "cursor=" + "A" * 5000,
        "target_id=x",
        "target_id=%00",
        "actor=1",
        "verb=%00",
        "occurred_after=yesterday",
        "occurred_after=9999-99-99",
        "occurred_before=%00",
    ],
)
def test_bad_query_answers_422(company: Company, api: Api, query: str) -> None:
    problem = assert_problem(api(company.admin).get(f"/audit-events/?{query}"), 422)
    assert [error["field"] for error in problem["errors"]] == [query.split("=")[0]]


def test_flatten_dots_nested_fields() -> None:
    detail = {
        "non_field_errors": ["whole"],
        "tiers": [{}, {"steps": [{"hours": ["too few"]}], "non_field_errors": ["order"]}],
        "roles": {2: ["unknown"]},
    }
    assert flatten(detail) == [
        {"field": "", "message": "whole"},
        {"field": "tiers.1.steps.0.hours", "message": "too few"},
        {"field": "tiers.1", "message": "order"},
        {"field": "roles.2", "message": "unknown"},
    ]


def handled(error: Exception) -> Any:
    """The handler's answer to an exception of a view."""
    return exception_handler(error, {"request": Request(RequestFactory().get("/"))})


def database_error(code: str, kind: type[DatabaseError] = DatabaseError) -> DatabaseError:
    error = kind("from the database")
    error.__cause__ = type("Cause", (Exception,), {"pgcode": code})()
    return error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Http404(), 404),
        (Invalid({"a": "b"}), 422),
        (exceptions.Throttled(wait=3.2), 429),
        (exceptions.ParseError(), 400),
        (database_error("23505"), 409),
        (database_error("23503"), 409),
        (database_error("23514"), 409),
        (database_error("40P01", OperationalError), 409),
        (database_error("55P03", OperationalError), 409),
        (database_error("57P01", OperationalError), 503),
        (database_error("23502"), 500),
        (database_error("42501"), 500),
        (KeyError("a bug"), 500),
    ],
    ids=repr,
)
def test_exception_answers(error: Exception, status: int, caplog: Any) -> None:
    response = handled(error)
    assert response.status_code == status
    assert json.loads(response.content)["status"] == status
    if status == 429:
        assert response["Retry-After"] == "4"
    if status == 500:
        assert "bug" not in response.content.decode()
        assert "A bug behind the API" in caplog.text


def test_word_that_is_no_choice_is_told_the_choices(company: Company, api: Api) -> None:
    for wrong in ("someday", 7, ["monday"], {"day": "monday"}):
        response = api(company.admin).patch("/tenant/", {"week_start": wrong})
        assert response.status_code == 422
        (error,) = response.json()["errors"]
        assert error == {"field": "week_start", "message": "Use one of: monday, saturday, sunday."}
