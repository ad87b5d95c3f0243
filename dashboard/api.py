"""What waits for the caller."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.waiting import all_waiting_of
from tenants.api.fields import BooleanField
from tenants.api.viewsets import TenantViewSet
from tenants.models import Member


class WaitingItemSerializer(serializers.Serializer[Any]):
    """Something to do; `for_name` is who is away, where the caller covers for them."""

    kind = serializers.CharField(help_text="Such as ask, acknowledge, write, spend, charter, plan.")
    title = serializers.CharField()
    detail = serializers.CharField()
    action = serializers.CharField(help_text="What the page's button says.")
    url = serializers.CharField(source="href", help_text="The page where it is done.")
    due_on = serializers.DateField(allow_null=True)
    late = BooleanField(source="is_late")
    for_name = serializers.CharField()


@extend_schema_serializer(many=False)
class WaitingSerializer(serializers.Serializer[Any]):
    """All of it on one page, the soonest due first."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = WaitingItemSerializer(many=True)


class WaitingViewSet(TenantViewSet):
    """What waits for the caller, and for those whom they cover; nothing waits for a service key."""

    model = Member
    serializer_class = WaitingSerializer
    permissions: ClassVar[dict[str, str]] = {"list": "dashboard.view"}
    pagination_class = None
    filter_backends = ()

    @extend_schema(responses=WaitingSerializer)
    def list(self, request: Request) -> Response:
        """Ranked as on the dashboard: the soonest due first, what has no date last."""
        member: Member | None = request.member  # type: ignore[attr-defined]
        found = {
            "next": None,
            "previous": None,
            "results": all_waiting_of(member) if member is not None else [],
        }
        return Response(WaitingSerializer(found).data)
