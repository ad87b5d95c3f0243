"""A file of measurements on its way in."""

from django.db import models
from django.db.models import Q

from kpis.models.kpi import Kpi
from tenants.isolation.context import tenant_or_none
from tenants.isolation.models import (
    TenantForeignKey,
    TenantManager,
    TenantModel,
    TimestampedTenantModel,
)
from tenants.models import Member


class MeasurementImport(TimestampedTenantModel):
    """One uploaded CSV file: how to read it, how far it came, and what came of it.

    A job works through the bytes in steps; each commits its rows together with `offset`, so an
    import that dies goes on where it stood and counts nothing twice.
    """

    class Status(models.TextChoices):
        UPLOADED = "uploaded", "Uploaded"
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    FINISHED = (Status.DONE, Status.FAILED, Status.CANCELLED)

    kpi = TenantForeignKey(Kpi, on_delete=models.CASCADE, related_name="imports")
    created_by = TenantForeignKey(Member, on_delete=models.PROTECT, null=True, editable=False)
    filename = models.CharField(max_length=200)
    size = models.BigIntegerField()
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    dry_run = models.BooleanField(default=False)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.UPLOADED)
    problem = models.TextField(blank=True)
    offset = models.BigIntegerField(default=0)
    line = models.BigIntegerField(default=0, editable=False)
    rows_total = models.BigIntegerField(default=0)
    rows_accepted = models.BigIntegerField(default=0)
    rows_duplicate = models.BigIntegerField(default=0)
    rows_rejected = models.BigIntegerField(default=0)
    rows_skipped = models.BigIntegerField(default=0)
    errors = models.JSONField(default=list)
    first_at = models.DateTimeField(null=True, editable=False)
    last_at = models.DateTimeField(null=True, editable=False)
    counts_keys = models.BooleanField(default=False, editable=False)
    job_id = models.UUIDField(null=True, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-id"]
        indexes = [models.Index(fields=["tenant", "kpi", "id"], name="import_by_kpi")]
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True, status__in=["uploaded", "queued", "running"])
                | Q(finished_at__isnull=False, status__in=["done", "failed", "cancelled"]),
                name="import_finished_has_instant",
            ),
        ]

    def __str__(self) -> str:
        return self.filename

    @property
    def progress_percent(self) -> int:
        """How much of the file is read; 100 once it is finished."""
        if self.is_finished or not self.size:
            return 100 if self.is_finished else 0
        return min(self.offset * 100 // self.size, 99)

    @property
    def is_finished(self) -> bool:
        return self.status in self.FINISHED


class ImportChunk(TenantModel):
    """About a megabyte of an uploaded file; the bytes go when the import is finished."""

    measurement_import = TenantForeignKey(
        MeasurementImport, on_delete=models.CASCADE, related_name="chunks"
    )
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta(TenantModel.Meta):
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "measurement_import", "number"], name="chunk_one_number"
            ),
        ]


class ImportKey(models.Model):
    """How often a (source, series, time) came so far in a file that is not sorted by time.

    Makes "the n-th such row of its file" exact across steps. A sorted file needs none of it.
    """

    pk = models.CompositePrimaryKey("tenant_id", "measurement_import_id", "key")
    tenant = models.ForeignKey(
        "tenants.Tenant",
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
        editable=False,
        default=tenant_or_none,
    )
    measurement_import = TenantForeignKey(
        MeasurementImport, on_delete=models.CASCADE, related_name="+"
    )
    key = models.BigIntegerField()
    rows = models.IntegerField()

    objects = TenantManager()

    def __str__(self) -> str:
        return f"{self.key}: {self.rows}"
