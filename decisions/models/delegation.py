"""Who acts for whom while they are away."""

import datetime as dt
from typing import Any, ClassVar

from django.db import models

from decisions.querysets import DelegationManager
from tenants.isolation.models import TenantForeignKey, TimestampedTenantModel
from tenants.models import Member


class Delegation(TimestampedTenantModel):
    """`delegate` may approve in place of `delegator` from `starts_at` until before `ends_at`.

    Ended early it keeps its row, for the trail: `ends_at` is then the moment it ended.
    """

    delegator = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    delegate = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=500, blank=True)
    created_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = DelegationManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(delegator=models.F("delegate")), name="delegation_not_to_self"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at"))
                | models.Q(revoked_at__isnull=False, ends_at=models.F("starts_at")),
                name="delegation_ends_after_start",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "ends_at"], name="delegation_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.delegate} for {self.delegator}"

    def days_in(self, zone: dt.tzinfo) -> tuple[dt.date, dt.date] | None:
        """The first and the last whole day there; None where it does not hold for whole days."""
        starts, ends = self.starts_at.astimezone(zone), self.ends_at.astimezone(zone)
        if starts.time() != dt.time() or ends.time() != dt.time() or ends <= starts:
            return None
        return starts.date(), ends.date() - dt.timedelta(days=1)

    def covers(self, at: dt.datetime) -> bool:
        """Whether it holds at this instant: the start is in it, the end is not."""
        return self.starts_at <= at < self.ends_at
