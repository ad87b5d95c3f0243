"""Growth signals and the scope suggestion; savings and the cost comparison."""

import datetime as dt
from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters.rest_framework import ChoiceFilter, DateFilter, FilterSet, UUIDFilter
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from engagements import services
from engagements.cost import comparison
from engagements.models import Engagement, FullTimeCost, GrowthSignal, Saving
from engagements.scope_dial import last_ended, quarter_of, suggestion
from engagements.serializers_value import (
    CostComparisonSerializer,
    FullTimeCostSerializer,
    GrowthSignalSerializer,
    NewDismissalSerializer,
    SavingSerializer,
    ScopeSuggestionSerializer,
    VerdictSerializer,
)
from engagements.value_periods import asked_day, asked_period
from tenants.api.viewsets import Created, Listed, Retrieved, TenantViewSet

_DAY = {"type": "string", "format": "date", "pattern": r"^20\d{2}-\d{2}-\d{2}$"}


class GrowthSignalFilter(FilterSet):
    quarter = DateFilter()
    kind = ChoiceFilter(choices=GrowthSignal.Kind.choices)

    class Meta:
        model = GrowthSignal
        fields: ClassVar[list[str]] = []


class GrowthSignalViewSet(Listed, Retrieved, Created, TenantViewSet):
    """How the company grew in a quarter; the last entry of a quarter and kind counts."""

    model = GrowthSignal
    serializer_class = GrowthSignalSerializer
    filterset_class = GrowthSignalFilter
    permissions: ClassVar[dict[str, str]] = {
        "list": "terms.view",
        "retrieve": "terms.view",
        "create": "signal.enter",
    }

    def perform_create(self, data: dict[str, Any]) -> GrowthSignal:
        return services.signal_enter(actor=self.actor, **data)


class FullTimeCostViewSet(Listed, Retrieved, Created, TenantViewSet):
    """What a full-time CTO would cost a year; the last entry holds."""

    model = FullTimeCost
    serializer_class = FullTimeCostSerializer
    permissions: ClassVar[dict[str, str]] = {
        "list": "terms.view",
        "retrieve": "terms.view",
        "create": "terms.manage",
    }

    def perform_create(self, data: dict[str, Any]) -> FullTimeCost:
        return services.full_time_cost_set(actor=self.actor, **data)


class SavingFilter(FilterSet):
    engagement = UUIDFilter(field_name="engagement_id")
    status = ChoiceFilter(choices=Saving.Status.choices)
    saved_from = DateFilter(field_name="saved_on", lookup_expr="gte")
    saved_to = DateFilter(field_name="saved_on", lookup_expr="lte")

    class Meta:
        model = Saving
        fields: ClassVar[list[str]] = []


class SavingViewSet(Listed, Retrieved, Created, TenantViewSet):
    """Money saved, with evidence; it counts once another person has verified it."""

    model = Saving
    serializer_class = SavingSerializer
    filterset_class = SavingFilter
    permissions: ClassVar[dict[str, str]] = {
        "list": "terms.view",
        "retrieve": "terms.view",
        "create": "saving.enter",
        "verify": "saving.verify",
    }

    def perform_create(self, data: dict[str, Any]) -> Saving:
        return services.saving_enter(actor=self.actor, **data)

    @extend_schema(request=VerdictSerializer, responses=SavingSerializer)
    @action(detail=True, methods=["post"])
    def verify(self, request: Request, pk: str) -> Response:
        """Verify it, or refuse it with a reason; never by who entered it."""
        saving = self.get_object()
        data = self.read_input(serializer_class=VerdictSerializer)
        return self.answer(services.saving_judge(saving=saving, actor=self.actor, **data))


class EngagementValueViewSet(TenantViewSet):
    """What an engagement's scope might be, and what it costs and brings."""

    model = Engagement
    serializer_class = ScopeSuggestionSerializer
    pagination_class = None
    filterset_class = None
    permissions: ClassVar[dict[str, str]] = {
        "scope_suggestion": "terms.view",
        "dismiss_scope": "terms.manage",
        "cost_comparison": "terms.view",
    }

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("tenant")

    @extend_schema(
        parameters=[OpenApiParameter("quarter", _DAY, description="Any of its days.")],
        responses=ScopeSuggestionSerializer,
        filters=False,
    )
    @action(detail=True, url_path="scope-suggestion")
    def scope_suggestion(self, request: Request, pk: str) -> Response:
        """The suggested scope of a quarter, by default of the last one that has ended."""
        engagement = self.get_object()
        today = engagement.tenant.today
        day = asked_day(request.query_params.get("quarter"), "quarter") or last_ended(today)
        found = suggestion(engagement, quarter_of(day), today=today)
        return Response(ScopeSuggestionSerializer(found).data)

    @extend_schema(request=NewDismissalSerializer, responses=ScopeSuggestionSerializer)
    @action(detail=True, methods=["post"], url_path="scope-suggestion/dismiss")
    def dismiss_scope(self, request: Request, pk: str) -> Response:
        """Decide against the suggestion of a quarter, with the reason."""
        engagement = self.get_object()
        today: dt.date = engagement.tenant.today
        data = self.read_input(serializer_class=NewDismissalSerializer)
        quarter = quarter_of(data.get("quarter") or last_ended(today))
        services.scope_dismiss(
            engagement=engagement, actor=self.actor, quarter=quarter, reason=data["reason"]
        )
        found = suggestion(engagement, quarter, today=today)
        return Response(ScopeSuggestionSerializer(found).data)

    @extend_schema(
        parameters=[
            OpenApiParameter("from", _DAY, description="The start of the engagement if left out."),
            OpenApiParameter("to", _DAY, description="Today if left out; included."),
        ],
        responses=CostComparisonSerializer,
        filters=False,
    )
    @action(detail=True, url_path="cost-comparison")
    def cost_comparison(self, request: Request, pk: str) -> Response:
        """Full time against the fee, and ROI from verified savings over a period."""
        engagement = self.get_object()
        today = engagement.tenant.today
        first, last = asked_period(request.query_params, engagement, today)
        found = comparison(engagement, first=first, last=last, today=today)
        return Response(CostComparisonSerializer(found).data)
