"""Named questions about charters, off-periods, the integration plan and the tools' register."""

import datetime as dt
from typing import Any, Self

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from tenants.isolation.models import TenantManager

PHASES = ("initial", "development", "ongoing")


class CharterQuerySet(QuerySet[Any]):
    def with_channels(self) -> Self:
        """Load the engagement and the channels that are named in the same query."""
        return self.select_related("engagement__tenant", "normal_channel", "urgent_channel")

    def published(self) -> Self:
        return self.filter(status="published")

    def in_force_on(self, day: dt.date) -> Self:
        """The published versions that had begun by `day`, the one in force first."""
        return self.published().filter(effective_on__lte=day).order_by("-number")


class AcknowledgementQuerySet(QuerySet[Any]):
    def with_people(self) -> Self:
        return self.select_related("member__user")


class OffPeriodQuerySet(QuerySet[Any]):
    def with_people(self) -> Self:
        """Load who is away, who covers, and the company in the same query."""
        return self.select_related("tenant", "member__user", "deputy__user")

    def standing(self) -> Self:
        """Those that nobody cancelled."""
        return self.filter(cancelled_at__isnull=True)

    def covering(self, day: dt.date, at: dt.datetime) -> Self:
        """Those that `day` lies in and that were not cancelled before `at`."""
        return self.filter(
            Q(cancelled_at__isnull=True) | Q(cancelled_at__gt=at),
            starts_on__lte=day,
            ends_on__gte=day,
        )

    def overlapping(self, first: dt.date, last: dt.date) -> Self:
        """Standing ones that share a day with these days, both included."""
        return self.standing().filter(starts_on__lte=last, ends_on__gte=first)


class IntegrationActivityQuerySet(QuerySet[Any]):
    def with_people(self) -> Self:
        return self.select_related("person", "engagement__tenant")

    def in_order(self) -> Self:
        """Phase by phase as they follow each other, as the plan arranges them."""
        rank = Case(
            *[When(phase=phase, then=Value(place)) for place, phase in enumerate(PHASES)],
            output_field=IntegerField(),
        )
        return self.order_by(rank, "position", "id")


class StakeholderQuerySet(QuerySet[Any]):
    def with_people(self) -> Self:
        return self.select_related("member__user")


class CommunicationToolQuerySet(QuerySet[Any]):
    def in_use(self) -> Self:
        return self.filter(status="in_use")


CharterManager = TenantManager.from_queryset(CharterQuerySet)
AcknowledgementManager = TenantManager.from_queryset(AcknowledgementQuerySet)
OffPeriodManager = TenantManager.from_queryset(OffPeriodQuerySet)
IntegrationActivityManager = TenantManager.from_queryset(IntegrationActivityQuerySet)
StakeholderManager = TenantManager.from_queryset(StakeholderQuerySet)
CommunicationToolManager = TenantManager.from_queryset(CommunicationToolQuerySet)
