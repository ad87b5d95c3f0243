"""Shapes of the company, its people, its keys and its audit trail."""

from typing import Any, ClassVar

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tenants.api.fields import ChoiceField, InstantField
from tenants.api.serializers import TenantSerializer
from tenants.calendars.working import WEEKDAYS
from tenants.models import ApiKey, AuditEvent, Holiday, Member, Tenant
from tenants.permissions import PERMISSIONS, Role

ROLES = [role.value for role in Role]


@extend_schema_field(
    {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$", "example": "09:00"}
)
class ClockTimeField(serializers.TimeField):
    """A time on the company's clock, `HH:MM`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%H:%M", input_formats=["%H:%M"], **kwargs)


class TenantRowSerializer(TenantSerializer):
    """A company's own settings; its periods follow its time zone, week start and fiscal year.

    Working hours end at `00:00` where the day ends at midnight. `holiday_country` (and
    `holiday_subdivision`) choose the public list that fills `/holidays/`. Without
    `update_due_weekday` the weekly update is due on Friday at 17:00.
    """

    working_days = serializers.ListField(
        child=ChoiceField(choices=list(WEEKDAYS)), min_length=1, max_length=7
    )
    working_hours_start = ClockTimeField()
    working_hours_end = ClockTimeField()
    update_due_time = ClockTimeField(allow_null=True)
    logo_url = serializers.SerializerMethodField()
    restorable_until = InstantField(read_only=True, allow_null=True)

    @extend_schema_field({"type": ["string", "null"]})
    def get_logo_url(self, row: Tenant) -> str | None:
        """Where the picture is, for a browser that is signed in; null without one."""
        if not row.logo_version:
            return None
        return reverse("brand_logo", kwargs={"slug": row.slug, "version": row.brand_version})

    class Meta:
        model = Tenant
        fields: ClassVar[list[str]] = [
            "id",
            "slug",
            "name",
            "time_zone",
            "currency",
            "week_start",
            "fiscal_year_start_month",
            "working_days",
            "working_hours_start",
            "working_hours_end",
            "holiday_country",
            "holiday_subdivision",
            "update_due_weekday",
            "update_due_time",
            "brand_color",
            "logo_url",
            "require_second_factor",
            "second_factor_from",
            "status",
            "status_reason",
            "restorable_until",
            "created_at",
            "updated_at",
        ]
        read_only_fields: ClassVar[list[str]] = [
            "id",
            "slug",
            "second_factor_from",
            "status",
            "status_reason",
            "created_at",
            "updated_at",
        ]


class LogoSerializer(serializers.Serializer):
    """A picture: PNG, JPEG or WebP, up to 1 MB."""

    file = serializers.FileField(allow_empty_file=True)


class ArchiveSerializer(serializers.Serializer):
    """The company's name once more, and why."""

    confirm = serializers.CharField(max_length=120)
    reason = serializers.CharField(max_length=500)


class HolidaySerializer(TenantSerializer):
    """A day that is not worked. Of one from the public list only `active` can be changed."""

    class Meta:
        model = Holiday
        fields: ClassVar[list[str]] = [
            "id",
            "date",
            "name",
            "source",
            "country",
            "subdivision",
            "active",
            "created_at",
            "updated_at",
        ]
        read_only_fields: ClassVar[list[str]] = [
            "id",
            "source",
            "country",
            "subdivision",
            "created_at",
            "updated_at",
        ]


class HolidayCreateSerializer(TenantSerializer):
    """A day of the company's own."""

    class Meta:
        model = Holiday
        fields: ClassVar[list[str]] = ["date", "name"]


class MemberSerializer(TenantSerializer):
    """A person in the company."""

    name = serializers.CharField(read_only=True)
    email = serializers.EmailField(read_only=True)
    roles = serializers.ListField(child=ChoiceField(choices=ROLES), read_only=True)
    invitation_expires_at = serializers.SerializerMethodField()

    class Meta:
        model = Member
        fields: ClassVar[list[str]] = [
            "id",
            "name",
            "email",
            "title",
            "roles",
            "status",
            "invitation_expires_at",
            "joined_at",
            "left_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields

    @extend_schema_field(InstantField(allow_null=True))
    def get_invitation_expires_at(self, member: Member) -> str | None:
        """Until when the mail's link works; null for everyone who is not invited."""
        if member.status != Member.Status.INVITED:
            return None
        ends = [each.expires_at for each in member.invitations.all() if each.is_open]
        return InstantField().to_representation(ends[0]) if ends else None


class MemberInviteSerializer(serializers.Serializer):
    """Who is invited, and what for."""

    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    title = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    roles = serializers.ListField(
        child=ChoiceField(choices=ROLES), min_length=1, max_length=len(ROLES)
    )


class MemberRolesSerializer(serializers.Serializer):
    """All the roles a member has from now on."""

    roles = serializers.ListField(
        child=ChoiceField(choices=ROLES), min_length=1, max_length=len(ROLES)
    )


class ApiKeySerializer(TenantSerializer):
    """A key, without its secret. `member` is null for a service key."""

    member = serializers.UUIDField(source="member_id", read_only=True, allow_null=True)
    scopes = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = ApiKey
        fields: ClassVar[list[str]] = [
            "id",
            "name",
            "member",
            "scopes",
            "prefix",
            "expires_at",
            "last_used_at",
            "revoked_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class ApiKeyCreateSerializer(serializers.Serializer):
    """A new key: the caller's own, or with scopes a service key."""

    name = serializers.CharField(max_length=120)
    scopes = serializers.ListField(
        child=ChoiceField(choices=sorted(PERMISSIONS)),
        required=False,
        max_length=len(PERMISSIONS),
    )
    expires_at = InstantField(required=False, allow_null=True)


class ApiKeyCreatedSerializer(ApiKeySerializer):
    """The new key and its one and only showing (null where the answer is repeated)."""

    key = serializers.CharField(allow_null=True, read_only=True)

    class Meta(ApiKeySerializer.Meta):
        fields: ClassVar[list[str]] = [*ApiKeySerializer.Meta.fields, "key"]
        read_only_fields = fields


class AuditEventSerializer(TenantSerializer):
    """One thing that somebody did; `actor` is null for Bowline itself and for service keys."""

    actor = serializers.UUIDField(source="actor_id", read_only=True, allow_null=True)
    changes = serializers.SerializerMethodField()

    class Meta:
        model = AuditEvent
        fields: ClassVar[list[str]] = [
            "id",
            "occurred_at",
            "actor",
            "actor_name",
            "verb",
            "target_type",
            "target_id",
            "target_label",
            "changes",
            "request_id",
            "seq",
        ]
        read_only_fields = fields

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_changes(self, event: AuditEvent) -> dict[str, Any]:
        return event.changes
