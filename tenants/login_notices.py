"""Telling a person what was done to their login: by a job of a company of theirs.

A login is above tenants and a job is a tenant's row, so the notice goes with one of the companies
that the person works for. What it holds is no secret: what was done, when, from where. It is tried
again until it is out, so neither a process that dies nor a mail server out of reach loses it.
"""

import datetime as dt

from django.conf import settings
from django.utils import timezone, translation

from tenants import doors, jobs, mail
from tenants.isolation import current_tenant_id, tenant
from tenants.jobs.models import Job
from tenants.models import Tenant, User

JOB = "logins.told"


def told_by_job(*, user: User, template: str, ip: str, user_agent: str) -> bool:
    """Queue the notice of `template` to the person's address; answers whether it was.

    Not for somebody who belongs to no company at work.
    """
    at_work = (m for m in doors.memberships_of(user.pk) if m.status == Tenant.Status.ACTIVE)
    membership = next(at_work, None)
    if membership is None:
        return False
    with tenant(membership.tenant_id):
        jobs.enqueue(
            JOB,
            user_id=user.pk,
            email=user.email,  # as it is now: who took the login over may change it next
            template=template,
            at=timezone.now().isoformat(),
            ip=ip,
            user_agent=user_agent,
        )
    return True


@jobs.job(JOB, queue=jobs.Queue.MAIL, max_attempts=8, label="Notice about a login")
def tell(job: Job) -> None:
    """Send it, with times in the person's zone; nothing where the login is gone.

    A repeat is one mail to the reader's program.
    """
    user = User.objects.filter(pk=job.args["user_id"]).first()
    if user is None:
        return
    zone = user.time_zone or Tenant.objects.get(pk=current_tenant_id()).time_zone
    context = {
        "email": job.args["email"],
        "base_url": settings.BASE_URL,
        "timestamp": dt.datetime.fromisoformat(job.args["at"]),
        "ip": job.args["ip"],
        "user_agent": job.args["user_agent"],
        "user": None,
    }
    with timezone.override(zone), translation.override(user.language):
        message = mail.compose(
            job.args["template"], to=job.args["email"], context=context, message_id=str(job.pk)
        )
    message.send()
