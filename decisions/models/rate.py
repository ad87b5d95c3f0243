"""What a foreign currency was worth on a date."""

from decimal import Decimal
from typing import Any, ClassVar

from django.core.validators import MinValueValidator
from django.db import models

from decisions.querysets import ExchangeRateManager
from tenants.isolation.models import TenantForeignKey, TimestampedTenantModel
from tenants.models import Member


class ExchangeRate(TimestampedTenantModel):
    """One unit of `currency` in the tenant's currency, on a date. Entered or imported by people."""

    currency = models.CharField(max_length=3)
    on = models.DateField()
    rate = models.DecimalField(
        max_digits=20, decimal_places=10, validators=[MinValueValidator(Decimal("0.0000000001"))]
    )
    source = models.CharField(max_length=60, blank=True)
    recorded_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    objects: ClassVar[Any] = ExchangeRateManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "currency", "on"], name="exchangerate_one_a_day"
            ),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="exchangerate_above_zero"),
        ]

    def __str__(self) -> str:
        return f"1 {self.currency} = {self.rate.normalize():f} on {self.on:%Y-%m-%d}"
