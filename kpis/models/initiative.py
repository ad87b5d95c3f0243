"""Which key figures an initiative is to move."""

from django.db import models

from engagements.models import Initiative
from kpis.models.kpi import Kpi
from tenants.isolation.models import TenantForeignKey, TimestampedTenantModel


class InitiativeKpi(TimestampedTenantModel):
    """A link between an initiative and a key figure."""

    initiative = TenantForeignKey(Initiative, on_delete=models.CASCADE, related_name="+")
    kpi = TenantForeignKey(Kpi, on_delete=models.CASCADE, related_name="+")

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-id"]
        verbose_name = "link"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "initiative", "kpi"], name="initiativekpi_once"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "kpi"], name="initiativekpi_by_kpi")]

    def __str__(self) -> str:
        return f"{self.initiative}: {self.kpi}"
