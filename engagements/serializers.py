"""The API's shapes of engagements, terms, time and the retainer."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from engagements.models import (
    TERMS_FIELDS,
    Engagement,
    Notice,
    Side,
    StatusChange,
    Terms,
    TermsProposal,
    TimeEntry,
    Timer,
)
from tenants.api.fields import BooleanField, ChoiceField, DayField, InstantField, TenantRelatedField
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
    reason = serializers.CharField(
        write_only=True,
        required=False,
        allow_blank=True,
        max_length=500,
        help_text="Why `status` changes; it stays on record.",
    )

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
            "alert_percents",
            "renewal_lead_days",
            "closes_on_working_day",
            "reason",
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
            *TERMS_FIELDS,
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
    category = ChoiceField(choices=TimeEntry.Category.choices, default=TimeEntry.Category.OTHER)
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


class RetainerCategorySerializer(serializers.Serializer[Any]):
    category = ChoiceField(choices=TimeEntry.Category.choices)
    minutes = serializers.IntegerField()


class RetainerInitiativeSerializer(serializers.Serializer[Any]):
    initiative = serializers.UUIDField(
        allow_null=True, help_text="Null for one that has a name alone, and for none."
    )
    name = serializers.CharField(allow_blank=True, help_text="Empty: without an initiative.")
    minutes = serializers.IntegerField()


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
    approved_over_minutes = serializers.IntegerField(help_text="Of those over, approved ones.")
    unapproved_over_minutes = serializers.IntegerField(help_text="Recorded, and not approved.")
    overage_amount = serializers.CharField(help_text="What the approved ones cost.")
    working_days = serializers.IntegerField()
    working_days_elapsed = serializers.IntegerField()
    by_category = RetainerCategorySerializer(many=True)
    by_initiative = RetainerInitiativeSerializer(many=True)

    def get_month(self, row: Any) -> str:
        return f"{row['month']:%Y-%m}"


class StatusChangeSerializer(TenantSerializer):
    engagement = TenantRelatedField(Engagement, read_only=True)
    changed_by = TenantRelatedField(Member, read_only=True)

    class Meta:
        model = StatusChange
        fields = [
            "id",
            "engagement",
            "before",
            "after",
            "effective_on",
            "changed_at",
            "changed_by",
            "reason",
        ]


class NoticeSerializer(TenantSerializer):
    engagement = TenantRelatedField(Engagement, read_only=True)
    given_by = TenantRelatedField(Member, read_only=True)
    side = ChoiceField(
        choices=Side.choices,
        required=False,
        help_text="Only who holds both sides needs to say it.",
    )
    reason = serializers.CharField(min_length=3, max_length=500)

    class Meta:
        model = Notice
        fields = [
            "id",
            "engagement",
            "side",
            "given_on",
            "given_by",
            "notice_days",
            "ends_on",
            "previous_ends_on",
            "reason",
            "withdrawn_at",
        ]
        read_only_fields = [
            "given_on",
            "notice_days",
            "ends_on",
            "previous_ends_on",
            "withdrawn_at",
        ]


class SideSerializer(serializers.Serializer[Any]):
    """For which side: only who holds both needs to say it."""

    side = ChoiceField(choices=Side.choices, required=False)


class ProposalReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(required=False, allow_blank=True, max_length=1000, default="")


class ImpactSerializer(serializers.Serializer[Any]):
    """Hours and fee from the date to `until`, without the change and with it."""

    since = DayField()
    until = DayField()
    to_the_end = BooleanField(
        help_text="Whether `until` is the engagement's end; else it is twelve months on."
    )
    minutes_before = serializers.IntegerField()
    minutes_after = serializers.IntegerField()
    fee_before = serializers.DecimalField(max_digits=16, decimal_places=2)
    fee_after = serializers.DecimalField(max_digits=16, decimal_places=2)


class ProposalSerializer(TermsSerializer):
    side = ChoiceField(
        choices=Side.choices,
        required=False,
        help_text="The side that proposes; only who holds both needs to say it.",
    )
    reason = serializers.CharField(required=False, allow_blank=True, max_length=1000, default="")
    proposed_by = TenantRelatedField(Member, read_only=True)
    accepted_by_cto = TenantRelatedField(Member, read_only=True)
    accepted_by_client = TenantRelatedField(Member, read_only=True)
    terms = TenantRelatedField(Terms, read_only=True)

    class Meta:
        model = TermsProposal
        fields = [
            *TermsSerializer.Meta.fields,
            "status",
            "side",
            "reason",
            "proposed_by",
            "accepted_by_cto",
            "accepted_by_cto_at",
            "accepted_by_client",
            "accepted_by_client_at",
            "closed_at",
            "closing_reason",
            "terms",
            "updated_at",
        ]
        read_only_fields = [
            "status",
            "accepted_by_cto_at",
            "accepted_by_client_at",
            "closed_at",
            "closing_reason",
        ]


class ProposalDetailSerializer(ProposalSerializer):
    impact = ImpactSerializer(read_only=True, required=False)

    class Meta(ProposalSerializer.Meta):
        fields = [*ProposalSerializer.Meta.fields, "impact"]


class QuickEntrySerializer(serializers.Serializer[Any]):
    engagement = TenantRelatedField(Engagement)
    line = serializers.CharField(
        max_length=700, help_text="`[day] 1h30 [category] [initiative:] [note]`"
    )


class CopyWeekSerializer(serializers.Serializer[Any]):
    engagement = TenantRelatedField(Engagement)
    week_start = DayField(help_text="The first day of the week to copy into.")


class NotCopiedSerializer(serializers.Serializer[Any]):
    entry = serializers.UUIDField()
    message = serializers.CharField()


class CopiedSerializer(serializers.Serializer[Any]):
    copied = TimeEntrySerializer(many=True)
    there_already = serializers.IntegerField()
    refused = NotCopiedSerializer(many=True)


class TimerSerializer(TenantSerializer):
    engagement = TenantRelatedField(Engagement)
    member = TenantRelatedField(Member, read_only=True)
    category = ChoiceField(choices=TimeEntry.Category.choices, default=TimeEntry.Category.OTHER)
    initiative = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=120
    )

    class Meta:
        model = Timer
        fields = [
            "id",
            "engagement",
            "member",
            "started_at",
            "category",
            "initiative",
            "note",
            "updated_at",
        ]
        read_only_fields = ["started_at"]


class TimerChangeSerializer(TimerSerializer):
    category = ChoiceField(choices=TimeEntry.Category.choices, required=False)

    class Meta(TimerSerializer.Meta):
        fields = ["category", "initiative", "note"]


class TimerStopSerializer(serializers.Serializer[Any]):
    ended_at = InstantField(required=False, help_text="When work ended; now if not given.")
    whole = BooleanField(
        required=False, default=False, help_text="Log all of it, though it ran above 12 hours."
    )


class StoppedSerializer(serializers.Serializer[Any]):
    entries = TimeEntrySerializer(many=True)
    seconds = serializers.IntegerField(help_text="What the timer measured.")
    minutes = serializers.IntegerField(help_text="What was logged.")
    rounded_seconds = serializers.IntegerField(help_text="Logged minus measured.")
