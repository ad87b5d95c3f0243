"""Celery moves the work; PostgreSQL holds it (tenants/jobs). A lost message costs one second, never a job."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

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
    task_default_queue="jobs",
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "socket_timeout": 5,
        "socket_connect_timeout": 5,
        "visibility_timeout": 3600,
    },
    timezone="UTC",
    beat_schedule={
        "tick": {
            "task": "tenants.jobs.tick",
            "schedule": 1.0,
            "options": {"expires": 2, "ignore_result": True},
        }
    },
)
app.autodiscover_tasks(["tenants.jobs"])


@worker_init.connect
def _refuse_privileged_roles(**_: Any) -> None:
    from tenants.isolation.boot import refuse_privileged_roles

    refuse_privileged_roles()
