"""The working boundaries of an engagement: versions of eight clauses, and who acknowledged them."""

import datetime as dt
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from engagements.models.communication import CommunicationTool
from engagements.models.engagement import Engagement
from engagements.querysets_charter import AcknowledgementManager, CharterManager
from tenants.isolation.models import TenantForeignKey, TimestampedTenantModel
from tenants.models import Member
from tenants.permissions import ROLE_NAMES, Role

CLAUSE_LENGTH = 4000  # characters of one clause's text


class Clause(models.TextChoices):
    """The eight clauses, in their order."""

    ARCHITECTURE = "architecture_decisions", "Technical architecture decisions"
    VENDORS = "vendor_choices", "Vendor choices"
    RESOURCES = "resource_allocation", "Resource allocation"
    BUDGETS = "budget_approvals", "Budget approvals"
    RESPONSE = "response_times", "Expected response times"
    CHANNELS = "communication_channels", "Communication channels"
    ESCALATION = "escalation", "Escalation for urgent matters"
    COVERAGE = "coverage", "Coverage for off-periods"


class Urgency(models.TextChoices):
    """How soon somebody needs an answer."""

    URGENT = "urgent", "Urgent"
    NORMAL = "normal", "Normal"
    LOW = "low", "Can wait"


class Counting(models.TextChoices):
    """How a response time is counted."""

    WORKING_HOURS = "working_hours", "working hours"
    WORKING_DAYS = "working_days", "working days"
    CLOCK_HOURS = "clock_hours", "hours, day and night"


class DecisionKind(models.TextChoices):
    """What is decided; records of decisions are made by these kinds."""

    ARCHITECTURE = "architecture", "Technical architecture"
    VENDOR = "vendor", "Vendor choice"
    HIRING = "hiring", "Hiring"
    SECURITY = "security", "Security"
    FEATURE = "feature_passport", "Feature passport"
    RESOURCES = "resource_allocation", "Resource allocation"
    BUDGET = "budget", "Budget"


class DecisionRule(models.TextChoices):
    """Who decides."""

    CTO = "cto_decides", "The CTO decides"
    CTO_RECOMMENDS = "cto_recommends", "The CTO recommends, an executive decides"
    EXECUTIVE = "executive_decides", "An executive decides, the CTO is heard"
    BOARD = "board_decides", "The CTO recommends, the board decides"


class MoneyLimit(models.TextChoices):
    """Up to where the rule holds; the amounts stand in the approval tiers, never here."""

    NONE = "any_amount", "whatever it costs"
    NO_MONEY = "no_spend", "while it costs nothing"
    CTO_TIER = "cto_tier", "within the CTO’s approval tier"
    FINANCE_TIER = "finance_tier", "up to the tier of the CTO and finance"


class Charter(TimestampedTenantModel):
    """One version. A draft changes until it is published; from then on its text stays as it is,
    and it is in force from `effective_on` until a later version takes over.

    `response_times` is `{urgency: {"amount": int, "counted": Counting}}`, `decisions`
    `{decision kind: {"rule": DecisionRule, "limit": MoneyLimit}}`, `clauses` `{clause: text}`.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"

    engagement = TenantForeignKey(Engagement, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.DRAFT)
    summary = models.CharField(max_length=300, blank=True, help_text="What is new, in a sentence.")
    clauses = models.JSONField(default=dict)
    response_times = models.JSONField(default=dict)
    decisions = models.JSONField(default=dict)
    deputy_from_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text="Days away from which somebody must cover; empty when nobody has to.",
    )
    normal_channel = TenantForeignKey(
        CommunicationTool, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    urgent_channel = TenantForeignKey(
        CommunicationTool, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    effective_on = models.DateField(null=True, blank=True)
    review_on = models.DateField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by_name = models.CharField(max_length=200, blank=True)
    reviewed_on = models.DateField(null=True, blank=True)

    objects: ClassVar[Any] = CharterManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-number", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "engagement", "number"], name="charter_one_a_number"
            ),
            models.UniqueConstraint(
                fields=["tenant", "engagement"],
                condition=models.Q(status="draft"),
                name="charter_one_draft",
            ),
            models.CheckConstraint(
                condition=models.Q(status="draft", published_at__isnull=True)
                | models.Q(
                    status="published",
                    published_at__isnull=False,
                    effective_on__isnull=False,
                    review_on__isnull=False,
                ),
                name="charter_published_has_dates",
            ),
        ]

    def __str__(self) -> str:
        return f"Charter, version {self.number}"

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    def text_of(self, clause: str) -> str:
        """The prose of a clause, empty where nothing was written."""
        return str(self.clauses.get(clause, ""))

    def review_due(self, today: dt.date) -> bool:
        """Whether its review has come due by `today`."""
        return self.review_on is not None and self.review_on <= today


class EscalationStep(TimestampedTenantModel):
    """Who is asked next when an urgent matter gets no answer: a role, or one person."""

    charter = TenantForeignKey(Charter, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    role = models.CharField(
        max_length=20, blank=True, choices=[(role.value, name) for role, name in ROLE_NAMES.items()]
    )
    member = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "charter", "position"], name="escalationstep_one_a_place"
            ),
            models.CheckConstraint(
                condition=(models.Q(role="") & models.Q(member__isnull=False))
                | (~models.Q(role="") & models.Q(member__isnull=True)),
                name="escalationstep_role_or_member",
            ),
        ]

    def __str__(self) -> str:
        return self.member.name if self.member is not None else ROLE_NAMES[Role(self.role)]


class CharterAcknowledgement(TimestampedTenantModel):
    """A member has read this version and works by it."""

    charter = TenantForeignKey(Charter, on_delete=models.CASCADE, related_name="+")
    member = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    acknowledged_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = AcknowledgementManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-acknowledged_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "charter", "member"], name="charteracknowledgement_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} acknowledged {self.charter}"
