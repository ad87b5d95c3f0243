"""How the CTO becomes part of the company: a plan in three phases, and the map of its people."""

import datetime as dt
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinLengthValidator, MinValueValidator
from django.db import models

from engagements.models.engagement import Engagement
from engagements.querysets_charter import IntegrationActivityManager, StakeholderManager
from tenants.isolation.models import TenantForeignKey, TimestampedTenantModel
from tenants.models import Member

LOWEST, NEUTRAL, HIGHEST = 1, 3, 5
_SCALE = [MinValueValidator(LOWEST), MaxValueValidator(HIGHEST)]


class Stakeholder(TimestampedTenantModel):
    """Somebody who counts for the engagement, a member or not.

    `support` and `notes` are seen by CTOs and executives alone.
    """

    class Influence(models.IntegerChoices):
        LITTLE = 1, "Little"
        SOME = 2, "Some"
        MEDIUM = 3, "Medium"
        MUCH = 4, "Much"
        DECISIVE = 5, "Decisive"

    class Support(models.IntegerChoices):
        AGAINST = 1, "Against"
        DOUBTFUL = 2, "Doubtful"
        NEUTRAL = 3, "Neutral"
        FOR = 4, "For it"
        CHAMPION = 5, "Champion"

    engagement = TenantForeignKey(Engagement, on_delete=models.CASCADE, related_name="+")
    member = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    name = models.CharField(max_length=120, validators=[MinLengthValidator(2)])
    department = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=120, blank=True)
    influence = models.PositiveSmallIntegerField(
        choices=Influence.choices, default=NEUTRAL, validators=_SCALE
    )
    support = models.PositiveSmallIntegerField(
        choices=Support.choices, default=NEUTRAL, validators=_SCALE
    )
    notes = models.TextField(blank=True, max_length=2000)

    objects: ClassVar[Any] = StakeholderManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-influence", "name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "engagement", "member"],
                condition=models.Q(member__isnull=False),
                name="stakeholder_member_once",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    influence__range=(LOWEST, HIGHEST), support__range=(LOWEST, HIGHEST)
                ),
                name="stakeholder_scales",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class IntegrationActivity(TimestampedTenantModel):
    """Something the CTO does to become part of the company; done only with its outcome."""

    class Phase(models.TextChoices):
        INITIAL = "initial", "Initial"
        DEVELOPMENT = "development", "Development"
        ONGOING = "ongoing", "Ongoing"

    class Kind(models.TextChoices):
        ONE_ON_ONE = "one_on_one", "One-on-one"
        WORKSHOP = "workshop", "Workshop"
        FEEDBACK_SESSION = "feedback_session", "Feedback session"
        PROJECT_MEETING = "project_meeting", "Cross-functional project meeting"
        OTHER = "other", "Other"

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        DONE = "done", "Done"
        DROPPED = "dropped", "Dropped"

    engagement = TenantForeignKey(Engagement, on_delete=models.CASCADE, related_name="+")
    phase = models.CharField(max_length=11, choices=Phase.choices)
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.OTHER)
    position = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=160, validators=[MinLengthValidator(2)])
    person = TenantForeignKey(
        Stakeholder, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    planned_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.PLANNED)
    done_on = models.DateField(null=True, blank=True)
    outcome = models.TextField(blank=True, max_length=2000)

    objects: ClassVar[Any] = IntegrationActivityManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["phase", "position", "id"]
        verbose_name_plural = "integration activities"
        constraints = [
            models.CheckConstraint(
                condition=(models.Q(status="done", done_on__isnull=False) & ~models.Q(outcome=""))
                | (~models.Q(status="done") & models.Q(done_on__isnull=True)),
                name="integrationactivity_done_has_outcome",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "engagement", "phase", "position"],
                name="integrationactivity_by_phase",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def is_overdue(self, today: dt.date) -> bool:
        """Planned for a day that has passed."""
        return (
            self.status == self.Status.PLANNED
            and self.planned_on is not None
            and self.planned_on < today
        )


PHASE_AIMS = {
    IntegrationActivity.Phase.INITIAL: "One-on-ones with department heads, for insight into team "
    "structures and challenges",
    IntegrationActivity.Phase.DEVELOPMENT: "Workshops and feedback sessions, for trust and areas "
    "of collaboration",
    IntegrationActivity.Phase.ONGOING: "Cross-functional project meetings, for relationships and "
    "alignment",
}
