"""Imports of measurements in the API: upload, look, start, cancel."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters.rest_framework import ChoiceFilter, FilterSet, UUIDFilter
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from kpis.models import MeasurementImport
from kpis.serializers import ImportCreateSerializer, ImportSerializer, ImportStartSerializer
from kpis.services.imports import import_cancel, import_start, import_upload
from tenants.api.viewsets import Listed, Retrieved, TenantViewSet


class ImportFilter(FilterSet):
    kpi = UUIDFilter(field_name="kpi_id")
    status = ChoiceFilter(choices=MeasurementImport.Status.choices)

    class Meta:
        model = MeasurementImport
        fields: ClassVar[list[str]] = []


class ImportViewSet(Listed, Retrieved, TenantViewSet):
    """Files of measurements. The work goes on in the background: read the import to follow it."""

    model = MeasurementImport
    serializer_class = ImportSerializer
    filterset_class = ImportFilter
    permissions: ClassVar[dict[str, str]] = {
        "list": "kpi.view",
        "retrieve": "kpi.view",
        "create": "kpi.import",
        "start": "kpi.import",
        "cancel": "kpi.import",
    }

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("kpi")

    def get_parsers(self) -> list[Any]:
        """A new import is a form with a file, all else JSON."""
        if getattr(self, "action_map", {}).get("post") == "create":
            return [MultiPartParser()]
        return super().get_parsers()

    @extend_schema(
        request={"multipart/form-data": ImportCreateSerializer}, responses={201: ImportSerializer}
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Upload a CSV file and start its import (or, with `dry_run`, a trial of it)."""
        data = self.read_input(serializer_class=ImportCreateSerializer)
        file = data["file"]
        upload = import_upload(
            kpi=data["kpi"],
            actor=self.actor,
            filename=file.name,
            size=file.size,
            pieces=file.chunks(),
        )
        started = import_start(
            upload=upload,
            actor=self.actor,
            mapping=data.get("mapping"),
            options=data.get("options"),
            dry_run=data["dry_run"],
        )
        return self.answer(started, status=201)

    @extend_schema(request=ImportStartSerializer, responses=ImportSerializer)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str) -> Response:
        """Start the same file again after a trial."""
        data = self.read_input(serializer_class=ImportStartSerializer)
        return self.answer(import_start(upload=self.get_object(), actor=self.actor, **data))

    @extend_schema(request=None, responses=ImportSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Stop it; what is stored stays."""
        return self.answer(import_cancel(upload=self.get_object(), actor=self.actor))
