"""The API's shapes of growth signals, the scope suggestion, savings and the cost comparison."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from engagements.models import Engagement, FullTimeCost, GrowthSignal, Saving, ScopeDismissal
from engagements.scope_dial import BOUNDS, LEVELS
from tenants.api.fields import BooleanField, ChoiceField, DayField, TenantRelatedField
from tenants.api.serializers import TenantSerializer
from tenants.models import Member

MONEY = {"type": ["string", "null"], "example": "12000.00"}
PERCENT = {"type": ["string", "null"], "example": "30.2", "description": "One decimal, half up."}


def _text(value: Decimal | None, digits: int = 2) -> str | None:
    return None if value is None else f"{value:.{digits}f}"


class GrowthSignalSerializer(TenantSerializer):
    entered_by = TenantRelatedField(Member, read_only=True)

    class Meta:
        model = GrowthSignal
        fields = ["id", "quarter", "kind", "value", "source", "entered_by", "created_at"]


class FullTimeCostSerializer(TenantSerializer):
    currency = serializers.CharField(required=False, min_length=3, max_length=3)
    set_by = TenantRelatedField(Member, read_only=True)

    class Meta:
        model = FullTimeCost
        fields = ["id", "amount", "currency", "source", "set_by", "created_at"]


class SavingSerializer(TenantSerializer):
    engagement = TenantRelatedField(Engagement)
    currency = serializers.CharField(required=False, min_length=3, max_length=3)
    entered_by = TenantRelatedField(Member, read_only=True)
    judged_by = TenantRelatedField(Member, read_only=True)

    class Meta:
        model = Saving
        fields = [
            "id",
            "engagement",
            "title",
            "amount",
            "currency",
            "saved_on",
            "evidence",
            "status",
            "entered_by",
            "judged_by",
            "judged_at",
            "judged_note",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["status", "judged_at", "judged_note"]


class VerdictSerializer(serializers.Serializer[Any]):
    verified = BooleanField(default=True, help_text="False refuses it.")
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


LEVEL_OR_NONE = {
    "type": ["string", "null"],
    "description": f"{', '.join(LEVELS)}, or null.",
}


class DismissalSerializer(TenantSerializer):
    dismissed_by = TenantRelatedField(Member, read_only=True)

    class Meta:
        model = ScopeDismissal
        fields = ["quarter", "suggested_level", "reason", "dismissed_by", "created_at"]


class NewDismissalSerializer(serializers.Serializer[Any]):
    quarter = DayField(required=False, help_text="Any of its days; the last one that has ended.")
    reason = serializers.CharField(min_length=2, max_length=500)


class DialSignalSerializer(serializers.Serializer[Any]):
    kind = ChoiceField(choices=list(BOUNDS))
    value = serializers.SerializerMethodField()
    points = serializers.IntegerField(allow_null=True, help_text="0 to 2; null while missing.")
    says = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]

    @extend_schema_field({"type": ["string", "null"], "example": "18.5"})
    def get_value(self, row: Any) -> str | None:
        return _text(row.value, 1)


class ScopeCostSerializer(serializers.Serializer[Any]):
    """An estimate: hours and fee a month now and at the suggested level."""

    hours_now = serializers.CharField()
    hours_then = serializers.CharField()
    hours_from = serializers.CharField()
    fee_now = serializers.SerializerMethodField()
    fee_then = serializers.SerializerMethodField()
    fee_more = serializers.SerializerMethodField()
    currency = serializers.CharField()

    @extend_schema_field(MONEY)
    def get_fee_now(self, row: Any) -> str | None:
        return _text(row.fee_now)

    @extend_schema_field(MONEY)
    def get_fee_then(self, row: Any) -> str | None:
        return _text(row.fee_then)

    @extend_schema_field(MONEY)
    def get_fee_more(self, row: Any) -> str | None:
        return _text(row.fee_more)


class ScopeSuggestionSerializer(serializers.Serializer[Any]):
    """`suggested_level` is null while fewer than four signals are known."""

    quarter = DayField()
    suggested_level = serializers.SerializerMethodField()
    current_level = serializers.SerializerMethodField()
    is_change = BooleanField()
    reason = serializers.CharField()
    signals = DialSignalSerializer(many=True)
    cost = ScopeCostSerializer(allow_null=True)
    dismissal = DismissalSerializer(allow_null=True)

    @extend_schema_field(LEVEL_OR_NONE)
    def get_suggested_level(self, row: Any) -> str | None:
        return row.level  # type: ignore[no-any-return]

    @extend_schema_field(LEVEL_OR_NONE)
    def get_current_level(self, row: Any) -> str | None:
        return row.terms.scope_level if row.terms else None


class FeeLineSerializer(serializers.Serializer[Any]):
    first = DayField()
    last = DayField()
    days = serializers.IntegerField()
    monthly_fee = serializers.SerializerMethodField()
    amount = serializers.SerializerMethodField()

    @extend_schema_field(MONEY)
    def get_monthly_fee(self, row: Any) -> str | None:
        return _text(row.terms.monthly_fee)

    @extend_schema_field(MONEY)
    def get_amount(self, row: Any) -> str | None:
        return _text(row.amount)


class CostComparisonSerializer(serializers.Serializer[Any]):
    """Full time against the fee, and verified savings against the fees of the period."""

    first = DayField()
    last = DayField()
    currency = serializers.CharField()
    full_time_amount = serializers.SerializerMethodField()
    full_time_source = serializers.CharField()
    fee_a_year = serializers.SerializerMethodField()
    less_percent = serializers.SerializerMethodField()
    fees = serializers.SerializerMethodField()
    fee_lines = FeeLineSerializer(source="lines", many=True)
    verified_savings = serializers.SerializerMethodField()
    unverified_savings = serializers.SerializerMethodField()
    roi_percent = serializers.SerializerMethodField()

    @extend_schema_field(MONEY)
    def get_full_time_amount(self, row: Any) -> str | None:
        return _text(row.full_time)

    @extend_schema_field(MONEY)
    def get_fee_a_year(self, row: Any) -> str | None:
        return _text(row.year_fee)

    @extend_schema_field(PERCENT)
    def get_less_percent(self, row: Any) -> str | None:
        return _text(row.less_percent, 1)

    @extend_schema_field(MONEY)
    def get_fees(self, row: Any) -> str | None:
        return _text(row.fees)

    @extend_schema_field(MONEY)
    def get_verified_savings(self, row: Any) -> str | None:
        return _text(row.verified_amount)

    @extend_schema_field(MONEY)
    def get_unverified_savings(self, row: Any) -> str | None:
        return _text(row.waiting_amount)

    @extend_schema_field(PERCENT)
    def get_roi_percent(self, row: Any) -> str | None:
        return _text(row.roi_percent, 1)
