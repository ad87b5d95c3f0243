"""What goes through the broker: the tick's bell, bounded, on queues of its own, never hanging."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings

from config.celery import QUEUES, TICK_QUEUE, WAITING_TICKS, TickScheduler, app
from config.embedded import EmbeddedValkey
from tenants.jobs.tasks import drain_lane

RING = """
import time
from config.celery import app
import django; django.setup()
from tenants.jobs.tasks import drain_lane
begun = time.monotonic()
try:
    drain_lane.apply_async(args=("fast",), queue="jobs.fast", retry=False)
    print("sent")
except Exception as error:
    print(type(error).__module__, type(error).__name__, round(time.monotonic() - begun))
"""


@pytest.fixture
def broker() -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(settings.CELERY_BROKER_URL)
    client.delete(*QUEUES)
    yield client
    client.delete(*QUEUES)


def test_tick_falls_silent_while_nobody_listens(broker: redis.Redis) -> None:
    scheduler = TickScheduler(app=app, lazy=True)
    scheduler.setup_schedule()
    scheduler.merge_inplace(app.conf.beat_schedule)
    for _ in range(WAITING_TICKS + 20):
        scheduler.apply_async(scheduler.schedule["tick"], advance=False)
    assert broker.llen(TICK_QUEUE) == WAITING_TICKS
    broker.lpop(TICK_QUEUE)  # someone listens again
    scheduler.apply_async(scheduler.schedule["tick"], advance=False)
    assert broker.llen(TICK_QUEUE) == WAITING_TICKS


def test_bell_of_one_lane_is_heard_there_alone(broker: redis.Redis) -> None:
    drain_lane.apply_async(args=("slow",), queue="jobs.slow", retry=False)
    assert [broker.llen(queue) for queue in ("jobs.tick", "jobs.fast", "jobs.slow")] == [0, 0, 1]


@pytest.mark.slow
def test_bell_at_a_silent_broker_gives_up_within_seconds() -> None:
    """A broker that accepts connections and never answers: the worst kind."""
    valkey = EmbeddedValkey()
    valkey.start()
    pid = valkey.pid
    assert pid is not None
    try:
        env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
        env |= {"REDIS_URL": valkey.url, "DJANGO_SETTINGS_MODULE": "config.settings.dev"}
        os.kill(pid, signal.SIGSTOP)
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", RING],
            env=env, capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        spent = time.monotonic() - begun
    finally:
        os.kill(pid, signal.SIGCONT)
        valkey.stop()
    assert "OperationalError" in done.stdout, done.stdout
    assert int(done.stdout.split()[-1]) <= 15
    assert spent < 60
