"""A handover pack: built by a job, kept for a while."""

from typing import Any, ClassVar

from django.db import models

from engagements.models.engagement import Engagement
from tenants.isolation.models import TenantForeignKey, TimestampedTenantModel
from tenants.models import Member, StoredFile


class HandoverPack(TimestampedTenantModel):
    """One ZIP of an engagement, or one being built.

    `entries` is the ZIP's directory so far: what a killed worker's successor goes on from. `score`
    and `gaps` say how complete it was when it was asked for. Its `file` goes when it expires.
    """

    class Status(models.TextChoices):
        BUILDING = "building", "Being built"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"

    engagement = TenantForeignKey(Engagement, on_delete=models.CASCADE, related_name="+")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.BUILDING)
    requested_by = TenantForeignKey(
        Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    requested_by_name = models.CharField(max_length=200, blank=True)
    job_id = models.UUIDField(null=True, editable=False)
    file = TenantForeignKey(
        StoredFile, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    score = models.PositiveSmallIntegerField(default=0)
    gaps = models.JSONField(default=list)
    entries = models.JSONField(default=list, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta(TimestampedTenantModel.Meta):
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "engagement"],
                condition=models.Q(status="building"),
                name="handoverpack_one_in_building",
            ),
            models.CheckConstraint(
                condition=models.Q(status="building", finished_at=None)
                | (~models.Q(status="building") & models.Q(finished_at__isnull=False)),
                name="handoverpack_finished_has_instant",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "engagement", "id"], name="handoverpack_newest"),
        ]

    def __str__(self) -> str:
        return "Handover pack"

    @property
    def can_be_downloaded(self) -> bool:
        return self.status == self.Status.READY and self.file_id is not None
