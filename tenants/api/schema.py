"""OpenAPI 3.1 from the viewsets: the problem answers, the headers and the ways in."""

from typing import Any

from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from tenants.api.serializers import ProblemSerializer
from tenants.callers import TENANT_HEADER
from tenants.responses import PROBLEM_JSON

_PROBLEMS = {
    "400": "The request cannot be read.",
    "401": "No key, or one that is not valid.",
    "403": "Not this caller's right, or the company is suspended.",
    "404": "There is no such record.",
    "409": "Wrong state, or a lost race.",
    "412": "Changed since it was read (If-Match).",
    "413": "The body is over its limit.",
    "415": "The body is of another media type.",
    "422": "A value breaks a rule.",
    "429": "Too many calls; Retry-After says how long to wait.",
    "503": "The database did not answer.",
}
_UUID = {"type": "string", "format": "uuid"}
_READ = ["401", "403", "404", "422", "429", "503"]
_WRITE = ["400", *_READ, "409", "413", "415"]


class ApiSchema(AutoSchema):
    """Adds to each operation what the base classes answer and read."""

    def get_tags(self) -> list[str]:
        return [self._tokenize_path()[0]]

    def get_operation_id(self) -> str:
        """`members_list`, `members_retrieve`, `spend_requests_submit`: resource and action."""
        words = [part.replace("-", "_") for part in self._tokenize_path()]
        action = getattr(self.view, "action", None) or self.method.lower()
        return "_".join([*words[:1], action])

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        """Every variable of a path is a row's id."""
        return [
            {"name": name, "in": "path", "required": True, "schema": dict(_UUID)}
            for name in variables
        ]

    def get_request_serializer(self) -> Any:
        """A body is of the shape that the resource reads, not always the one it answers."""
        if getattr(self.view, "action", "") in ("create", "partial_update"):
            return self.view.get_input_serializer_class()  # type: ignore[attr-defined]
        return super().get_request_serializer()

    def get_override_parameters(self) -> list[Any]:
        parameters: list[Any] = []
        if self.method == "POST":
            parameters.append(_header("Idempotency-Key", "Repeats give the first answer again."))
        if self._is_versioned() and self.method in ("PATCH", "DELETE"):
            parameters.append(_header("If-Match", "The ETag that was read; 412 when it is stale."))
        if self._is_versioned() and self.method == "GET" and not self._is_list_view():
            parameters.append(_header("If-None-Match", "An ETag; 304 when nothing changed."))
        return parameters

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        responses = super()._get_response_bodies(direction)
        codes = list(_READ if self.method == "GET" else _WRITE)
        if self._is_versioned() and self.method in ("PATCH", "DELETE"):
            codes.append("412")
        if self._is_versioned() and self.method == "GET" and not self._is_list_view():
            responses.setdefault("304", {"description": "Nothing changed."})
        component = self.resolve_serializer(ProblemSerializer, direction)
        for code in sorted(codes):
            responses.setdefault(
                code,
                {
                    "description": _PROBLEMS[code],
                    "content": {PROBLEM_JSON: {"schema": component.ref}},
                },
            )
        return responses

    def _is_versioned(self) -> bool:
        model = getattr(self.view, "model", None)
        on_one = getattr(self.view, "action", "") in ("retrieve", "partial_update", "destroy")
        return on_one and hasattr(model, "updated_at")


def _header(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(
        name, str, location=OpenApiParameter.HEADER, required=False, description=description
    )


class RelatedId(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """A reference is written and read as the row's id."""

    target_class = "tenants.api.fields.TenantRelatedField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return (
            {"type": ["string", "null"], "format": "uuid"} if self._may_be_null() else dict(_UUID)
        )

    def _may_be_null(self) -> bool:
        """Whether the model's own reference may be empty; what is only read needs no allow_null."""
        field = self.target
        model = getattr(getattr(field.parent, "Meta", None), "model", None)
        if model is None or not field.read_only:
            return False
        found = [each for each in model._meta.get_fields() if each.name == field.source]
        return any(each.null for each in found)


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """`Authorization: Bearer prefix.secret`."""

    target_class = "tenants.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A member's key (acts as that person) or a service key with scopes.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The browser's session."""

    target_class = "tenants.api.authentication.TenantSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        from django.conf import settings

        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": f"With X-CSRFToken on writes, and {TENANT_HEADER}: <slug> for people "
            "of several companies.",
        }
