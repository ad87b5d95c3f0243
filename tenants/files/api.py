"""Files of a record in the API: a mixin for its resource, and the files themselves."""

from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from tenants.api.serializers import TenantSerializer
from tenants.api.viewsets import Retrieved, TenantViewSet
from tenants.files.models import StoredFile
from tenants.files.owners import owner_of
from tenants.files.services import attach, detach, file_for
from tenants.files.views import file_response


class StoredFileSerializer(TenantSerializer):
    """A file without its bytes; they are at `/files/{id}/content/`."""

    uploaded_by = serializers.UUIDField(source="uploaded_by_id", read_only=True, allow_null=True)

    class Meta:
        model = StoredFile
        fields: ClassVar[list[str]] = [
            "id",
            "name",
            "size",
            "content_type",
            "sha256",
            "target_type",
            "target_id",
            "uploaded_by",
            "uploaded_by_name",
            "created_at",
        ]
        read_only_fields = fields


class FileUploadSerializer(serializers.Serializer):
    """A form with one file."""

    file = serializers.FileField(allow_empty_file=True)


class WithFiles:
    """`/{id}/files/` GET and POST (multipart, field `file`) for a resource whose model is an owner.

    Add `"files": <right to read>, "add_file": <right to change>` to `permissions`; the record's own
    rules are asked as well.
    """

    def get_parsers(self) -> list[Any]:
        if getattr(self, "action_map", {}).get("post") == "add_file":
            return [MultiPartParser()]
        return super().get_parsers()  # type: ignore[misc]

    @extend_schema(responses=StoredFileSerializer(many=True))
    @action(detail=True, filterset_class=None)
    def files(self, request: Request, pk: str) -> Response:
        """The record's files."""
        record = self.get_object()  # type: ignore[attr-defined]
        owner_of(record).may_view(self.actor, record)  # type: ignore[attr-defined]
        rows = StoredFile.objects.filter(
            target_type=record._meta.label_lower, target_id=record.pk, is_complete=True
        )
        return self.pages(rows, StoredFileSerializer)  # type: ignore[attr-defined]

    @extend_schema(
        request={"multipart/form-data": FileUploadSerializer},
        responses={201: StoredFileSerializer},
    )
    @files.mapping.post
    def add_file(self, request: Request, pk: str) -> Response:
        """Attach a file: a form (multipart) with the field `file`."""
        record = self.get_object()  # type: ignore[attr-defined]
        data = self.read_input(serializer_class=FileUploadSerializer)  # type: ignore[attr-defined]
        row = attach(target=record, upload=data["file"], actor=self.actor)  # type: ignore[attr-defined]
        there = {"Location": reverse("file-detail", args=[row.pk], request=request)}
        return Response(StoredFileSerializer(row).data, status=201, headers=there)


class StoredFileViewSet(Retrieved, TenantViewSet):
    """One file of a record, for those who may read the record."""

    model = StoredFile
    serializer_class = StoredFileSerializer
    permissions: ClassVar[dict[str, str]] = {
        "retrieve": "tenant.view",
        "destroy": "tenant.view",
        "content": "tenant.view",
    }

    def get_object(self) -> StoredFile:
        row = super().get_object()
        return file_for(file_id=row.pk, actor=self.actor)

    @extend_schema(responses={(200, "*/*"): OpenApiTypes.BINARY})
    @action(detail=True)
    def content(self, request: Request, pk: str) -> Any:
        """The bytes, as an attachment."""
        return file_response(self.get_object())

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Remove the file from its record."""
        detach(file=self.get_object(), actor=self.actor)
        return Response(status=204)
