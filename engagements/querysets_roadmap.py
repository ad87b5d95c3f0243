"""Named questions about the roadmap."""

import datetime as dt
from typing import Any, Self

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from engagements.impact import HIGH, LOW, MEDIUM, WeightsLike, in_hundredths
from tenants.isolation.models import TenantManager


class InitiativeQuerySet(QuerySet[Any]):
    def still_open(self) -> Self:
        """Those that are not done."""
        return self.exclude(status="done")

    def with_owner(self) -> Self:
        """Load who carries it in the same query."""
        return self.select_related("owner__user")

    def rated(self, weights: WeightsLike) -> Self:
        """With `points`, the score in hundredths, and `level`, as `impact.rate` has them."""
        points = (
            F("business_value") * weights.business_value
            + (6 - F("resource_demand")) * weights.resource_demand
            + (6 - F("timeline")) * weights.timeline
            + (6 - F("risk")) * weights.risk
        )
        return self.annotate(points=points).annotate(
            level=Case(
                When(points__gte=in_hundredths(weights.high_from), then=Value(HIGH)),
                When(points__gte=in_hundredths(weights.medium_from), then=Value(MEDIUM)),
                default=Value(LOW),
            )
        )

    def with_minutes(self) -> Self:
        """With `logged_minutes`, the time that was logged for it."""
        from engagements.models import TimeEntry  # the models' module reads this one

        logged = (
            TimeEntry.objects.filter(linked_initiative=OuterRef("pk"))
            .order_by()
            .values("linked_initiative")
            .annotate(total=Sum("minutes"))
            .values("total")
        )
        return self.annotate(logged_minutes=Coalesce(Subquery(logged), 0))

    def matching(self, words: str) -> Self:
        """Those whose title or expected result holds the words."""
        return self.filter(Q(title__icontains=words) | Q(expected_result__icontains=words))


class MilestoneQuerySet(QuerySet[Any]):
    def still_open(self) -> Self:
        """Those that were not reached yet."""
        return self.filter(done_at__isnull=True)


class WeightsQuerySet(QuerySet[Any]):
    def in_force_on(self, day: dt.date) -> Self:
        """The versions that had begun by `day`, the one that holds first."""
        return self.filter(effective_on__lte=day).order_by("-effective_on", "-id")


InitiativeManager = TenantManager.from_queryset(InitiativeQuerySet)
MilestoneManager = TenantManager.from_queryset(MilestoneQuerySet)
WeightsManager = TenantManager.from_queryset(WeightsQuerySet)
