"""The steps of a request's ladder, what was said at each, and the trail of all of it."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from decisions.models.request import SpendRequest
from decisions.querysets import SpendDecisionManager, SpendEventManager, SpendStepManager
from decisions.quorum import Vote
from decisions.tiers import Rule
from tenants.isolation.models import TenantForeignKey, TenantModel
from tenants.models import Member


class SpendStep(TenantModel):
    """One step of one round. Rounds that a material change ended stay as they were.

    `asked` is who was asked when the routing last changed, and `above` to whom a late step was
    passed: who is asked now is found anew from the people there are. `eligible` and `needed` are
    set when the step is decided, for the proof. `escalated_to` are the rungs that it has passed to
    because it was late, roles or ids of people; it passes on once more at `escalate_at`. `because`
    says what asked for a step that is not of the tier.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Not yet asked"
        OPEN = "open", "Waiting"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        STOPPED = "stopped", "Not needed any more"

    request = TenantForeignKey(SpendRequest, on_delete=models.CASCADE, related_name="step_rows")
    round = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField()
    stage = models.PositiveSmallIntegerField()
    roles = ArrayField(models.CharField(max_length=20))
    rule = models.CharField(max_length=8, choices=[(r.value, r.value) for r in Rule])
    hours = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    asked = ArrayField(models.UUIDField(), default=list, blank=True)
    above = ArrayField(models.UUIDField(), default=list, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    escalate_at = models.DateTimeField(null=True, blank=True)
    escalated_to = ArrayField(models.CharField(max_length=36), default=list, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    eligible = models.PositiveSmallIntegerField(null=True, blank=True)
    needed = models.PositiveSmallIntegerField(null=True, blank=True)
    override = models.BooleanField(
        default=False, help_text="Approved by whom it was passed to, after the step was late."
    )
    because = models.CharField(max_length=200, blank=True)

    objects: ClassVar[Any] = SpendStepManager()

    class Meta(TenantModel.Meta):
        ordering = ["round", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "request", "round", "position"], name="spendstep_places"
            ),
            models.CheckConstraint(
                condition=~models.Q(status="approved")
                | models.Q(decided_at__isnull=False, eligible__gte=1, needed__gte=1),
                name="spendstep_approved_has_count",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="open")
                | models.Q(opened_at__isnull=False, due_at__isnull=False),
                name="spendstep_open_has_clock",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "request"],
                condition=models.Q(status="open"),
                name="spendstep_open",
            ),
        ]

    def __str__(self) -> str:
        return f"Step {self.position}"


class SpendDecision(TenantModel):
    """What one person said at one step, once; written and never changed.

    `member` is whose authority it is, `actor` who said it: another person when they stood in.
    `carried`: the person had approved an earlier step of the round and is not asked again.
    """

    class Capacity(models.TextChoices):
        OWN = "own", "In their own right"
        DELEGATION = "delegation", "By delegation"
        COVERAGE = "coverage", "As deputy"
        ESCALATION = "escalation", "As the next role up"

    request = TenantForeignKey(SpendRequest, on_delete=models.CASCADE, related_name="decision_rows")
    step = TenantForeignKey(SpendStep, on_delete=models.CASCADE, related_name="+")
    round = models.PositiveSmallIntegerField()
    member = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    actor = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    vote = models.CharField(max_length=8, choices=[(v.value, v.value) for v in Vote])
    capacity = models.CharField(max_length=10, choices=Capacity.choices, default=Capacity.OWN)
    carried = models.BooleanField(default=False)
    reason = models.TextField(blank=True, max_length=2000)
    at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = SpendDecisionManager()

    class Meta(TenantModel.Meta):
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "step", "member"], name="spenddecision_once_a_step"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "request", "round"], name="spenddecision_by_round"),
        ]

    def __str__(self) -> str:
        return f"{self.member}: {self.vote}"


class SpendEvent(TenantModel):
    """A line of a request's trail: who, when, on whose behalf, under which policy version, where.

    Append-only. `facts` holds what belongs to the verb, for the API; `note` is what a person wrote.
    """

    request = TenantForeignKey(SpendRequest, on_delete=models.CASCADE, related_name="+")
    round = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField(default=timezone.now)
    verb = models.CharField(max_length=40)
    actor = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    actor_name = models.CharField(max_length=200)
    on_behalf_of = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    policy_version = models.PositiveIntegerField(null=True, blank=True)
    step = models.PositiveSmallIntegerField(null=True, blank=True)
    note = models.TextField(blank=True)
    facts = models.JSONField(default=dict, blank=True)

    objects: ClassVar[Any] = SpendEventManager()

    class Meta(TenantModel.Meta):
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["tenant", "request", "at"], name="spendevent_by_request"),
        ]

    def __str__(self) -> str:
        return self.verb
