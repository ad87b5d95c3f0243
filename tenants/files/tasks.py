"""Files whose time is over go."""

import datetime as dt

from tenants import jobs
from tenants.files.services import remove_expired
from tenants.jobs.models import Job

jobs.due_source(
    kind="files.clean",
    every=dt.timedelta(hours=6),
    sql="select bowline.tenants_with_expired_files()",
)


@jobs.job("files.clean", label="Remove files that expired")
def clean(job: Job) -> None:
    """Remove what expired."""
    remove_expired()
