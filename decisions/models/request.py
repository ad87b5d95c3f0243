"""A request to spend money, from its draft to its last invoice."""

from decimal import Decimal
from typing import Any, ClassVar

from django.core.validators import (
    MaxValueValidator,
    MinLengthValidator,
    MinValueValidator,
    RegexValidator,
)
from django.db import models

from decisions.models.budget import Budget
from decisions.models.policy import ApprovalPolicy
from decisions.querysets import SpendRequestManager
from tenants.isolation.models import TenantForeignKey, TimestampedTenantModel
from tenants.models import Member

ZERO = Decimal(0)


def _amount(**kwargs: Any) -> Any:
    return models.DecimalField(max_digits=18, decimal_places=4, **kwargs)


class SpendRequest(TimestampedTenantModel):
    """What is to be bought, what it commits the company to, and how far its approval has come.

    Amounts of the request are in its `currency`; `commitment_amount` and all after it are in the
    tenant's currency as it stood at submit (`home_currency`), at `rate` of `rate_on`.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Waiting for approval"
        CHANGES_REQUESTED = "changes_requested", "Changes requested"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        WITHDRAWN = "withdrawn", "Withdrawn"
        EXPIRED = "expired", "Expired"
        ORDERED = "ordered", "Ordered"
        CLOSED = "closed", "Closed"

    class Interval(models.TextChoices):
        MONTH = "month", "Month"
        QUARTER = "quarter", "Quarter"
        YEAR = "year", "Year"

    number = models.PositiveIntegerField()
    requester = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=160, validators=[MinLengthValidator(2)])
    vendor = models.CharField(max_length=160, validators=[MinLengthValidator(1)])
    vendor_key = models.CharField(max_length=480, blank=True, editable=False)
    purpose = models.TextField(blank=True, max_length=5000)
    kind = models.CharField(
        max_length=40,
        default="other",
        validators=[
            RegexValidator(
                r"^[a-z][a-z0-9_]*\Z", "Use lower-case letters and underscores, such as software."
            )
        ],
        help_text="Such as software, hardware, services, infrastructure, training, other.",
    )
    one_off_amount = _amount(default=ZERO)
    recurring_amount = _amount(default=ZERO)
    recurring_interval = models.CharField(
        max_length=7, choices=Interval.choices, default=Interval.MONTH
    )
    term_months = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(240)],
        help_text="Null when open-ended: then 12 months count.",
    )
    options_amount = _amount(default=ZERO)
    currency = models.CharField(max_length=3)
    budget_line = TenantForeignKey(
        Budget, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    initiative = models.CharField(max_length=120, null=True, blank=True)
    linked_initiative = TenantForeignKey(
        "engagements.Initiative", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    needed_by = models.DateField(null=True, blank=True)
    criteria = models.JSONField(default=dict, blank=True)

    version = models.PositiveIntegerField(default=0, help_text="Moves with each saved change.")
    saved_from = models.CharField(
        max_length=36, blank=True, help_text="Which open form saved it last."
    )

    status = models.CharField(max_length=17, choices=Status.choices, default=Status.DRAFT)
    round = models.PositiveSmallIntegerField(default=0)
    policy = TenantForeignKey(
        ApprovalPolicy, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    check_at = models.DateTimeField(
        null=True, blank=True, help_text="When the clocks next have something to do."
    )

    home_currency = models.CharField(max_length=3, blank=True)
    rate = models.DecimalField(max_digits=20, decimal_places=10, null=True, blank=True)
    rate_on = models.DateField(null=True, blank=True)
    rate_currency = models.CharField(max_length=3, blank=True)
    commitment_amount = _amount(null=True, blank=True)
    counted_amount = _amount(null=True, blank=True)
    counted_with = models.JSONField(default=list, blank=True)
    tier = models.PositiveSmallIntegerField(null=True, blank=True)
    tier_reason = models.TextField(blank=True)

    within_own_authority = models.BooleanField(default=False)
    bypassed_at = models.DateTimeField(null=True, blank=True)
    bypassed_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    bypass_reason = models.TextField(blank=True)
    ratify_due_at = models.DateTimeField(null=True, blank=True)
    ratified_at = models.DateTimeField(null=True, blank=True)
    ratified_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    unratified_at = models.DateTimeField(null=True, blank=True)

    open_commitment = _amount(default=ZERO, help_text="Approved and not yet paid.")
    paid_amount = _amount(default=ZERO)
    excepted_amount = _amount(default=ZERO, help_text="What finance let go over the budget.")
    exception_reason = models.TextField(blank=True)
    exception_at = models.DateTimeField(null=True, blank=True)
    exception_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    ordered_at = models.DateTimeField(null=True, blank=True)
    ordered_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    order_reference = models.CharField(max_length=60, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    benefit_kpi = TenantForeignKey(
        "kpis.Kpi", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    benefit_expected = models.CharField(max_length=500, blank=True)
    benefit_review_on = models.DateField(null=True, blank=True)
    benefit_note = models.TextField(blank=True)
    benefit_reviewed_at = models.DateTimeField(null=True, blank=True)
    benefit_reviewed_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    objects: ClassVar[Any] = SpendRequestManager()

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="spendrequest_numbers"),
            models.CheckConstraint(
                condition=models.Q(
                    one_off_amount__gte=0,
                    recurring_amount__gte=0,
                    options_amount__gte=0,
                    open_commitment__gte=0,
                    paid_amount__gte=0,
                    excepted_amount__gte=0,
                ),
                name="spendrequest_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(status="draft")
                | models.Q(status="withdrawn")
                | models.Q(
                    submitted_at__isnull=False,
                    policy__isnull=False,
                    commitment_amount__gt=0,
                    counted_amount__gte=models.F("commitment_amount"),
                    tier__gte=1,
                    rate__gt=0,
                ),
                name="spendrequest_submitted_is_frozen",
            ),
            models.CheckConstraint(
                condition=models.Q(initiative__isnull=True)
                | models.Q(linked_initiative__isnull=True),
                name="spendrequest_one_initiative",
            ),
            models.CheckConstraint(
                condition=models.Q(bypassed_at__isnull=True, bypassed_by__isnull=True)
                | models.Q(
                    bypassed_at__isnull=False,
                    bypassed_by__isnull=False,
                    ratify_due_at__isnull=False,
                ),
                name="spendrequest_bypass_has_person",
            ),
            models.CheckConstraint(
                condition=models.Q(ratified_at__isnull=True, ratified_by__isnull=True)
                | models.Q(ratified_at__isnull=False, ratified_by__isnull=False),
                name="spendrequest_ratified_by_person",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "status"], name="spendrequest_by_status"),
            models.Index(
                fields=["tenant", "requester", "submitted_at"], name="spendrequest_by_requester"
            ),
            models.Index(
                fields=["tenant", "vendor_key", "submitted_at"], name="spendrequest_by_vendor"
            ),
            models.Index(fields=["tenant", "budget_line"], name="spendrequest_by_budget"),
            models.Index(
                fields=["tenant", "check_at"],
                condition=models.Q(check_at__isnull=False),
                name="spendrequest_to_check",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    @property
    def reference(self) -> str:
        """How people call it: SR-121."""
        return f"SR-{self.number}"

    @property
    def initiative_name(self) -> str:
        """What it serves: an initiative's title, or the name of one that is not listed."""
        linked = self.linked_initiative
        return linked.title if linked is not None else self.initiative or ""

    @property
    def is_bypass_open(self) -> bool:
        """Bypassed, and nobody has ratified it yet."""
        return self.bypassed_at is not None and self.ratified_at is None
