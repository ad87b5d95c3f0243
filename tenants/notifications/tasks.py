"""Background work of notifications: mails one by one, digests, due reminders, failed jobs told."""

import datetime as dt
from uuid import UUID

from tenants import jobs
from tenants.jobs.models import Job
from tenants.notifications import reminders, sending
from tenants.notifications.cleaning import READ_KEPT, SETTLED_KEPT, UNREAD_KEPT, remove_old
from tenants.notifications.failures import announce_failure

MAIL_ATTEMPTS = 12  # about five hours of a mail server that is away

# One look at each tenant's first waiting reminder, along the index reminder_due.
jobs.due_source(
    kind="notifications.remind",
    every=dt.timedelta(seconds=5),
    sql="""
    with recursive walk (tenant_id, run_at) as (
      (select tenant_id, run_at from tenants_reminder where state = 'pending'
       order by tenant_id, run_at limit 1)
      union all
      select n.tenant_id, n.run_at from walk w cross join lateral (
        select r.tenant_id, r.run_at from tenants_reminder r
        where r.state = 'pending' and r.tenant_id > w.tenant_id
        order by r.tenant_id, r.run_at limit 1) n
    )
    select tenant_id from walk where run_at <= now()
    """,
)
jobs.due_source(
    kind="notifications.clean",
    every=dt.timedelta(days=1),
    sql=f"""
    select bowline.tenants_with_old_notifications(
      '{READ_KEPT.days} days', '{UNREAD_KEPT.days} days', '{SETTLED_KEPT.days} days')
    """,
)


@jobs.job("notifications.mail", queue=jobs.Queue.MAIL, max_attempts=MAIL_ATTEMPTS, label="Mail")
def mail(job: Job) -> None:
    """Send one notification to one person."""
    sending.send_one(delivery_id=UUID(job.args["delivery_id"]), job_id=job.pk)


@jobs.job(
    "notifications.digest", queue=jobs.Queue.MAIL, max_attempts=MAIL_ATTEMPTS, label="Daily digest"
)
def digest(job: Job) -> None:
    """Send one person's daily mail."""
    sending.send_digest(
        member_id=UUID(job.args["member_id"]),
        day=dt.date.fromisoformat(job.args["day"]),
        job_id=job.pk,
    )


@jobs.job("notifications.remind", label="Reminders")
def remind(job: Job) -> bool:
    """Send the reminders whose time has come, some a step."""
    return reminders.send_due()


@jobs.job("notifications.job_failed", label="Failed job told to admins")
def job_failed(job: Job) -> None:
    """Tell the admins that a job failed for good."""
    announce_failure(job_id=UUID(job.args["job_id"]))


@jobs.job("notifications.clean", label="Remove old notifications")
def clean(job: Job) -> bool:
    """Remove what is long read or long settled, some a step."""
    return remove_old()
