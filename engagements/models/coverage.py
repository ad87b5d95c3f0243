"""When somebody is away, and who covers."""

import datetime as dt
from typing import Any, ClassVar

from django.db import models

from engagements.querysets_charter import OffPeriodManager
from tenants.isolation.models import TenantForeignKey, TimestampedTenantModel
from tenants.models import Member

ONE_DAY = dt.timedelta(days=1)


class OffPeriod(TimestampedTenantModel):
    """Days of the client's calendar on which a member is away, both ends included.

    It runs from midnight of `starts_on` to midnight after `ends_on` in the client's zone. A
    cancelled one counts until the moment it was cancelled, so that what was routed stays true.
    """

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        RUNNING = "running", "Away now"
        OVER = "over", "Over"
        CANCELLED = "cancelled", "Cancelled"

    member = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField()
    deputy = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    note = models.CharField(max_length=500, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = OffPeriodManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-starts_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")),
                name="offperiod_ends_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(deputy__isnull=True) | ~models.Q(deputy=models.F("member")),
                name="offperiod_deputy_is_another",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "ends_on", "starts_on"], name="offperiod_by_end"),
            models.Index(fields=["tenant", "member", "starts_on"], name="offperiod_by_member"),
        ]

    def __str__(self) -> str:
        return f"{self.member} away from {self.starts_on:%Y-%m-%d} to {self.ends_on:%Y-%m-%d}"

    @property
    def days(self) -> int:
        """Calendar days, both ends included."""
        return (self.ends_on - self.starts_on).days + 1

    def status_on(self, today: dt.date) -> str:
        """Where it stands on `today` of the client's calendar."""
        if self.cancelled_at is not None:
            return self.Status.CANCELLED
        if today < self.starts_on:
            return self.Status.PLANNED
        return self.Status.RUNNING if today <= self.ends_on else self.Status.OVER

    @property
    def status(self) -> str:
        """Where it stands today at the client's."""
        return self.status_on(self.tenant.today)

    def overlaps(self, first: dt.date, last: dt.date) -> bool:
        return self.starts_on <= last and first <= self.ends_on
