"""One figure a period, computed from the measurements by kpis/rollups and by nothing else."""

from django.db import models

from kpis.fields import ExactField
from tenants.isolation.context import tenant_or_none
from tenants.isolation.models import TenantForeignKey, TenantManager


class Period(models.TextChoices):
    """The client's own days, weeks, months, fiscal quarters and fiscal years."""

    DAY = "day", "Day"
    WEEK = "week", "Week"
    MONTH = "month", "Month"
    QUARTER = "quarter", "Quarter"
    YEAR = "year", "Year"


class Status(models.TextChoices):
    ON_TRACK = "on_track", "On track"
    AT_RISK = "at_risk", "At risk"
    OFF_TRACK = "off_track", "Off track"
    NO_TARGET = "no_target", "No target"
    NO_DATA = "no_data", "No data"
    STALE = "stale", "Stale"


class Rollup(models.Model):
    """A period's figure and the parts that compose into the next longer period.

    Equal at any quiet moment to the recompute from raw. `value` is rounded half up to 12 decimal
    places where it is a quotient, otherwise exact. `last_value` and `last_at` belong to the latest
    measurement; a period without measurements has no row.
    """

    pk = models.CompositePrimaryKey("tenant_id", "kpi_id", "period", "period_start")
    tenant = models.ForeignKey(
        "tenants.Tenant",
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,  # the composite key to the figure says it too
        editable=False,
        default=tenant_or_none,
    )
    kpi = TenantForeignKey("kpis.Kpi", on_delete=models.CASCADE, related_name="rollups")
    period = models.CharField(max_length=7, choices=Period.choices)
    period_start = models.DateField()
    value = ExactField(null=True)
    n = models.BigIntegerField()
    total = ExactField(null=True)
    weight = ExactField(null=True)
    weighted = ExactField(null=True)
    numerator = ExactField(null=True)
    denominator = ExactField(null=True)
    minimum = ExactField(null=True)
    maximum = ExactField(null=True)
    last_value = ExactField(null=True)
    last_at = models.DateTimeField()

    objects = TenantManager()

    class Meta:
        ordering = ["period_start"]

    def __str__(self) -> str:
        return f"{self.period} from {self.period_start}: {self.value}"
