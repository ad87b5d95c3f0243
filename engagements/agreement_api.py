"""What two sides agree on, over the API: proposals of terms, notice, and the life cycle."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from engagements import services
from engagements.models import Engagement, StatusChange, Terms, TermsProposal
from engagements.serializers import (
    NoticeSerializer,
    ProposalDetailSerializer,
    ProposalReasonSerializer,
    ProposalSerializer,
    SideSerializer,
    StatusChangeSerializer,
)
from engagements.services.notices import notice_in_force
from engagements.terms_impact import impact_of
from tenants.api.viewsets import TenantViewSet
from tenants.errors import NotFound, WrongState

_ONE = r"proposals/(?P<proposal_id>[^/.]+)"


class AgreementActions(TenantViewSet):
    """Actions of one engagement that its two sides agree on."""

    permissions: ClassVar[dict[str, str]] = {
        "proposals": "terms.view",
        "add_proposal": "terms.propose",
        "proposal": "terms.view",
        "accept_proposal": "terms.propose",
        "decline_proposal": "terms.propose",
        "withdraw_proposal": "terms.propose",
        "status_changes": "engagement.view",
        "give_notice": "engagement.notice",
        "withdraw_notice": "engagement.notice",
    }

    @extend_schema(responses=ProposalSerializer(many=True))
    @action(detail=True, filterset_class=None)
    def proposals(self, request: Request, pk: str) -> Response:
        """Terms that were proposed, the newest first, with what became of them."""
        rows = TermsProposal.objects.filter(engagement=self.get_object())
        return self.pages(rows, ProposalSerializer)

    @extend_schema(request=ProposalSerializer, responses={201: ProposalDetailSerializer})
    @proposals.mapping.post
    def add_proposal(self, request: Request, pk: str) -> Response:
        """Propose terms from a date on; they hold once the other side accepts."""
        engagement = self.get_object()
        data = self.read_input(serializer_class=ProposalSerializer)
        proposal = services.proposal_create(engagement=engagement, actor=self.actor, **data)
        response = self._proposal(proposal, status=201)
        response["Location"] = self.reverse_action("proposal", args=[engagement.pk, proposal.pk])
        return response

    @extend_schema(responses=ProposalDetailSerializer)
    @action(detail=True, url_path=_ONE, pagination_class=None, filterset_class=None)
    def proposal(self, request: Request, pk: str, proposal_id: str) -> Response:
        """One proposal, with hours and money before and after."""
        return self._proposal(self._proposal_at(proposal_id))

    @extend_schema(request=SideSerializer, responses=ProposalDetailSerializer)
    @action(detail=True, methods=["post"], url_path=f"{_ONE}/accept")
    def accept_proposal(self, request: Request, pk: str, proposal_id: str) -> Response:
        """Accept for one's own side; with both, the terms hold from their date."""
        proposal = self._proposal_at(proposal_id)
        data = self.read_input(serializer_class=SideSerializer)
        return self._proposal(services.proposal_accept(proposal=proposal, actor=self.actor, **data))

    @extend_schema(request=ProposalReasonSerializer, responses=ProposalDetailSerializer)
    @action(detail=True, methods=["post"], url_path=f"{_ONE}/decline")
    def decline_proposal(self, request: Request, pk: str, proposal_id: str) -> Response:
        """Say no to the other side's proposal, with a reason."""
        proposal = self._proposal_at(proposal_id)
        data = self.read_input(serializer_class=ProposalReasonSerializer)
        return self._proposal(
            services.proposal_decline(proposal=proposal, actor=self.actor, **data)
        )

    @extend_schema(request=ProposalReasonSerializer, responses=ProposalDetailSerializer)
    @action(detail=True, methods=["post"], url_path=f"{_ONE}/withdraw")
    def withdraw_proposal(self, request: Request, pk: str, proposal_id: str) -> Response:
        """Take one's own side's proposal back."""
        proposal = self._proposal_at(proposal_id)
        data = self.read_input(serializer_class=ProposalReasonSerializer)
        return self._proposal(
            services.proposal_withdraw(proposal=proposal, actor=self.actor, **data)
        )

    @extend_schema(responses=StatusChangeSerializer(many=True))
    @action(detail=True, url_path="status-changes", filterset_class=None)
    def status_changes(self, request: Request, pk: str) -> Response:
        """The steps of its life cycle with their reasons, the latest first."""
        rows = StatusChange.objects.filter(engagement=self.get_object())
        return self.pages(rows, StatusChangeSerializer)

    @extend_schema(request=NoticeSerializer, responses={201: NoticeSerializer})
    @action(detail=True, methods=["post"], url_path="notice")
    def give_notice(self, request: Request, pk: str) -> Response:
        """End it after the notice of its terms, counted from today at the client's."""
        engagement = self.get_object()
        data = self.read_input(serializer_class=NoticeSerializer)
        notice = services.notice_give(engagement=engagement, actor=self.actor, **data)
        return Response(NoticeSerializer(notice).data, status=201)

    @extend_schema(request=None, responses=NoticeSerializer)
    @action(detail=True, methods=["post"], url_path="notice/withdraw")
    def withdraw_notice(self, request: Request, pk: str) -> Response:
        """Take the notice back; the end that was agreed before holds again."""
        notice = notice_in_force(self.get_object())
        if notice is None:
            raise WrongState("No notice was given.")
        notice = services.notice_withdraw(notice=notice, actor=self.actor)
        return Response(NoticeSerializer(notice).data)

    def _proposal_at(self, proposal_id: str) -> TermsProposal:
        engagement: Engagement = self.get_object()
        rows = TermsProposal.objects.with_people().filter(engagement=engagement)
        found: TermsProposal | None = rows.filter(pk=uuid_of(proposal_id)).first()
        if found is None:
            raise NotFound()
        return found

    def _proposal(self, proposal: TermsProposal, *, status: int = 200) -> Response:
        fresh: Any = TermsProposal.objects.with_people().get(pk=proposal.pk)
        versions = list(
            Terms.objects.filter(engagement=fresh.engagement).exclude(pk=fresh.terms_id)
        )
        fresh.impact = impact_of(fresh, engagement=fresh.engagement, versions=versions)
        return Response(ProposalDetailSerializer(fresh).data, status=status)


def uuid_of(text: str) -> UUID:
    """The id that a path names; raises NotFound for what is none."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
