"""Repeats of a POST: the first answer again, another body refused, two at once give one effect."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import RequestFactory
from django.utils import timezone
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from tenants.api import idempotency
from tenants.isolation import tenant
from tenants.models import ApiKey, AuditEvent, IdempotencyKey, Member
from tests.api_client import ApiClient, key_of
from tests.factories import Company, make_company
from tests.tenants.api.test_authentication import assert_problem

Api = Callable[[Any], ApiClient]
BODY = {"email": "new@northwind.example", "roles": ["team"], "name": "New"}


def invited(company: Company) -> int:
    """How often somebody was invited through the API."""
    with tenant(company.id):
        return AuditEvent.objects.filter(
            verb="member.invited", actor_name=company.admin.name
        ).count()


def test_same_key_and_body_answers_the_first_answer_again(company: Company, api: Api) -> None:
    client = api(company.admin)
    first = client.post("/members/", BODY, Idempotency_Key="one")
    again = client.post("/members/", BODY, Idempotency_Key="one")
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert first["ETag"] == again["ETag"]
    assert again["Content-Type"] == "application/json"
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert invited(company) == 1


def test_same_key_with_other_body_or_address_answers_422(company: Company, api: Api) -> None:
    client = api(company.admin)
    client.post("/members/", BODY, Idempotency_Key="one")
    other = BODY | {"email": "other@northwind.example"}
    assert_problem(client.post("/members/", other, Idempotency_Key="one"), 422)
    assert_problem(client.post("/members/?x=1", BODY, Idempotency_Key="one"), 422)
    assert_problem(client.post("/api-keys/", {"name": "x"}, Idempotency_Key="one"), 422)
    assert invited(company) == 1


def test_refusal_is_repeated_though_the_reason_is_gone(company: Company, api: Api) -> None:
    client = api(company.admin)
    taken = BODY | {"email": company.cto.email}
    refused = client.post("/members/", taken, Idempotency_Key="one")
    assert_problem(refused, 409)
    with tenant(company.id):
        Member.objects.filter(pk=company.cto.pk).update(
            status=Member.Status.LEFT, left_at=timezone.now()
        )
    again = client.post("/members/", taken, Idempotency_Key="one")
    assert (again.status_code, again.content) == (409, refused.content)
    assert client.post("/members/", taken, Idempotency_Key="two").status_code == 201


def test_invalid_body_is_repeated(company: Company, api: Api) -> None:
    client = api(company.admin)
    for replayed in (False, True):
        response = client.post("/members/", {"email": "x"}, Idempotency_Key="one")
        assert_problem(response, 422)
        assert ("Idempotency-Replayed" in response) is replayed


def test_server_error_is_not_stored(company: Company, api: Api, monkeypatch: Any) -> None:
    client = api(company.admin)
    client.client.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr("tenants.invitations.member_invite", lambda **_: 1 / 0)
        assert_problem(client.post("/members/", BODY, Idempotency_Key="one"), 500)
    assert client.post("/members/", BODY, Idempotency_Key="one").status_code == 201


def test_calls_that_never_ran_are_not_stored(company: Company, api: Api) -> None:
    with tenant(company.id):
        key = key_of(company.cto)
    assert_problem(ApiClient(key).post("/members/", BODY, Idempotency_Key="one"), 403)
    assert_problem(ApiClient().post("/members/", BODY, Idempotency_Key="one"), 401)
    with tenant(company.id):
        assert not IdempotencyKey.objects.exists()


def test_two_callers_may_choose_the_same_key(company: Company, api: Api) -> None:
    for member in (company.admin, company.cto):
        answer = api(member).post("/api-keys/", {"name": "mine"}, Idempotency_Key="one")
        assert answer.status_code == 201
        assert answer.json()["member"] == str(member.pk)


def test_secret_of_a_new_key_is_never_stored(company: Company, api: Api) -> None:
    client = api(company.cto)
    first = client.post("/api-keys/", {"name": "mine"}, Idempotency_Key="one").json()
    again = client.post("/api-keys/", {"name": "mine"}, Idempotency_Key="one").json()
    assert first["key"].startswith(first["prefix"])
    assert again == first | {"key": None}
    with tenant(company.id):
        assert first["key"].split(".")[1] not in IdempotencyKey.objects.get().body
        assert ApiKey.objects.filter(name="mine").count() == 1


def test_key_is_free_again_after_a_day(company: Company, api: Api) -> None:
    client = api(company.admin)
    with time_machine.travel("2026-10-05T09:00:00Z", tick=False) as clock:
        client.post("/members/", BODY, Idempotency_Key="one")
        clock.shift(dt.timedelta(hours=23, minutes=59))
        assert "Idempotency-Replayed" in client.post("/members/", BODY, Idempotency_Key="one")
        clock.shift(dt.timedelta(minutes=1))
        assert_problem(client.post("/members/", BODY, Idempotency_Key="one"), 409)
        repeated = client.post("/members/", BODY, Idempotency_Key="one")
        assert_problem(repeated, 409)
        assert "Idempotency-Replayed" in repeated
        client.post("/api-keys/", {"name": "x"}, Idempotency_Key="another")
    with tenant(company.id):
        assert IdempotencyKey.objects.count() == 2


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 256])
def test_odd_key_answers_422(company: Company, api: Api, key: str) -> None:
    assert_problem(api(company.admin).post("/members/", BODY, Idempotency_Key=key), 422)
    assert invited(company) == 0


def test_two_at_once_give_one_effect(committed_db: None, monkeypatch: Any) -> None:
    """The second learns that the first still runs; both effects never happen."""
    from tenants import invitations

    company = make_company("northwind")
    key = key_of(company.admin)
    inside, go_on = threading.Event(), threading.Event()
    invite = invitations.member_invite

    def slow_invite(**kwargs: Any) -> Any:
        inside.set()
        assert go_on.wait(60)
        return invite(**kwargs)

    monkeypatch.setattr("tenants.invitations.member_invite", slow_invite)
    answers: list[Any] = []

    def first_call() -> None:
        answers.append(ApiClient(key).post("/members/", BODY, Idempotency_Key="one"))
        connections.close_all()

    first = threading.Thread(target=first_call)
    first.start()
    try:
        assert inside.wait(60)
        assert_problem(ApiClient(key).post("/members/", BODY, Idempotency_Key="one"), 409)
    finally:
        go_on.set()
        first.join(60)
    assert answers[0].status_code == 201
    again = ApiClient(key).post("/members/", BODY, Idempotency_Key="one")
    assert again.content == answers[0].content
    assert invited(company) == 1


def test_many_at_once_give_one_effect(committed_db: None) -> None:
    company = make_company("northwind")
    key = key_of(company.admin)
    statuses: list[int] = []
    start = threading.Barrier(8)

    def call() -> None:
        start.wait(60)
        statuses.append(ApiClient(key).post("/members/", BODY, Idempotency_Key="x").status_code)
        connections.close_all()

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(statuses) == 8
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert invited(company) == 1


def upload(content: bytes, name: str = "a.csv", **fields: str) -> bytes:
    """The call hash of a multipart POST with one file."""
    files = {"file": SimpleUploadedFile(name, content)}
    django_request = RequestFactory().post("/api/v1/imports/", {**fields, **files})
    request = Request(django_request, parsers=[MultiPartParser()])
    digest = idempotency._hash(request)
    assert request.FILES["file"].read() == content  # the view still reads it from its start
    return digest


def test_upload_is_the_same_call_only_with_the_same_fields_and_content() -> None:
    first = upload(b"day,value\n", kpi="k")
    assert upload(b"day,value\n", kpi="k") == first  # whatever boundary the client chose
    assert upload(b"day,value\n1\n", kpi="k") != first
    assert upload(b"day,value\n", kpi="other") != first
    assert upload(b"day,value\n", name="b.csv", kpi="k") != first
