"""Work that failed for good is told to those who can run it again."""

from uuid import UUID

from tenants.jobs.models import Job
from tenants.jobs.registry import Queue, label_of
from tenants.models import Member
from tenants.notifications.links import link_to
from tenants.notifications.services import notify
from tenants.permissions import Role


def announce_failure(*, job_id: UUID) -> None:
    """Tell the admins of a failed job, once for each time it failed; nothing if it runs again.

    Mails that fail are told once a day and only in the app: another mail would fail as well.
    """
    job = Job.objects.filter(pk=job_id, state=Job.State.FAILED).first()
    if job is None:
        return
    admins = Member.objects.filter(roles__contains=[Role.ADMIN.value])
    is_mail = job.queue == Queue.MAIL
    ended = job.finished_at
    notify(
        to=admins,
        kind="mail.failed" if is_mail else "job.failed",
        title=f"A background job failed: {label_of(job.kind)}",
        body=job.reason,
        link=link_to("job_list"),
        target=job,
        dedupe_key=(
            f"mail.failed:{ended:%Y-%m-%d}" if is_mail else f"job.failed:{job.pk}:{job.claims}"
        ),
    )
