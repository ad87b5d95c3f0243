"""The roadmap: initiatives, their milestones, and how they are weighed against each other."""

from decimal import Decimal
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinLengthValidator, MinValueValidator
from django.db import models

from engagements.querysets_roadmap import InitiativeManager, MilestoneManager, WeightsManager
from tenants.isolation.models import TenantForeignKey, TimestampedTenantModel
from tenants.models import Member

_SCORE = [MinValueValidator(1), MaxValueValidator(5)]
_PERCENT = [MinValueValidator(0), MaxValueValidator(100)]


def _score(**kwargs: Any) -> Any:
    return models.PositiveSmallIntegerField(validators=_SCORE, **kwargs)


class Initiative(TimestampedTenantModel):
    """A piece of the roadmap: what it is to bring, what it takes, who carries it, how it goes.

    The four scores go from 1 to 5; `engagements.impact` makes the impact of them.
    """

    class Horizon(models.TextChoices):
        SHORT = "short", "Short"  # 3 to 6 months
        LONG = "long", "Long"

    class Status(models.TextChoices):
        NOT_STARTED = "not_started", "Not started"
        ON_TRACK = "on_track", "On track"
        AT_RISK = "at_risk", "At risk"
        OFF_TRACK = "off_track", "Off track"
        NEEDS_DECISION = "needs_decision", "Needs a decision"
        PAUSED = "paused", "Paused"
        DONE = "done", "Done"

    title = models.CharField(max_length=120, validators=[MinLengthValidator(2)])
    expected_result = models.CharField(max_length=200, blank=True)
    business_value = _score()
    resource_demand = _score()
    timeline = _score()
    risk = _score()
    horizon = models.CharField(max_length=5, choices=Horizon.choices, default=Horizon.SHORT)
    status = models.CharField(max_length=14, choices=Status.choices, default=Status.NOT_STARTED)
    progress_percent = models.PositiveSmallIntegerField(default=0, validators=_PERCENT)
    owner = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    starts_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    done_on = models.DateField(null=True, blank=True, editable=False)
    budget_amount = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    currency = models.CharField(max_length=3, blank=True)

    objects: ClassVar[Any] = InitiativeManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    business_value__range=(1, 5),
                    resource_demand__range=(1, 5),
                    timeline__range=(1, 5),
                    risk__range=(1, 5),
                    progress_percent__range=(0, 100),
                ),
                name="initiative_scores_1_to_5",
            ),
            models.CheckConstraint(
                condition=models.Q(status="done", done_on__isnull=False, progress_percent=100)
                | (~models.Q(status="done") & models.Q(done_on__isnull=True)),
                name="initiative_done_has_date",
            ),
            models.CheckConstraint(
                condition=models.Q(starts_on__isnull=True)
                | models.Q(due_on__isnull=True)
                | models.Q(due_on__gte=models.F("starts_on")),
                name="initiative_due_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(budget_amount__isnull=True, currency="")
                | (models.Q(budget_amount__isnull=False) & ~models.Q(currency="")),
                name="initiative_budget_has_currency",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.status != self.Status.DONE


_S = Initiative.Status
_RUNNING = frozenset({_S.ON_TRACK, _S.AT_RISK, _S.OFF_TRACK, _S.NEEDS_DECISION})
# what began never becomes not started again; what is paused or done goes on as a running one
STATUS_TRANSITIONS: dict[str, frozenset[str]] = {
    _S.NOT_STARTED: _RUNNING | {_S.PAUSED},
    **{status: (_RUNNING - {status}) | {_S.PAUSED, _S.DONE} for status in _RUNNING},
    _S.PAUSED: _RUNNING,
    _S.DONE: _RUNNING,
}


class Milestone(TimestampedTenantModel):
    """A step of an initiative that is either reached or not."""

    initiative = TenantForeignKey(Initiative, on_delete=models.CASCADE, related_name="milestones")
    title = models.CharField(max_length=120, validators=[MinLengthValidator(2)])
    due_on = models.DateField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    objects: ClassVar[Any] = MilestoneManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(done_at__isnull=False) | models.Q(done_by__isnull=True),
                name="milestone_done_by_when_done",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "initiative"], name="milestone_by_initiative")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_done(self) -> bool:
        return self.done_at is not None


class ImpactWeights(TimestampedTenantModel):
    """How the four scores count from `effective_on` on. Never edited: another version takes over,
    and of two with the same date the one recorded last holds."""

    effective_on = models.DateField()
    business_value = models.PositiveSmallIntegerField(validators=_PERCENT)
    resource_demand = models.PositiveSmallIntegerField(validators=_PERCENT)
    timeline = models.PositiveSmallIntegerField(validators=_PERCENT)
    risk = models.PositiveSmallIntegerField(validators=_PERCENT)
    high_from = models.DecimalField(max_digits=3, decimal_places=2)
    medium_from = models.DecimalField(max_digits=3, decimal_places=2)
    reason = models.CharField(max_length=300)
    set_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    objects: ClassVar[Any] = WeightsManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-effective_on", "-id"]
        verbose_name_plural = "impact weights"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    business_value=100
                    - models.F("resource_demand")
                    - models.F("timeline")
                    - models.F("risk")
                ),
                name="weights_add_up_to_100",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    medium_from__gt=1, high_from__gt=models.F("medium_from"), high_from__lte=5
                ),
                name="weights_levels_in_order",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "effective_on"], name="weights_by_date")]

    def __str__(self) -> str:
        return f"Weights from {self.effective_on:%Y-%m-%d}"


class RoadmapSettings(TimestampedTenantModel):
    """How often a company looks at its priorities, and how much of them is to be short-term."""

    review_every_months = models.PositiveSmallIntegerField(
        default=3, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    short_target_percent = models.PositiveSmallIntegerField(default=60, validators=_PERCENT)

    class Meta(TimestampedTenantModel.Meta):
        verbose_name_plural = "roadmap settings"
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="roadmapsettings_one_a_company"),
            models.CheckConstraint(
                condition=models.Q(
                    review_every_months__range=(1, 12), short_target_percent__range=(0, 100)
                ),
                name="roadmapsettings_sane",
            ),
        ]


class Prioritisation(TimestampedTenantModel):
    """A session in which the scores of all open initiatives were looked at together."""

    held_on = models.DateField()
    held_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    note = models.CharField(max_length=1000, blank=True)
    next_due_on = models.DateField()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-held_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(next_due_on__gt=models.F("held_on")),
                name="prioritisation_due_again_later",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "held_on"], name="prioritisation_by_date")]

    def __str__(self) -> str:
        return f"Priorities of {self.held_on:%Y-%m-%d}"


class Ranking(TimestampedTenantModel):
    """One initiative in a session: its scores and rank before and after, and why they changed."""

    prioritisation = TenantForeignKey(
        Prioritisation, on_delete=models.CASCADE, related_name="rankings"
    )
    initiative = TenantForeignKey(Initiative, on_delete=models.CASCADE, related_name="+")
    title = models.CharField(max_length=120)
    before = models.JSONField()
    after = models.JSONField()
    score_before = models.DecimalField(max_digits=3, decimal_places=2)
    score_after = models.DecimalField(max_digits=3, decimal_places=2)
    impact_before = models.CharField(max_length=6)
    impact_after = models.CharField(max_length=6)
    rank_before = models.PositiveIntegerField()
    rank_after = models.PositiveIntegerField()
    reason = models.CharField(max_length=300, blank=True)

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["rank_after"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "prioritisation", "initiative"], name="ranking_once_a_session"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "initiative"], name="ranking_by_initiative")]

    @property
    def has_changed(self) -> bool:
        """Whether its scores were changed in the session."""
        return bool(self.before != self.after)

    @property
    def moved(self) -> int:
        """Places it went up; below zero it went down."""
        return self.rank_before - self.rank_after
