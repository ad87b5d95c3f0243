"""The API's shapes of weekly updates."""

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from engagements.models import Engagement
from reviews.content import MOST_ITEMS, Content, Item
from reviews.models import (
    COMMENT_MOST,
    ITEM_MOST,
    SUMMARY_MOST,
    TEXT_MOST,
    WORDS,
    UpdateComment,
    WeeklyUpdate,
    lines,
)
from tenants.api.fields import BooleanField, ChoiceField, DayField, InstantField, TenantRelatedField
from tenants.api.serializers import TenantSerializer
from tenants.models import Member


def _active_members() -> Any:
    return Member.objects.select_related("user").filter(status=Member.Status.ACTIVE)


class ItemInputSerializer(serializers.Serializer):
    """An ask or a blocker: the person who can settle it, and by when."""

    id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Of the row to keep; a row without one is new."
    )
    text = serializers.CharField(max_length=ITEM_MOST)
    member = TenantRelatedField(Member, rows=_active_members, required=False, allow_null=True)
    due_on = DayField(required=False, allow_null=True)

    def to_internal_value(self, data: Any) -> Any:
        """An object, or its text alone."""
        return super().to_internal_value({"text": data} if isinstance(data, str) else data)


_ITEM = {
    "type": "object",
    "required": ["text"],
    "properties": {
        "id": {"type": ["string", "null"], "format": "uuid"},
        "text": {"type": "string", "minLength": 1, "maxLength": ITEM_MOST},
        "member": {"type": ["string", "null"], "format": "uuid"},
        "due_on": {"type": ["string", "null"], "format": "date"},
    },
}
_ITEM_OR_TEXT = {"anyOf": [_ITEM, {"type": "string", "minLength": 1, "maxLength": ITEM_MOST}]}
_ITEMS = {"type": "array", "maxItems": MOST_ITEMS, "items": _ITEM_OR_TEXT}


@extend_schema_field(_ITEMS)
class ItemsField(serializers.ListField):
    """Asks or blockers, in their order; the list that is sent replaces the stored one."""

    child = ItemInputSerializer()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MOST_ITEMS, **kwargs)


@extend_schema_field(
    {"anyOf": [{"type": "string", "maxLength": TEXT_MOST}, _ITEMS]},
)
class BlockersField(ItemsField):
    """Blockers as a text with one on each line, or as a list like asks."""

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(lines(data) if isinstance(data, str) else data)


class FigureNoteSerializer(serializers.Serializer):
    """Whether a figure is shown in the letter, and the writer's words on it."""

    kpi = serializers.UUIDField()
    shown = BooleanField(required=False)
    comment = serializers.CharField(required=False, allow_blank=True, max_length=ITEM_MOST)


def _text(most: int) -> Any:
    return serializers.CharField(required=False, allow_blank=True, max_length=most)


class WeeklyUpdateInputSerializer(serializers.Serializer):
    """What a letter says; every field may be left out of a change."""

    engagement = TenantRelatedField(Engagement)
    week_start = DayField(help_text="The first day of one of the client's weeks.")
    summary = _text(SUMMARY_MOST)
    health = ChoiceField(choices=WeeklyUpdate.Health.choices, required=False, allow_blank=True)
    progress = _text(TEXT_MOST)
    wins = _text(TEXT_MOST)
    risks = _text(TEXT_MOST)
    blockers = BlockersField(required=False)
    asks = ItemsField(required=False)
    next_week = _text(TEXT_MOST)
    confidence = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=5, help_text="1 a guess, 5 certain."
    )
    kpis = FigureNoteSerializer(many=True, required=False)


def content_of(data: dict[str, Any], *, kpi_notes: dict[str, Any] | None = None) -> Content:
    """The checked body as the services take it; `kpi_notes` are the stored ones."""
    names = (*WORDS, "health", "confidence")
    fields = {name: data[name] for name in names if name in data}
    if "kpis" in data:
        fields["kpi_notes"] = dict(kpi_notes or {}) | {
            str(note["kpi"]): {key: note[key] for key in ("shown", "comment") if key in note}
            for note in data["kpis"]
        }
    return Content(fields=fields, blockers=_items(data, "blockers"), asks=_items(data, "asks"))


def _items(data: dict[str, Any], name: str) -> list[Item] | None:
    return [Item(**item) for item in data[name]] if name in data else None


class ItemSerializer(serializers.Serializer):
    """A stored ask or blocker."""

    id = serializers.UUIDField()
    text = serializers.CharField()
    member = TenantRelatedField(Member, read_only=True)
    due_on = DayField(allow_null=True)
    closed_at = InstantField(allow_null=True)
    closed_by = TenantRelatedField(Member, read_only=True)


class FigureSerializer(serializers.Serializer):
    """A key figure's week, as shown; decimals as text."""

    kpi = serializers.UUIDField()
    name = serializers.CharField()
    unit = serializers.CharField()
    direction = serializers.CharField()
    previous = serializers.CharField(allow_null=True)
    current = serializers.CharField(allow_null=True)
    change = serializers.CharField(allow_null=True)
    is_better = BooleanField(allow_null=True)
    n = serializers.IntegerField()
    target = serializers.CharField(allow_null=True)
    status = serializers.CharField()
    comment = serializers.CharField(allow_blank=True)
    shown = BooleanField()


class CategoryMinutesSerializer(serializers.Serializer):
    """Minutes of one category."""

    category = serializers.CharField()
    name = serializers.CharField()
    minutes = serializers.IntegerField()


class HoursSerializer(serializers.Serializer):
    """The week's minutes, and the month's against what was agreed."""

    total_minutes = serializers.IntegerField()
    categories = CategoryMinutesSerializer(many=True)
    month = DayField()
    month_used_minutes = serializers.IntegerField()
    month_available_minutes = serializers.IntegerField()
    month_forecast_minutes = serializers.IntegerField()
    month_pace_percent = serializers.FloatField()


@extend_schema_serializer(component_name="WeeklyUpdate")
class WeeklyUpdateSerializer(TenantSerializer):
    """A letter. `kpis` and `hours` are written down when it is sent; a draft has none yet.

    `hours` is null for callers who may not see time.
    """

    engagement = TenantRelatedField(Engagement, read_only=True)
    author = TenantRelatedField(Member, read_only=True)
    submitted_by = TenantRelatedField(Member, read_only=True)
    acknowledged_by = TenantRelatedField(Member, read_only=True)
    late = BooleanField(read_only=True)
    blockers = serializers.SerializerMethodField(help_text="One on each line.")
    blocker_items = ItemSerializer(source="blockers.all", many=True, read_only=True)
    asks = ItemSerializer(source="asks.all", many=True, read_only=True)
    kpis = FigureSerializer(many=True, read_only=True)
    hours = serializers.SerializerMethodField()

    class Meta:
        model = WeeklyUpdate
        fields = [
            "id",
            "engagement",
            "author",
            "week_start",
            "status",
            "due_at",
            "late",
            "summary",
            "health",
            "progress",
            "wins",
            "risks",
            "blockers",
            "blocker_items",
            "asks",
            "next_week",
            "confidence",
            "kpis",
            "hours",
            "submitted_at",
            "submitted_by",
            "acknowledged_at",
            "acknowledged_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields

    def get_blockers(self, update: WeeklyUpdate) -> str:
        return "\n".join(item.text for item in update.blockers.all())

    @extend_schema_field(HoursSerializer(allow_null=True))
    def get_hours(self, update: WeeklyUpdate) -> Any:
        sees = self.context["request"].actor.can("time.view")
        return HoursSerializer(update.hours).data if sees and update.hours else None


class CommentSerializer(TenantSerializer):
    """A line of a letter's thread; comments are never edited."""

    author = TenantRelatedField(Member, read_only=True)
    body = serializers.CharField(max_length=COMMENT_MOST)

    class Meta:
        model = UpdateComment
        fields = ["id", "author", "author_name", "body", "created_at"]
        read_only_fields = ["author_name", "created_at"]
