"""Threads × tenants × requests through the real WSGI handler on kept connections: no leak."""

import io
import itertools
import logging
import random
import threading
import time
from typing import Any

import pytest
from django.contrib.sessions.backends.cached_db import SessionStore
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, connections
from django.test import Client

from tenants.isolation import tenant_or_none
from tests.factories import Company, make_company

SECONDS = 8
THREADS = 6
PATHS = (
    "test/lazy/",
    "test/stream/",
    "test/stream/?fail=1",
    "test/answer/{mark}/200/",
    "test/answer/{mark}/409/",
    "test/answer/{mark}/500/",
    "test/fail/{mark}/denied/",
    "test/fail/{mark}/database/",
    "test/fail/{mark}/caught/",
    "test/fail/{mark}/bug/",
    "test/whoami/",
    "nothing/here/",
    "audit/",
)


class Tally:
    """What the threads saw, counted under one lock."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.requests = 0
        self.closed_early = 0
        self.by_status: dict[int, int] = {}
        self.faults: list[str] = []
        self.connections: set[int] = set()


@pytest.mark.slow
@pytest.mark.urls("tests.tenants.urls")
@pytest.mark.usefixtures("committed_db")
def test_soak_of_threads_tenants_and_requests_leaks_nothing(settings: Any) -> None:
    settings.DATABASES["default"]["CONN_MAX_AGE"] = 60
    companies = [make_company(f"soak{number}") for number in range(4)]
    cookies = {company.slug: _cookie(company) for company in companies}
    handler = WSGIHandler()
    tally, until = Tally(), time.monotonic() + SECONDS
    threads = [
        threading.Thread(target=_work, args=(handler, companies, cookies, tally, until, seed))
        for seed in range(THREADS)
    ]
    logging.disable(logging.CRITICAL)  # the faults are meant
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        logging.disable(logging.NOTSET)
    assert tally.faults == []
    assert tally.requests >= 2 * len(PATHS) * THREADS
    assert tally.closed_early > 0
    assert {200, 403, 404, 409, 500} <= tally.by_status.keys()
    assert len(tally.connections) == THREADS, "each thread kept its one connection"


def _cookie(company: Company) -> str:
    client = Client()
    client.force_login(
        company.admin.user, backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    assert isinstance(client.session, SessionStore)
    return f"sessionid={client.session.session_key}"


def _work(
    handler: WSGIHandler,
    companies: list[Company],
    cookies: dict[str, str],
    tally: Tally,
    until: float,
    seed: int,
) -> None:
    dice = random.Random(seed)
    try:
        for number in itertools.count():
            if time.monotonic() > until and number >= 2 * len(PATHS):
                break
            company = dice.choice(companies)
            asked = dice.choice(companies) if dice.random() < 0.15 else company
            path = PATHS[number % len(PATHS)].format(mark=f"m{seed}-{number}")
            _request(handler, company, asked, path, cookies, tally, dice, companies)
            with tally.lock:
                tally.connections.add(id(connection.connection))
    except BaseException as error:
        with tally.lock:
            tally.faults.append(repr(error))
    finally:
        connections.close_all()


def _request(
    handler: WSGIHandler,
    company: Company,
    asked: Company,
    path: str,
    cookies: dict[str, str],
    tally: Tally,
    dice: random.Random,
    companies: list[Company],
) -> None:
    answered: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        answered["status"] = int(status.split()[0])

    body = handler(_environ(f"/t/{asked.slug}/{path}", cookies[company.slug]), start_response)
    closes_early = dice.random() < 0.3
    pieces = []
    try:
        for count, piece in enumerate(body):
            pieces.append(piece)
            if closes_early and count >= dice.randrange(2):
                break
    except ValueError as error:
        pieces.append(str(error).encode())
    finally:
        body.close()
    text = b"".join(pieces).decode(errors="replace").casefold()
    leaked = [c.slug for c in companies if c is not company and f"cto {c.slug}" in text]
    with tally.lock:
        tally.requests += 1
        tally.closed_early += closes_early
        status = answered["status"]
        tally.by_status[status] = tally.by_status.get(status, 0) + 1
        if leaked:
            tally.faults.append(f"{company.slug} saw {leaked} at {path}")
        if asked is not company and status != 404:
            tally.faults.append(f"{company.slug} got {status} from {asked.slug} at {path}")
        if tenant_or_none() is not None:
            tally.faults.append(f"a tenant stayed set after {path}")
        if connection.in_atomic_block:
            tally.faults.append(f"a transaction stayed open after {path}")


def _environ(address: str, cookie: str) -> dict[str, Any]:
    path, _, query = address.partition("?")
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_COOKIE": cookie,
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
    }
