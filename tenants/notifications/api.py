"""One's own notifications and how one is told, in the API."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters.rest_framework import CharFilter, FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.filters import BooleanFilter
from tenants.api.viewsets import Listed, Retrieved, TenantViewSet, Updated
from tenants.errors import Denied
from tenants.models import Member
from tenants.notifications import preferences as choices
from tenants.notifications import services
from tenants.notifications.kinds import kinds_in
from tenants.notifications.models import Notification
from tenants.notifications.querysets import inbox_of
from tenants.notifications.serializers import (
    NotificationMarkSerializer,
    NotificationSerializer,
    PreferencesSerializer,
    ReadAllResultSerializer,
    ReadAllSerializer,
    shown_preferences,
)


class NotificationFilter(FilterSet):
    """What is unread, of one kind, of one group."""

    unread = BooleanFilter(field_name="read_at", lookup_expr="isnull")
    kind = CharFilter()
    group = CharFilter(method="by_group")

    class Meta:
        model = Notification
        fields: ClassVar[list[str]] = []

    def by_group(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(kind__in=kinds_in(value))


class NotificationViewSet(Listed, Retrieved, Updated, TenantViewSet):
    """What the caller was told, newest first; a service key was told nothing."""

    model = Notification
    serializer_class = NotificationSerializer
    input_serializer_class = NotificationMarkSerializer
    filterset_class = NotificationFilter
    permissions: ClassVar[dict[str, str]] = {
        "list": "notification.view",
        "retrieve": "notification.view",
        "partial_update": "notification.view",
        "read_all": "notification.view",
        "preferences": "notification.view",
        "change_preferences": "notification.view",
    }

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        return inbox_of(self.request.member)  # type: ignore[attr-defined]

    @extend_schema(request=NotificationMarkSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Mark one as read, or as unread."""
        return super().partial_update(request, *args, **kwargs)

    def perform_update(self, row: Notification, changes: dict[str, Any]) -> Notification:
        if "read" not in changes:
            return row
        return services.mark(notification=row, actor=self.actor, read=changes["read"])

    @extend_schema(request=ReadAllSerializer, responses=ReadAllResultSerializer, filters=False)
    @action(
        detail=False,
        methods=["post"],
        url_path="read-all",
        pagination_class=None,
        filterset_class=None,
    )
    def read_all(self, request: Request) -> Response:
        """Mark all as read, or those that came up to `until`."""
        data = self.read_input(serializer_class=ReadAllSerializer)
        _at, count = services.mark_all_read(actor=self._person(), until=data.get("until"))
        return Response({"read": count})

    @extend_schema(responses=PreferencesSerializer, filters=False)
    @action(detail=False, pagination_class=None, filterset_class=None)
    def preferences(self, request: Request) -> Response:
        """When mail comes, by group; quiet hours and the digest's hour in the person's own zone."""
        member = self._person()
        return Response(shown_preferences(member, choices.preferences(member)))

    @extend_schema(request=PreferencesSerializer, responses=PreferencesSerializer)
    @preferences.mapping.patch
    def change_preferences(self, request: Request) -> Response:
        """Change some; groups that are not named stay as they are."""
        member = self._person()
        changes = self.read_input(serializer_class=PreferencesSerializer, partial=True)
        row = choices.preferences_update(member=member, actor=self.actor, changes=changes)
        return Response(shown_preferences(member, row))

    def _person(self) -> Member:
        """The member behind the call; raises Denied for a service key, which nobody tells."""
        member: Member | None = self.request.member  # type: ignore[attr-defined]
        if member is None:
            raise Denied("A service key has no inbox. Use a key of a member.")
        return member
