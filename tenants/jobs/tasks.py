"""The two Celery tasks. They carry no work, only the news that there is some."""

from celery import shared_task
from kombu.exceptions import OperationalError

from tenants.jobs.drain import drain
from tenants.jobs.ticking import due_counts, queue_due_work

DRAINS_PER_QUEUE = 2  # enough to keep every worker process of a queue busy


@shared_task(name="tenants.jobs.tick", ignore_result=True)
def tick() -> None:
    """Find due work and ring for each queue that has some."""
    queue_due_work()
    for queue, due in due_counts().items():
        for _ in range(min(due, DRAINS_PER_QUEUE)):
            try:
                drain_queue.apply_async(args=[queue], expires=5, ignore_result=True, retry=False)
            except OperationalError:
                return  # no broker now: the work waits in PostgreSQL for the next tick


@shared_task(name="tenants.jobs.drain", ignore_result=True)
def drain_queue(queue: str) -> None:
    """Run what is due in one queue."""
    drain(queues=[queue])
