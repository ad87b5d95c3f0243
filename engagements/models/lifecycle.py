"""The life cycle of an engagement as data: services, buttons and the docs' diagram read it."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from engagements.models.engagement import Engagement
from tenants.isolation.models import TenantForeignKey, TenantManager, TimestampedTenantModel
from tenants.models import Member

_S = Engagement.Status


@dataclass(frozen=True, kw_only=True)
class Transition:
    """One way from a status to another: what it is called, and what follows from it."""

    before: str
    after: str
    verb: str
    """How the audit trail names it, after `engagement.`."""
    label: str
    """The words of its button."""
    icon: str
    done: str
    effects: tuple[str, ...]
    """What follows, in sentences: shown before the click."""
    asks_reason: bool = False
    """Whether the page insists on a reason; it is recorded wherever one is given."""


_ENDS = (
    "Today becomes its last day, unless an earlier one was agreed.",
    "No hours are granted after it, and nothing rolls over.",
    "Hours worked up to the last day can still be logged.",
    "It cannot be started again.",
)
LIFE_CYCLE: tuple[Transition, ...] = (
    Transition(
        before=_S.PROPOSED,
        after=_S.ACTIVE,
        verb="activated",
        label="Start the engagement",
        icon="play",
        done="The engagement is active as of today.",
        effects=(
            "Hours can be logged from its first day on.",
            "Hours are granted by the terms in force.",
        ),
    ),
    Transition(
        before=_S.PROPOSED,
        after=_S.ENDED,
        verb="ended",
        label="Drop the proposal",
        icon="bad",
        done="The engagement has ended.",
        effects=("It never ran. It stays on record and cannot be started again.",),
        asks_reason=True,
    ),
    Transition(
        before=_S.ACTIVE,
        after=_S.PAUSED,
        verb="paused",
        label="Pause",
        icon="pause",
        done="The engagement is paused as of today.",
        effects=(
            "No hours are granted from today on until it resumes.",
            "No hours can be logged on the days of the pause.",
            "What was left or rolled over keeps its own expiry.",
            "The end date stays as it is.",
        ),
        asks_reason=True,
    ),
    Transition(
        before=_S.ACTIVE,
        after=_S.ENDED,
        verb="ended",
        label="End",
        icon="bad",
        done="The engagement has ended.",
        effects=_ENDS,
        asks_reason=True,
    ),
    Transition(
        before=_S.PAUSED,
        after=_S.ACTIVE,
        verb="resumed",
        label="Resume",
        icon="play",
        done="The engagement is active as of today.",
        effects=(
            "Hours are granted again from today on, by the days that are left of the month.",
            "Hours can be logged again from today on.",
        ),
    ),
    Transition(
        before=_S.PAUSED,
        after=_S.ENDED,
        verb="ended",
        label="End",
        icon="bad",
        done="The engagement has ended.",
        effects=_ENDS,
        asks_reason=True,
    ),
)
TRANSITIONS: dict[str, frozenset[str]] = {
    status: frozenset(t.after for t in LIFE_CYCLE if t.before == status) for status in _S.values
}


def transition_of(before: str, after: str) -> Transition:
    """The way from one status to another; KeyError where there is none."""
    for transition in LIFE_CYCLE:
        if (transition.before, transition.after) == (before, after):
            return transition
    raise KeyError((before, after))


class StatusChange(TimestampedTenantModel):
    """A step of the life cycle: from what to what, on which date at the client's, why, by whom."""

    engagement = TenantForeignKey(Engagement, on_delete=models.CASCADE, related_name="+")
    before = models.CharField(max_length=8, choices=_S.choices)
    after = models.CharField(max_length=8, choices=_S.choices)
    effective_on = models.DateField()
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    reason = models.CharField(max_length=500, blank=True)

    objects: ClassVar[Any] = TenantManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-changed_at", "-id"]
        indexes = [
            models.Index(
                fields=["tenant", "engagement", "changed_at"], name="statuschange_by_engagement"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_before_display()} to {self.get_after_display()}"


class Notice(TimestampedTenantModel):
    """One side ends the engagement with the notice of the terms in force on the day it was given.

    `previous_ends_on` is the end that was agreed before: withdrawing the notice restores it.
    """

    engagement = TenantForeignKey(Engagement, on_delete=models.CASCADE, related_name="+")
    side = models.CharField(max_length=6, choices=[("cto", "CTO"), ("client", "Client")])
    given_on = models.DateField()
    given_by = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    notice_days = models.PositiveSmallIntegerField()
    ends_on = models.DateField()
    previous_ends_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=500)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    objects: ClassVar[Any] = TenantManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-given_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "engagement"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="notice_one_in_force",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("given_on")),
                name="notice_ends_after_it",
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | models.Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="notice_withdrawn_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return f"Notice to {self.ends_on:%Y-%m-%d}"


class Reminder(TimestampedTenantModel):
    """A reminder of a date that was sent: the row keeps it from being sent twice."""

    class Kind(models.TextChoices):
        ENDS = "ends", "The engagement ends"
        RENEWAL = "renewal", "Decide on renewal"

    engagement = TenantForeignKey(Engagement, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    about_on = models.DateField()
    days_before = models.PositiveSmallIntegerField()

    objects: ClassVar[Any] = TenantManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "engagement", "kind", "about_on", "days_before"],
                name="reminder_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.days_before} days before"


class DailyRun(TimestampedTenantModel):
    """When the company's engagements are next looked after: once a day, after its midnight.

    The tick reads which tenants are due, and nothing else.
    """

    due_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = TenantManager()

    class Meta(TimestampedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="dailyrun_one_a_tenant"),
        ]

    def __str__(self) -> str:
        return f"Due at {self.due_at:%Y-%m-%d %H:%M}"
