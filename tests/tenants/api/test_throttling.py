"""Rate limits: exactly N calls of any number pass; without Valkey all pass, and the log says so."""

import socket
import threading
from collections.abc import Callable
from typing import Any

import redis
import time_machine

from tenants.api import throttling
from tests.api_client import ApiClient, key_of
from tests.factories import Company
from tests.tenants.api.test_authentication import assert_problem

Api = Callable[[Any], ApiClient]
NOON = 1_800_000_000.0  # a whole minute


def test_exactly_n_of_many_at_once_pass() -> None:
    passed: list[bool] = []
    start = threading.Barrier(16)

    def call() -> None:
        start.wait(60)
        windows = [("t:key", 37), ("t:tenant", 100)]
        passed.extend(throttling.within_limits(windows, NOON) for _ in range(10))

    threads = [threading.Thread(target=call) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(passed) == 160
    assert sum(passed) == 37


def test_calls_beyond_a_keys_limit_do_not_use_up_the_companys() -> None:
    for _ in range(10):
        throttling.within_limits([("t:key:a", 3), ("t:tenant", 6)], NOON)
    other = [throttling.within_limits([("t:key:b", 9), ("t:tenant", 6)], NOON) for _ in range(5)]
    assert other == [True, True, True, False, False]


def test_next_minute_starts_anew() -> None:
    windows = [("t:key", 1)]
    assert throttling.within_limits(windows, NOON)
    assert not throttling.within_limits(windows, NOON + 59.9)
    assert throttling.within_limits(windows, NOON + 60)
    assert throttling.seconds_left(NOON + 59) == 1


def test_call_over_the_limit_answers_429_with_retry_after(
    company: Company, api: Api, settings: Any
) -> None:
    settings.API_RATE_LIMITS = {"key": 2, "user": 3, "tenant": 4}
    with time_machine.travel(NOON + 20, tick=False):
        first = api(company.cto)
        assert [first.get("/tenant/").status_code for _ in range(2)] == [200, 200]
        refused = first.get("/tenant/")
        assert_problem(refused, 429)
        assert refused["Retry-After"] == "40"
        second = api(company.cto)  # another key of the same person
        assert [second.get("/tenant/").status_code for _ in range(2)] == [200, 429]
        other = api(company.admin)  # another person of the same company
        assert [other.get("/tenant/").status_code for _ in range(2)] == [200, 429]


def test_other_companys_calls_do_not_count(
    company: Company, other_company: Company, api: Api, settings: Any
) -> None:
    settings.API_RATE_LIMITS = {"key": 9, "user": 9, "tenant": 1}
    with time_machine.travel(NOON, tick=False):
        assert api(company.cto).get("/tenant/").status_code == 200
        assert api(other_company.cto).get("/tenant/").status_code == 200


def test_without_valkey_calls_pass_and_the_log_says_so(
    company: Company, settings: Any, monkeypatch: Any, caplog: Any
) -> None:
    settings.API_RATE_LIMITS = {"key": 1, "user": 1, "tenant": 1}
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    nobody = redis.Redis(port=port, socket_timeout=0.3, socket_connect_timeout=0.3)
    monkeypatch.setattr(throttling, "_count", nobody.register_script(throttling._COUNT))
    monkeypatch.setattr(throttling, "_resting_until", 0.0)
    client = ApiClient(key_of(company.cto))
    with time_machine.travel(NOON, tick=False):
        assert [client.get("/tenant/").status_code for _ in range(3)] == [200, 200, 200]
    assert caplog.text.count("Rate limits are off") == 1
