"""Who may see and repeat background work."""

from tenants.audit import Actor
from tenants.errors import Denied, NotFound, WrongState
from tenants.jobs.models import Job


def check_can_list(*, actor: Actor) -> None:
    """Those who may see all jobs."""
    if not actor.can("job.view"):
        raise Denied("Only an admin can see all background jobs.")


def check_can_see(*, actor: Actor, job: Job) -> None:
    """Those who may see all jobs, and the one who started it; raises NotFound for all others."""
    started_it = job.started_by_id is not None and job.started_by_id == actor.actor_id
    if not started_it and not actor.can("job.view"):
        raise NotFound


def check_can_retry(*, actor: Actor, job: Job) -> None:
    """Those who manage jobs, once it has failed for good."""
    if not actor.can("job.manage"):
        raise Denied("Only an admin can run a job again.")
    if job.state != Job.State.FAILED:
        raise WrongState(f"This job is {job.get_state_display().lower()}, it did not fail.")
