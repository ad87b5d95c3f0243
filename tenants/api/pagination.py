"""Pages of a list by cursor: steady while rows come and go, one indexed query a page."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from tenants.errors import Invalid

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
OLDER, NEWER = "o", "n"


class CursorPages(BasePagination):
    """Newest first by id (UUIDv7 sorts by time); the cursor is opaque to clients."""

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: Any = None
    ) -> list[Any]:
        """One page of rows; raises Invalid for a limit or cursor that is none."""
        assert isinstance(queryset, QuerySet)  # noqa: S101  a list has no cursor
        self.url = request.build_absolute_uri()
        limit = parse_limit(request.query_params.get("limit"))
        direction, edge = parse_cursor(request.query_params.get("cursor"))
        if direction == NEWER:
            found = list(queryset.filter(id__gt=edge).order_by("id")[: limit + 1])
            rows = found[:limit][::-1]
            newer, older = len(found) > limit, bool(rows)
        else:
            if edge is not None:
                queryset = queryset.filter(id__lt=edge)
            found = list(queryset.order_by("-id")[: limit + 1])
            rows = found[:limit]
            newer, older = edge is not None and bool(rows), len(found) > limit
        self.next = self._link(OLDER, rows[-1].id) if older else None
        self.previous = self._link(NEWER, rows[0].id) if newer else None
        if edge is not None and not rows:  # the rows of this page are gone meanwhile: start again
            self.previous = remove_query_param(self.url, "cursor")
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next, "previous": self.previous, "results": data})

    def _link(self, direction: str, edge: UUID) -> str:
        cursor = base64.urlsafe_b64encode(direction.encode() + edge.bytes).decode().rstrip("=")
        return replace_query_param(self.url, "cursor", cursor)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The envelope, for OpenAPI."""
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The query parameters, for OpenAPI."""
        return [
            {
                "name": "limit",
                "in": "query",
                "required": False,
                "description": "Rows on a page.",
                "schema": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": MAX_LIMIT,
                    "default": DEFAULT_LIMIT,
                },
            },
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": "From `next` or `previous` of another page.",
                "schema": {"type": "string"},
            },
        ]


def parse_limit(text: str | None) -> int:
    """The limit asked for, 50 without one; raises Invalid outside 1..200."""
    if text is None:
        return DEFAULT_LIMIT
    if text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MAX_LIMIT:
        return int(text)
    raise Invalid({"limit": f"Use a whole number from 1 to {MAX_LIMIT}."})


def parse_cursor(text: str | None) -> tuple[str, UUID | None]:
    """The direction and the row beside the page; raises Invalid for a cursor that we never gave."""
    if not text:
        return OLDER, None
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != 17 or raw[:1].decode("latin-1") not in (OLDER, NEWER):
        raise Invalid({"cursor": "Use the cursor of a `next` or `previous` link as it is."})
    return raw[:1].decode(), UUID(bytes=raw[1:])
