"""The API's shapes of charters, absences, the integration plan, the people map and the tools."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from engagements.charter_states import state_of
from engagements.models import (
    CHECKLIST,
    Charter,
    Clause,
    CommunicationTool,
    Counting,
    DecisionKind,
    DecisionRule,
    Engagement,
    EscalationStep,
    IntegrationActivity,
    MoneyLimit,
    OffPeriod,
    Stakeholder,
    Urgency,
)
from engagements.register import reply_warning
from tenants.api.fields import BooleanField, ChoiceField, DayField, InstantField, TenantRelatedField
from tenants.api.serializers import TenantSerializer
from tenants.models import Member

_TIMES = {
    "type": "object",
    "description": "By urgency; what is left out stays as it is.",
    "properties": {
        urgency: {
            "type": "object",
            "properties": {
                "amount": {"type": "integer"},
                "counted": {"type": "string", "enum": Counting.values},
            },
        }
        for urgency in Urgency.values
    },
}
_DECISIONS = {
    "type": "object",
    "description": "By kind of decision; the limit points to the approval tiers.",
    "properties": {
        kind: {
            "type": "object",
            "properties": {
                "rule": {"type": "string", "enum": DecisionRule.values},
                "limit": {"type": "string", "enum": MoneyLimit.values},
            },
        }
        for kind in DecisionKind.values
    },
}
_CLAUSES = {
    "type": "object",
    "description": "The text of each clause; what is left out stays as it is.",
    "properties": {clause: {"type": "string"} for clause in Clause.values},
}


class ResponseTimeSerializer(serializers.Serializer[Any]):
    """An amount, and how it is counted."""

    amount = serializers.IntegerField()
    counted = ChoiceField(choices=Counting.choices)


class DeciderSerializer(serializers.Serializer[Any]):
    """Who decides things of a kind, up to where."""

    rule = ChoiceField(choices=DecisionRule.choices)
    limit = ChoiceField(choices=MoneyLimit.choices, default=MoneyLimit.NONE)


@extend_schema_field(_CLAUSES)
class ClausesField(serializers.DictField):
    child = serializers.CharField(allow_blank=True, trim_whitespace=False)


@extend_schema_field(_TIMES)
class ResponseTimesField(serializers.DictField):
    child = ResponseTimeSerializer()


@extend_schema_field(_DECISIONS)
class DecisionsField(serializers.DictField):
    child = DeciderSerializer()


class EscalationStepSerializer(TenantSerializer):
    role = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, help_text="A role, or else a member."
    )
    member = TenantRelatedField(Member, required=False, allow_null=True)
    name = serializers.CharField(source="__str__", read_only=True)

    class Meta:
        model = EscalationStep
        fields = ["role", "member", "name"]

    def to_representation(self, instance: Any) -> Any:
        shown = super().to_representation(instance)
        return shown | {"role": shown["role"] or None}


class CharterSerializer(TenantSerializer):
    engagement = TenantRelatedField(Engagement)
    clauses = ClausesField(required=False)
    response_times = ResponseTimesField(required=False)
    decisions = DecisionsField(required=False)
    escalation_path = EscalationStepSerializer(many=True, source="steps", required=False)
    normal_channel = TenantRelatedField(CommunicationTool, required=False, allow_null=True)
    urgent_channel = TenantRelatedField(CommunicationTool, required=False, allow_null=True)
    state = serializers.SerializerMethodField(
        help_text="Where it stands today: draft, to_come, in_force or replaced."
    )
    review_overdue = serializers.SerializerMethodField()

    class Meta:
        model = Charter
        fields = [
            "id",
            "engagement",
            "number",
            "status",
            "state",
            "summary",
            "clauses",
            "response_times",
            "decisions",
            "escalation_path",
            "deputy_from_days",
            "normal_channel",
            "urgent_channel",
            "effective_on",
            "review_on",
            "review_overdue",
            "reviewed_on",
            "published_at",
            "published_by_name",
            "created_at",
            "updated_at",
        ]
        read_only_fields = [
            "number",
            "status",
            "reviewed_on",
            "published_at",
            "published_by_name",
        ]

    @extend_schema_field({"type": "string", "enum": ["draft", "to_come", "in_force", "replaced"]})
    def get_state(self, row: Any) -> str:
        return state_of(row, self._later(row), row.engagement.tenant.today)

    def _later(self, row: Any) -> Any:
        """(number, first day) of the published versions, as the view read them for all rows."""
        return self.context["published"].get(row.engagement_id, ())

    def get_review_overdue(self, row: Any) -> bool:
        today = row.engagement.tenant.today
        in_force = state_of(row, self._later(row), today) == "in_force"
        return bool(in_force and row.review_on < today)


class OnDaySerializer(serializers.Serializer[Any]):
    on = DayField(required=False)


class PublishSerializer(serializers.Serializer[Any]):
    """From when, and when it is looked at again."""

    effective_on = DayField(required=False, allow_null=True, help_text="Today if not given.")
    review_on = DayField(
        required=False, allow_null=True, help_text="Half a year later if not given."
    )


class ReviewSerializer(serializers.Serializer[Any]):
    """When the version is looked at next."""

    review_on = DayField()


class RemindedSerializer(serializers.Serializer[Any]):
    """Who was asked once more."""

    members = serializers.ListField(child=serializers.UUIDField())


class AcknowledgedSerializer(serializers.Serializer[Any]):
    """A member, and when they acknowledged the version."""

    member = serializers.UUIDField(source="member.pk")
    name = serializers.CharField(source="member.name")
    acknowledged_at = InstantField(allow_null=True)


class AcknowledgementsSerializer(serializers.Serializer[Any]):
    """Who has acknowledged a version, and which active members have not."""

    acknowledged = AcknowledgedSerializer(many=True)
    missing = AcknowledgedSerializer(many=True)


class PartSerializer(serializers.Serializer[Any]):
    op = ChoiceField(choices=["same", "added", "removed"])
    text = serializers.CharField(trim_whitespace=False)


class ClauseDiffSerializer(serializers.Serializer[Any]):
    clause = serializers.CharField()
    name = serializers.CharField()
    changed = BooleanField(source="is_changed")
    before = serializers.CharField()
    after = serializers.CharField()
    parts = PartSerializer(many=True)


class FactDiffSerializer(serializers.Serializer[Any]):
    clause = serializers.CharField()
    name = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class CharterDiffSerializer(serializers.Serializer[Any]):
    """From `against` (null: from nothing) to this version."""

    against = serializers.UUIDField(source="before.pk", allow_null=True, default=None)
    charter = serializers.UUIDField(source="after.pk")
    clauses = ClauseDiffSerializer(many=True)
    facts = FactDiffSerializer(many=True)


class StepInForceSerializer(serializers.Serializer[Any]):
    role = serializers.CharField(allow_null=True)
    member = serializers.UUIDField(source="member_id", allow_null=True)
    name = serializers.CharField()


class ResponseInForceSerializer(serializers.Serializer[Any]):
    urgency = serializers.CharField()
    amount = serializers.IntegerField()
    counted = serializers.CharField()
    hours = serializers.IntegerField(help_text="A working day has eight.")
    words = serializers.CharField()


class DeciderInForceSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    rule = serializers.CharField()
    limit = serializers.CharField()
    cto_alone = BooleanField(source="is_cto_alone")
    roles = serializers.ListField(child=serializers.CharField())
    words = serializers.CharField()


class BoundariesSerializer(serializers.Serializer[Any]):
    """The live clauses in force; Bowline's defaults where `is_default`."""

    is_default = BooleanField()
    version = serializers.IntegerField(allow_null=True)
    response_times = serializers.SerializerMethodField()
    escalation_path = StepInForceSerializer(many=True)
    decisions = serializers.SerializerMethodField()
    deputy_from_days = serializers.IntegerField(allow_null=True)
    normal_channel = serializers.CharField()
    urgent_channel = serializers.CharField()

    @extend_schema_field(ResponseInForceSerializer(many=True))
    def get_response_times(self, row: Any) -> Any:
        return [
            {
                "urgency": urgency,
                "amount": time.amount,
                "counted": time.counted.value,
                "hours": time.hours,
                "words": time.words,
            }
            for urgency, time in row.response_times.items()
        ]

    @extend_schema_field(DeciderInForceSerializer(many=True))
    def get_decisions(self, row: Any) -> Any:
        return DeciderInForceSerializer(list(row.decisions.values()), many=True).data


class CharterInForceSerializer(serializers.Serializer[Any]):
    """What holds on a day: the charter (null where none is in force) and its live clauses."""

    charter = CharterSerializer(allow_null=True)
    boundaries = BoundariesSerializer()


class OffPeriodSerializer(TenantSerializer):
    member = TenantRelatedField(
        Member, required=False, help_text="Who is away: the caller if not given."
    )
    deputy = TenantRelatedField(Member, required=False, allow_null=True)
    status = ChoiceField(choices=OffPeriod.Status.choices, read_only=True)
    days = serializers.IntegerField(read_only=True, help_text="Calendar days, both ends included.")

    class Meta:
        model = OffPeriod
        fields = [
            "id",
            "member",
            "starts_on",
            "ends_on",
            "days",
            "deputy",
            "note",
            "status",
            "cancelled_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["cancelled_at"]


class IntegrationActivitySerializer(TenantSerializer):
    engagement = TenantRelatedField(Engagement)
    person = TenantRelatedField(Stakeholder, required=False, allow_null=True)
    position = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=1000,
        help_text="The place in its phase, from 0; the others make room.",
    )
    overdue = serializers.SerializerMethodField()

    class Meta:
        model = IntegrationActivity
        fields = [
            "id",
            "engagement",
            "phase",
            "kind",
            "title",
            "person",
            "planned_on",
            "status",
            "done_on",
            "outcome",
            "position",
            "overdue",
            "created_at",
            "updated_at",
        ]

    def get_overdue(self, row: Any) -> bool:
        return bool(row.is_overdue(row.engagement.tenant.today))


class StakeholderSerializer(TenantSerializer):
    """`support` and `notes` are null for whoever may not read them."""

    engagement = TenantRelatedField(Engagement)
    member = TenantRelatedField(Member, required=False, allow_null=True)
    name = serializers.CharField(
        required=False, max_length=120, help_text="A member's own if not given."
    )
    influence = serializers.IntegerField(required=False, min_value=1, max_value=5)
    support = serializers.IntegerField(required=False, min_value=1, max_value=5, allow_null=True)
    notes = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, max_length=2000
    )

    class Meta:
        model = Stakeholder
        fields = [
            "id",
            "engagement",
            "member",
            "name",
            "department",
            "role",
            "influence",
            "support",
            "notes",
            "created_at",
            "updated_at",
        ]

    def to_representation(self, instance: Any) -> Any:
        shown = super().to_representation(instance)
        actor = self.context["request"].actor
        return (
            shown if actor.can("stakeholder.manage") else shown | {"support": None, "notes": None}
        )


class CommunicationToolSerializer(TenantSerializer):
    link = serializers.CharField(
        required=False, allow_blank=True, max_length=500, help_text="https:// only."
    )
    monthly_cost = serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=0, required=False, allow_null=True
    )
    warning = serializers.SerializerMethodField(
        help_text="Where its reply time contradicts the charter in force; empty otherwise."
    )

    class Meta:
        model = CommunicationTool
        fields = [
            "id",
            "type",
            "platform",
            "status",
            "link",
            "purpose",
            "expected_reply_hours",
            "monthly_cost",
            "currency",
            *CHECKLIST,
            "warning",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["currency"]

    def get_warning(self, row: Any) -> str:
        return reply_warning(row, self.context["boundaries"])
