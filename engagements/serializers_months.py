"""The API's shapes of months: hours above the agreed ones, and statements."""

import datetime as dt
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from engagements.models import Engagement, OverageApproval, WeekLock
from engagements.retainer import parse_month
from tenants.api.fields import BooleanField, ChoiceField, DayField, InstantField, TenantRelatedField
from tenants.api.serializers import TenantSerializer
from tenants.errors import Invalid
from tenants.models import Member

MONTH_PATTERN = r"^2\d{3}-(0[1-9]|1[0-2])$"


@extend_schema_field({"type": "string", "pattern": MONTH_PATTERN, "example": "2026-10"})
class MonthField(serializers.Field[Any, Any, Any, Any]):
    """A month such as 2026-10; its value is the month's first day."""

    def to_internal_value(self, data: Any) -> dt.date:
        try:
            return parse_month(data if isinstance(data, str) else "", today=dt.date.min)
        except Invalid as refused:
            raise serializers.ValidationError(refused.errors["month"]) from refused

    def to_representation(self, value: Any) -> str:
        return f"{value:%Y-%m}"


class OverageSerializer(TenantSerializer):
    engagement = TenantRelatedField(Engagement, read_only=True)
    month = MonthField()
    rate = serializers.DecimalField(
        max_digits=10,
        decimal_places=2,
        min_value=0,
        required=False,
        help_text="An hour; that of the terms in force if not given.",
    )
    requested_by = TenantRelatedField(Member, read_only=True)
    decided_by = TenantRelatedField(Member, read_only=True)
    revoked_by = TenantRelatedField(Member, read_only=True)

    class Meta:
        model = OverageApproval
        fields = [
            "id",
            "engagement",
            "month",
            "minutes",
            "rate",
            "currency",
            "amount_cap",
            "status",
            "note",
            "requested_by",
            "decided_by",
            "decided_at",
            "decision_note",
            "revoked_by",
            "revoked_at",
            "kept_minutes",
            "revocation_note",
            "created_at",
        ]
        read_only_fields = [
            "currency",
            "status",
            "decided_at",
            "decision_note",
            "revoked_at",
            "kept_minutes",
            "revocation_note",
        ]


class OverageDecisionSerializer(serializers.Serializer[Any]):
    minutes = serializers.IntegerField(
        required=False, min_value=1, max_value=744 * 60, help_text="Fewer than asked for, or all."
    )
    amount_cap = serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=0, required=False, allow_null=True
    )
    note = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class DeclineSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(min_length=3, max_length=500, help_text="Why.")


class MonthSerializer(serializers.Serializer[Any]):
    month = MonthField()


class WeekLockSerializer(TenantSerializer):
    engagement = TenantRelatedField(Engagement, read_only=True)
    locked_by = TenantRelatedField(Member, read_only=True)
    unlocked_by = TenantRelatedField(Member, read_only=True)

    class Meta:
        model = WeekLock
        fields = [
            "id",
            "engagement",
            "week_start",
            "locked_at",
            "locked_by",
            "unlocked_at",
            "unlocked_by",
            "reason",
        ]


class UnlockSerializer(serializers.Serializer[Any]):
    week_start = DayField(help_text="The first day of the locked week.")
    reason = serializers.CharField(min_length=3, max_length=500)


class RelockSerializer(serializers.Serializer[Any]):
    week_start = DayField(help_text="The first day of the week that was unlocked.")


class StatementEntrySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    date = serializers.CharField()
    person = serializers.CharField()
    category = serializers.CharField()
    initiative = serializers.CharField(allow_null=True)
    note = serializers.CharField(allow_blank=True)
    minutes = serializers.IntegerField()


class StatementAdjustmentSerializer(serializers.Serializer[Any]):
    """What was corrected in a month that is closed."""

    month = serializers.CharField()
    kind = ChoiceField(choices=["added", "changed", "removed", "overage"])
    before = StatementEntrySerializer(allow_null=True)
    after = StatementEntrySerializer(allow_null=True)
    change_minutes = serializers.IntegerField()
    amount = serializers.CharField(help_text="What the overage of that month costs more or less.")


class StatementOverageSerializer(serializers.Serializer[Any]):
    minutes = serializers.IntegerField()
    rate = serializers.CharField()
    amount = serializers.CharField()
    is_capped = BooleanField()


class StatementCategorySerializer(serializers.Serializer[Any]):
    category = serializers.CharField()
    minutes = serializers.IntegerField()


class StatementInitiativeSerializer(serializers.Serializer[Any]):
    initiative = serializers.CharField(allow_null=True)
    minutes = serializers.IntegerField()


class StatementSerializer(serializers.Serializer[Any]):
    """A month's statement; frozen once `closed_at` is set."""

    month = serializers.CharField()
    closed_at = InstantField(allow_null=True)
    closed_by = serializers.CharField(allow_blank=True)
    currency = serializers.CharField()
    po_number = serializers.CharField(allow_blank=True)
    granted_minutes = serializers.IntegerField()
    rolled_over_minutes = serializers.IntegerField()
    rolled_over_correction_minutes = serializers.IntegerField()
    used_minutes = serializers.IntegerField()
    left_minutes = serializers.IntegerField()
    expiring_minutes = serializers.IntegerField()
    carried_minutes = serializers.IntegerField()
    over_minutes = serializers.IntegerField()
    approved_over_minutes = serializers.IntegerField()
    unapproved_over_minutes = serializers.IntegerField()
    overage_amount = serializers.CharField()
    total_amount = serializers.CharField(help_text="Overage and the adjustments' amounts.")
    overage = StatementOverageSerializer(many=True)
    by_category = StatementCategorySerializer(many=True)
    by_initiative = StatementInitiativeSerializer(many=True)
    entries = StatementEntrySerializer(many=True)
    adjustments = StatementAdjustmentSerializer(many=True)
