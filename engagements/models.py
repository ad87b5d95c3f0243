"""What was agreed with a CTO, since when, and the time that was worked."""

import datetime as dt
from decimal import Decimal
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinLengthValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from engagements.querysets import (
    EngagementManager,
    PauseManager,
    TermsManager,
    TimeEntryManager,
    WeekLockManager,
)
from tenants.isolation.models import TenantForeignKey, TimestampedTenantModel
from tenants.models import Member

MINUTES_A_DAY = 24 * 60
FIRST_YEAR, LAST_YEAR = 2000, 2100  # of all dates that an engagement knows
WEEK = dt.timedelta(days=7)


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


class Terms(TimestampedTenantModel):
    """What holds from `effective_on` until the next version: hours, fee, and what becomes of
    unused hours. A version is never edited; another one takes over from its date."""

    class ScopeLevel(models.TextChoices):
        OVERSIGHT = "oversight", "Oversight"
        MODERATE = "moderate", "Moderate"
        INTENSIVE = "intensive", "Intensive"

    class Rollover(models.TextChoices):
        NONE = "none", "Unused hours lapse"
        CAPPED = "capped", "Unused hours roll over, up to a cap"

    engagement = TenantForeignKey(Engagement, on_delete=models.CASCADE, related_name="+")
    effective_on = models.DateField()
    scope_level = models.CharField(max_length=9, choices=ScopeLevel.choices)
    hours_per_month = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(744))],
    )
    monthly_fee = models.DecimalField(
        max_digits=12, decimal_places=2, validators=[MinValueValidator(Decimal(0))]
    )
    currency = models.CharField(max_length=3)
    notice_days = models.PositiveSmallIntegerField(default=30, validators=[MaxValueValidator(365)])
    rollover = models.CharField(max_length=6, choices=Rollover.choices, default=Rollover.NONE)
    rollover_cap_minutes = models.PositiveIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(744 * 60)]
    )
    rollover_expiry_months = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(24)]
    )
    overage_rate = models.DecimalField(
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text="Per hour above the agreed ones.",
    )
    po_number = models.CharField(max_length=60, blank=True)

    objects: ClassVar[Any] = TermsManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-effective_on"]
        verbose_name_plural = "terms"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "engagement", "effective_on"], name="terms_one_a_date"
            ),
            models.CheckConstraint(
                condition=models.Q(hours_per_month__range=(0, 744), monthly_fee__gte=0),
                name="terms_sane_amounts",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    rollover="none",
                    rollover_cap_minutes__isnull=True,
                    rollover_expiry_months__isnull=True,
                )
                | models.Q(
                    rollover="capped",
                    rollover_cap_minutes__isnull=False,
                    rollover_expiry_months__gte=1,
                ),
                name="terms_rollover_has_limits",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_scope_level_display()} from {self.effective_on:%Y-%m-%d}"

    @property
    def minutes_per_month(self) -> int:
        """The agreed hours in minutes; services accept only hours that are whole minutes."""
        return int(self.hours_per_month * 60)


class TimeEntry(TimestampedTenantModel):
    """Minutes that a person worked for an engagement on a date of the client's calendar.

    `initiative` is the name of the piece of the roadmap that it served, or None.
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
    note = models.CharField(max_length=500, blank=True)

    objects: ClassVar[Any] = TimeEntryManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-date", "-id"]
        verbose_name_plural = "time entries"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(minutes__range=(1, MINUTES_A_DAY)),
                name="timeentry_minutes_a_day",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "engagement", "date"], name="timeentry_by_engagement"),
            models.Index(fields=["tenant", "member", "date"], name="timeentry_by_member"),
        ]

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
