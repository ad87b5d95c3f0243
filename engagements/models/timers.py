"""The clock that a person lets run while they work."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from engagements.models.engagement import Engagement
from engagements.models.time import TimeEntry
from tenants.isolation.models import TenantForeignKey, TenantManager, TimestampedTenantModel
from tenants.models import Member


class Timer(TimestampedTenantModel):
    """A clock that runs: stopping it makes time entries and takes the row away.

    A person has one over all their companies; the service sees to that under the login's lock.
    """

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    engagement = TenantForeignKey(Engagement, on_delete=models.CASCADE, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    category = models.CharField(
        max_length=20, choices=TimeEntry.Category.choices, default=TimeEntry.Category.OTHER
    )
    initiative = models.CharField(max_length=120, null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)

    objects: ClassVar[Any] = TenantManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "member"], name="timer_one_a_member"),
        ]

    def __str__(self) -> str:
        return f"Running since {self.started_at:%Y-%m-%d %H:%M}"
