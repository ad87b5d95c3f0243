"""Spend requests in the API: their fields, their actions, their trail."""

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django_filters.rest_framework import (
    CharFilter,
    ChoiceFilter,
    FilterSet,
    NumberFilter,
    UUIDFilter,
)
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from decisions.benefit import benefit_of
from decisions.ladder import ladder_of
from decisions.models import Invoice, SpendEvent, SpendRequest
from decisions.policies import check_can_decide, check_can_extend
from decisions.serializers import (
    BenefitPlanSerializer,
    BenefitReviewSerializer,
    BenefitSerializer,
    InvoiceInputSerializer,
    InvoiceSerializer,
    SpendAmendSerializer,
    SpendCommentSerializer,
    SpendEventSerializer,
    SpendExceptionSerializer,
    SpendExtensionSerializer,
    SpendOptionalReasonSerializer,
    SpendOrderSerializer,
    SpendReasonSerializer,
    SpendRejectionSerializer,
    SpendRequestSerializer,
    SpendSayingSerializer,
    SpendVoteSerializer,
)
from decisions.services import buying, decide, requests
from decisions.vendors import vendor_key
from tenants.api.filters import BooleanFilter
from tenants.api.viewsets import Created, Listed, Retrieved, TenantViewSet, Updated
from tenants.files.api import WithFiles
from tenants.models import Member


class SpendRequestFilter(FilterSet):
    status = ChoiceFilter(choices=SpendRequest.Status.choices)
    requester = UUIDFilter(field_name="requester_id")
    budget_line = UUIDFilter(field_name="budget_line_id")
    initiative = UUIDFilter(field_name="linked_initiative_id")
    vendor = CharFilter(
        method="of_vendor",
        max_length=160,
        help_text="Its name; of what was submitted in any spelling.",
    )
    kind = CharFilter(max_length=40)
    tier = NumberFilter(min_value=1, max_value=99)
    waiting_for_me = BooleanFilter(
        method="only_mine", help_text="Those that the caller can decide."
    )

    q = CharFilter(
        method="with_words",
        max_length=80,
        help_text="Number (SR-12), or part of the title, the vendor or the requester's name.",
    )

    class Meta:
        model = SpendRequest
        fields: ClassVar[list[str]] = []

    def with_words(self, rows: Any, name: str, value: str) -> Any:
        return rows.named(value)

    def of_vendor(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(Q(vendor_key=vendor_key(value)) | Q(vendor__iexact=value))

    def only_mine(self, rows: Any, name: str, value: bool) -> Any:
        actor = getattr(self.request, "actor", None)
        if not value:
            return rows
        return rows.waiting_for(actor) if isinstance(actor, Member) else rows.none()


ANSWER = {200: SpendRequestSerializer}


class SpendRequestViewSet(WithFiles, Listed, Retrieved, Created, Updated, TenantViewSet):
    """Money that somebody wants to spend: what it commits to, who must approve it, and how far it
    is (`draft → submitted → approved → ordered → closed`, or `changes_requested`, `rejected`,
    `withdrawn`, `expired`)."""

    model = SpendRequest
    serializer_class = SpendRequestSerializer
    filterset_class = SpendRequestFilter
    permissions: ClassVar[dict[str, str]] = {
        "list": "spend.view",
        "retrieve": "spend.view",
        "create": "spend.request",
        "partial_update": "spend.request",
        "submit": "spend.request",
        "amend": "spend.request",
        "withdraw": "spend.request",
        "comment": "spend.request",
        "approve": "spend.decide",
        "reject": "spend.decide",
        "request_changes": "spend.decide",
        "vote": "spend.decide",
        "extend": "spend.decide",
        "bypass": "spend.bypass",
        "ratify": "spend.ratify",
        "budget_exception": "budget.except",
        "order": "spend.order",
        "close": "spend.order",
        "benefit": "spend.view",
        "plan_benefit": "spend.order",
        "benefit_review": "spend.order",
        "invoices": "spend.view",
        "add_invoice": "spend.pay",
        "trail": "spend.view",
        "files": "spend.view",
        "add_file": "spend.request",
    }

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows  # type: ignore[no-any-return]
        rows = rows.seen_by(self.actor.actor_id)  # a draft is its writer's alone
        return rows.with_people().with_steps()  # type: ignore[no-any-return]

    def perform_create(self, data: dict[str, Any]) -> SpendRequest:
        return requests.request_create(actor=self.actor, **data)

    def perform_update(self, row: SpendRequest, changes: dict[str, Any]) -> SpendRequest:
        return requests.request_update(request=row, actor=self.actor, changes=changes)

    def _acted(self, service: Any, serializer_class: Any = None) -> Response:
        """Call a service with the checked body; answer the request as it now is."""
        row = self.get_object()
        data = self.read_input(serializer_class=serializer_class) if serializer_class else {}
        return self.answer(service(request=row, actor=self.actor, **data))

    def _decided(self, service: Any, serializer_class: Any) -> Response:
        """As `_acted`; who may not decide hears so before the body is read."""
        row = self.get_object()
        check_can_decide(actor=self.actor, ladder=ladder_of(row))
        data = self.read_input(serializer_class=serializer_class)
        return self.answer(service(request=row, actor=self.actor, **data))

    @extend_schema(request=None, responses=ANSWER)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str) -> Response:
        """Freeze what counts and ask the first step."""
        return self._acted(requests.request_submit)

    @extend_schema(request=SpendAmendSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"])
    def amend(self, request: Request, pk: str) -> Response:
        """Change what waits or is approved; a material change restarts the ladder."""
        row = self.get_object()
        data = self.read_input(serializer_class=SpendAmendSerializer, partial=True)
        reason = data.pop("reason", "")
        return self.answer(
            requests.request_amend(request=row, actor=self.actor, changes=data, reason=reason)
        )

    @extend_schema(request=SpendOptionalReasonSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take it back, until it is ordered."""
        return self._acted(requests.request_withdraw, SpendOptionalReasonSerializer)

    @extend_schema(request=SpendCommentSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"])
    def comment(self, request: Request, pk: str) -> Response:
        """A question or an answer, for everyone on the request."""
        return self._acted(requests.request_comment, SpendCommentSerializer)

    @extend_schema(request=SpendSayingSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Approve as who is asked now; in a majority step a vote for."""
        return self._acted(decide.request_approve, SpendSayingSerializer)

    @extend_schema(request=SpendRejectionSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Reject with a reason; in a majority step a vote against."""
        return self._decided(decide.request_reject, SpendRejectionSerializer)

    @extend_schema(request=SpendReasonSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"], url_path="request-changes")
    def request_changes(self, request: Request, pk: str) -> Response:
        """Send it back with what should change."""
        return self._decided(decide.request_changes, SpendReasonSerializer)

    @extend_schema(request=SpendVoteSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"])
    def vote(self, request: Request, pk: str) -> Response:
        """Vote for, against, abstain or recused."""
        return self._decided(decide.request_vote, SpendVoteSerializer)

    @extend_schema(request=SpendExtensionSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"])
    def extend(self, request: Request, pk: str) -> Response:
        """More working hours to decide, with a reason."""
        row = self.get_object()
        check_can_extend(actor=self.actor, ladder=ladder_of(row))
        data = self.read_input(serializer_class=SpendExtensionSerializer)
        return self.answer(decide.request_extend(request=row, actor=self.actor, **data))

    @extend_schema(request=SpendReasonSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"])
    def bypass(self, request: Request, pk: str) -> Response:
        """Approve in an emergency, by an executive; to be ratified within 5 working days."""
        return self._acted(decide.request_bypass, SpendReasonSerializer)

    @extend_schema(request=SpendOptionalReasonSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"])
    def ratify(self, request: Request, pk: str) -> Response:
        """Confirm an emergency, by finance or the board."""
        return self._acted(decide.request_ratify, SpendOptionalReasonSerializer)

    @extend_schema(request=SpendExceptionSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"], url_path="budget-exception")
    def budget_exception(self, request: Request, pk: str) -> Response:
        """Let it go over its budget line by an amount, by finance with a reason."""
        return self._acted(decide.request_except, SpendExceptionSerializer)

    @extend_schema(request=SpendOrderSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"])
    def order(self, request: Request, pk: str) -> Response:
        """It was ordered."""
        return self._acted(buying.request_order, SpendOrderSerializer)

    @extend_schema(request=SpendOptionalReasonSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """All is paid: the rest of the commitment is released."""
        row = self.get_object()
        data = self.read_input(serializer_class=SpendOptionalReasonSerializer)
        closed = buying.request_close(request=row, actor=self.actor, note=data["reason"])
        return self.answer(closed)

    @extend_schema(responses=BenefitSerializer, filters=False)
    @action(detail=True, pagination_class=None)
    def benefit(self, request: Request, pk: str) -> Response:
        """Its key figure before the order and since, from rollups."""
        return Response(BenefitSerializer(benefit_of(self.get_object())).data)

    @extend_schema(request=BenefitPlanSerializer, responses=ANSWER)
    @benefit.mapping.post
    def plan_benefit(self, request: Request, pk: str) -> Response:
        """When to look whether it was worth it, and at which figure."""
        return self._acted(buying.benefit_plan, BenefitPlanSerializer)

    @extend_schema(request=BenefitReviewSerializer, responses=ANSWER)
    @action(detail=True, methods=["post"], url_path="benefit-review")
    def benefit_review(self, request: Request, pk: str) -> Response:
        """What it was good for."""
        return self._acted(buying.benefit_review, BenefitReviewSerializer)

    @extend_schema(responses=InvoiceSerializer(many=True))
    @action(detail=True, filterset_class=None)
    def invoices(self, request: Request, pk: str) -> Response:
        """What was paid on it, the last first."""
        rows = Invoice.objects.filter(request=self.get_object()).select_related("request")
        return self.pages(rows, InvoiceSerializer)

    @extend_schema(request=InvoiceInputSerializer, responses={201: InvoiceSerializer})
    @invoices.mapping.post
    def add_invoice(self, request: Request, pk: str) -> Response:
        """Record an invoice of what was ordered."""
        row = self.get_object()
        data = self.read_input(serializer_class=InvoiceInputSerializer)
        invoice = buying.invoice_record(request=row, actor=self.actor, **data)
        return Response(InvoiceSerializer(invoice).data, status=201)

    @extend_schema(responses=SpendEventSerializer(many=True))
    @action(detail=True, filterset_class=None)
    def trail(self, request: Request, pk: str) -> Response:
        """All that happened: who, when, on whose behalf, under which policy version and step."""
        return self.pages(
            SpendEvent.objects.filter(request=self.get_object()), SpendEventSerializer
        )
