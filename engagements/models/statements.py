"""A month as it was closed."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from engagements.models.engagement import Engagement
from tenants.isolation.models import TenantForeignKey, TenantManager, TenantModel
from tenants.models import Member


class Statement(TenantModel):
    """A month's hours as they stood when it was closed. The app can write it and never change it;
    what is corrected later stands as an adjustment in the next month's statement.

    `content` is what `engagements.statements` made of the month: figures, entries, adjustments.
    """

    engagement = TenantForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    closed_at = models.DateTimeField(default=timezone.now)
    closed_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    content = models.JSONField()

    objects: ClassVar[Any] = TenantManager()

    class Meta(TenantModel.Meta):
        ordering = ["-month", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "engagement", "month"], name="statement_once_a_month"
            ),
            models.CheckConstraint(
                condition=models.Q(month__day=1), name="statement_month_is_a_first"
            ),
        ]

    def __str__(self) -> str:
        return f"Statement of {self.month:%Y-%m}"
