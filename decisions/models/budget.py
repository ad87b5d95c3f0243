"""Money set aside for a period, and what was paid from it."""

from decimal import Decimal
from typing import Any, ClassVar

from django.core.validators import MinLengthValidator
from django.db import models
from django.utils import timezone

from decisions.querysets import BudgetManager, InvoiceManager
from tenants.isolation.models import TenantForeignKey, TenantModel, TimestampedTenantModel
from tenants.models import Member

ZERO = Decimal(0)


class Budget(TimestampedTenantModel):
    """A budget line: what a period has, what is committed (approved, not yet paid) and paid.

    committed + actual ≤ allocated + excepted, always: the row's own check and a trigger that
    compares `committed` and `actual` with the requests and invoices behind them hold it.
    `excepted` is what finance let go over, with a reason on the request.
    """

    name = models.CharField(max_length=120, validators=[MinLengthValidator(2)])
    starts_on = models.DateField()
    ends_on = models.DateField()
    currency = models.CharField(max_length=3)
    allocated = models.DecimalField(max_digits=18, decimal_places=4)
    committed = models.DecimalField(max_digits=18, decimal_places=4, default=ZERO)
    actual = models.DecimalField(max_digits=18, decimal_places=4, default=ZERO)
    excepted = models.DecimalField(max_digits=18, decimal_places=4, default=ZERO)
    owner = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    objects: ClassVar[Any] = BudgetManager()

    class Meta(TimestampedTenantModel.Meta):
        verbose_name = "budget line"
        ordering = ["-starts_on", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "name", "starts_on"], name="budget_one_a_period"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")),
                name="budget_ends_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    allocated__gte=0, committed__gte=0, actual__gte=0, excepted__gte=0
                ),
                name="budget_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    allocated__gte=models.F("committed") + models.F("actual") - models.F("excepted")
                ),
                name="budget_not_overspent",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def available(self) -> Decimal:
        """What can still be committed; below zero only by finance's exceptions."""
        return self.allocated - self.committed - self.actual

    @property
    def used_percent(self) -> Decimal:
        """Committed and paid, of what was allocated; 0 of nothing."""
        if not self.allocated:
            return ZERO
        return (self.committed + self.actual) * 100 / self.allocated


class Invoice(TenantModel):
    """What was paid on an ordered request, in the tenant's currency; written once."""

    request = TenantForeignKey("decisions.SpendRequest", on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=60)
    invoiced_on = models.DateField()
    amount = models.DecimalField(max_digits=18, decimal_places=4)
    note = models.CharField(max_length=500, blank=True)
    recorded_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = InvoiceManager()

    class Meta(TenantModel.Meta):
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "request", "reference"], name="invoice_recorded_once"
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="invoice_above_zero"),
        ]

    def __str__(self) -> str:
        return self.reference
