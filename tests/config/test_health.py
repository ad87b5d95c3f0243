"""Liveness, readiness and figures."""

import socket

import pytest
from django.db import DatabaseError
from django.test import Client

from config import health


def test_healthz_answers_without_asking_the_database(client: Client) -> None:
    answer = client.get("/healthz")  # pytest-django refuses any query of this test
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_readyz_is_ready_on_a_migrated_database(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (200, b"ready\n")


@pytest.mark.django_db
def test_readyz_says_no_when_code_is_newer_than_the_database(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = health._newest_migrations() | {("tenants", "9999_of_tomorrow")}
    monkeypatch.setattr(health, "_newest_migrations", lambda: newer)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"migrations: not current\n")


@pytest.mark.django_db
def test_readyz_says_no_without_a_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(health.connection, "cursor", refuse)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"database: no answer\n")


@pytest.mark.django_db
def test_readyz_names_each_part_that_is_missing(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings: pytest.FixtureRequest
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{port}/0"  # type: ignore[attr-defined]
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"broker: no answer\n")
    newer = health._newest_migrations() | {("tenants", "9999_of_tomorrow")}
    monkeypatch.setattr(health, "_newest_migrations", lambda: newer)
    answer = client.get("/readyz")
    assert answer.content == b"migrations: not current\nbroker: no answer\n"


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.0.0.5", {}, 404),
        ("", {}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 404),
        ("127.0.0.1", {"X-Forwarded-Proto": "https"}, 404),
    ],
)
def test_metrics_without_a_token_are_for_this_machine_alone(
    client: Client, address: str, headers: dict[str, str], status: int
) -> None:
    assert client.get("/metrics", headers=headers, REMOTE_ADDR=address).status_code == status


@pytest.mark.parametrize(
    ("token", "offered", "status"),
    [
        ("right", "", 404),
        ("right", "Bearer wrong", 404),
        ("right", "Bearer right", 200),
    ],
)
def test_metrics_are_for_the_token_alone(
    client: Client, settings: pytest.FixtureRequest, token: str, offered: str, status: int
) -> None:
    settings.METRICS_TOKEN = token  # type: ignore[attr-defined]
    answer = client.get("/metrics", headers={"Authorization": offered} if offered else {})
    assert answer.status_code == status
    assert (b"django_http_requests" in answer.content) == (status == 200)
