"""Definitions: the figure, its dated targets, and a person's word on one period's status."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from kpis.fields import ExactField
from kpis.models.rollup import Period, Status
from tenants.isolation.models import TenantForeignKey, TenantModel, TimestampedTenantModel
from tenants.models import Member, Tenant

FORTY_YEARS_IN_HOURS = 350_640


class Unit(models.TextChoices):
    PERCENT = "percent", "Percent"
    MS = "ms", "Milliseconds"
    SECONDS = "seconds", "Seconds"
    MINUTES = "minutes", "Minutes"
    HOURS = "hours", "Hours"
    DAYS = "days", "Days"
    COUNT = "count", "Count"
    MONEY = "money", "Money"
    RATIO = "ratio", "Ratio"
    SCORE = "score", "Score"


class Direction(models.TextChoices):
    """Which way is good. `target`: the nearer to the target the better."""

    HIGHER = "higher", "Higher is better"
    LOWER = "lower", "Lower is better"
    TARGET = "target", "On target is best"


class Aggregation(models.TextChoices):
    """How the measurements of a period become its one figure (see kpis/rollups)."""

    SUM = "sum", "Sum"
    MEAN = "mean", "Mean"
    WEIGHTED_MEAN = "weighted_mean", "Weighted mean"
    MIN = "min", "Lowest"
    MAX = "max", "Highest"
    LAST = "last", "Latest"
    RATIO = "ratio", "Ratio of sums"
    P50 = "p50", "Median"
    P95 = "p95", "95th percentile"
    COUNT = "count", "Number of measurements"


class Category(models.TextChoices):
    TECHNICAL_PERFORMANCE = "technical_performance", "Technical performance"
    PROJECT_DELIVERY = "project_delivery", "Project delivery"
    TEAM_DEVELOPMENT = "team_development", "Team development"
    BUSINESS_IMPACT = "business_impact", "Business impact"


class CoreArea(models.TextChoices):
    SYSTEM_RELIABILITY = "system_reliability", "System reliability"
    DEVELOPMENT_EFFICIENCY = "development_efficiency", "Development efficiency"
    BUSINESS_IMPACT = "business_impact", "Business impact"
    TEAM_PERFORMANCE = "team_performance", "Team performance"


class Kpi(TimestampedTenantModel):
    """One key figure of a company: what it means, how it is counted, which way is good.

    `built_*` say how its stored rollups were computed. They follow the company's settings and the
    aggregation as soon as a rebuild is complete; until then the old rollups are served, whole.
    """

    class Cadence(models.TextChoices):
        """How often the figure is looked at, which is also the period that its card shows."""

        DAILY = "daily", "Daily"
        WEEKLY = "weekly", "Weekly"
        MONTHLY = "monthly", "Monthly"
        QUARTERLY = "quarterly", "Quarterly"
        YEARLY = "yearly", "Yearly"

    PERIODS = dict(zip(Cadence, Period, strict=True))

    key = models.CharField(
        max_length=60,
        validators=[
            RegexValidator(
                r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$",
                "Use lower-case letters, digits, hyphens and underscores, such as cycle_time.",
            )
        ],
    )
    name = models.CharField(max_length=120)
    purpose = models.TextField(blank=True, max_length=1000)
    formula = models.TextField(blank=True, max_length=1000)
    unit = models.CharField(max_length=10, choices=Unit.choices)
    direction = models.CharField(max_length=6, choices=Direction.choices)
    aggregation = models.CharField(max_length=13, choices=Aggregation.choices)
    category = models.CharField(max_length=21, choices=Category.choices)
    core_area = models.CharField(max_length=22, choices=CoreArea.choices)
    cadence = models.CharField(max_length=9, choices=Cadence.choices, default=Cadence.MONTHLY)
    source = models.CharField(max_length=200, blank=True)
    owner = TenantForeignKey(Member, on_delete=models.PROTECT, null=True, blank=True)
    expected_freshness_hours = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(FORTY_YEARS_IN_HOURS)],
    )
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=1000)
    built_time_zone = models.CharField(max_length=64, editable=False)
    built_week_start = models.CharField(
        max_length=8, choices=Tenant.WeekStart.choices, editable=False
    )
    built_fiscal_month = models.PositiveSmallIntegerField(editable=False)
    built_aggregation = models.CharField(max_length=13, choices=Aggregation.choices, editable=False)

    class Meta(TimestampedTenantModel.Meta):
        verbose_name = "KPI"
        ordering = ["category", "position", "name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="kpi_one_key"),
            models.CheckConstraint(
                condition=Q(built_fiscal_month__range=(1, 12)), name="kpi_built_fiscal_month"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def period(self) -> Period:
        """The period that belongs to its cadence."""
        return self.PERIODS[self.Cadence(self.cadence)]

    @property
    def display_factor(self) -> Decimal:
        """What a stored figure is multiplied by to be shown."""
        return display_factor(unit=self.unit, aggregation=self.aggregation)


def display_factor(*, unit: str, aggregation: str) -> Decimal:
    """100 for a ratio in percent, which is kept as numerator ÷ denominator (0.999); else 1."""
    return Decimal(100 if unit == Unit.PERCENT and aggregation == Aggregation.RATIO else 1)


class Target(TenantModel):
    """What a figure should reach from a day on; never edited: a new one takes over on its day.
    Of two for the same day the one set later counts.

    The at-risk band lies between `value` and `at_risk_value`; beyond it is off track.
    """

    kpi = TenantForeignKey(Kpi, on_delete=models.CASCADE, related_name="targets")
    value = ExactField()
    at_risk_value = ExactField(null=True, blank=True)
    effective_on = models.DateField()
    set_by = TenantForeignKey(Member, on_delete=models.PROTECT, null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["-effective_on", "-id"]
        indexes = [
            models.Index(fields=["tenant", "kpi", "effective_on", "id"], name="target_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.value} from {self.effective_on}"


class StatusOverride(TenantModel):
    """A person's word on one period's status, with the reason; it ends with that period."""

    kpi = TenantForeignKey(Kpi, on_delete=models.CASCADE, related_name="status_overrides")
    period = models.CharField(max_length=7, choices=Period.choices)
    period_start = models.DateField()
    status = models.CharField(max_length=9, choices=Status.choices)
    reason = models.TextField(max_length=1000)
    set_by = TenantForeignKey(Member, on_delete=models.PROTECT, null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["tenant", "kpi", "period", "period_start", "id"], name="override_by_period"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["on_track", "at_risk", "off_track"]),
                name="override_is_a_judgement",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="override_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()}: {self.reason}"
