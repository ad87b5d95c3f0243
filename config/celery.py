"""Celery moves the work; PostgreSQL holds it (tenants/jobs). A lost message costs a second, no job.

celery -A config.celery worker --concurrency 2          everything, on a small machine
celery -A config.celery worker -Q jobs.tick,jobs.fast   mails, rollups and the rest
celery -A config.celery worker -Q jobs.slow             imports and exports (JOB_SLOW_LIMIT)
celery -A config.celery beat                            the tick; several do no harm
"""

import os
from typing import Any

from celery import Celery
from celery.beat import ScheduleEntry, Scheduler
from celery.signals import worker_init
from kombu import Exchange, Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

TICK = "tenants.jobs.tick"
TICK_QUEUE = "jobs.tick"
QUEUES = [TICK_QUEUE, "jobs.fast", "jobs.slow"]
WAITING_TICKS = 5  # more than these mean that no worker listens

app = Celery("bowline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=False,  # the lease brings the job back, not the message
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=500,
    task_soft_time_limit=600,
    task_time_limit=660,
    worker_soft_shutdown_timeout=20,
    worker_hijack_root_logger=False,
    task_queues=[Queue(name, Exchange("jobs", "direct"), routing_key=name) for name in QUEUES],
    task_routes={TICK: {"queue": TICK_QUEUE}},
    task_default_queue="jobs.fast",
    task_default_exchange="jobs",
    task_default_routing_key="jobs.fast",
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,  # a broker that is away for an hour comes back too
    broker_connection_timeout=5,
    broker_transport_options={
        "socket_timeout": 5,
        "socket_connect_timeout": 5,
        "visibility_timeout": 3600,
    },
    timezone="UTC",
    beat_scheduler="config.celery:TickScheduler",
    beat_max_loop_interval=1,
    beat_schedule={
        "tick": {
            "task": TICK,
            "schedule": 1.0,
            "options": {"expires": 30, "ignore_result": True, "retry": False},
        }
    },
)
app.autodiscover_tasks(["tenants.jobs"])


class TickScheduler(Scheduler):
    """Keeps its one entry in memory and falls silent while nobody listens.

    Without that, a night without workers leaves a hundred thousand messages in the broker.
    """

    def apply_async(
        self, entry: ScheduleEntry, producer: Any = None, advance: bool = True, **kwargs: Any
    ) -> Any:
        if self._waiting() < WAITING_TICKS:
            return super().apply_async(entry, producer=producer, advance=advance, **kwargs)
        if advance:
            self.reserve(entry)
        return None

    def _waiting(self) -> int:
        """How many ticks lie unread; 0 when the broker does not say."""
        with self.app.connection_for_write() as connection:
            errors: Any = connection.connection_errors
            try:
                channel: Any = connection.default_channel
                return int(channel.client.llen(TICK_QUEUE))
            except errors:
                return 0


@worker_init.connect
def _refuse_privileged_roles(**_: Any) -> None:
    from django.db import connections

    from tenants.isolation.boot import refuse_privileged_roles

    refuse_privileged_roles()
    connections.close_all()  # the worker's processes open their own
