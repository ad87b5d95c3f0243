"""Finance's monthly digest: what went without the usual approval."""

import datetime as dt

from dateutil.relativedelta import relativedelta

from decisions import notices
from decisions.models import SpendRequest
from tenants import jobs
from tenants.models import Tenant

MORNING = dt.time(8)


def enqueue_digest(request: SpendRequest) -> None:
    """Have this month told to finance on the first morning of the next; once, however often."""
    company = request.tenant
    month = company.today.replace(day=1)
    after = month + relativedelta(months=1)
    jobs.enqueue(
        "decisions.digest",
        dedupe_key=f"{month:%Y-%m}",
        run_at=dt.datetime.combine(after, MORNING, tzinfo=company.zone),
        month=month.isoformat(),
    )


def digest_rows(month: dt.date, company: Tenant) -> list[SpendRequest]:
    """What the digest of the month that begins on `month` lists, the oldest first."""
    after = month + relativedelta(months=1)
    rows = SpendRequest.objects.with_people().in_digest(month, after, company.zone)
    return list(rows)


def digest_send(*, month: dt.date) -> None:
    """Tell finance; harmless when repeated, nothing where nothing went."""
    rows = digest_rows(month, Tenant.objects.get())
    if rows:
        notices.tell_digest(rows, month=month)
