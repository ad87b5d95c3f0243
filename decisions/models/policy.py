"""Who must approve what, in dated versions."""

from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from decisions.querysets import ApprovalPolicyManager
from decisions.tiers import Tiers, from_json
from tenants.isolation.models import TenantForeignKey, TenantModel
from tenants.models import Member


class ApprovalPolicy(TenantModel):
    """A version of the tiers, never edited: the database takes new rows only.

    In force from `effective_on` until a later version's date; of one date the last version counts.
    A request keeps the version under which it was submitted.
    """

    version = models.PositiveIntegerField()
    effective_on = models.DateField()
    currency = models.CharField(max_length=3)
    tiers = models.JSONField()
    own_authority = models.BooleanField(
        default=False,
        help_text="Whether who alone decides the first tier may spend within it without asking.",
    )
    splitting_days = models.PositiveSmallIntegerField(
        default=30,
        validators=[MinValueValidator(0), MaxValueValidator(365)],
        help_text="Requests of one requester or for one vendor within so many days count together.",
    )
    expires_after_days = models.PositiveSmallIntegerField(
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text="A request that nobody decides expires so many days after its last step opened.",
    )
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    objects: ClassVar[Any] = ApprovalPolicyManager()

    class Meta(TenantModel.Meta):
        ordering = ["-version"]
        verbose_name_plural = "approval policies"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "version"], name="approvalpolicy_versions"),
        ]

    def __str__(self) -> str:
        return f"Approval tiers, version {self.version} from {self.effective_on:%Y-%m-%d}"

    @property
    def rules(self) -> Tiers:
        """The tiers as the engine reads them."""
        return from_json(self.tiers)
