"""The API's shapes of initiatives, milestones, weights and sessions."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from engagements.impact import LEVELS, Rating, rate
from engagements.models import ImpactWeights, Initiative, Milestone, Prioritisation, Ranking
from tenants.api.fields import BooleanField, TenantRelatedField
from tenants.api.serializers import TenantSerializer
from tenants.models import Member

_SCORES = ["business_value", "resource_demand", "timeline", "risk"]


class MilestoneSerializer(TenantSerializer):
    initiative = TenantRelatedField(Initiative)
    done = BooleanField(source="is_done", required=False)
    done_by = TenantRelatedField(Member, read_only=True)

    class Meta:
        model = Milestone
        fields = [
            "id",
            "initiative",
            "title",
            "due_on",
            "done",
            "done_at",
            "done_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["done_at"]


class StepSerializer(TenantSerializer):
    """A milestone inside its initiative."""

    done = BooleanField(source="is_done", read_only=True)

    class Meta:
        model = Milestone
        fields = ["id", "title", "due_on", "done"]


class InitiativeSerializer(TenantSerializer):
    """`impact` follows from the scores under the weights in force; `impact_reason` says how."""

    owner = TenantRelatedField(Member, required=False, allow_null=True)
    currency = serializers.CharField(
        required=False, allow_blank=True, max_length=3, help_text="Of the budget; the company's."
    )
    impact = serializers.SerializerMethodField()
    impact_score = serializers.SerializerMethodField()
    impact_reason = serializers.SerializerMethodField()
    logged_minutes = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Null for callers who may not see time."
    )
    milestones = StepSerializer(many=True, read_only=True)

    class Meta:
        model = Initiative
        fields = [
            "id",
            "title",
            "expected_result",
            *_SCORES,
            "impact",
            "impact_score",
            "impact_reason",
            "horizon",
            "status",
            "progress_percent",
            "owner",
            "starts_on",
            "due_on",
            "done_on",
            "budget_amount",
            "currency",
            "logged_minutes",
            "milestones",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["done_on"]

    def _rating(self, row: Initiative) -> Rating:
        return rate(row, self.context["weights"])

    @extend_schema_field({"type": "string", "enum": list(LEVELS)})
    def get_impact(self, row: Initiative) -> str:
        return self._rating(row).impact

    @extend_schema_field({"type": "string", "example": "3.90"})
    def get_impact_score(self, row: Initiative) -> str:
        return f"{self._rating(row).score:.2f}"

    def get_impact_reason(self, row: Initiative) -> str:
        return self._rating(row).sentence


class ImpactWeightsSerializer(TenantSerializer):
    set_by = TenantRelatedField(Member, read_only=True)

    class Meta:
        model = ImpactWeights
        fields = [
            "id",
            "effective_on",
            *_SCORES,
            "high_from",
            "medium_from",
            "reason",
            "set_by",
            "created_at",
        ]


class RankingSerializer(TenantSerializer):
    initiative = TenantRelatedField(Initiative, read_only=True)

    class Meta:
        model = Ranking
        fields = [
            "initiative",
            "title",
            "before",
            "after",
            "score_before",
            "score_after",
            "impact_before",
            "impact_after",
            "rank_before",
            "rank_after",
            "reason",
        ]


class PrioritisationSerializer(TenantSerializer):
    held_by = TenantRelatedField(Member, read_only=True)
    rankings = RankingSerializer(many=True, read_only=True)

    class Meta:
        model = Prioritisation
        fields = ["id", "held_on", "held_by", "note", "next_due_on", "rankings", "created_at"]


class NewScoresSerializer(serializers.Serializer[Any]):
    """The scores of one initiative and why they change; scores left out stay as they are."""

    initiative = serializers.UUIDField()
    business_value = serializers.IntegerField(min_value=1, max_value=5, required=False)
    resource_demand = serializers.IntegerField(min_value=1, max_value=5, required=False)
    timeline = serializers.IntegerField(min_value=1, max_value=5, required=False)
    risk = serializers.IntegerField(min_value=1, max_value=5, required=False)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class NewPrioritisationSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")
    scores = NewScoresSerializer(many=True, required=False, default=list)
