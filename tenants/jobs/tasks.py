"""The two Celery tasks. They carry no work, only the news that there is some."""

from celery import shared_task
from kombu.exceptions import OperationalError

from tenants.jobs.drain import drain
from tenants.jobs.registry import LANES, Lane
from tenants.jobs.ticking import beat, queue_due_work, rings

RING_EXPIRES = 30  # seconds; more than two machines' clocks may differ


@shared_task(name="tenants.jobs.tick", ignore_result=True)
def tick() -> None:
    """Find due work and ring for each lane that has some."""
    beat()
    queue_due_work()
    for lane, due in rings().items():
        for _ in range(due):
            try:
                drain_lane.apply_async(
                    args=(lane.value,),
                    queue=f"jobs.{lane}",
                    expires=RING_EXPIRES,
                    ignore_result=True,
                    retry=False,
                )
            except (OperationalError, OSError):
                return  # no broker now: the work waits in PostgreSQL for the next tick


@shared_task(name="tenants.jobs.drain", ignore_result=True)
def drain_lane(lane: str) -> None:
    """Run what is due in the queues of one lane."""
    drain(queues=LANES[Lane(lane)])
