"""Named questions about engagements, terms, time and locks; each one narrows or loads."""

import datetime as dt
from typing import Any, Self

from django.db.models import Case, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import TruncMonth

from tenants.isolation.models import TenantManager

CURRENT_FIRST = ("active", "paused", "proposed", "ended")


class EngagementQuerySet(QuerySet[Any]):
    def with_people(self) -> Self:
        """Load the CTO, the sponsor and the company in the same query."""
        return self.select_related("tenant", "cto__user", "sponsor__user")

    def current_first(self) -> Self:
        """Running ones first, then paused, proposed and ended; the newest start first in each."""
        rank = Case(
            *[When(status=status, then=Value(place)) for place, status in enumerate(CURRENT_FIRST)],
            output_field=IntegerField(),
        )
        return self.order_by(rank, "-starts_on", "-id")


class TermsQuerySet(QuerySet[Any]):
    def in_force_on(self, day: dt.date) -> Self:
        """The versions that had begun by `day`, the one in force first."""
        return self.filter(effective_on__lte=day).order_by("-effective_on")


class PauseQuerySet(QuerySet[Any]):
    def covering(self, day: dt.date) -> Self:
        """The pauses that `day` lies in."""
        return self.filter(Q(resumes_on__isnull=True) | Q(resumes_on__gt=day), starts_on__lte=day)


class TimeEntryQuerySet(QuerySet[Any]):
    def with_people(self) -> Self:
        """Load whose time it is and what it served in the same query."""
        return self.select_related("member__user", "linked_initiative")

    def between(self, first: dt.date, last: dt.date) -> Self:
        """Entries of these days, both included."""
        return self.filter(date__range=(first, last))

    def minutes(self) -> int:
        """All minutes together."""
        return self.aggregate(total=Sum("minutes"))["total"] or 0

    def minutes_by_month(self) -> dict[dt.date, int]:
        """Minutes of each month that has any, under its first day."""
        rows = (
            self.order_by()
            .annotate(month=TruncMonth("date"))
            .values("month")
            .annotate(total=Sum("minutes"))
        )
        return {row["month"]: row["total"] for row in rows}

    def minutes_by_category(self) -> dict[str, int]:
        """Minutes of each category that has any."""
        rows = self.order_by().values("category").annotate(total=Sum("minutes"))
        return {row["category"]: row["total"] for row in rows}


class ProposalQuerySet(QuerySet[Any]):
    def with_people(self) -> Self:
        """Load the engagement, who proposed and who accepted, in the same query."""
        return self.select_related(
            "engagement__tenant",
            "engagement__cto__user",
            "engagement__sponsor__user",
        ).with_signers()

    def with_signers(self) -> Self:
        """Load who proposed, accepted and closed in the same query: half as many tables."""
        return self.select_related(
            "proposed_by__user",
            "accepted_by_cto__user",
            "accepted_by_client__user",
            "closed_by__user",
        )

    def open(self) -> Self:
        """Those that wait for a side."""
        return self.filter(status__in=["proposed", "accepted_by_cto", "accepted_by_client"])


class OverageQuerySet(QuerySet[Any]):
    def with_people(self) -> Self:
        """Load who asked, decided and revoked in the same query."""
        return self.select_related("requested_by__user", "decided_by__user", "revoked_by__user")

    def approved(self) -> Self:
        """What the client pays for, in the order in which it was approved: of what was revoked
        since, the part that was used."""
        return self.filter(status__in=["approved", "revoked"]).order_by("decided_at", "id")


class WeekLockQuerySet(QuerySet[Any]):
    def in_force(self) -> Self:
        """Locks that nobody took away."""
        return self.filter(unlocked_at__isnull=True)

    def covering(self, day: dt.date) -> Self:
        """Locks of the week that `day` lies in, however the company begins its weeks."""
        return self.filter(week_start__gt=day - dt.timedelta(days=7), week_start__lte=day)

    def ending_on_or_after(self, day: dt.date) -> Self:
        """Locks of weeks whose last day is `day` or later."""
        return self.filter(week_start__gt=day - dt.timedelta(days=7))


EngagementManager = TenantManager.from_queryset(EngagementQuerySet)
TermsManager = TenantManager.from_queryset(TermsQuerySet)
PauseManager = TenantManager.from_queryset(PauseQuerySet)
RemovedTimeEntryManager = TenantManager.from_queryset(TimeEntryQuerySet)


class TimeEntryManager(RemovedTimeEntryManager):  # type: ignore[misc, valid-type]
    """The entries that count: those that were deleted are left out."""

    def get_queryset(self) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset()
        return found.filter(removed_at__isnull=True)


WeekLockManager = TenantManager.from_queryset(WeekLockQuerySet)
ProposalManager = TenantManager.from_queryset(ProposalQuerySet)
OverageManager = TenantManager.from_queryset(OverageQuerySet)
