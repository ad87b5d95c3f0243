"""The raw rows, and the marks that say which days must be computed again."""

from decimal import Decimal
from hashlib import blake2b

from django.db import models

from kpis.fields import ExactField
from tenants.isolation.context import tenant_or_none
from tenants.isolation.models import TenantForeignKey, TenantManager, TenantModel

# What was measured, and may be corrected: a ratio has numerator and denominator, others a value.
PARTS = ("value", "numerator", "denominator", "weight")


class Measurement(models.Model):
    """One observation of a figure: the hot table, appended to by the million.

    Its only key is (tenant, kpi, id), and `id` is made from what identifies the row (see
    kpis/identity.py): 48 bits of its time in milliseconds, then a hash. So one index refuses a
    repeat, finds a row, pages by time and reads a span of days. `local_date` is the day at the
    client's, in the zone that the figure's rollups are built with. The kpi has no foreign key of
    its own here: each insert appends marks, and those have one.
    """

    pk = models.CompositePrimaryKey("tenant_id", "kpi_id", "id")
    tenant = models.ForeignKey(
        "tenants.Tenant",
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
        editable=False,
        default=tenant_or_none,
    )
    kpi_id = models.UUIDField()
    id = models.UUIDField(editable=False)
    observed_at = models.DateTimeField()
    local_date = models.DateField(editable=False)
    value = ExactField(null=True)
    numerator = ExactField(null=True)
    denominator = ExactField(null=True)
    weight = ExactField(null=True)
    series = models.CharField(max_length=120, default="", blank=True)
    source = models.CharField(max_length=60)
    external_id = models.CharField(max_length=200, null=True)
    import_id = models.UUIDField(null=True, editable=False)
    corrected_at = models.DateTimeField(null=True, editable=False)

    objects = TenantManager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            # partial: only rows that bring an id of their own pay for it
            models.UniqueConstraint(
                fields=["tenant", "kpi_id", "external_id"],
                condition=models.Q(external_id__isnull=False),
                name="measurement_one_external_id",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.value} at {self.observed_at}"

    @property
    def parts(self) -> tuple[Decimal | None, Decimal | None, Decimal | None, Decimal | None]:
        """What was measured, in the order of PARTS; the rest says which measurement it is."""
        return self.value, self.numerator, self.denominator, self.weight

    @property
    def version(self) -> str:
        """Differs between any two states of the row, also where it was taken back in between."""
        return blake2b(repr((self.corrected_at, self.parts)).encode(), digest_size=8).hexdigest()


class Mark(models.Model):
    """A day of a figure that must be computed again.

    Marks repeat freely. They are appended by statement-level triggers of the measurements, and a
    worker deletes them in the very statement that reads what they stand for. A unique key here
    would lose marks: an importer would find the old mark, a worker delete it, and only then the
    importer commit.
    """

    pk = models.CompositePrimaryKey("tenant_id", "kpi_id", "local_date")
    tenant = models.ForeignKey(
        "tenants.Tenant",
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
        default=tenant_or_none,
    )
    kpi = TenantForeignKey("kpis.Kpi", on_delete=models.CASCADE, related_name="+")
    local_date = models.DateField()
    marked_at = models.DateTimeField()

    objects = TenantManager()

    class Meta:
        managed = False  # made by its migration: Django cannot say "no primary key"
        db_table = "kpis_mark"

    def __str__(self) -> str:
        return f"{self.kpi_id} on {self.local_date}"


class RebuildRequest(TenantModel):
    """All rollups of the company must be built anew: its zone, week or fiscal year changed.

    A trigger on the company's row writes it, so no way of changing the settings escapes. The
    aggregation of a figure changes through its service, which writes one too.
    """

    requested_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["id"]
