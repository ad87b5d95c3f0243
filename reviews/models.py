"""The weekly update: what the CTO tells the client each week, and what is said about it."""

import datetime as dt
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from reviews.querysets import ItemManager, WeeklyUpdateQuerySet
from reviews.weeks import week_number
from tenants.isolation.models import (
    TenantForeignKey,
    TenantManager,
    TenantModel,
    TimestampedTenantModel,
)
from tenants.models import Member

SUMMARY_MOST = 280  # two sentences a board member can repeat
TEXT_MOST = 10_000
ITEM_MOST = 300
COMMENT_MOST = 4_000
WORDS = ("summary", "progress", "wins", "risks", "next_week")
"""The texts of a letter, in the order of API and amendments."""


class WeeklyUpdate(TimestampedTenantModel):
    """One letter per engagement and week.

    `version` counts the saves of a draft and `saved_from` names the open form that saved last, so
    that of two tabs only the fresh one wins and one tab never loses against itself. `hours` and
    `kpis` are written once, at submit: a sent letter never changes by itself.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Sent"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"

    class Health(models.TextChoices):
        ON_TRACK = "on_track", "On track"
        WATCH = "watch", "Watch"
        OFF_TRACK = "off_track", "Off track"

    engagement = TenantForeignKey(
        "engagements.Engagement", on_delete=models.PROTECT, related_name="+"
    )
    author = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    week_start = models.DateField()
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.DRAFT)
    version = models.PositiveIntegerField(default=1)
    saved_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    saved_from = models.CharField(max_length=32, blank=True, editable=False)
    due_at = models.DateTimeField()

    summary = models.CharField(max_length=SUMMARY_MOST, blank=True)
    health = models.CharField(max_length=9, choices=Health.choices, blank=True)
    progress = models.TextField(max_length=TEXT_MOST, blank=True)
    wins = models.TextField(max_length=TEXT_MOST, blank=True)
    risks = models.TextField(max_length=TEXT_MOST, blank=True)
    next_week = models.TextField(max_length=TEXT_MOST, blank=True)
    confidence = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    kpi_notes = models.JSONField(default=dict, blank=True)
    kpis = models.JSONField(default=list, blank=True)
    hours = models.JSONField(default=dict, blank=True)

    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[Any] = TenantManager.from_queryset(WeeklyUpdateQuerySet)()

    class Meta(TimestampedTenantModel.Meta):
        ordering: ClassVar[list[str]] = ["-week_start", "-id"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "engagement", "week_start"], name="weekly_update_once_a_week"
            ),
            models.CheckConstraint(
                condition=models.Q(confidence=None) | models.Q(confidence__range=(1, 5)),
                name="weekly_update_confidence",
            ),
            models.CheckConstraint(
                condition=models.Q(status="draft", submitted_at=None)
                | models.Q(status__in=["submitted", "acknowledged"], submitted_at__isnull=False),
                name="weekly_update_sent_has_instant",
            ),
            models.CheckConstraint(
                condition=models.Q(status="acknowledged", acknowledged_at__isnull=False)
                | (~models.Q(status="acknowledged") & models.Q(acknowledged_at=None)),
                name="weekly_update_acknowledged_has_instant",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "-week_start"], name="weekly_update_newest"),
        ]

    def __str__(self) -> str:
        return f"Weekly update, {self.week_name}"

    @property
    def week_end(self) -> dt.date:
        """The last day of the week."""
        return self.week_start + dt.timedelta(days=6)

    @property
    def week_number(self) -> int:
        """The ISO week that most of this week's days belong to."""
        return week_number(self.week_start)

    @property
    def week_name(self) -> str:
        return f"week {self.week_number}"

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def late(self) -> bool:
        """Sent after its due time, or not sent although that has passed."""
        return (self.submitted_at or timezone.now()) > self.due_at

    @property
    def lead(self) -> str:
        """What the letter opens with: the summary, else the first thing done."""
        return self.summary or next(iter(lines(self.progress)), "")

    def lines_of(self, field: str) -> list[str]:
        """One of the letter's texts as its list of points."""
        return lines(getattr(self, field))


class UpdateItem(TenantModel):
    """A line of a letter that waits for a person: open until someone closes it.

    `carried_from` is the line of the week before that this one repeats.
    """

    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=ITEM_MOST, blank=True)
    member = TenantForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    due_on = models.DateField(null=True, blank=True)
    carried_from = models.UUIDField(null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[Any] = ItemManager()

    class Meta(TenantModel.Meta):
        abstract = True
        ordering: ClassVar[list[str]] = ["position", "id"]

    def __str__(self) -> str:
        return self.text

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class Blocker(UpdateItem):
    """What is stuck and what it costs; `member` can clear it, and it is needed by `due_on`."""

    update = TenantForeignKey(WeeklyUpdate, on_delete=models.CASCADE, related_name="blockers")

    class Meta(UpdateItem.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "update"], name="blocker_by_update")
        ]


class Ask(UpdateItem):
    """What the CTO asks of `member`, by `due_on`."""

    update = TenantForeignKey(WeeklyUpdate, on_delete=models.CASCADE, related_name="asks")

    class Meta(UpdateItem.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "update"], name="ask_by_update")
        ]


class UpdateComment(TenantModel):
    """What someone said about a sent letter; comments are added, never edited."""

    update = TenantForeignKey(WeeklyUpdate, on_delete=models.CASCADE, related_name="comments")
    author = TenantForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    author_name = models.CharField(max_length=200)
    body = models.TextField(max_length=COMMENT_MOST)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantModel.Meta):
        ordering: ClassVar[list[str]] = ["created_at", "id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "update", "created_at"], name="update_comment_thread")
        ]

    def __str__(self) -> str:
        return self.body[:80]


class UpdateAmendment(TenantModel):
    """A change to an acknowledged letter: why, and each text before and after, for ever."""

    update = TenantForeignKey(WeeklyUpdate, on_delete=models.CASCADE, related_name="amendments")
    number = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=ITEM_MOST)
    changes = models.JSONField()
    amended_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    amended_by_name = models.CharField(max_length=200)
    amended_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantModel.Meta):
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "update", "number"], name="update_amendment_number"
            )
        ]

    def __str__(self) -> str:
        return f"Amendment {self.number}: {self.reason}"


def lines(text: str) -> list[str]:
    """A text as its points: one per line, without blanks and the dashes people type."""
    stripped = (line.strip().lstrip("-–•*").strip() for line in text.splitlines())
    return [line for line in stripped if line]
