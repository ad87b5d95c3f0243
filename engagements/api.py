"""Engagements with their terms and retainer, and time entries."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters.rest_framework import ChoiceFilter, DateFilter, FilterSet, UUIDFilter
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from engagements import services
from engagements.agreement_api import AgreementActions
from engagements.api_charter import CharterActions
from engagements.models import Engagement, Terms, TimeEntry
from engagements.month_api import MonthActions, with_overage
from engagements.retainer import parse_month, retainer
from engagements.serializers import (
    EngagementSerializer,
    RetainerSerializer,
    TermsSerializer,
    TimeEntrySerializer,
)
from engagements.serializers_handover import (
    HandoverPackSerializer,
    HandoverSerializer,
    shown_handover,
)
from engagements.services.rows import engagement_for_change
from engagements.time_api import EntryActions
from tenants.api.viewsets import Created, Deleted, Listed, Retrieved, TenantViewSet, Updated
from tenants.errors import Invalid
from tenants.files.api import WithFiles
from tenants.files.views import file_response


class EngagementFilter(FilterSet):
    cto = UUIDFilter(field_name="cto_id")
    sponsor = UUIDFilter(field_name="sponsor_id")
    status = ChoiceFilter(choices=Engagement.Status.choices)

    class Meta:
        model = Engagement
        fields: ClassVar[list[str]] = []


class EngagementViewSet(
    AgreementActions,
    MonthActions,
    WithFiles,
    CharterActions,
    Listed,
    Retrieved,
    Created,
    Updated,
    TenantViewSet,
):
    """What a CTO is hired for: people, dates and status (`proposed → active ⇄ paused → ended`)."""

    model = Engagement
    serializer_class = EngagementSerializer
    filterset_class = EngagementFilter
    while_inactive = frozenset({"build_handover"})
    permissions: ClassVar[dict[str, str]] = {
        "list": "engagement.view",
        "retrieve": "engagement.view",
        "create": "engagement.manage",
        "partial_update": "engagement.manage",
        "terms": "terms.view",
        "add_terms": "terms.manage",
        "retainer": "time.view",
        "files": "engagement.view",
        "add_file": "engagement.attach",
        "handover": "handover.build",
        "build_handover": "handover.build",
        "handover_content": "handover.build",
        "charter": "charter.view",
        "integration_plan": "integration.manage",
        **AgreementActions.permissions,
        **MonthActions.permissions,
    }

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("tenant")

    def perform_create(self, data: dict[str, Any]) -> Engagement:
        data.pop("reason", None)  # of a step, and there is none yet
        return services.engagement_create(actor=self.actor, **data)

    def perform_update(self, row: Engagement, changes: dict[str, Any]) -> Engagement:
        return services.engagement_update(engagement=row, actor=self.actor, changes=changes)

    @extend_schema(responses=TermsSerializer(many=True))
    @action(detail=True, filterset_class=None)
    def terms(self, request: Request, pk: str) -> Response:
        """Every version of the terms, the one recorded last first."""
        return self.pages(Terms.objects.filter(engagement=self.get_object()), TermsSerializer)

    @extend_schema(request=TermsSerializer, responses={201: TermsSerializer})
    @terms.mapping.post
    def add_terms(self, request: Request, pk: str) -> Response:
        """A new version from a date on; earlier ones stay as they are."""
        engagement = self.get_object()
        data = self.read_input(serializer_class=TermsSerializer)
        terms = services.terms_add(engagement=engagement, actor=self.actor, **data)
        terms.refresh_from_db()
        return Response(TermsSerializer(terms).data, status=201)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "month",
                {"type": "string", "pattern": r"^2\d{3}-(0[1-9]|1[0-2])$", "example": "2026-10"},
                description="The company's current month if not given.",
            )
        ],
        responses=RetainerSerializer,
        filters=False,
    )
    @action(detail=True, filterset_class=None, pagination_class=None)
    def retainer(self, request: Request, pk: str) -> Response:
        """Hours granted, rolled over, used and left in a month, with pace and forecast."""
        engagement = self.get_object()
        today = engagement.tenant.today
        month = parse_month(request.query_params.get("month"), today=today)
        found = retainer(engagement, month, today=today)
        return Response(RetainerSerializer(with_overage(engagement, found)).data)

    @extend_schema(responses=HandoverSerializer, filters=False)
    @action(detail=True, filterset_class=None, pagination_class=None)
    def handover(self, request: Request, pk: str) -> Response:
        """How complete a handover pack would be, with every gap; and the newest packs."""
        return Response(shown_handover(self.get_object(), request.tenant.slug))  # type: ignore[attr-defined]

    @extend_schema(request=None, responses={202: HandoverPackSerializer})
    @handover.mapping.post
    def build_handover(self, request: Request, pk: str) -> Response:
        """Have the pack built in the background; while one is being built, that one answers."""
        pack = services.handover_build(engagement=self.get_object(), actor=self.actor)
        return Response(HandoverPackSerializer(pack).data, status=202)

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, url_path="handover/download", filterset_class=None, pagination_class=None)
    def handover_content(self, request: Request, pk: str) -> Any:
        """The newest pack that is ready; 404 while there is none."""
        pack = services.latest_pack(self.get_object())
        return file_response(services.handover_download(pack=pack, actor=self.actor))


class TimeEntryFilter(FilterSet):
    engagement = UUIDFilter(field_name="engagement_id")
    member = UUIDFilter(field_name="member_id")
    category = ChoiceFilter(choices=TimeEntry.Category.choices)
    initiative = UUIDFilter(field_name="linked_initiative_id")
    date = DateFilter()
    date_from = DateFilter(field_name="date", lookup_expr="gte")
    date_to = DateFilter(field_name="date", lookup_expr="lte")

    class Meta:
        model = TimeEntry
        fields: ClassVar[list[str]] = []


class TimeEntryViewSet(EntryActions, Listed, Retrieved, Created, Updated, Deleted, TenantViewSet):
    """Minutes worked on a date. Entries of a week whose update was submitted are locked (409)."""

    model = TimeEntry
    serializer_class = TimeEntrySerializer
    filterset_class = TimeEntryFilter
    permissions: ClassVar[dict[str, str]] = {
        "list": "time.view",
        "retrieve": "time.view",
        "create": "time.log",
        "partial_update": "time.log",
        "destroy": "time.log",
        **EntryActions.permissions,
    }

    def get_row_for_change(self) -> TimeEntry:
        """The entry, its engagement held first: services lock in this order too."""
        engagement_for_change(self.get_object().engagement_id)
        return super().get_row_for_change()

    def perform_create(self, data: dict[str, Any]) -> TimeEntry:
        return services.time_log(actor=self.actor, **data)

    def perform_update(self, row: TimeEntry, changes: dict[str, Any]) -> TimeEntry:
        for field in ("engagement", "member"):
            if field in changes and changes.pop(field).pk != getattr(row, f"{field}_id"):
                raise Invalid({field: "This stays as it is. Delete the entry and log it anew."})
        return services.time_update(entry=row, actor=self.actor, changes=changes)

    def perform_destroy(self, row: TimeEntry) -> None:
        services.time_delete(entry=row, actor=self.actor)
