"""The time that was worked, and the weeks whose time is settled."""

import datetime as dt
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from engagements.models.engagement import Engagement
from engagements.models.initiatives import Initiative
from engagements.querysets import RemovedTimeEntryManager, TimeEntryManager, WeekLockManager
from tenants.isolation.models import TenantForeignKey, TimestampedTenantModel
from tenants.models import Member

MINUTES_A_DAY = 24 * 60
WEEK = dt.timedelta(days=7)


class TimeEntry(TimestampedTenantModel):
    """Minutes that a person worked for an engagement on a date of the client's calendar.

    What it served is an initiative of the roadmap (`linked_initiative`), or one that has a name
    alone (`initiative`), or none: never both. An entry that was deleted stays for a month with
    `removed_at`, so that it can be restored; `objects` leaves it out, so no total counts it.
    """

    class Category(models.TextChoices):
        STRATEGY_AND_ROADMAP = "strategy_and_roadmap", "Strategy and roadmap"
        DELIVERY = "delivery", "Delivery"
        TEAM_AND_HIRING = "team_and_hiring", "Team and hiring"
        BOARD_AND_VENDORS = "board_and_vendors", "Board and vendors"
        OTHER = "other", "Other"

    engagement = TenantForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    member = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    date = models.DateField()
    minutes = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(MINUTES_A_DAY)]
    )
    category = models.CharField(max_length=20, choices=Category.choices)
    initiative = models.CharField(max_length=120, null=True, blank=True)
    linked_initiative = TenantForeignKey(
        Initiative, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    note = models.CharField(max_length=500, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)
    removed_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True, editable=False
    )

    objects: ClassVar[Any] = TimeEntryManager()
    with_removed: ClassVar[Any] = RemovedTimeEntryManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-date", "-id"]
        verbose_name_plural = "time entries"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(minutes__range=(1, MINUTES_A_DAY)),
                name="timeentry_minutes_a_day",
            ),
            models.CheckConstraint(
                condition=models.Q(initiative__isnull=True)
                | models.Q(linked_initiative__isnull=True),
                name="timeentry_one_initiative",
            ),
            models.CheckConstraint(
                condition=models.Q(removed_at__isnull=False) | models.Q(removed_by__isnull=True),
                name="timeentry_removed_by_and_at",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "engagement", "date"], name="timeentry_by_engagement"),
            models.Index(fields=["tenant", "member", "date"], name="timeentry_by_member"),
            models.Index(
                fields=["tenant", "linked_initiative"],
                condition=models.Q(linked_initiative__isnull=False),
                name="timeentry_by_initiative",
            ),
        ]

    @property
    def initiative_name(self) -> str:
        """The name of what it served, empty for none."""
        linked = self.linked_initiative
        return linked.title if linked is not None else self.initiative or ""

    def __str__(self) -> str:
        return f"{self.minutes} minutes on {self.date:%Y-%m-%d}"


class WeekLock(TimestampedTenantModel):
    """The time of a week is settled: its update was submitted. Unlocking keeps the row, for the
    trail, and a later submission locks the week with a new one."""

    engagement = TenantForeignKey(Engagement, on_delete=models.CASCADE, related_name="+")
    week_start = models.DateField()
    locked_at = models.DateTimeField(default=timezone.now)
    locked_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    unlocked_at = models.DateTimeField(null=True, blank=True)
    unlocked_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    reason = models.CharField(max_length=500, blank=True)

    objects: ClassVar[Any] = WeekLockManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-week_start", "-locked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "engagement", "week_start"],
                condition=models.Q(unlocked_at__isnull=True),
                name="weeklock_one_in_force",
            ),
            models.CheckConstraint(
                condition=models.Q(unlocked_at__isnull=True, unlocked_by__isnull=True, reason="")
                | (models.Q(unlocked_at__isnull=False) & ~models.Q(reason="")),
                name="weeklock_unlocked_has_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "engagement", "week_start"], name="weeklock_by_engagement"
            ),
        ]

    def __str__(self) -> str:
        return f"Week of {self.week_start:%Y-%m-%d}"

    @property
    def week_end(self) -> dt.date:
        """The last day of the week."""
        return self.week_start + WEEK - dt.timedelta(days=1)
