"""Approval tiers, budgets, delegations and exchange rates in the API."""

import datetime as dt
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django_filters.rest_framework import CharFilter, DateFilter, FilterSet, UUIDFilter
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from decisions import money
from decisions.fields import AMOUNT_IN
from decisions.models import ApprovalPolicy, Budget, Delegation, ExchangeRate
from decisions.policy_in_force import policy_in_force
from decisions.policy_serializers import (
    BudgetSerializer,
    DelegationSerializer,
    ExchangeRateInputSerializer,
    ExchangeRateSerializer,
    PolicyInputSerializer,
    PolicySerializer,
    RateFileSerializer,
    RatesRecordedSerializer,
    SimulationSerializer,
    rules_of,
)
from decisions.services.budgets import budget_create, budget_update
from decisions.services.delegations import delegation_create, delegation_end
from decisions.services.rates import rate_record, rates_import
from decisions.services.tiers import policy_set
from decisions.simulate import simulate
from tenants.api.viewsets import Created, Deleted, Listed, Retrieved, TenantViewSet, Updated
from tenants.errors import Denied, Invalid
from tenants.models import Member, Tenant

_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


class ApprovalPolicyViewSet(Listed, Retrieved, Created, TenantViewSet):
    """Who must approve which amount, in dated versions. Requests in flight keep theirs."""

    model = ApprovalPolicy
    serializer_class = PolicySerializer
    input_serializer_class = PolicyInputSerializer
    permissions: ClassVar[dict[str, str]] = {
        "list": "approval_policy.view",
        "retrieve": "approval_policy.view",
        "create": "approval_policy.manage",
        "current": "approval_policy.view",
        "simulate": "approval_policy.view",
    }

    def perform_create(self, data: dict[str, Any]) -> ApprovalPolicy:
        rules, starts = rules_of(data.pop("tiers"))
        return policy_set(actor=self.actor, rules=rules, starts=starts, **data)

    @extend_schema(responses=PolicySerializer)
    @action(detail=False, pagination_class=None)
    def current(self, request: Request) -> Response:
        """The version in force today."""
        return Response(self.get_serializer(policy_in_force(Tenant.objects.get().today)).data)

    @extend_schema(
        parameters=[
            OpenApiParameter("amount", AMOUNT_IN["anyOf"][0], required=True),  # type: ignore[arg-type]
            OpenApiParameter("currency", str, description="The company's own if not given."),
            OpenApiParameter(
                "requester",
                {"type": "string", "pattern": _UUID},
                description="A member's id: their other requests and roles then count.",
            ),
            OpenApiParameter("vendor", str, description="Other requests for it then count."),
            OpenApiParameter("kind", str, description="As of a request: the charter may ask more."),
            OpenApiParameter("on", {"type": "string", "format": "date"}),
        ],
        responses=SimulationSerializer,
        filters=False,
    )
    @action(detail=False, pagination_class=None)
    def simulate(self, request: Request) -> Response:
        """Who approves this total commitment, and why this route."""
        query = request.query_params
        amount = money.parse_amount(query.get("amount", "").strip())
        if amount is None:
            raise Invalid({"amount": "Give an amount in digits, such as 50000 or 9999.99."})
        answer = simulate(
            amount=amount,
            currency=query.get("currency", "").strip(),
            requester=_member(query.get("requester")),
            vendor=query.get("vendor", "")[:160],
            kind=query.get("kind", "")[:40],
            on=_day(query.get("on")),
        )
        return Response(SimulationSerializer(answer).data)


class BudgetFilter(FilterSet):
    open_on = DateFilter(method="only_open", help_text="Lines whose period holds this date.")

    class Meta:
        model = Budget
        fields: ClassVar[list[str]] = []

    def only_open(self, rows: Any, name: str, value: dt.date) -> Any:
        return rows.open_on(value)


class BudgetViewSet(Listed, Retrieved, Created, Updated, TenantViewSet):
    """Budget lines: what a period has, what is committed and paid, what is left."""

    model = Budget
    serializer_class = BudgetSerializer
    filterset_class = BudgetFilter
    permissions: ClassVar[dict[str, str]] = {
        "list": "budget.view",
        "retrieve": "budget.view",
        "create": "budget.manage",
        "partial_update": "budget.manage",
    }

    def perform_create(self, data: dict[str, Any]) -> Budget:
        return budget_create(actor=self.actor, **data)

    def perform_update(self, row: Budget, changes: dict[str, Any]) -> Budget:
        return budget_update(budget=row, actor=self.actor, changes=changes)


class DelegationFilter(FilterSet):
    delegator = UUIDFilter(field_name="delegator_id")
    delegate = UUIDFilter(field_name="delegate_id")

    class Meta:
        model = Delegation
        fields: ClassVar[list[str]] = []


class DelegationViewSet(Listed, Retrieved, Created, Deleted, TenantViewSet):
    """Authority lent for a while. DELETE ends it; the row stays, for the trail."""

    model = Delegation
    serializer_class = DelegationSerializer
    filterset_class = DelegationFilter
    permissions: ClassVar[dict[str, str]] = {
        "list": "delegation.view",
        "retrieve": "delegation.view",
        "create": "delegation.manage",
        "destroy": "delegation.manage",
    }

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("delegator__user", "delegate__user")

    def perform_create(self, data: dict[str, Any]) -> Delegation:
        if "delegator" not in data:
            if not isinstance(self.actor, Member):
                raise Denied("Name the delegator: a service key has no authority of its own.")
            data["delegator"] = self.actor
        return delegation_create(actor=self.actor, **data)

    def perform_destroy(self, row: Delegation) -> None:
        delegation_end(delegation=row, actor=self.actor)


class ExchangeRateFilter(FilterSet):
    currency = CharFilter(field_name="currency")
    on = DateFilter(field_name="on")

    class Meta:
        model = ExchangeRate
        fields: ClassVar[list[str]] = []


class ExchangeRateViewSet(Listed, Retrieved, Created, TenantViewSet):
    """Dated exchange rates. What a request froze at submit stays frozen."""

    model = ExchangeRate
    serializer_class = ExchangeRateSerializer
    input_serializer_class = ExchangeRateInputSerializer
    filterset_class = ExchangeRateFilter
    permissions: ClassVar[dict[str, str]] = {
        "list": "exchange_rate.view",
        "retrieve": "exchange_rate.view",
        "create": "exchange_rate.manage",
        "import_file": "exchange_rate.manage",
    }

    def get_parsers(self) -> list[Any]:
        """A file of rates is a form, all else JSON."""
        if getattr(self, "action_map", {}).get("post") == "import_file":
            return [MultiPartParser()]
        return super().get_parsers()

    @extend_schema(request=ExchangeRateInputSerializer)
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Record a rate; a second one of the day replaces the first.

        One that is 8 times the last rate of its currency or more, an eighth or less, or looks like
        the rate of the other direction, is refused with 422 and the code `rate_implausible` at
        `rate`; the same with `confirm: true` is taken.
        """
        return super().create(request, *args, **kwargs)

    def perform_create(self, data: dict[str, Any]) -> ExchangeRate:
        data["currency"] = data["currency"].upper()
        return rate_record(actor=self.actor, **data)

    @extend_schema(
        request={"multipart/form-data": RateFileSerializer},
        responses={200: RatesRecordedSerializer},
        filters=False,
    )
    @action(
        detail=False,
        methods=["post"],
        url_path="import",
        pagination_class=None,
    )
    def import_file(self, request: Request) -> Response:
        """Rates from a CSV file (currency, on, rate): all of them, or none.

        Rows that can hardly be right are refused with the code `rate_implausible`, each by its
        line; `confirm` takes them.
        """
        data = self.read_input(serializer_class=RateFileSerializer)
        content = data["file"].read()
        return Response(rates_import(actor=self.actor, content=content, confirm=data["confirm"]))


def _member(text: str | None) -> Member | None:
    """The active member with this id; raises Invalid for any other text."""
    if not text:
        return None
    try:
        found = Member.objects.filter(pk=UUID(text), status=Member.Status.ACTIVE).first()
    except ValueError:
        found = None
    if found is None:
        raise Invalid({"requester": "There is no such member."})
    member: Member = found
    return member


def _day(text: str | None) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Invalid({"on": "Use a date such as 2026-10-05."}) from None
