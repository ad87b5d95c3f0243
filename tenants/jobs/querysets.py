"""What the jobs page asks."""

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.utils import timezone

from tenants.jobs.models import Job
from tenants.jobs.registry import KINDS, label_of

OPEN = (Job.State.QUEUED, Job.State.RUNNING)
ENDED = (Job.State.DONE, Job.State.CANCELLED)
SOON = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class JobFilter:
    """What the reader chose; empty means all."""

    state: str = ""
    kind: str = ""

    def shows(self, section: str) -> bool:
        """Whether a section of the page belongs to the chosen state."""
        return not self.state or self.state == section

    def apply(self) -> "QuerySet[Job]":
        jobs = Job.objects.select_related("started_by__user")
        return jobs.filter(kind=self.kind) if self.kind else jobs


@dataclass(frozen=True)
class JobPage:
    """The jobs of one page, in its three sections, and how many there are of those left out."""

    open: list[Job] = field(default_factory=list)
    failed: list[Job] = field(default_factory=list)
    ended: list[Job] = field(default_factory=list)
    open_count: int = 0
    failed_count: int = 0

    @property
    def is_moving(self) -> bool:
        """Whether the page will look different within a minute."""
        soon = timezone.now() + SOON
        return any(job.state == Job.State.RUNNING or job.run_at <= soon for job in self.open)

    @property
    def is_empty(self) -> bool:
        return not (self.open or self.failed or self.ended)


def page_of(asked: JobFilter, *, rows: int = 25) -> JobPage:
    """The newest `rows` of each section the reader asked for; what runs stands first."""
    jobs = asked.apply()
    counts = jobs.filter(state__in=[*OPEN, Job.State.FAILED]).aggregate(
        open=Count("id", filter=Q(state__in=OPEN)),
        failed=Count("id", filter=Q(state=Job.State.FAILED)),
    )
    first = Case(When(state=Job.State.RUNNING, then=Value(0)), default=Value(1))
    waiting = jobs.filter(state__in=OPEN).order_by(first, "run_at", "id")
    return JobPage(
        open=list(waiting[:rows]) if asked.shows("open") else [],
        failed=list(jobs.filter(state=Job.State.FAILED).order_by("-id")[:rows])
        if asked.shows("failed")
        else [],
        ended=list(jobs.filter(state__in=ENDED).order_by("-id")[:rows])
        if asked.shows("done")
        else [],
        open_count=counts["open"],
        failed_count=counts["failed"],
    )


def kind_choices() -> list[tuple[str, str]]:
    """Every kind this release runs, by its name in words."""
    return sorted(((name, label_of(name)) for name in KINDS), key=lambda pair: pair[1].casefold())
