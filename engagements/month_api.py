"""Months over the API: hours above the agreed ones, and statements."""

from dataclasses import asdict
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from engagements import services
from engagements.agreement_api import uuid_of
from engagements.models import Engagement, OverageApproval, TimeEntry, WeekLock
from engagements.overage import month_overage
from engagements.retainer import Retainer, last_day, parse_month
from engagements.roadmap import minutes_by_initiative
from engagements.serializers_months import (
    MONTH_PATTERN,
    DeclineSerializer,
    MonthSerializer,
    OverageDecisionSerializer,
    OverageSerializer,
    RelockSerializer,
    StatementSerializer,
    UnlockSerializer,
    WeekLockSerializer,
)
from engagements.statements import Shown, statement_of
from tenants.api.viewsets import TenantViewSet
from tenants.errors import NotFound

_ONE = r"overage-approvals/(?P<approval_id>[^/.]+)"
MONTH = OpenApiParameter(
    "month",
    {"type": "string", "pattern": MONTH_PATTERN, "example": "2026-10"},
    description="The company's current month if not given.",
)


class MonthActions(TenantViewSet):
    """Actions of one engagement about its months."""

    permissions: ClassVar[dict[str, str]] = {
        "overage_approvals": "terms.view",
        "add_overage_approval": "overage.approve",
        "request_overage": "overage.request",
        "approve_overage": "overage.approve",
        "decline_overage": "overage.approve",
        "withdraw_overage": "overage.request",
        "revoke_overage": "overage.approve",
        "statement": "time.view",
        "close_month": "statement.close",
        "week_locks": "time.view",
        "unlock_week": "time.unlock",
        "lock_week": "time.lock",
    }

    @extend_schema(responses=OverageSerializer(many=True))
    @action(detail=True, url_path="overage-approvals", filterset_class=None)
    def overage_approvals(self, request: Request, pk: str) -> Response:
        """Hours above the agreed ones that were asked for or approved, the newest first."""
        rows = OverageApproval.objects.filter(engagement=self.get_object())
        return self.pages(rows, OverageSerializer)

    @extend_schema(request=OverageSerializer, responses={201: OverageSerializer})
    @overage_approvals.mapping.post
    def add_overage_approval(self, request: Request, pk: str) -> Response:
        """Approve minutes above the agreed hours of a month, for the client."""
        engagement = self.get_object()
        data = self.read_input(serializer_class=OverageSerializer)
        approval = services.overage_approve(
            engagement=engagement, actor=self.actor, on_month=data.pop("month"), **data
        )
        return self._approval(approval, status=201)

    @extend_schema(request=OverageSerializer, responses={201: OverageSerializer})
    @action(detail=True, methods=["post"], url_path="overage-approvals/request")
    def request_overage(self, request: Request, pk: str) -> Response:
        """Ask the client to approve minutes above, ahead or afterwards."""
        engagement = self.get_object()
        data = self.read_input(serializer_class=OverageSerializer)
        data.pop("amount_cap", None)  # the client's to set
        approval = services.overage_request(
            engagement=engagement, actor=self.actor, on_month=data.pop("month"), **data
        )
        return self._approval(approval, status=201)

    @extend_schema(request=OverageDecisionSerializer, responses=OverageSerializer)
    @action(detail=True, methods=["post"], url_path=f"{_ONE}/approve")
    def approve_overage(self, request: Request, pk: str, approval_id: str) -> Response:
        """Approve what was asked for, all of it or fewer minutes."""
        approval = self._approval_at(approval_id)
        data = self.read_input(serializer_class=OverageDecisionSerializer)
        return self._approval(
            services.overage_decide(approval=approval, actor=self.actor, approve=True, **data)
        )

    @extend_schema(request=DeclineSerializer, responses=OverageSerializer)
    @action(detail=True, methods=["post"], url_path=f"{_ONE}/decline")
    def decline_overage(self, request: Request, pk: str, approval_id: str) -> Response:
        """Decline what was asked for, with a reason; the hours stay recorded."""
        approval = self._approval_at(approval_id)
        data = self.read_input(serializer_class=DeclineSerializer)
        return self._approval(
            services.overage_decide(approval=approval, actor=self.actor, approve=False, **data)
        )

    @extend_schema(request=None, responses=OverageSerializer)
    @action(detail=True, methods=["post"], url_path=f"{_ONE}/withdraw")
    def withdraw_overage(self, request: Request, pk: str, approval_id: str) -> Response:
        """Take one's own question back."""
        approval = self._approval_at(approval_id)
        return self._approval(services.overage_withdraw(approval=approval, actor=self.actor))

    @extend_schema(request=DeclineSerializer, responses=OverageSerializer)
    @action(detail=True, methods=["post"], url_path=f"{_ONE}/revoke")
    def revoke_overage(self, request: Request, pk: str, approval_id: str) -> Response:
        """Take approved minutes back, with a reason; those that are used stay approved."""
        approval = self._approval_at(approval_id)
        data = self.read_input(serializer_class=DeclineSerializer)
        return self._approval(services.overage_revoke(approval=approval, actor=self.actor, **data))

    @extend_schema(parameters=[MONTH], responses=StatementSerializer, filters=False)
    @action(detail=True, filterset_class=None, pagination_class=None)
    def statement(self, request: Request, pk: str) -> Response:
        """A month's statement: frozen where the month is closed, else as of now."""
        engagement = self.get_object()
        month = parse_month(request.query_params.get("month"), today=engagement.tenant.today)
        return Response(StatementSerializer(_shown(statement_of(engagement, month))).data)

    @extend_schema(request=MonthSerializer, responses={201: StatementSerializer})
    @statement.mapping.post
    def close_month(self, request: Request, pk: str) -> Response:
        """Close a month that is over; a closed one stays as it is."""
        engagement = self.get_object()
        data = self.read_input(serializer_class=MonthSerializer)
        services.month_close(engagement=engagement, actor=self.actor, **data)
        shown = _shown(statement_of(engagement, data["month"]))
        return Response(StatementSerializer(shown).data, status=201)

    @extend_schema(responses=WeekLockSerializer(many=True))
    @action(detail=True, url_path="week-locks", filterset_class=None)
    def week_locks(self, request: Request, pk: str) -> Response:
        """Weeks whose time is or was locked, the latest first."""
        rows = WeekLock.objects.filter(engagement=self.get_object())
        return self.pages(rows, WeekLockSerializer)

    @extend_schema(request=UnlockSerializer, responses=WeekLockSerializer)
    @action(detail=True, methods=["post"], url_path="week-locks/unlock")
    def unlock_week(self, request: Request, pk: str) -> Response:
        """Open a locked week again, with the reason that stays on record."""
        engagement = self.get_object()
        data = self.read_input(serializer_class=UnlockSerializer)
        lock = services.week_unlock(engagement=engagement, actor=self.actor, **data)
        return Response(WeekLockSerializer(lock).data)

    @extend_schema(request=RelockSerializer, responses=WeekLockSerializer)
    @action(detail=True, methods=["post"], url_path="week-locks/lock")
    def lock_week(self, request: Request, pk: str) -> Response:
        """Lock a week again that was unlocked; a locked one stays as it is."""
        engagement = self.get_object()
        data = self.read_input(serializer_class=RelockSerializer)
        lock = services.week_relock(engagement=engagement, actor=self.actor, **data)
        return Response(WeekLockSerializer(lock).data)

    def _approval_at(self, approval_id: str) -> OverageApproval:
        rows = OverageApproval.objects.filter(engagement=self.get_object())
        found: OverageApproval | None = rows.filter(pk=uuid_of(approval_id)).first()
        if found is None:
            raise NotFound()
        return found

    def _approval(self, approval: OverageApproval, *, status: int = 200) -> Response:
        fresh = OverageApproval.objects.get(pk=approval.pk)
        return Response(OverageSerializer(fresh).data, status=status)


def with_overage(engagement: Engagement, found: Retainer) -> dict[str, Any]:
    """A month's figures, with what of its overage is approved and what its hours served; three
    queries."""
    overage = month_overage(engagement, found)
    last = last_day(found.month)
    entries = TimeEntry.objects.filter(engagement=engagement).between(found.month, last)
    by_category = entries.minutes_by_category()
    names = [name for name in dir(found) if name.endswith(("_minutes", "_percent"))]
    return {
        **asdict(found),
        **{name: getattr(found, name) for name in names},
        "approved_over_minutes": overage.approved_minutes,
        "unapproved_over_minutes": overage.unapproved_minutes,
        "overage_amount": str(overage.amount),
        "by_category": [
            {"category": category, "minutes": by_category[category]}
            for category in TimeEntry.Category.values
            if category in by_category
        ],
        "by_initiative": [
            {"initiative": row.initiative_id, "name": row.name, "minutes": row.minutes}
            for row in minutes_by_initiative(engagement, found.month, last)
        ],
    }


def _shown(shown: Shown) -> dict[str, Any]:
    return shown.content | {"closed_at": shown.closed_at, "closed_by": shown.closed_by}
