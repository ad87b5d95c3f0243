"""Shapes of notifications and preferences."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tenants.api.fields import BooleanField, ChoiceField, InstantField
from tenants.api.serializers import TenantSerializer
from tenants.models import Member
from tenants.notifications.kinds import KINDS, groups_for
from tenants.notifications.links import address
from tenants.notifications.models import Notification, NotificationPreferences
from tenants.notifications.preferences import CHOICES, chosen


class NotificationSerializer(TenantSerializer):
    """What a person was told. `url` is the page it leads to; `read_at` is null while unread."""

    group = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()
    actor = serializers.UUIDField(source="actor_id", read_only=True, allow_null=True)

    class Meta:
        model = Notification
        fields: ClassVar[list[str]] = [
            "id",
            "kind",
            "group",
            "title",
            "body",
            "url",
            "actor",
            "actor_name",
            "target_type",
            "target_id",
            "deadline",
            "created_at",
            "read_at",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.CharField())
    def get_group(self, row: Notification) -> str:
        kind = KINDS.get(row.kind)
        return kind.group_key if kind else ""

    @extend_schema_field(serializers.CharField())
    def get_url(self, row: Notification) -> str:
        if not row.link:
            return ""
        return address(self.context["request"].tenant.slug, row.link)


class NotificationMarkSerializer(serializers.Serializer):
    """Whether it is read."""

    read = BooleanField()


class ReadAllSerializer(serializers.Serializer):
    """Up to which instant; without one all."""

    until = InstantField(required=False, allow_null=True)


class ReadAllResultSerializer(serializers.Serializer):
    """How many were marked."""

    read = serializers.IntegerField()


class PreferencesSerializer(serializers.Serializer):
    """`email` by group: suggested, once, daily or off. Times are on the person's own clock."""

    email = serializers.DictField(child=ChoiceField(choices=CHOICES), required=False)
    quiet_from = serializers.TimeField(
        allow_null=True, required=False, format="%H:%M", input_formats=["%H:%M"]
    )
    quiet_until = serializers.TimeField(
        allow_null=True, required=False, format="%H:%M", input_formats=["%H:%M"]
    )
    urgent_passes = BooleanField(required=False)
    digest_hour = serializers.IntegerField(min_value=0, max_value=23, required=False)
    time_zone = serializers.CharField(read_only=True)


def shown_preferences(member: Member, mine: NotificationPreferences) -> dict[str, Any]:
    """The preferences as the API shows them, every group of the member named."""
    return {
        "email": {group.key: chosen(group, mine) for group in groups_for(member)},
        "quiet_from": f"{mine.quiet_from:%H:%M}" if mine.quiet_from else None,
        "quiet_until": f"{mine.quiet_until:%H:%M}" if mine.quiet_until else None,
        "urgent_passes": mine.urgent_passes,
        "digest_hour": mine.digest_hour,
        "time_zone": str(member.zone),
    }
