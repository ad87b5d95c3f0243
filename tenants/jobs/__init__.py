"""Background work: PostgreSQL holds it, Celery and Redis only ring the bell.

`enqueue` writes a row in the business transaction; `job` registers what runs it.
"""

from tenants.jobs.registry import DueSource, Queue, due_source, job
from tenants.jobs.services import enqueue

__all__ = ["DueSource", "Queue", "due_source", "enqueue", "job"]
