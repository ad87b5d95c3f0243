"""Kinds of jobs whose effects can be counted, and the Celery app whose workers run them.

    celery -A benchmarks.job_kinds worker

They exist in no other process: the product never imports this module.
"""

import datetime as dt
import os
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
django.setup()

from celery import shared_task  # noqa: E402
from django.db import connection  # noqa: E402

from config.celery import app  # noqa: E402
from tenants.jobs import Queue, job  # noqa: E402
from tenants.jobs.models import Job  # noqa: E402
from tenants.jobs.registry import DUE_SOURCES  # noqa: E402

__all__ = ["app"]

DUE_SOURCES.clear()  # the product's own housekeeping of each company is not what is measured

LEASE = dt.timedelta(seconds=2)  # so that what a killed worker held comes back within a test
STEPS = 3


def leave_effect(row: Job, step: int = 0) -> None:
    """Write one row; nothing in the table keeps a second one out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into jobs_effect (tenant_id, job_id, step) values (%s, %s, %s)",
            [row.tenant_id, row.pk, step],
        )


@job("bench.plain", lease=LEASE, max_attempts=50)
def plain(row: Job) -> None:
    """An effect, and a moment in which the worker can be killed before it is committed."""
    leave_effect(row)
    time.sleep(0.01)


@job("bench.short", lease=LEASE, max_attempts=50, together=20, queue=Queue.ROLLUPS)
def short(row: Job) -> None:
    """The same among others of its tenant in one transaction."""
    leave_effect(row)
    time.sleep(0.002)


@job("bench.steps", lease=LEASE, max_attempts=50, queue=Queue.IMPORTS)
def steps(row: Job) -> bool:
    """Three transactions, each with an effect of its own."""
    leave_effect(row, row.progress_done)
    time.sleep(0.01)
    row.progress_done, row.progress_total = row.progress_done + 1, STEPS
    return row.progress_done < STEPS


@job("bench.small", together=100)
def small(row: Job) -> None:
    """One insert: what a small job of ours does at least."""
    leave_effect(row)


@job("bench.single")
def single(row: Job) -> None:
    """The same, each in a transaction of its own."""
    leave_effect(row)


@job("bench.nothing", together=100)
def nothing(row: Job) -> None:
    """Against plain Celery's task that does nothing either."""


@shared_task(name="bench.celery_nothing", ignore_result=True)
def celery_nothing() -> None:
    """Plain Celery's task that does nothing."""
