"""Figures with their targets, measurements and rollups in the API."""

import datetime as dt
from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from django_filters.rest_framework import (
    CharFilter,
    ChoiceFilter,
    FilterSet,
    IsoDateTimeFilter,
    UUIDFilter,
)
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from kpis import figures
from kpis.identity import first_id_of
from kpis.models import Category, CoreArea, Kpi, Measurement, Period
from kpis.rollups.periods import Calendar
from kpis.rollups.working import catch_up
from kpis.serializers import (
    BatchResultSerializer,
    KpiSerializer,
    MeasurementCorrectionSerializer,
    MeasurementSerializer,
    RollupSerializer,
    StatusOverrideSerializer,
    TargetSerializer,
    field_errors,
)
from kpis.services.definitions import kpi_create, kpi_update, status_override, target_set
from kpis.services.measurements import (
    measurement_correct,
    measurement_delete,
    measurement_record,
    measurements_record,
)
from tenants.api import versions
from tenants.api.fields import DayField
from tenants.api.filters import BooleanFilter, read_boolean
from tenants.api.viewsets import Created, Listed, Retrieved, TenantViewSet, Updated
from tenants.errors import Invalid, NotFound

_PERIOD_DAYS = [
    OpenApiParameter("from", OpenApiTypes.DATE, description="Periods that end on it or later."),
    OpenApiParameter("to", OpenApiTypes.DATE, description="Periods that start on it or earlier."),
    OpenApiParameter("wait", bool, description="Answer once this figure is up to date, or 202."),
    OpenApiParameter("period", str, enum=Period.values, default="day"),
]


_OBSERVED = [
    OpenApiParameter("external_id", str),
    OpenApiParameter("observed_after", OpenApiTypes.DATETIME, description="Then or later."),
    OpenApiParameter("observed_before", OpenApiTypes.DATETIME, description="Earlier than that."),
]

_IDENTITY = ("observed_at", "series", "source", "external_id")


class KpiFilter(FilterSet):
    category = ChoiceFilter(choices=Category.choices)
    core_area = ChoiceFilter(choices=CoreArea.choices)
    key = CharFilter()
    owner = UUIDFilter(field_name="owner_id")
    is_active = BooleanFilter()

    class Meta:
        model = Kpi
        fields: ClassVar[list[str]] = []


class MeasurementFilter(FilterSet):
    """By what the key of the table finds: no long history is read through."""

    external_id = CharFilter(max_length=200)
    observed_after = IsoDateTimeFilter(method="since")
    observed_before = IsoDateTimeFilter(method="until")

    class Meta:
        model = Measurement
        fields: ClassVar[list[str]] = []

    def since(self, rows: Any, name: str, value: dt.datetime) -> Any:
        return rows.filter(id__gte=first_id_of(_milliseconds(value)), observed_at__gte=value)

    def until(self, rows: Any, name: str, value: dt.datetime) -> Any:
        after = first_id_of(_milliseconds(value) + 1)
        return rows.filter(id__lt=after, observed_at__lt=value)


class KpiViewSet(Listed, Retrieved, Created, Updated, TenantViewSet):
    """What is measured, against which targets, and what came of it."""

    model = Kpi
    serializer_class = KpiSerializer
    filterset_class = KpiFilter
    permissions: ClassVar[dict[str, str]] = {
        "list": "kpi.view",
        "retrieve": "kpi.view",
        "create": "kpi.manage",
        "partial_update": "kpi.manage",
        "targets": "kpi.view",
        "add_target": "kpi.target",
        "status_overrides": "kpi.view",
        "add_status_override": "kpi.target",
        "measurements": "kpi.view",
        "add_measurements": "kpi.measure",
        "measurement": "kpi.view",
        "correct_measurement": "kpi.measure",
        "delete_measurement": "kpi.measure",
        "rollups": "kpi.view",
    }

    def perform_create(self, data: dict[str, Any]) -> Kpi:
        return kpi_create(actor=self.actor, values=data)

    def perform_update(self, row: Kpi, changes: dict[str, Any]) -> Kpi:
        return kpi_update(kpi=row, actor=self.actor, changes=changes)

    @extend_schema(responses=TargetSerializer(many=True))
    @action(detail=True, filterset_class=None)
    def targets(self, request: Request, pk: str) -> Response:
        """Every target the figure ever had, the one set last first."""
        return self.pages(self.get_object().targets.all(), TargetSerializer)

    @extend_schema(request=TargetSerializer, responses={201: TargetSerializer})
    @targets.mapping.post
    def add_target(self, request: Request, pk: str) -> Response:
        """A new target from a day on; it never changes the days before."""
        kpi = self.get_object()
        data = self.read_input(serializer_class=TargetSerializer)
        target = target_set(kpi=kpi, actor=self.actor, **data)
        return Response(TargetSerializer(target).data, status=201)

    @extend_schema(responses=StatusOverrideSerializer(many=True))
    @action(detail=True, url_path="status-overrides", filterset_class=None)
    def status_overrides(self, request: Request, pk: str) -> Response:
        """What people said of the status, with their reasons, the latest first."""
        return self.pages(self.get_object().status_overrides.all(), StatusOverrideSerializer)

    @extend_schema(request=StatusOverrideSerializer, responses={201: StatusOverrideSerializer})
    @status_overrides.mapping.post
    def add_status_override(self, request: Request, pk: str) -> Response:
        """Set the status of the running period by hand, with the reason; both end with it."""
        kpi = self.get_object()
        data = self.read_input(serializer_class=StatusOverrideSerializer)
        today = Calendar.of_kpi(kpi).today(timezone.now())
        row = status_override(
            kpi=kpi, actor=self.actor, day=today, **{"period": kpi.period, **data}
        )
        return Response(StatusOverrideSerializer(row).data, status=201)

    @extend_schema(parameters=_OBSERVED, responses=MeasurementSerializer(many=True))
    @action(detail=True, filterset_class=None)
    def measurements(self, request: Request, pk: str) -> Response:
        """The raw measurements, the latest observation first."""
        rows = Measurement.objects.filter(kpi_id=self.get_object().pk)
        asked = MeasurementFilter(request.query_params, rows, request=request)
        if not asked.is_valid():
            raise ValidationError(asked.errors)
        return self.pages(asked.qs, MeasurementSerializer)

    @extend_schema(
        request=PolymorphicProxySerializer(
            component_name="MeasurementOrList",
            serializers=[MeasurementSerializer, MeasurementSerializer(many=True)],
            resource_type_field_name=None,
            many=False,
        ),
        responses={201: MeasurementSerializer, 200: BatchResultSerializer},
    )
    @measurements.mapping.post
    def add_measurements(self, request: Request, pk: str) -> Response:
        """One measurement (201, or 200 when it was there), or a list of up to 10,000 (200)."""
        kpi = self.get_object()
        if isinstance(request.data, list):
            result = measurements_record(kpi=kpi, actor=self.actor, raws=request.data)
            return Response(
                {
                    "accepted": result.accepted,
                    "duplicates": result.duplicates,
                    "rejected": [
                        {"index": index, "errors": field_errors(errors)}
                        for index, errors in result.rejected
                    ],
                }
            )
        row, is_new = measurement_record(kpi=kpi, actor=self.actor, raw=request.data)
        response = self._one(row, status=201 if is_new else 200)
        response["Location"] = self.reverse_action("measurement", args=[kpi.pk, row.id])
        return response

    @extend_schema(responses=MeasurementSerializer)
    @action(detail=True, url_path=r"measurements/(?P<measurement_id>[^/.]+)", filterset_class=None)
    def measurement(self, request: Request, pk: str, measurement_id: str) -> Response:
        """One measurement."""
        return self._one(_measurement(self.get_object(), measurement_id))

    @extend_schema(request=MeasurementCorrectionSerializer, responses={200: MeasurementSerializer})
    @measurement.mapping.patch
    def correct_measurement(self, request: Request, pk: str, measurement_id: str) -> Response:
        """Put the right numbers in a measurement's place, with the reason.

        It keeps its id, time, series, source and external id: sent or imported again it is a
        repeat and changes nothing. The same correction again changes nothing either. With
        `If-Match`, a measurement that somebody corrected since answers 412.
        """
        kpi = self.get_object()
        found = _measurement(kpi, measurement_id)
        data = self.read_input(serializer_class=MeasurementCorrectionSerializer)
        reason = data.pop("reason")
        body: Any = request.data
        named = {name: body[name] for name in _IDENTITY if name in body}
        row, _ = measurement_correct(
            kpi=kpi,
            actor=self.actor,
            measurement_id=found.id,
            changes=data | named,
            reason=reason,
            if_version=versions.read_version(request, found.version),
        )
        return self._one(row)

    def _one(self, row: Measurement, *, status: int = 200) -> Response:
        response = Response(MeasurementSerializer(row).data, status=status)
        self.tag(response, row.version)
        return response

    @extend_schema(
        request=None,
        responses={204: None},
        parameters=[
            OpenApiParameter("reason", str, description="Why; it stays in the audit trail.")
        ],
    )
    @measurement.mapping.delete
    def delete_measurement(self, request: Request, pk: str, measurement_id: str) -> Response:
        """Take a measurement back; every period that held it is computed again."""
        measurement_delete(
            kpi=self.get_object(),
            actor=self.actor,
            measurement_id=_uuid(measurement_id),
            reason=request.query_params.get("reason", ""),
        )
        return Response(status=204)

    @extend_schema(
        parameters=_PERIOD_DAYS,
        responses={200: RollupSerializer(many=True), 202: RollupSerializer(many=True)},
    )
    @action(detail=True, pagination_class=None, filterset_class=None)
    def rollups(self, request: Request, pk: str) -> Response:
        """The figure by period, oldest first; 202 where newer measurements still wait."""
        kpi = self.get_object()
        query = request.query_params
        period = query.get("period", Period.DAY)
        if period not in Period.values:
            raise Invalid({"period": f"Choose one of {', '.join(Period.values)}."})
        first, last = (_day(query.get(name), name) for name in ("from", "to"))
        if first and last and last < first:
            raise Invalid({"to": "This is before `from`. Choose a later day."})
        try:
            waits = read_boolean(query.get("wait", ""))
        except ValueError as error:
            raise Invalid({"wait": str(error)}) from error
        is_current = catch_up(kpi) if waits else True
        rows = figures.series(kpi=kpi, period=period, first=first, last=last)
        return Response(RollupSerializer(rows, many=True).data, status=200 if is_current else 202)


def _milliseconds(at: dt.datetime) -> int:
    return int(at.timestamp() * 1000)


def _measurement(kpi: Kpi, measurement_id: str) -> Measurement:
    row = Measurement.objects.filter(kpi_id=kpi.pk, id=_uuid(measurement_id)).first()
    if row is None:
        raise NotFound
    return row


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


def _day(text: str | None, name: str) -> Any:
    if text is None:
        return None
    try:
        return DayField().run_validation(text)
    except ValidationError as error:
        raise Invalid({name: "Use a date such as 2026-10-05."}) from error
