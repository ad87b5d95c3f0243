"""The table of work."""

from django.db import models
from django.utils import timezone

from tenants.isolation.models import TenantForeignKey, TenantModel


class Job(TenantModel):
    """One piece of background work of one tenant.

    A worker claims a due row and commits the claim (state, attempts, claims, lease), then runs
    its effects and `state = done` in one transaction that holds only if the claim is still its own.

    `claims` grows with each claim and never shrinks: it is the fence. `attempts` counts claims
    since the job last got on: a step that was committed, or a person's "Run again", starts it anew.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    kind = models.CharField(max_length=80)
    queue = models.CharField(max_length=20, default="default")
    args = models.JSONField(default=dict)
    dedupe_key = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    claims = models.PositiveIntegerField(db_default=0)
    run_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True)
    progress_done = models.BigIntegerField(default=0)
    progress_total = models.BigIntegerField(null=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    started_by = TenantForeignKey(
        "tenants.Member", on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta(TenantModel.Meta):
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="running") | models.Q(lease_until__isnull=False),
                name="job_running_has_lease",
            ),
        ]
        indexes = [
            # whose turn it is: the claim walks from tenant to tenant, then along run_at
            models.Index(
                fields=["tenant", "queue", "run_at", "id"],
                condition=models.Q(state="queued"),
                name="job_turn",
            ),
            # which job a repeated enqueue may join
            models.Index(
                fields=["tenant", "kind", "dedupe_key"],
                condition=models.Q(state="queued", claims=0) & ~models.Q(dedupe_key=""),
                name="job_not_begun",
            ),
            # what a tenant has at work now
            models.Index(
                fields=["tenant", "queue"],
                condition=models.Q(state="running"),
                name="job_running",
            ),
            models.Index(
                fields=["tenant", "id"], condition=models.Q(state="failed"), name="job_failed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"

    @property
    def percent(self) -> float | None:
        """How much is done, 0 to 100; None while nobody knows how much there is."""
        if not self.progress_total:
            return None
        return min(100.0, 100 * self.progress_done / self.progress_total)

    @property
    def reason(self) -> str:
        """Why the last attempt failed, in one line: what the error itself says."""
        lines = [line.strip() for line in self.last_error.splitlines() if line.strip()]
        return lines[-1] if lines else ""

    @property
    def is_open(self) -> bool:
        """Whether it still has something to do."""
        return self.state in (self.State.QUEUED, self.State.RUNNING)

    @property
    def is_under_way(self) -> bool:
        """Running, or between two steps: a long job gives its place to others now and then."""
        between = self.state == self.State.QUEUED and self.claims > 0 and self.attempts == 0
        return self.state == self.State.RUNNING or (between and self.progress_done > 0)

    @property
    def waits_to_retry(self) -> bool:
        """Whether an attempt failed and the next one has its time."""
        return self.state == self.State.QUEUED and self.attempts > 0


class Heartbeat(models.Model):
    """When a part of the background work was last seen; without a tenant, it tells of none."""

    name = models.CharField(max_length=40, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.seen_at:%H:%M:%S}"
