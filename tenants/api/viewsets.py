"""The base of every resource; README.md beside this file shows a whole resource in 30 lines."""

from typing import Any, ClassVar, cast

from django.db.models import Model, QuerySet
from rest_framework import mixins, viewsets
from rest_framework.negotiation import BaseContentNegotiation, DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.status import (
    HTTP_201_CREATED,
    HTTP_204_NO_CONTENT,
    HTTP_304_NOT_MODIFIED,
)

from tenants.accounts import confirmed_lately
from tenants.api import idempotency, versions
from tenants.api.requests import ApiRequest
from tenants.errors import Denied, Invalid
from tenants.pages import SAFE_METHODS

UPDATED_AT = "updated_at"


class JSONAlways(BaseContentNegotiation):
    """The API speaks JSON whatever a client's Accept header dreams of."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return DefaultContentNegotiation().select_parser(request, parsers)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class TenantViewSet(viewsets.GenericViewSet):
    """A resource of the caller's tenant.

    `model`: whose rows, narrowed and loaded by overriding `get_queryset` over `super()`.
    `permissions`: the right that each action asks for; a guard test finds actions without one.
    `serializer_class` shapes answers; `input_serializer_class` the bodies of create and PATCH
    where they differ; `self.actor` is who calls services.
    """

    model: ClassVar[type[Model]]
    permissions: ClassVar[dict[str, str]]
    input_serializer_class: ClassVar[type[BaseSerializer[Any]] | None] = None
    while_inactive: ClassVar[frozenset[str]] = frozenset()  # actions that a suspension allows
    hidden_in_replays: ClassVar[frozenset[str]] = frozenset()  # fields shown once, never stored
    dangerous: ClassVar[frozenset[str]] = frozenset()  # actions a browser session must confirm
    content_negotiation_class = JSONAlways
    lookup_value_regex = "[^/]+"  # what is no id at all is looked for like any other
    http_method_names = ["get", "post", "patch", "delete", "head"]

    @property
    def actor(self) -> Any:
        """The member who acts, or the service key."""
        return self.request.actor  # type: ignore[attr-defined]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After authentication and permission: an Idempotency-Key answers repeats of a POST."""
        super().initial(request, *args, **kwargs)
        if self.action in self.dangerous:
            self.check_confirmed()
        if request.method == "POST" and self.action:
            idempotency.begin(cast(ApiRequest, request), hidden=self.hidden_in_replays)

    def check_confirmed(self) -> None:
        """Raise Denied for a browser session whose person did not confirm themselves lately.

        A key is its own proof; a session that somebody left open is not.
        """
        caller = getattr(self.request, "caller", None)
        if caller is not None and caller.is_session and not confirmed_lately(self.request._request):
            raise Denied(
                "Confirm that it is you first, at /accounts/reauthenticate/. Then send it again."
            )

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        idempotency.finish(request, answer)
        return answer

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):  # the schema is made outside any tenant
            return self.model._base_manager.none()
        return self.model.objects.all()  # type: ignore[attr-defined]

    def get_input_serializer_class(self) -> type[BaseSerializer[Any]]:
        """The shape of a body, where actions of one resource differ."""
        return self.input_serializer_class or self.get_serializer_class()

    def read_input(
        self,
        *,
        serializer_class: type[BaseSerializer[Any]] | None = None,
        partial: bool = False,
        instance: Any = None,
    ) -> dict[str, Any]:
        """The checked body of the request; raises ValidationError or Invalid (422)."""
        if self.request.data is None:
            raise Invalid({"": "Send an object of fields."})
        shape = serializer_class or self.get_input_serializer_class()
        serializer = shape(
            instance, data=self.request.data, partial=partial, context=self.get_serializer_context()
        )
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def answer(self, row: Any, *, status: int = 200, **shown_once: Any) -> Response:
        """The row as the reading side shows it, with its ETag; loads it anew. A new row's answer
        says where it is (Location)."""
        fresh = self.get_queryset().get(pk=row.pk)
        response = Response({**self.get_serializer(fresh).data, **shown_once}, status=status)
        if status == HTTP_201_CREATED and hasattr(self, "retrieve"):
            response["Location"] = self.reverse_action("detail", args=[row.pk])
        self._tag(response, fresh)
        return response

    def pages(self, rows: QuerySet[Any], serializer_class: type[BaseSerializer[Any]]) -> Response:
        """A cursor page of other rows than the resource's own, for nested lists."""
        found = self.paginate_queryset(rows)
        serializer = serializer_class(found, many=True, context=self.get_serializer_context())
        return self.get_paginated_response(serializer.data)

    def get_row_for_change(self) -> Any:
        """The row; where the caller names a version (If-Match) it is locked and compared first."""
        row = self.get_object()
        if self.request.headers.get("If-Match") and hasattr(row, UPDATED_AT):
            locked = self.model.objects.select_for_update(of=("self",))  # type: ignore[attr-defined]
            versions.check_if_match(self.request, versions.version_of(locked.get(pk=row.pk)))
        return row

    def _tag(self, response: Response, row: Any) -> None:
        if hasattr(row, UPDATED_AT):
            self.tag(response, versions.version_of(row))

    def tag(self, response: Response, version: str) -> None:
        """Give an answer its ETag, and 304 to who holds it; `version` is of hex digits."""

        def add(rendered: Response) -> None:
            rendered["ETag"] = versions.etag_of(version, rendered.content)
            if self.request.method in SAFE_METHODS and versions.is_known(
                self.request, rendered["ETag"]
            ):
                rendered.status_code = HTTP_304_NOT_MODIFIED
                rendered.content = b""

        response.add_post_render_callback(add)


class Listed(mixins.ListModelMixin):
    """GET the list."""


class Retrieved:
    """GET one, with ETag and 304."""

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One record."""
        row = self.get_object()  # type: ignore[attr-defined]
        response = Response(self.get_serializer(row).data)  # type: ignore[attr-defined]
        self._tag(response, row)  # type: ignore[attr-defined]
        return response


class Created:
    """POST: `perform_create(data)` calls the service and answers the new row."""

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A new record."""
        row = self.perform_create(self.read_input())  # type: ignore[attr-defined]
        return self.answer(row, status=HTTP_201_CREATED)  # type: ignore[attr-defined]

    def perform_create(self, data: dict[str, Any]) -> Model:
        raise NotImplementedError


class Updated:
    """PATCH: `perform_update(row, changes)` calls the service and answers the row."""

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change some fields."""
        row = self.get_row_for_change()  # type: ignore[attr-defined]
        changes = self.read_input(partial=True, instance=row)  # type: ignore[attr-defined]
        return self.answer(self.perform_update(row, changes))  # type: ignore[attr-defined]

    def perform_update(self, row: Any, changes: dict[str, Any]) -> Model:
        raise NotImplementedError


class Deleted:
    """DELETE: `perform_destroy(row)` calls the service."""

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Remove a record."""
        self.perform_destroy(self.get_row_for_change())  # type: ignore[attr-defined]
        return Response(status=HTTP_204_NO_CONTENT)

    def perform_destroy(self, row: Any) -> None:
        raise NotImplementedError
