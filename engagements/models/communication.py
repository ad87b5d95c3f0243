"""Where people write, meet and keep what they wrote: the register of tools."""

from decimal import Decimal
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from engagements.querysets_charter import CommunicationToolManager
from tenants.isolation.models import TimestampedTenantModel

LONGEST_REPLY_HOURS = 400


class CommunicationTool(TimestampedTenantModel):
    """A platform of one type: a candidate, the one in use, or one that was given up.

    The checklist says yes, no, or that nobody has checked (None). `expected_reply_hours` counts
    working hours, eight a day.
    """

    class Type(models.TextChoices):
        TEAM_CHAT = "team_chat", "Team chat"
        PROJECT_MANAGEMENT = "project_management", "Project management"
        VIDEO = "video", "Video"
        DOCUMENTS = "document_collaboration", "Document collaboration"

    class Status(models.TextChoices):
        IN_USE = "in_use", "In use"
        CANDIDATE = "candidate", "Candidate"
        RETIRED = "retired", "Given up"

    type = models.CharField(max_length=24, choices=Type.choices)
    platform = models.CharField(max_length=80)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.CANDIDATE)
    link = models.CharField(max_length=500, blank=True)
    purpose = models.CharField(max_length=300, blank=True)
    expected_reply_hours = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_REPLY_HOURS)],
    )
    monthly_cost = models.DecimalField(
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    currency = models.CharField(max_length=3)
    sso = models.BooleanField(null=True, blank=True)
    cross_platform = models.BooleanField(null=True, blank=True)
    analytics = models.BooleanField(null=True, blank=True)
    cloud_storage = models.BooleanField(null=True, blank=True)

    objects: ClassVar[Any] = CommunicationToolManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["type", "platform", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "type", "platform"], name="communicationtool_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "type"],
                condition=models.Q(status="in_use"),
                name="communicationtool_one_in_use",
            ),
            models.CheckConstraint(
                condition=models.Q(link="") | models.Q(link__startswith="https://"),
                name="communicationtool_https",
            ),
            models.CheckConstraint(
                condition=models.Q(monthly_cost__isnull=True) | models.Q(monthly_cost__gte=0),
                name="communicationtool_cost",
            ),
        ]

    def __str__(self) -> str:
        return self.platform


CHECKLIST = {
    "sso": "Single sign-on",
    "cross_platform": "Cross-platform",
    "analytics": "Analytics",
    "cloud_storage": "Cloud storage",
}
