"""Liveness, readiness and figures."""

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
    assert (answer.status_code, answer.content) == (503, b"not migrated\n")


@pytest.mark.django_db
def test_readyz_says_no_without_a_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(health.connection, "cursor", refuse)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"no database\n")


@pytest.mark.parametrize(
    ("token", "offered", "status"),
    [
        ("", "", 404),
        ("", "Bearer ", 404),
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
