"""The charter and its versions, absences, the integration plan, the people map and the tools."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters.rest_framework import (
    ChoiceFilter,
    DateFilter,
    FilterSet,
    UUIDFilter,
)
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from engagements import services
from engagements.boundaries import boundaries_of
from engagements.charter_diff import charter_diff
from engagements.charter_states import acknowledgements_of
from engagements.models import (
    Charter,
    CommunicationTool,
    IntegrationActivity,
    OffPeriod,
    Stakeholder,
)
from engagements.register import register_boundaries
from engagements.serializers_charter import (
    AcknowledgementsSerializer,
    CharterDiffSerializer,
    CharterInForceSerializer,
    CharterSerializer,
    CommunicationToolSerializer,
    IntegrationActivitySerializer,
    OffPeriodSerializer,
    OnDaySerializer,
    PublishSerializer,
    RemindedSerializer,
    ReviewSerializer,
    StakeholderSerializer,
)
from engagements.services.rows import engagement_for_change, hold_company
from tenants.api.filters import BooleanFilter
from tenants.api.viewsets import (
    Created,
    Deleted,
    Listed,
    Retrieved,
    TenantViewSet,
    Updated,
)
from tenants.errors import Invalid

_ON = OpenApiParameter("on", OpenApiTypes.DATE, description="A day at the client's; today if not.")


def published_by_engagement() -> dict[Any, list[Any]]:
    """(number, first day) of every published version, by engagement; one query."""
    found: dict[Any, list[Any]] = {}
    rows = Charter.objects.published().values_list("engagement_id", "number", "effective_on")
    for engagement_id, number, first in rows:
        found.setdefault(engagement_id, []).append((number, first))
    return found


class CharterActions:
    """What an engagement's own address says of its boundaries; part of EngagementViewSet."""

    @extend_schema(parameters=[_ON], responses=CharterInForceSerializer, filters=False)
    @action(detail=True, filterset_class=None, pagination_class=None)
    def charter(self, request: Request, pk: str) -> Response:
        """The charter in force with its live clauses, or the defaults where there is none."""
        engagement = self.get_object()  # type: ignore[attr-defined]
        asked = request.query_params.get("on")
        query = OnDaySerializer(data={"on": asked} if asked else {})
        query.is_valid(raise_exception=True)
        day = query.validated_data.get("on") or engagement.tenant.today
        row = Charter.objects.filter(engagement=engagement).in_force_on(day).with_channels().first()
        context = {"request": request, "published": published_by_engagement()}
        found = {"charter": row, "boundaries": boundaries_of(engagement, on=day)}
        return Response(CharterInForceSerializer(found, context=context).data)

    @extend_schema(request=None, responses=IntegrationActivitySerializer(many=True), filters=False)
    @action(
        detail=True,
        methods=["post"],
        url_path="integration-plan",
        filterset_class=None,
        pagination_class=None,
    )
    def integration_plan(self, request: Request, pk: str) -> Response:
        """Start the plan from the template; answers the whole plan, also where it was there."""
        engagement = self.get_object()  # type: ignore[attr-defined]
        services.plan_start(engagement=engagement, actor=self.actor)  # type: ignore[attr-defined]
        rows = IntegrationActivity.objects.with_people().filter(engagement=engagement).in_order()
        return Response(IntegrationActivitySerializer(rows, many=True).data)


class CharterFilter(FilterSet):
    engagement = UUIDFilter(field_name="engagement_id")
    status = ChoiceFilter(choices=Charter.Status.choices)

    class Meta:
        model = Charter
        fields: ClassVar[list[str]] = []


class CharterViewSet(Listed, Retrieved, Created, Updated, Deleted, TenantViewSet):
    """Versions of the working boundaries: eight clauses, and the live data that other parts read.

    POST makes the next draft, from the template or from the latest version; it is changed by PATCH
    and deleted while it is a draft, and stays as it is once published.
    """

    model = Charter
    serializer_class = CharterSerializer
    filterset_class = CharterFilter
    permissions: ClassVar[dict[str, str]] = {
        "list": "charter.view",
        "retrieve": "charter.view",
        "create": "charter.manage",
        "partial_update": "charter.manage",
        "destroy": "charter.manage",
        "publish": "charter.publish",
        "acknowledge": "charter.acknowledge",
        "acknowledgements": "charter.view",
        "review": "charter.manage",
        "remind": "charter.manage",
        "diff": "charter.view",
    }

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset()
        return rows.select_related("engagement__tenant").prefetch_related("steps__member__user")

    def get_serializer_context(self) -> dict[str, Any]:
        """With the published versions: they say where each row stands."""
        published = {} if getattr(self, "swagger_fake_view", False) else published_by_engagement()
        return {**super().get_serializer_context(), "published": published}

    def get_row_for_change(self) -> Charter:
        """The version, its engagement held first: services lock in this order too."""
        engagement_for_change(self.get_object().engagement_id)
        return super().get_row_for_change()

    def perform_create(self, data: dict[str, Any]) -> Charter:
        engagement = data.pop("engagement")
        return services.charter_draft(
            engagement=engagement, actor=self.actor, changes=_with_path(data)
        )

    def perform_update(self, row: Charter, changes: dict[str, Any]) -> Charter:
        _keep(row, changes, "engagement")
        return services.charter_update(charter=row, actor=self.actor, changes=_with_path(changes))

    def perform_destroy(self, row: Charter) -> None:
        services.charter_discard(charter=row, actor=self.actor)

    @extend_schema(request=PublishSerializer, responses=CharterSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> Response:
        """Put the draft in force from a date."""
        row = self.get_object()
        dates = self.read_input(serializer_class=PublishSerializer)
        return self.answer(services.charter_publish(charter=row, actor=self.actor, **dates))

    @extend_schema(request=None, responses=CharterSerializer)
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: str) -> Response:
        """The caller has read this version."""
        row = self.get_object()
        services.charter_acknowledge(charter=row, actor=self.actor)
        return self.answer(row)

    @extend_schema(responses=AcknowledgementsSerializer, filters=False)
    @action(detail=True, filterset_class=None, pagination_class=None)
    def acknowledgements(self, request: Request, pk: str) -> Response:
        """Who has acknowledged this version, and who has not."""
        found = acknowledgements_of(self.get_object())
        missing = [{"member": member, "acknowledged_at": None} for member in found.missing]
        shown = AcknowledgementsSerializer({"acknowledged": found.done, "missing": missing})
        return Response(shown.data)

    @extend_schema(request=ReviewSerializer, responses=CharterSerializer)
    @action(detail=True, methods=["post"])
    def review(self, request: Request, pk: str) -> Response:
        """The version was looked at and stays; the next review is due on a day to come."""
        row = self.get_object()
        data = self.read_input(serializer_class=ReviewSerializer)
        return self.answer(services.charter_review(charter=row, actor=self.actor, **data))

    @extend_schema(request=None, responses=RemindedSerializer)
    @action(detail=True, methods=["post"])
    def remind(self, request: Request, pk: str) -> Response:
        """Ask those who have not acknowledged it once more, each at most once a day."""
        told = services.charter_remind(charter=self.get_object(), actor=self.actor)
        return Response(RemindedSerializer({"members": told}).data)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "against",
                OpenApiTypes.STR,
                description="The id of another version of the same engagement; the one before "
                "this if not given.",
            )
        ],
        responses=CharterDiffSerializer,
        filters=False,
    )
    @action(detail=True, filterset_class=None, pagination_class=None)
    def diff(self, request: Request, pk: str) -> Response:
        """What changed from another version to this one, word by word."""
        row = self.get_object()
        versions = Charter.objects.with_channels().filter(engagement_id=row.engagement_id)
        asked = request.query_params.get("against")
        if asked:
            before = next((v for v in versions if str(v.pk) == asked), None)
            if before is None:
                raise Invalid({"against": "There is no such version of this charter."})
        else:
            before = versions.filter(number__lt=row.number).order_by("-number").first()
        return Response(CharterDiffSerializer(charter_diff(before, row)).data)


class OffPeriodFilter(FilterSet):
    member = UUIDFilter(field_name="member_id")
    deputy = UUIDFilter(field_name="deputy_id")
    ends_from = DateFilter(field_name="ends_on", lookup_expr="gte")
    starts_to = DateFilter(field_name="starts_on", lookup_expr="lte")
    cancelled = BooleanFilter(field_name="cancelled_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = OffPeriod
        fields: ClassVar[list[str]] = []


class CoverageViewSet(Listed, Retrieved, Created, Updated, Deleted, TenantViewSet):
    """Days on which somebody is away, and who covers. DELETE cancels: the record stays."""

    model = OffPeriod
    serializer_class = OffPeriodSerializer
    filterset_class = OffPeriodFilter
    permissions: ClassVar[dict[str, str]] = {
        "list": "coverage.view",
        "retrieve": "coverage.view",
        "create": "coverage.plan",
        "partial_update": "coverage.plan",
        "destroy": "coverage.plan",
    }

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("tenant")

    def get_row_for_change(self) -> OffPeriod:
        """The absence, the company held first: services lock in this order too."""
        hold_company()
        return super().get_row_for_change()

    def perform_create(self, data: dict[str, Any]) -> OffPeriod:
        member = data.pop("member", None) or self.request.member  # type: ignore[attr-defined]
        if member is None:
            raise Invalid({"member": "Say who is away: a service key is nobody."})
        return services.coverage_plan(actor=self.actor, member=member, **data)

    def perform_update(self, row: OffPeriod, changes: dict[str, Any]) -> OffPeriod:
        _keep(row, changes, "member")
        return services.coverage_update(period=row, actor=self.actor, changes=changes)

    def perform_destroy(self, row: OffPeriod) -> None:
        services.coverage_cancel(period=row, actor=self.actor)


class IntegrationActivityFilter(FilterSet):
    engagement = UUIDFilter(field_name="engagement_id")
    person = UUIDFilter(field_name="person_id")
    phase = ChoiceFilter(choices=IntegrationActivity.Phase.choices)
    status = ChoiceFilter(choices=IntegrationActivity.Status.choices)

    class Meta:
        model = IntegrationActivity
        fields: ClassVar[list[str]] = []


class IntegrationActivityViewSet(Listed, Retrieved, Created, Updated, Deleted, TenantViewSet):
    """What the CTO does to become part of the company; `done` asks for an outcome."""

    model = IntegrationActivity
    serializer_class = IntegrationActivitySerializer
    filterset_class = IntegrationActivityFilter
    permissions: ClassVar[dict[str, str]] = {
        "list": "integration.view",
        "retrieve": "integration.view",
        "create": "integration.manage",
        "partial_update": "integration.manage",
        "destroy": "integration.manage",
    }

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("engagement__tenant")

    def get_row_for_change(self) -> IntegrationActivity:
        engagement_for_change(self.get_object().engagement_id)
        return super().get_row_for_change()

    def perform_create(self, data: dict[str, Any]) -> IntegrationActivity:
        place = data.pop("position", None)
        row = services.activity_add(actor=self.actor, **data)
        if place is None:
            return row
        return services.activity_update(activity=row, actor=self.actor, changes={"position": place})

    def perform_update(
        self, row: IntegrationActivity, changes: dict[str, Any]
    ) -> IntegrationActivity:
        _keep(row, changes, "engagement")
        return services.activity_update(activity=row, actor=self.actor, changes=changes)

    def perform_destroy(self, row: IntegrationActivity) -> None:
        services.activity_delete(activity=row, actor=self.actor)


class StakeholderFilter(FilterSet):
    engagement = UUIDFilter(field_name="engagement_id")
    member = UUIDFilter(field_name="member_id")

    class Meta:
        model = Stakeholder
        fields: ClassVar[list[str]] = []


class StakeholderViewSet(Listed, Retrieved, Created, Updated, Deleted, TenantViewSet):
    """The people map. `support` and `notes` are for CTOs and executives, null for others."""

    model = Stakeholder
    serializer_class = StakeholderSerializer
    filterset_class = StakeholderFilter
    permissions: ClassVar[dict[str, str]] = {
        "list": "stakeholder.view",
        "retrieve": "stakeholder.view",
        "create": "stakeholder.manage",
        "partial_update": "stakeholder.manage",
        "destroy": "stakeholder.manage",
    }

    def get_row_for_change(self) -> Stakeholder:
        engagement_for_change(self.get_object().engagement_id)
        return super().get_row_for_change()

    def perform_create(self, data: dict[str, Any]) -> Stakeholder:
        return services.stakeholder_add(actor=self.actor, **_without_nulls(data))

    def perform_update(self, row: Stakeholder, changes: dict[str, Any]) -> Stakeholder:
        _keep(row, changes, "engagement")
        return services.stakeholder_update(
            person=row, actor=self.actor, changes=_without_nulls(changes)
        )

    def perform_destroy(self, row: Stakeholder) -> None:
        services.stakeholder_delete(person=row, actor=self.actor)


class CommunicationToolFilter(FilterSet):
    type = ChoiceFilter(choices=CommunicationTool.Type.choices)
    status = ChoiceFilter(choices=CommunicationTool.Status.choices)

    class Meta:
        model = CommunicationTool
        fields: ClassVar[list[str]] = []


class CommunicationToolViewSet(Listed, Retrieved, Created, Updated, Deleted, TenantViewSet):
    """Where people write, meet and keep documents: of each type one platform is in use."""

    model = CommunicationTool
    serializer_class = CommunicationToolSerializer
    filterset_class = CommunicationToolFilter
    permissions: ClassVar[dict[str, str]] = {
        "list": "communication.view",
        "retrieve": "communication.view",
        "create": "communication.manage",
        "partial_update": "communication.manage",
        "destroy": "communication.manage",
    }

    def get_serializer_context(self) -> dict[str, Any]:
        """With the charter in force, which reply times are held against."""
        fake = getattr(self, "swagger_fake_view", False)
        boundaries = None if fake else register_boundaries()
        return {**super().get_serializer_context(), "boundaries": boundaries}

    def get_row_for_change(self) -> CommunicationTool:
        hold_company()
        return super().get_row_for_change()

    def perform_create(self, data: dict[str, Any]) -> CommunicationTool:
        return services.tool_add(actor=self.actor, **data)

    def perform_update(self, row: CommunicationTool, changes: dict[str, Any]) -> CommunicationTool:
        return services.tool_update(tool=row, actor=self.actor, changes=changes)

    def perform_destroy(self, row: CommunicationTool) -> None:
        services.tool_delete(tool=row, actor=self.actor)


def _with_path(data: dict[str, Any]) -> dict[str, Any]:
    """The escalation path under the name that services know it by."""
    if "steps" in data:
        data["escalation_path"] = [dict(step) for step in data.pop("steps")]
    return data


def _keep(row: Any, changes: dict[str, Any], field: str) -> None:
    """Raise Invalid when a PATCH would move a row to another owner."""
    if field in changes and changes.pop(field).pk != getattr(row, f"{field}_id"):
        raise Invalid({field: "This stays as it is. Make a new one instead."})


def _without_nulls(data: dict[str, Any]) -> dict[str, Any]:
    """A null `support` or `notes` is what a reader without the right was shown: no change."""
    return {k: v for k, v in data.items() if v is not None or k not in ("support", "notes")}
