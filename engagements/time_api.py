"""Time over the API beyond the entries themselves: quick lines, weeks, undo, and timers."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from engagements import services
from engagements.agreement_api import uuid_of
from engagements.models import TimeEntry, Timer
from engagements.quick_entry import linked, parse_line
from engagements.serializers import (
    CopiedSerializer,
    CopyWeekSerializer,
    QuickEntrySerializer,
    StoppedSerializer,
    TimeEntrySerializer,
    TimerChangeSerializer,
    TimerSerializer,
    TimerStopSerializer,
)
from tenants.api.viewsets import Created, Deleted, Listed, Retrieved, TenantViewSet, Updated
from tenants.errors import Denied, NotFound
from tenants.models import Member


class EntryActions(TenantViewSet):
    """Actions on time entries."""

    permissions: ClassVar[dict[str, str]] = {
        "quick": "time.log",
        "copy_week": "time.log",
        "restore": "time.log",
    }

    @extend_schema(request=QuickEntrySerializer, responses={201: TimeEntrySerializer})
    @action(detail=False, methods=["post"])
    def quick(self, request: Request) -> Response:
        """Log one line, such as `yesterday 1h30 delivery Telemetry: pairing`."""
        data = self.read_input(serializer_class=QuickEntrySerializer)
        engagement = data["engagement"]
        line = linked(parse_line(data["line"], today=engagement.tenant.today))
        entry = services.time_log(engagement=engagement, actor=self.actor, **vars(line))
        return self.answer(entry, status=201)

    @extend_schema(request=CopyWeekSerializer, responses=CopiedSerializer)
    @action(detail=False, methods=["post"], url_path="copy-week")
    def copy_week(self, request: Request) -> Response:
        """Log one's entries of the week before once more; what is there is not doubled."""
        data = self.read_input(serializer_class=CopyWeekSerializer)
        if not isinstance(self.actor, Member):
            raise Denied("A week is copied by its person. Use a member’s key.")
        copied = services.time_copy_week(actor=self.actor, **data)
        answer = {
            "copied": copied.entries,
            "there_already": copied.there_already,
            "refused": [{"entry": e.pk, "message": message} for e, message in copied.refused],
        }
        return Response(CopiedSerializer(answer).data)

    @extend_schema(request=None, responses=TimeEntrySerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:
        """Undo a deletion of the last 30 days; an entry that counts stays as it is."""
        entry: TimeEntry | None = TimeEntry.with_removed.filter(pk=uuid_of(pk)).first()
        if entry is None:
            raise NotFound()
        restored = services.time_restore(entry=entry, actor=self.actor)
        return Response(TimeEntrySerializer(restored).data)


class TimerViewSet(Listed, Retrieved, Created, Updated, Deleted, TenantViewSet):
    """The caller's running clock: at most one, over all their companies."""

    model = Timer
    serializer_class = TimerSerializer
    permissions: ClassVar[dict[str, str]] = {
        "list": "time.log",
        "retrieve": "time.log",
        "create": "time.log",
        "partial_update": "time.log",
        "destroy": "time.log",
        "stop": "time.log",
    }

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows
        return rows.filter(member_id=self.actor.actor_id).select_related("engagement__tenant")

    def get_input_serializer_class(self) -> Any:
        return TimerChangeSerializer if self.action == "partial_update" else TimerSerializer

    def perform_create(self, data: dict[str, Any]) -> Timer:
        return services.timer_start(actor=self.actor, **data)

    def perform_update(self, row: Timer, changes: dict[str, Any]) -> Timer:
        return services.timer_update(timer=row, actor=self.actor, changes=changes)

    def perform_destroy(self, row: Timer) -> None:
        """Stop it and log nothing."""
        services.timer_discard(timer=row, actor=self.actor)

    @extend_schema(request=TimerStopSerializer, responses=StoppedSerializer)
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, pk: str) -> Response:
        """Stop it and log what it measured; above 12 hours it asks (409) for `ended_at`."""
        timer = self.get_object()
        data = self.read_input(serializer_class=TimerStopSerializer)
        stopped = services.timer_stop(timer=timer, actor=self.actor, **data)
        measured = stopped.measured
        answer = {
            "entries": stopped.entries,
            "seconds": measured.seconds,
            "minutes": measured.minutes,
            "rounded_seconds": measured.rounded_seconds,
        }
        return Response(StoppedSerializer(answer).data)
