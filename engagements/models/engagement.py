"""The engagement itself, its life cycle and its pauses."""

import datetime as dt
from typing import Any, ClassVar

from django.core.validators import MinLengthValidator
from django.db import models

from engagements.querysets import EngagementManager, PauseManager
from tenants.isolation.models import TenantForeignKey, TimestampedTenantModel
from tenants.models import Member

FIRST_YEAR, LAST_YEAR = 2000, 2100  # of all dates that an engagement knows


class Engagement(TimestampedTenantModel):
    """A CTO's work for the client: who, what for, from when, and whether it runs."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        ENDED = "ended", "Ended"

    class Model(models.TextChoices):
        """How the CTO works with the client; start-ups tend to the first two."""

        INFLUENCER = "influencer", "Influencer"
        ENABLER = "enabler", "Enabler"
        CHALLENGER = "challenger", "Challenger"
        OWNER = "owner", "Owner"

    title = models.CharField(max_length=120, validators=[MinLengthValidator(2)])
    purpose = models.TextField(blank=True, max_length=2000)
    cto = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    sponsor = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PROPOSED)
    model = models.CharField(max_length=10, choices=Model.choices, blank=True, default="")

    objects: ClassVar[Any] = EngagementManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-starts_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True)
                | models.Q(ends_on__gte=models.F("starts_on")),
                name="engagement_ends_after_start",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="ended") | models.Q(ends_on__isnull=False),
                name="engagement_ended_has_date",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def covers(self, day: dt.date) -> bool:
        """Whether `day` lies between start and end, both included."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


_S = Engagement.Status
# proposed → active ⇄ paused → ended; what never began, or stops without a pause, ends too
TRANSITIONS: dict[str, frozenset[str]] = {
    _S.PROPOSED: frozenset({_S.ACTIVE, _S.ENDED}),
    _S.ACTIVE: frozenset({_S.PAUSED, _S.ENDED}),
    _S.PAUSED: frozenset({_S.ACTIVE, _S.ENDED}),
    _S.ENDED: frozenset(),
}


class Pause(TimestampedTenantModel):
    """Days on which an engagement stood still: from `starts_on` to the day before `resumes_on`."""

    engagement = TenantForeignKey(Engagement, on_delete=models.CASCADE, related_name="+")
    starts_on = models.DateField()
    resumes_on = models.DateField(null=True, blank=True)

    objects: ClassVar[Any] = PauseManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["starts_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "engagement"],
                condition=models.Q(resumes_on__isnull=True),
                name="pause_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(resumes_on__isnull=True)
                | models.Q(resumes_on__gte=models.F("starts_on")),
                name="pause_resumes_after_start",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "engagement", "starts_on"], name="pause_by_engagement"),
        ]

    def covers(self, day: dt.date) -> bool:
        """Whether the engagement stood still on `day`."""
        return self.starts_on <= day and (self.resumes_on is None or day < self.resumes_on)
