"""The API's shapes of approval tiers, budgets, rates and delegations."""

from decimal import Decimal
from typing import Any, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from decisions import money, tiers
from decisions.fields import AMOUNT, MoneyIn, MoneyOut
from decisions.models import ApprovalPolicy, Budget, Delegation, ExchangeRate
from decisions.serializers import SpendCountedSerializer, StandInSerializer
from decisions.tiers import Rule, StepRule, Tier
from tenants.api.fields import BooleanField, ChoiceField, DayField, InstantField, TenantRelatedField
from tenants.api.serializers import TenantSerializer
from tenants.models import Member
from tenants.permissions import Role


class StepRuleSerializer(serializers.Serializer):
    """Who is asked, how many must approve, in how many working hours; `parallel`: together with
    the step before."""

    roles = serializers.ListField(
        child=ChoiceField(choices=[role.value for role in Role]), max_length=7
    )
    rule = ChoiceField(choices=[rule.value for rule in Rule], default=Rule.ANY.value)
    hours = serializers.IntegerField(default=48)
    parallel = BooleanField(default=False)


class TierSerializer(serializers.Serializer):
    """Amounts up to `up_to`, which is in it or not; null for the last. Each tier begins where the
    one before it ends; `from` may be said, and is then checked."""

    up_to = serializers.SerializerMethodField()
    up_to_inclusive = BooleanField(default=False)
    steps = StepRuleSerializer(many=True)

    @extend_schema_field({**AMOUNT, "type": ["string", "null"]})
    def get_up_to(self, row: dict[str, Any]) -> Any:
        return row["up_to"]


class TierInputSerializer(serializers.Serializer):
    """A tier as it is written."""

    up_to = MoneyIn(required=False, allow_null=True, default=None)
    up_to_inclusive = BooleanField(default=False)
    steps = StepRuleSerializer(many=True)

    def get_fields(self) -> dict[str, Any]:
        return {"from": MoneyIn(required=False, allow_null=True), **super().get_fields()}


class PolicySerializer(TenantSerializer):
    """A version of the approval tiers. A new one never touches requests in flight."""

    tiers = TierSerializer(many=True, read_only=True)
    created_by = TenantRelatedField(Member, read_only=True)
    warnings = serializers.SerializerMethodField()
    changes = serializers.SerializerMethodField()

    class Meta:
        model = ApprovalPolicy
        fields = [
            "id",
            "version",
            "effective_on",
            "currency",
            "tiers",
            "own_authority",
            "splitting_days",
            "expires_after_days",
            "note",
            "warnings",
            "changes",
            "created_by",
            "created_at",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_warnings(self, row: ApprovalPolicy) -> list[str]:
        return tiers.warnings(row.rules)

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_changes(self, row: ApprovalPolicy) -> list[str]:
        """What differs from the version before, in words."""
        context = cast(dict[str, Any], self.context)
        if "versions" not in context:
            context["versions"] = {each.version: each for each in ApprovalPolicy.objects.all()}
        before = context["versions"].get(row.version - 1)
        if before is None:
            return []
        return tiers.changes_in_words(before.rules, row.rules, row.currency)


class PolicyInputSerializer(serializers.Serializer):
    """A new version; settings that are not given stay as they are."""

    effective_on = DayField(required=False)
    tiers = TierInputSerializer(many=True)
    own_authority = BooleanField(required=False)
    splitting_days = serializers.IntegerField(required=False, min_value=0, max_value=365)
    expires_after_days = serializers.IntegerField(required=False, min_value=1, max_value=365)
    note = serializers.CharField(required=False, allow_blank=True, max_length=500)
    based_on = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=2**31 - 1,
        help_text="The newest version that the writer has seen: refused where one came meanwhile.",
    )


def rules_of(rows: list[dict[str, Any]]) -> tuple[tuple[Tier, ...], list[Decimal | None]]:
    """The tiers of a checked body, and where its writer says that each begins."""
    rules = tuple(
        Tier(
            row["up_to"],
            row["up_to_inclusive"],
            tuple(
                StepRule(tuple(s["roles"]), s["rule"], s["hours"], s["parallel"])
                for s in row["steps"]
            ),
        )
        for row in rows
    )
    return rules, [row.get("from") for row in rows]


class SimulatedStepSerializer(serializers.Serializer):
    position = serializers.IntegerField()
    stage = serializers.IntegerField()
    roles = serializers.ListField(source="rule.roles", child=serializers.CharField())
    rule = serializers.CharField(source="rule.rule")
    hours = serializers.IntegerField(source="rule.hours")
    approvers = serializers.SerializerMethodField()
    needed = serializers.IntegerField()
    due_at = InstantField()
    reasons = serializers.ListField(child=serializers.CharField())

    @extend_schema_field(StandInSerializer(many=True))
    def get_approvers(self, row: Any) -> list[dict[str, str]]:
        return [{"member": str(person.id), "name": person.name} for person in row.people]


class SimulationSerializer(serializers.Serializer):
    """Who would approve, and why."""

    amount = serializers.SerializerMethodField()
    counted_amount = serializers.SerializerMethodField()
    currency = serializers.CharField()
    rate = serializers.DecimalField(max_digits=20, decimal_places=10)
    rate_on = DayField()
    counted_with = serializers.SerializerMethodField()
    policy_version = serializers.IntegerField(source="policy.version")
    effective_on = DayField(source="policy.effective_on")
    tier = serializers.IntegerField()
    range = serializers.SerializerMethodField()
    within_own_authority = BooleanField()
    can_be_approved = BooleanField()
    steps = SimulatedStepSerializer(many=True)
    reasons = serializers.ListField(child=serializers.CharField())

    @extend_schema_field(AMOUNT)
    def get_amount(self, row: Any) -> str:
        return money.plain(row.amount, row.currency)

    @extend_schema_field(AMOUNT)
    def get_counted_amount(self, row: Any) -> str:
        return money.plain(row.counted, row.currency)

    @extend_schema_field(SpendCountedSerializer(many=True))
    def get_counted_with(self, row: Any) -> list[dict[str, Any]]:
        return [each.to_json(row.currency) for each in row.counted_with]

    @extend_schema_field({"type": "string"})
    def get_range(self, row: Any) -> str:
        return tiers.range_in_words(row.policy.rules, row.tier, row.currency)


class BudgetSerializer(TenantSerializer):
    """A budget line: committed + actual never exceed what is allocated, but by finance's
    exceptions (`excepted`)."""

    allocated = MoneyIn()
    currency = serializers.CharField(
        required=False, min_length=3, max_length=3, help_text="The company's; no other is taken."
    )
    committed = MoneyOut()
    actual = MoneyOut()
    excepted = MoneyOut()
    available = MoneyOut()
    owner = TenantRelatedField(Member, required=False, allow_null=True)

    class Meta:
        model = Budget
        fields = [
            "id",
            "name",
            "starts_on",
            "ends_on",
            "allocated",
            "committed",
            "actual",
            "excepted",
            "available",
            "currency",
            "owner",
            "created_at",
            "updated_at",
        ]


class DelegationSerializer(TenantSerializer):
    """`delegate` may decide for `delegator` from `starts_at` until before `ends_at`."""

    delegator = TenantRelatedField(
        Member, required=False, help_text="Whose authority: the caller's own if not given."
    )
    delegate = TenantRelatedField(Member)

    class Meta:
        model = Delegation
        fields = [
            "id",
            "delegator",
            "delegate",
            "starts_at",
            "ends_at",
            "reason",
            "revoked_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["id", "revoked_at"]


class ExchangeRateSerializer(TenantSerializer):
    """What one unit of `currency` was worth in the company's own, on a date."""

    currency = serializers.CharField(min_length=3, max_length=3)
    rate = serializers.DecimalField(max_digits=20, decimal_places=10)

    class Meta:
        model = ExchangeRate
        fields = ["id", "currency", "on", "rate", "source", "created_at", "updated_at"]


class ExchangeRateInputSerializer(ExchangeRateSerializer):
    """A rate to record."""

    confirm = BooleanField(default=False, help_text="It is right, unlikely as it looks.")

    class Meta(ExchangeRateSerializer.Meta):
        fields = ["currency", "on", "rate", "source", "confirm"]


class RateFileSerializer(serializers.Serializer):
    """A CSV file with the columns currency, on, rate."""

    file = serializers.FileField()
    confirm = BooleanField(default=False, help_text="Rows that can hardly be right are right.")


class RatesRecordedSerializer(serializers.Serializer):
    recorded = serializers.IntegerField()
