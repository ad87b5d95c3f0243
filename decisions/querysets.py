"""Named questions about spend: filters narrow, `with_*` load; they chain."""

import datetime as dt
from typing import Any, Self
from uuid import UUID

from django.db.models import (
    DecimalField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from tenants.isolation.models import TenantManager


class ExchangeRateQuerySet(QuerySet[Any]):
    def known_on(self, currency: str, day: dt.date, *, within_days: int) -> Self:
        """Rates of the currency of `day` or up to `within_days` before it, the newest first."""
        first = day - dt.timedelta(days=within_days)
        return self.filter(currency=currency, on__range=(first, day)).order_by("-on")


class ApprovalPolicyQuerySet(QuerySet[Any]):
    def in_force_on(self, day: dt.date) -> Self:
        """The versions that had begun by `day`, the one in force first."""
        return self.filter(effective_on__lte=day).order_by("-effective_on", "-version")

    def with_people(self) -> Self:
        return self.select_related("created_by__user")


class DelegationQuerySet(QuerySet[Any]):
    def in_force_at(self, at: dt.datetime) -> Self:
        """Those that hold at this instant: start in it, end not."""
        return self.filter(starts_at__lte=at, ends_at__gt=at)

    def overlapping(self, starts_at: dt.datetime, ends_at: dt.datetime) -> Self:
        """Those that share an instant with [starts_at; ends_at)."""
        return self.filter(starts_at__lt=ends_at, ends_at__gt=starts_at)

    def with_people(self) -> Self:
        return self.select_related("delegator__user", "delegate__user")


class BudgetQuerySet(QuerySet[Any]):
    def open_on(self, day: dt.date) -> Self:
        """Lines whose period holds `day`."""
        return self.filter(starts_on__lte=day, ends_on__gte=day)

    def with_waiting(self) -> Self:
        """Add `waiting_amount`: what submitted requests would commit if all were approved."""
        return self.annotate(waiting_amount=_waiting_amount())


def _waiting_amount() -> Any:
    """The commitments that wait on a line, as a subquery."""
    from decisions.models import SpendRequest

    waiting = SpendRequest._base_manager.filter(
        tenant=OuterRef("tenant"), budget_line=OuterRef("pk"), status="submitted"
    )
    total = waiting.order_by().values("budget_line").annotate(total=Sum("commitment_amount"))
    return Coalesce(Subquery(total.values("total")), Value(0, output_field=DecimalField()))


class InvoiceQuerySet(QuerySet[Any]):
    def with_people(self) -> Self:
        return self.select_related("recorded_by__user")


class SpendRequestQuerySet(QuerySet[Any]):
    def with_people(self) -> Self:
        """Load the requester, the budget line, the policy and the company in the same query."""
        return self.select_related(
            "tenant",
            "requester__user",
            "budget_line",
            "policy",
            "bypassed_by__user",
            "linked_initiative",
            "benefit_kpi",
        )

    def with_steps(self) -> Self:
        """Load the steps and what was said at them, two queries for any number of requests."""
        from decisions.models import SpendDecision, SpendStep

        return self.prefetch_related(
            Prefetch("step_rows", SpendStep.objects.order_by("round", "position")),
            Prefetch(
                "decision_rows",
                SpendDecision.objects.select_related("member__user", "actor__user").order_by(
                    "at", "id"
                ),
            ),
        )

    def in_flight(self) -> Self:
        """Those that wait for somebody: submitted, or sent back for changes."""
        return self.filter(status__in=("submitted", "changes_requested"))

    def open(self) -> Self:
        """Those that are not over: from draft to ordered."""
        return self.exclude(status__in=("closed", "rejected", "withdrawn", "expired"))

    def named(self, words: str) -> Self:
        """Those whose number (`SR-12`, `12`), title, vendor or requester holds the words."""
        number = words.upper().removeprefix("SR-").strip()
        found = (
            Q(title__icontains=words)
            | Q(vendor__icontains=words)
            | Q(requester__user__name__icontains=words)
        )
        if number.isascii() and number.isdigit() and len(number) < 10:
            found |= Q(number=int(number))
        return self.filter(found)

    def seen_by(self, member_id: UUID | None) -> Self:
        """All but other people's drafts."""
        return self.filter(~Q(status="draft") | Q(requester=member_id))

    def waiting_for(self, member: Any) -> Self:
        """Those that this member can decide now: asked, standing in, or as the next role up."""
        from decisions.waiting_count import decidable

        return self.filter(pk__in=[each.request_id for each in decidable(member)])

    def to_ratify(self) -> Self:
        """Emergencies that nobody has ratified yet, the oldest first."""
        return self.filter(bypassed_at__isnull=False, ratified_at__isnull=True).order_by(
            "ratify_due_at"
        )

    def in_digest(self, first: dt.date, after: dt.date, zone: dt.tzinfo) -> Self:
        """What finance's digest of [first; after) lists: own authority, bypasses, exceptions."""
        start = dt.datetime.combine(first, dt.time(), tzinfo=zone)
        end = dt.datetime.combine(after, dt.time(), tzinfo=zone)
        return self.filter(
            Q(within_own_authority=True, submitted_at__gte=start, submitted_at__lt=end)
            | Q(bypassed_at__gte=start, bypassed_at__lt=end)
            | Q(excepted_amount__gt=0, exception_at__gte=start, exception_at__lt=end)
        ).order_by("submitted_at")

    def due_to_check(self) -> Self:
        """Those whose clocks have something to do."""
        return self.filter(check_at__lte=timezone.now()).order_by("check_at")

    def benefit_due(self, day: dt.date) -> Self:
        """Those whose benefit is to be looked at by `day`, and was not yet."""
        return self.filter(
            status__in=("approved", "ordered", "closed"),
            benefit_review_on__lte=day,
            benefit_reviewed_at__isnull=True,
        )


class SpendStepQuerySet(QuerySet[Any]):
    def open(self) -> Self:
        return self.filter(status="open")


class SpendDecisionQuerySet(QuerySet[Any]):
    def approvals(self) -> Self:
        """Those that were for it."""
        return self.filter(vote="for")


class SpendEventQuerySet(QuerySet[Any]):
    def with_people(self) -> Self:
        return self.select_related("actor__user", "on_behalf_of__user")


ExchangeRateManager = TenantManager.from_queryset(ExchangeRateQuerySet)
ApprovalPolicyManager = TenantManager.from_queryset(ApprovalPolicyQuerySet)
DelegationManager = TenantManager.from_queryset(DelegationQuerySet)
BudgetManager = TenantManager.from_queryset(BudgetQuerySet)
InvoiceManager = TenantManager.from_queryset(InvoiceQuerySet)
SpendRequestManager = TenantManager.from_queryset(SpendRequestQuerySet)
SpendStepManager = TenantManager.from_queryset(SpendStepQuerySet)
SpendDecisionManager = TenantManager.from_queryset(SpendDecisionQuerySet)
SpendEventManager = TenantManager.from_queryset(SpendEventQuerySet)
