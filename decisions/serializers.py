"""The API's shapes of spend requests and their trail."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from decisions import criteria, money, route
from decisions.commitment import commitment_of
from decisions.fields import NULLABLE_AMOUNT, MoneyIn, NullableMoneyOut
from decisions.ladder import Ladder, ladder_of
from decisions.models import Budget, Invoice, SpendDecision, SpendEvent, SpendRequest
from decisions.quorum import Vote
from decisions.roster import load_roster
from engagements.serializers import ServedField
from kpis.models import Kpi
from tenants.api.fields import BooleanField, ChoiceField, DayField, InstantField, TenantRelatedField
from tenants.api.serializers import TenantSerializer
from tenants.models import Member

INTERVALS = {
    "monthly": "month",
    "quarterly": "quarter",
    "yearly": "year",
    "annual": "year",
    "annually": "year",
}
HOME = "home_currency"


class CriterionSerializer(serializers.Serializer):
    """A score from 1 (worst) to 5 (best) and its argument."""

    score = serializers.IntegerField(min_value=1, max_value=5)
    note = serializers.CharField(allow_blank=True, required=False, default="", max_length=2000)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, dict) and isinstance(data.get("score"), bool | str):
            raise serializers.ValidationError({"score": "Score it from 1 to 5."})
        return dict(super().to_internal_value(data))


class CriteriaSerializer(serializers.Serializer):
    """What a request is judged by; each criterion that is given is scored."""

    roi = CriterionSerializer(required=False)
    integration = CriterionSerializer(required=False)
    maintenance = CriterionSerializer(required=False)
    security = CriterionSerializer(required=False)
    business_impact = CriterionSerializer(required=False)
    total_cost_of_ownership = CriterionSerializer(required=False)
    team_expertise = CriterionSerializer(required=False)
    timeline = CriterionSerializer(required=False)
    risk = CriterionSerializer(required=False)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, dict) and (unknown := sorted(set(map(str, data)) - set(criteria.ALL))):
            known = ", ".join(criteria.ALL)
            raise serializers.ValidationError({unknown[0]: f"Use {known}."})
        found = super().to_internal_value(data)
        return {name: dict(value) for name, value in found.items()}

    def to_representation(self, value: Any) -> dict[str, Any]:
        return {name: dict(value[name]) for name in criteria.ALL if name in (value or {})}


class IntervalField(ChoiceField):
    """month, quarter or year; monthly, quarterly and yearly are understood."""

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(
            INTERVALS.get(data, data) if isinstance(data, str) else data
        )


class StandInSerializer(serializers.Serializer):
    member = serializers.UUIDField()
    name = serializers.CharField()


class SpendWaitingSerializer(serializers.Serializer):
    """One person whose word is awaited."""

    member = serializers.UUIDField()
    name = serializers.CharField()
    step = serializers.IntegerField()
    roles = serializers.ListField(child=serializers.CharField())
    since = InstantField(allow_null=True)
    due_at = InstantField(allow_null=True)
    is_escalated = BooleanField()
    stand_ins = serializers.SerializerMethodField()

    @extend_schema_field(StandInSerializer(many=True))
    def get_stand_ins(self, row: route.Waiting) -> list[dict[str, str]]:
        return [{"member": str(pk), "name": name} for pk, name in row.stand_ins]


class SpendDecisionSerializer(TenantSerializer):
    """What one person said: `member` is whose authority it is, `actor` who said it."""

    member = serializers.UUIDField(source="member_id")
    member_name = serializers.CharField(source="member.name")
    actor = serializers.UUIDField(source="actor_id")
    actor_name = serializers.CharField(source="actor.name")
    at = InstantField()

    class Meta:
        model = SpendDecision
        fields = [
            "member",
            "member_name",
            "actor",
            "actor_name",
            "vote",
            "capacity",
            "carried",
            "reason",
            "at",
        ]


class SpendStepSerializer(serializers.Serializer):
    """A step of the present round."""

    position = serializers.IntegerField(source="step.position")
    stage = serializers.IntegerField(source="step.stage")
    roles = serializers.ListField(source="step.roles", child=serializers.CharField())
    rule = serializers.CharField(source="step.rule")
    hours = serializers.IntegerField(source="step.hours")
    status = serializers.CharField()
    opened_at = InstantField(source="step.opened_at", allow_null=True)
    due_at = InstantField(source="step.due_at", allow_null=True)
    escalated_at = InstantField(source="step.escalated_at", allow_null=True)
    escalate_at = InstantField(source="step.escalate_at", allow_null=True)
    decided_at = InstantField(source="step.decided_at", allow_null=True)
    is_late = BooleanField()
    asked = serializers.SerializerMethodField()
    reasons = serializers.ListField(child=serializers.CharField())
    in_favour = serializers.IntegerField()
    against = serializers.IntegerField()
    abstained = serializers.IntegerField()
    recused = serializers.IntegerField()
    eligible = serializers.IntegerField()
    needed = serializers.IntegerField()
    decisions = SpendDecisionSerializer(many=True)

    @extend_schema_field(StandInSerializer(many=True))
    def get_asked(self, row: route.StepRow) -> list[dict[str, str]]:
        return [{"member": str(pk), "name": name} for pk, name in row.people]


class SpendCountedSerializer(serializers.Serializer):
    """A request that counts together with this one, and what they have in common."""

    id = serializers.UUIDField()
    reference = serializers.CharField()
    title = serializers.CharField()
    commitment_amount = serializers.CharField()
    currency = serializers.CharField()
    same = serializers.ListField(child=ChoiceField(choices=["requester", "vendor"]))


class SpendRequestSerializer(TenantSerializer):
    """A request with the state of its ladder."""

    reference = serializers.CharField(read_only=True)
    requester = TenantRelatedField(Member, read_only=True)
    one_off_amount = MoneyIn(required=False)
    recurring_amount = MoneyIn(required=False)
    recurring_interval = IntervalField(choices=SpendRequest.Interval.choices, required=False)
    options_amount = MoneyIn(required=False)
    currency = serializers.CharField(
        required=False, min_length=3, max_length=3, help_text="The company's own if not given."
    )
    budget_line = TenantRelatedField(Budget, required=False, allow_null=True)
    initiative = ServedField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=120,
        source="*",
        help_text="Id of the initiative that it serves, or the name of one that is not listed.",
    )
    criteria = CriteriaSerializer(required=False)
    criteria_missing = serializers.SerializerMethodField()
    commitment_amount = serializers.SerializerMethodField()
    home_currency = serializers.SerializerMethodField()
    counted_amount = NullableMoneyOut(currency=HOME)
    counted_with = SpendCountedSerializer(many=True, read_only=True)
    policy_version = serializers.IntegerField(
        source="policy.version", read_only=True, allow_null=True, default=None
    )
    open_commitment = NullableMoneyOut(currency=HOME)
    paid_amount = NullableMoneyOut(currency=HOME)
    excepted_amount = NullableMoneyOut(currency=HOME)
    waiting_for = serializers.SerializerMethodField()
    steps = serializers.SerializerMethodField()
    route = serializers.SerializerMethodField()
    can = serializers.SerializerMethodField()
    benefit_kpi = TenantRelatedField(Kpi, read_only=True)

    class Meta:
        model = SpendRequest
        fields = [
            "id",
            "reference",
            "title",
            "vendor",
            "purpose",
            "kind",
            "requester",
            "one_off_amount",
            "recurring_amount",
            "recurring_interval",
            "term_months",
            "options_amount",
            "currency",
            "budget_line",
            "initiative",
            "needed_by",
            "criteria",
            "criteria_missing",
            "status",
            "round",
            "commitment_amount",
            "home_currency",
            "rate",
            "rate_on",
            "counted_amount",
            "counted_with",
            "tier",
            "tier_reason",
            "policy_version",
            "waiting_for",
            "steps",
            "route",
            "can",
            "within_own_authority",
            "bypassed_at",
            "bypass_reason",
            "ratify_due_at",
            "ratified_at",
            "unratified_at",
            "open_commitment",
            "paid_amount",
            "excepted_amount",
            "exception_reason",
            "order_reference",
            "benefit_kpi",
            "benefit_review_on",
            "benefit_expected",
            "benefit_note",
            "submitted_at",
            "decided_at",
            "expires_at",
            "ordered_at",
            "closed_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = [
            "id",
            "status",
            "round",
            "rate",
            "rate_on",
            "tier",
            "tier_reason",
            "within_own_authority",
            "bypassed_at",
            "bypass_reason",
            "ratify_due_at",
            "ratified_at",
            "unratified_at",
            "exception_reason",
            "order_reference",
            "benefit_review_on",
            "benefit_expected",
            "benefit_note",
            "submitted_at",
            "decided_at",
            "expires_at",
            "ordered_at",
            "closed_at",
        ]

    def _ladder(self, row: SpendRequest) -> Ladder:
        """The row's ladder, read once; people are loaded once for a whole page."""
        kept = cast(dict[Any, Any], self.context)
        if "roster" not in kept:
            kept["roster"] = load_roster()
        found: Ladder | None = kept.get(row.pk)
        if found is None:
            found = kept[row.pk] = ladder_of(row, kept["roster"])
        return found

    @extend_schema_field(NULLABLE_AMOUNT)
    def get_commitment_amount(self, row: SpendRequest) -> str | None:
        """As frozen at submit; of a draft what it comes to so far, null in another currency: its
        rate is not known before."""
        home = self.get_home_currency(row)
        amount = row.commitment_amount
        if amount is None and row.currency == home:
            amount = commitment_of(row)
        return None if amount is None else money.plain(amount, home)

    @extend_schema_field(serializers.CharField())
    def get_home_currency(self, row: SpendRequest) -> str:
        return row.home_currency or row.tenant.currency

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_criteria_missing(self, row: SpendRequest) -> list[str]:
        return criteria.missing(row.criteria)

    @extend_schema_field(SpendWaitingSerializer(many=True))
    def get_waiting_for(self, row: SpendRequest) -> Any:
        return SpendWaitingSerializer(route.waiting_rows(self._ladder(row)), many=True).data

    @extend_schema_field(SpendStepSerializer(many=True))
    def get_steps(self, row: SpendRequest) -> Any:
        rows = route.step_rows(self._ladder(row), now=timezone.now())
        return SpendStepSerializer(rows, many=True).data

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_route(self, row: SpendRequest) -> list[str]:
        return route.explanation(self._ladder(row))

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "boolean"}})
    def get_can(self, row: SpendRequest) -> dict[str, bool]:
        actor = getattr(self.context.get("request"), "actor", None)
        return route.can(actor, self._ladder(row)) if actor is not None else {}


class SpendReasonSerializer(serializers.Serializer):
    """Why."""

    reason = serializers.CharField(min_length=3, max_length=2000)


class SpendSayingSerializer(serializers.Serializer):
    """An approval; `on_behalf_of` names whom the caller stands in for."""

    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)
    on_behalf_of = TenantRelatedField(Member, required=False, allow_null=True, default=None)


class SpendRejectionSerializer(serializers.Serializer):
    reason = serializers.CharField(min_length=3, max_length=2000)
    on_behalf_of = TenantRelatedField(Member, required=False, allow_null=True, default=None)


class SpendVoteSerializer(SpendSayingSerializer):
    vote = ChoiceField(choices=[vote.value for vote in Vote])


class SpendOptionalReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)


class SpendExtensionSerializer(SpendReasonSerializer):
    hours = serializers.IntegerField(min_value=1, max_value=720)


class SpendExceptionSerializer(SpendReasonSerializer):
    amount = MoneyIn()


class SpendOrderSerializer(serializers.Serializer):
    reference = serializers.CharField(required=False, allow_blank=True, default="", max_length=60)


class SpendCommentSerializer(serializers.Serializer):
    body = serializers.CharField(min_length=3, max_length=2000)


class SpendAmendSerializer(SpendRequestSerializer):
    """Fields to change, and why."""

    reason = serializers.CharField(write_only=True, min_length=3, max_length=2000)

    class Meta(SpendRequestSerializer.Meta):
        fields = [*SpendRequestSerializer.Meta.fields, "reason"]


class BenefitPlanSerializer(serializers.Serializer):
    """When to look whether it was worth it, and at which figure (its id)."""

    review_on = DayField()
    kpi = TenantRelatedField(Kpi, required=False, allow_null=True, default=None)
    expected = serializers.CharField(required=False, allow_blank=True, default="", max_length=500)


class BenefitMonthSerializer(serializers.Serializer):
    period_start = DayField()
    value = serializers.DecimalField(
        max_digits=None, decimal_places=None, allow_null=True, coerce_to_string=True
    )
    n = serializers.IntegerField()


class BenefitSerializer(serializers.Serializer):
    """The figure's months before the order and since, and the means of both."""

    kpi = serializers.UUIDField(source="kpi.pk", allow_null=True, default=None)
    since = DayField(allow_null=True)
    before = BenefitMonthSerializer(many=True)
    after = BenefitMonthSerializer(many=True)
    before_value = serializers.DecimalField(
        max_digits=None, decimal_places=None, allow_null=True, coerce_to_string=True
    )
    after_value = serializers.DecimalField(
        max_digits=None, decimal_places=None, allow_null=True, coerce_to_string=True
    )
    change = serializers.DecimalField(
        max_digits=None, decimal_places=None, allow_null=True, coerce_to_string=True
    )


class BenefitReviewSerializer(serializers.Serializer):
    note = serializers.CharField(min_length=3, max_length=2000)


class SpendEventSerializer(TenantSerializer):
    """A line of the trail: who, when, on whose behalf, under which policy version and step."""

    actor = TenantRelatedField(Member, read_only=True)
    on_behalf_of = TenantRelatedField(Member, read_only=True)
    facts = serializers.SerializerMethodField()

    class Meta:
        model = SpendEvent
        fields = [
            "id",
            "at",
            "verb",
            "actor",
            "actor_name",
            "on_behalf_of",
            "policy_version",
            "round",
            "step",
            "note",
            "facts",
        ]

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_facts(self, row: SpendEvent) -> dict[str, Any]:
        return dict(row.facts)


class InvoiceSerializer(TenantSerializer):
    """What was paid, in the company's currency."""

    amount = serializers.SerializerMethodField()
    currency = serializers.CharField(source="request.home_currency", read_only=True)

    class Meta:
        model = Invoice
        fields = ["id", "reference", "invoiced_on", "amount", "currency", "note", "created_at"]

    def get_amount(self, row: Invoice) -> str:
        return money.plain(row.amount, row.request.home_currency)


class InvoiceInputSerializer(serializers.Serializer):
    reference = serializers.CharField(min_length=1, max_length=60)
    invoiced_on = DayField()
    amount = MoneyIn()
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=500)
