"""What the CTO is worth to the company: growth signals, savings, and what full time would cost."""

from decimal import Decimal
from typing import Any, ClassVar

from django.core.validators import MinLengthValidator, MinValueValidator
from django.db import models

from engagements.models.engagement import Engagement
from engagements.models.terms import Terms
from engagements.querysets_value import SavingManager, SignalManager
from tenants.isolation.models import TenantForeignKey, TimestampedTenantModel
from tenants.models import Member


class GrowthSignal(TimestampedTenantModel):
    """How a company grew in a quarter, in one respect, as a person entered it, with its source.

    Never edited: a correction is a later entry, and the last one of a quarter and kind counts.
    """

    class Kind(models.TextChoices):
        REVENUE_GROWTH = "revenue_growth", "Revenue growth"  # percent against the quarter before
        MARKET_EXPANSION = "market_expansion", "Market expansion"  # markets or regions entered
        PRODUCT_LAUNCHES = "product_launches", "Product launches"
        STACK_CHANGES = "stack_changes", "Stack changes"  # large ones: a platform, a core system
        TEAM_SIZE = "team_size", "Team size"  # percent against the quarter before

    quarter = models.DateField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    value = models.DecimalField(max_digits=7, decimal_places=1)
    source = models.CharField(max_length=300, validators=[MinLengthValidator(2)])
    entered_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    objects: ClassVar[Any] = SignalManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quarter__month__in=[1, 4, 7, 10], quarter__day=1),
                name="growthsignal_quarter_is_one",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "quarter", "kind"], name="signal_by_quarter")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.value}"


class ScopeDismissal(TimestampedTenantModel):
    """A suggested scope that people decided against, for one quarter, and why."""

    engagement = TenantForeignKey(Engagement, on_delete=models.CASCADE, related_name="+")
    quarter = models.DateField()
    suggested_level = models.CharField(max_length=9, choices=Terms.ScopeLevel.choices)
    reason = models.CharField(max_length=500, validators=[MinLengthValidator(2)])
    dismissed_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "engagement", "quarter"], name="scopedismissal_once_a_quarter"
            ),
        ]


class FullTimeCost(TimestampedTenantModel):
    """What a full-time CTO would cost the company in a year, in its own currency. The last one
    entered holds; without any a company that counts in USD uses 257,971."""

    amount = models.DecimalField(
        max_digits=12, decimal_places=2, validators=[MinValueValidator(Decimal(1))]
    )
    currency = models.CharField(max_length=3)
    source = models.CharField(max_length=300, validators=[MinLengthValidator(2)])
    set_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-id"]
        indexes = [models.Index(fields=["tenant", "-id"], name="fulltimecost_latest")]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} a year"


class Saving(TimestampedTenantModel):
    """Money that the CTO's work saved, with its evidence. It counts once finance or an executive,
    another person than the one who entered it, has verified it."""

    class Status(models.TextChoices):
        ENTERED = "entered", "Waiting to be verified"
        VERIFIED = "verified", "Verified"
        REJECTED = "rejected", "Not verified"

    engagement = TenantForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=160, validators=[MinLengthValidator(2)])
    amount = models.DecimalField(
        max_digits=14, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    currency = models.CharField(max_length=3)
    saved_on = models.DateField()
    evidence = models.TextField(max_length=2000, validators=[MinLengthValidator(10)])
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ENTERED)
    entered_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    judged_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    judged_at = models.DateTimeField(null=True, blank=True)
    judged_note = models.CharField(max_length=500, blank=True)

    objects: ClassVar[Any] = SavingManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-saved_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="entered", judged_by__isnull=True, judged_at__isnull=True)
                | (~models.Q(status="entered") & models.Q(judged_at__isnull=False)),
                name="saving_judged_has_when",
            ),
            models.CheckConstraint(
                condition=models.Q(judged_by__isnull=True)
                | models.Q(entered_by__isnull=True)
                | ~models.Q(judged_by=models.F("entered_by")),
                name="saving_judged_by_another",
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="saving_is_positive"),
        ]
        indexes = [
            models.Index(fields=["tenant", "engagement", "saved_on"], name="saving_by_engagement")
        ]

    def __str__(self) -> str:
        return self.title
