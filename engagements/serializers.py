"""The API's shapes of engagements, terms, time and the retainer."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from engagements.models import Engagement, Terms, TimeEntry
from tenants.api.fields import TenantRelatedField
from tenants.api.serializers import TenantSerializer
from tenants.models import Member

HOURS = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": 744},
        {"type": "string", "pattern": r"^\d{1,3}(\.\d{1,2})?$"},
    ],
    "description": "Hours as a number; whole minutes, such as 12.25.",
}


@extend_schema_field(HOURS)
class HoursField(serializers.DecimalField):
    """Hours: a number in answers, a number or its text in bodies."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=5, decimal_places=2, min_value=0, max_value=744, **kwargs)

    def to_representation(self, value: Decimal) -> Any:
        """A whole number where it is one, else with its fraction."""
        return int(value) if value == int(value) else float(value)


class EngagementSerializer(TenantSerializer):
    cto = TenantRelatedField(Member)
    sponsor = TenantRelatedField(Member, required=False, allow_null=True)

    class Meta:
        model = Engagement
        fields = [
            "id",
            "title",
            "purpose",
            "cto",
            "sponsor",
            "starts_on",
            "ends_on",
            "status",
            "model",
            "created_at",
            "updated_at",
        ]


class TermsSerializer(TenantSerializer):
    engagement = TenantRelatedField(Engagement, read_only=True)
    hours_per_month = HoursField()
    currency = serializers.CharField(
        required=False, min_length=3, max_length=3, help_text="The company's; no other is taken."
    )

    class Meta:
        model = Terms
        fields = [
            "id",
            "engagement",
            "effective_on",
            "scope_level",
            "hours_per_month",
            "monthly_fee",
            "currency",
            "notice_days",
            "rollover",
            "rollover_cap_minutes",
            "rollover_expiry_months",
            "overage_rate",
            "po_number",
            "created_at",
        ]


class ServedField(serializers.CharField):
    """What time was logged for: an initiative's id, or a name, in the same field."""

    def run_validation(self, data: Any = empty) -> Any:
        if data is None:  # the framework would ask for a text where a field fills several
            return {"initiative": None}
        return {"initiative": super().run_validation(data)}

    def get_attribute(self, instance: Any) -> Any:
        return instance.linked_initiative_id or instance.initiative


class TimeEntrySerializer(TenantSerializer):
    engagement = TenantRelatedField(Engagement)
    member = TenantRelatedField(
        Member,
        required=False,
        help_text="Whose time it is: the caller's, or for a service key the engagement's CTO.",
    )
    category = serializers.ChoiceField(
        choices=TimeEntry.Category.choices, default=TimeEntry.Category.OTHER
    )
    initiative = ServedField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=120,
        source="*",
        help_text="Id of the initiative that it served, or the name of one that is not listed.",
    )

    class Meta:
        model = TimeEntry
        fields = [
            "id",
            "engagement",
            "member",
            "date",
            "minutes",
            "category",
            "initiative",
            "note",
            "created_at",
            "updated_at",
        ]


class RetainerSerializer(serializers.Serializer[Any]):
    """One month in minutes; granted + rolled over = used + left."""

    month = serializers.SerializerMethodField()
    granted_minutes = serializers.IntegerField()
    rolled_over_minutes = serializers.IntegerField()
    used_minutes = serializers.IntegerField()
    left_minutes = serializers.IntegerField(help_text="Below zero: used beyond what was agreed.")
    over_minutes = serializers.IntegerField()
    expiring_minutes = serializers.IntegerField(help_text="Of those left, lapsing at month end.")
    burn_percent = serializers.FloatField(
        allow_null=True, help_text="Null when hours were used and none were agreed."
    )
    pace_percent = serializers.FloatField(help_text="Working days so far, of the month's.")
    pace_minutes = serializers.IntegerField()
    forecast_minutes = serializers.IntegerField()
    forecast_over_minutes = serializers.IntegerField(help_text="Below zero: hours to spare.")
    working_days = serializers.IntegerField()
    working_days_elapsed = serializers.IntegerField()

    def get_month(self, row: Any) -> str:
        return f"{row.month:%Y-%m}"
