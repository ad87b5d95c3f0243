"""The engagement itself, its life cycle and its pauses."""

import datetime as dt
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinLengthValidator, MinValueValidator
from django.db import models

from engagements.querysets import EngagementManager, PauseManager
from tenants.isolation.models import TenantForeignKey, TimestampedTenantModel
from tenants.models import Member

FIRST_YEAR, LAST_YEAR = 2000, 2100  # of all dates that an engagement knows
MODEL_DESCRIPTIONS = {
    "influencer": "Advises the founders and leaders; the client’s people decide and build.",
    "enabler": "Gives the teams what they lack: practices, hiring, platforms, coaching.",
    "challenger": "Questions plans and spending, and holds teams to what they promised.",
    "owner": "Answers for technology, its people and its budget, within the charter.",
}


def default_alerts() -> list[int]:
    """Shares of the month's hours at which people are told, unless chosen otherwise."""
    return [80, 100]


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

        @property
        def description(self) -> str:
            """What the CTO does in this model, in one sentence."""
            return MODEL_DESCRIPTIONS[self.value]

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
    alert_percents = ArrayField(
        models.PositiveSmallIntegerField(
            validators=[MinValueValidator(1), MaxValueValidator(500)],
        ),
        default=default_alerts,
        blank=True,
        size=5,
        help_text="Shares of a month's hours at which CTO and sponsor are told, once a month each.",
    )
    renewal_lead_days = models.PositiveSmallIntegerField(
        default=14,
        validators=[MaxValueValidator(180)],
        help_text="Days before the last day for notice on which renewal is asked about.",
    )
    closes_on_working_day = models.PositiveSmallIntegerField(
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(15)],
        help_text="Working day of the next month on which a month's statement is closed.",
    )

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

    @property
    def model_description(self) -> str:
        """What the CTO does in the chosen model; empty while none is chosen."""
        return MODEL_DESCRIPTIONS.get(self.model, "")

    def covers(self, day: dt.date) -> bool:
        """Whether `day` lies between start and end, both included."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


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
