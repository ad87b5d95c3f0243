"""Weekly updates and their threads."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters.rest_framework import ChoiceFilter, DateFilter, FilterSet, UUIDFilter
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from reviews import services
from reviews.models import UpdateComment, WeeklyUpdate
from reviews.serializers import (
    CommentSerializer,
    WeeklyUpdateInputSerializer,
    WeeklyUpdateSerializer,
    content_of,
)
from reviews.services.rows import update_for_change
from tenants.api import versions
from tenants.api.viewsets import Created, Listed, Retrieved, TenantViewSet, Updated
from tenants.errors import Invalid, WrongState

FIXED = ("engagement", "week_start")


class WeeklyUpdateFilter(FilterSet):
    engagement = UUIDFilter(field_name="engagement_id")
    status = ChoiceFilter(choices=WeeklyUpdate.Status.choices)
    week_start = DateFilter()
    week_start_from = DateFilter(field_name="week_start", lookup_expr="gte")
    week_start_to = DateFilter(field_name="week_start", lookup_expr="lte")

    class Meta:
        model = WeeklyUpdate
        fields: ClassVar[list[str]] = []


class WeeklyUpdateViewSet(Listed, Retrieved, Created, Updated, TenantViewSet):
    """The CTO's letter of a week (`draft → submitted → acknowledged`); drafts are their writers'.

    A draft and a sent letter can be changed, an acknowledged one is amended on its page.
    """

    model = WeeklyUpdate
    serializer_class = WeeklyUpdateSerializer
    input_serializer_class = WeeklyUpdateInputSerializer
    filterset_class = WeeklyUpdateFilter
    permissions: ClassVar[dict[str, str]] = {
        "list": "update.view",
        "retrieve": "update.view",
        "create": "update.write",
        "partial_update": "update.write",
        "submit": "update.write",
        "acknowledge": "update.acknowledge",
        "comments": "update.view",
        "add_comment": "update.comment",
    }

    def get_queryset(self) -> QuerySet[Any]:
        """What the caller may read; an action on a draft finds it and says what state it is in."""
        rows: Any = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows
        rows = rows.with_people().with_items()
        reading = self.action in ("list", "retrieve", "comments")
        return rows.visible_to(self.actor) if reading else rows

    def get_row_for_change(self) -> WeeklyUpdate:
        """The letter, held in the order that services hold rows, and compared with If-Match."""
        row = update_for_change(self.get_object().pk)
        versions.check_if_match(self.request, versions.version_of(row))
        return row

    def perform_create(self, data: dict[str, Any]) -> WeeklyUpdate:
        update, is_new = services.update_start(
            engagement=data["engagement"],
            actor=self.actor,
            week_start=data["week_start"],
            content=content_of(data),
        )
        if not is_new:
            raise WrongState(f"This week has its update already: {update.pk}. Change that one.")
        return update

    def perform_update(self, row: WeeklyUpdate, changes: dict[str, Any]) -> WeeklyUpdate:
        moved = {
            name: "This is fixed when the update is made."
            for name in FIXED
            if name in changes and changes[name] != getattr(row, name)
        }
        if moved:
            raise Invalid(moved)
        save = services.update_save_draft if row.is_draft else services.update_revise
        content = content_of(changes, kpi_notes=row.kpi_notes)
        return save(update=row, actor=self.actor, content=content)

    @extend_schema(request=None, responses=WeeklyUpdateSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str) -> Response:
        """Send it: hours and figures are written down, the week's time is locked."""
        return self.answer(services.update_submit(update=self.get_object(), actor=self.actor))

    @extend_schema(request=None, responses=WeeklyUpdateSerializer)
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: str) -> Response:
        """The client has read it; again is harmless."""
        return self.answer(services.update_acknowledge(update=self.get_object(), actor=self.actor))

    @extend_schema(responses=CommentSerializer(many=True), filters=False)
    @action(detail=True, filterset_class=None)
    def comments(self, request: Request, pk: str) -> Response:
        """The thread, newest first."""
        rows = UpdateComment.objects.filter(update=self.get_object())
        return self.pages(rows.select_related("author__user"), CommentSerializer)

    @extend_schema(request=CommentSerializer, responses={201: CommentSerializer})
    @comments.mapping.post
    def add_comment(self, request: Request, pk: str) -> Response:
        """Add to the thread of a sent letter."""
        update = self.get_object()
        data = self.read_input(serializer_class=CommentSerializer)
        comment = services.update_comment(update=update, actor=self.actor, body=data["body"])
        return Response(CommentSerializer(comment).data, status=201)
