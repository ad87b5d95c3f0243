"""Background work of weekly updates."""

import datetime as dt

from reviews import notices
from tenants import jobs
from tenants.jobs.models import Job

jobs.due_source(
    kind="reviews.remind",
    every=dt.timedelta(minutes=30),
    sql="select bowline.tenants_with_updates_due()",
)


@jobs.job("reviews.remind", label="Weekly updates that are due")
def remind(job: Job) -> None:
    """Tell CTOs whose weekly update is due soon or late; once for each week."""
    notices.tell_what_is_due()
