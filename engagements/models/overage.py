"""Hours beyond the agreed ones: what the client approved, and who was told when."""

from decimal import Decimal
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from engagements.models.engagement import Engagement
from engagements.querysets import OverageManager
from tenants.isolation.models import TenantForeignKey, TenantManager, TimestampedTenantModel
from tenants.models import Member

_NOT_BELOW_ZERO = [MinValueValidator(Decimal(0))]


class OverageApproval(TimestampedTenantModel):
    """Minutes above the agreed ones of a month that the client pays for, at a rate an hour.

    The client approves them ahead, or the CTO asks and the client decides. Several of a month add
    up. `amount_cap` is the most that all of its minutes may cost. What is approved can be revoked:
    `kept_minutes`, those that were used by then, stay approved.
    """

    class Status(models.TextChoices):
        REQUESTED = "requested", "Asked for"
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"
        REVOKED = "revoked", "Revoked"

    engagement = TenantForeignKey(Engagement, on_delete=models.CASCADE, related_name="+")
    month = models.DateField()
    minutes = models.PositiveIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(744 * 60)]
    )
    rate = models.DecimalField(max_digits=10, decimal_places=2, validators=_NOT_BELOW_ZERO)
    currency = models.CharField(max_length=3)
    amount_cap = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, blank=True, validators=_NOT_BELOW_ZERO
    )
    status = models.CharField(max_length=9, choices=Status.choices)
    note = models.CharField(max_length=500, blank=True)
    requested_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.CharField(max_length=500, blank=True)
    revoked_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    kept_minutes = models.PositiveIntegerField(null=True, blank=True)
    revocation_note = models.CharField(max_length=500, blank=True, default="", db_default="")

    objects: ClassVar[Any] = OverageManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(minutes__range=(1, 744 * 60), rate__gte=0),
                name="overage_sane_amounts",
            ),
            models.CheckConstraint(
                condition=models.Q(status="requested", decided_at__isnull=True)
                | ~models.Q(status="requested") & models.Q(decided_at__isnull=False),
                name="overage_decided_has_time",
            ),
            models.CheckConstraint(
                condition=models.Q(month__day=1), name="overage_month_is_a_first"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    status="revoked",
                    revoked_at__isnull=False,
                    kept_minutes__isnull=False,
                    kept_minutes__lt=models.F("minutes"),
                )
                | ~models.Q(status="revoked")
                & models.Q(
                    revoked_at__isnull=True, revoked_by__isnull=True, kept_minutes__isnull=True
                ),
                name="overage_revoked_keeps_less",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "engagement", "month"], name="overage_by_engagement"),
        ]

    @property
    def good_for_minutes(self) -> int:
        """How many minutes it covers at most: all, those kept once revoked, none undecided."""
        if self.status == self.Status.REVOKED:
            return self.kept_minutes or 0
        return self.minutes if self.status == self.Status.APPROVED else 0

    def __str__(self) -> str:
        return f"{self.minutes} minutes above in {self.month:%Y-%m}"


class RetainerAlert(TimestampedTenantModel):
    """A share of a month's hours that was reached: CTO and sponsor were told, once and for all."""

    engagement = TenantForeignKey(Engagement, on_delete=models.CASCADE, related_name="+")
    month = models.DateField()
    percent = models.PositiveSmallIntegerField()
    used_minutes = models.PositiveIntegerField()
    available_minutes = models.PositiveIntegerField()
    raised_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = TenantManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-month", "-percent"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "engagement", "month", "percent"], name="alert_once_a_month"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.percent} % of {self.month:%Y-%m}"
