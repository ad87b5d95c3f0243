"""What was agreed with a CTO, since when."""

from decimal import Decimal
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from engagements.models.engagement import Engagement
from engagements.querysets import TermsManager
from tenants.isolation.models import TenantForeignKey, TimestampedTenantModel


class AgreedTerms(TimestampedTenantModel):
    """The fields of terms, proposed or in force."""

    class ScopeLevel(models.TextChoices):
        OVERSIGHT = "oversight", "Oversight"
        MODERATE = "moderate", "Moderate"
        INTENSIVE = "intensive", "Intensive"

    class Rollover(models.TextChoices):
        NONE = "none", "Unused hours lapse"
        CAPPED = "capped", "Unused hours roll over, up to a cap"

    engagement = TenantForeignKey(Engagement, on_delete=models.CASCADE, related_name="+")
    effective_on = models.DateField()
    scope_level = models.CharField(max_length=9, choices=ScopeLevel.choices)
    hours_per_month = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(744))],
    )
    monthly_fee = models.DecimalField(
        max_digits=12, decimal_places=2, validators=[MinValueValidator(Decimal(0))]
    )
    currency = models.CharField(max_length=3)
    notice_days = models.PositiveSmallIntegerField(default=30, validators=[MaxValueValidator(365)])
    rollover = models.CharField(max_length=6, choices=Rollover.choices, default=Rollover.NONE)
    rollover_cap_minutes = models.PositiveIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(744 * 60)]
    )
    rollover_expiry_months = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(24)]
    )
    overage_rate = models.DecimalField(
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text="Per hour above the agreed ones.",
    )
    po_number = models.CharField(max_length=60, blank=True)

    class Meta(TimestampedTenantModel.Meta):
        abstract = True

    @property
    def minutes_per_month(self) -> int:
        """The agreed hours in minutes; services accept only hours that are whole minutes."""
        return int(self.hours_per_month * 60)


TERMS_FIELDS = [
    "effective_on",
    "scope_level",
    "hours_per_month",
    "monthly_fee",
    "currency",
    "notice_days",
    "rollover",
    "rollover_cap_minutes",
    "rollover_expiry_months",
    "overage_rate",
    "po_number",
]


class Terms(AgreedTerms):
    """What holds from `effective_on` until the next version: hours, fee, and what becomes of
    unused hours. A version is never edited; another one takes over from its date."""

    objects: ClassVar[Any] = TermsManager()

    class Meta(AgreedTerms.Meta):
        abstract = False
        ordering = ["-effective_on"]
        verbose_name_plural = "terms"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "engagement", "effective_on"], name="terms_one_a_date"
            ),
            models.CheckConstraint(
                condition=models.Q(hours_per_month__range=(0, 744), monthly_fee__gte=0),
                name="terms_sane_amounts",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    rollover="none",
                    rollover_cap_minutes__isnull=True,
                    rollover_expiry_months__isnull=True,
                )
                | models.Q(
                    rollover="capped",
                    rollover_cap_minutes__isnull=False,
                    rollover_expiry_months__gte=1,
                ),
                name="terms_rollover_has_limits",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_scope_level_display()} from {self.effective_on:%Y-%m-%d}"
