"""Agreeing on terms, and giving notice."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from engagements import policies, services
from engagements.forms import AnswerForm, NoticeForm, ProposalForm
from engagements.models import AgreedTerms, Engagement, Side, Terms, TermsProposal
from engagements.services.notices import notice_ends_on, notice_in_force
from engagements.telling import page_of
from engagements.terms_impact import Impact, impact_of
from engagements.value_periods import asked_terms
from engagements.views.engagements import proposed_terms
from engagements.views.rows import engagement_at
from tenants.errors import NotFound, WrongState
from tenants.models import Member
from tenants.pages import TenantRequest, is_fragment, redirect_after_post, tenant_page
from tenants.policies import allowed

ANSWERS = {
    "accept": "Accepted.",
    "decline": "Declined. The other side is told why.",
    "withdraw": "Withdrawn.",
}


@tenant_page("terms.propose")
def proposal_create(request: TenantRequest, slug: str, engagement_id: UUID) -> HttpResponse:
    """Propose terms from a date on, with hours and money before and after."""
    engagement = engagement_at(engagement_id)
    policies.check_can_propose_terms(actor=request.member, engagement=engagement)
    versions = list(Terms.objects.filter(engagement=engagement))
    sides = policies.sides_of(actor=request.member, engagement=engagement)
    initial = proposed_terms(request, engagement, versions) | asked_terms(request.GET)
    form = ProposalForm(request.POST or None, initial=initial, sides=sides)
    only_preview = "preview" in request.POST
    if request.method == "POST" and form.is_valid() and not only_preview:
        proposal = form.send(
            services.proposal_create,
            engagement=engagement,
            actor=request.member,
            **form.cleaned_data,
        )
        if proposal is not None:
            messages.success(request, "Proposed. It holds once the other side accepts.")
            return redirect_after_post(
                request, reverse("proposal_detail", args=[slug, proposal.pk])
            )
    context = {
        "engagement": engagement,
        "form": form,
        "first": not versions,
        "impact": _impact_of_form(form, engagement, versions),
        "after": _typed(form, engagement),
    }
    if only_preview and is_fragment(request):
        return render(request, "engagements/_impact.html", context)
    refused = request.method == "POST" and not form.is_valid()
    return render(
        request, "engagements/proposal_create.html", context, status=422 if refused else 200
    )


@tenant_page("terms.view")
def proposal_detail(request: TenantRequest, slug: str, proposal_id: UUID) -> HttpResponse:
    """What is proposed against what holds, who accepted, and the reader's answer."""
    proposal = _proposal_at(proposal_id)
    return render(
        request, "engagements/proposal_detail.html", _detail(request, proposal, AnswerForm())
    )


@require_POST
@tenant_page("terms.view", write="terms.propose")
def proposal_answer(request: TenantRequest, slug: str, proposal_id: UUID) -> HttpResponse:
    """Accept, decline or withdraw."""
    proposal = _proposal_at(proposal_id)
    form = AnswerForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        if _send(form, proposal, request.member, data) is not None:
            messages.success(request, ANSWERS[data["answer"]])
            return redirect_after_post(
                request, reverse("proposal_detail", args=[slug, proposal.pk])
            )
    return render(
        request,
        "engagements/proposal_detail.html",
        _detail(request, proposal, form),
        status=422,
    )


def _send(form: AnswerForm, proposal: TermsProposal, member: Member, data: dict[str, Any]) -> Any:
    facts: dict[str, Any] = {"proposal": proposal, "actor": member}
    if data["answer"] == "accept":
        return form.send(services.proposal_accept, **facts, side=data["side"])
    if data["answer"] == "decline":
        return form.send(services.proposal_decline, **facts, reason=data["reason"])
    return form.send(services.proposal_withdraw, **facts, reason=data["reason"])


@tenant_page("engagement.notice")
def notice_give(request: TenantRequest, slug: str, engagement_id: UUID) -> HttpResponse:
    """End it with the notice of its terms: the last day first, then the click."""
    engagement = engagement_at(engagement_id)
    policies.check_can_give_notice(actor=request.member, engagement=engagement)
    form = NoticeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        sides = policies.sides_of(actor=request.member, engagement=engagement)
        side = Side.CLIENT if len(sides) > 1 else ""
        notice = form.send(
            services.notice_give,
            engagement=engagement,
            actor=request.member,
            side=side,
            **form.cleaned_data,
        )
        if notice is not None:
            messages.success(request, "Notice given. Both sides are told.")
            return redirect_after_post(request, page_of(engagement))
    today = request.tenant.today
    ends_on, days = notice_ends_on(engagement, given_on=today)
    context = {
        "engagement": engagement,
        "form": form,
        "ends_on": ends_on,
        "days": days,
        "today": today,
        "standing": notice_in_force(engagement),
    }
    return render(
        request, "engagements/notice_give.html", context, status=422 if form.is_bound else 200
    )


@require_POST
@tenant_page("engagement.notice")
def notice_withdraw(request: TenantRequest, slug: str, engagement_id: UUID) -> HttpResponse:
    """Take the notice back."""
    engagement = engagement_at(engagement_id)
    notice = notice_in_force(engagement)
    if notice is None:
        raise WrongState("No notice was given.")
    services.notice_withdraw(notice=notice, actor=request.member)
    messages.success(request, "Notice withdrawn. The end agreed before holds again.")
    return redirect_after_post(request, page_of(engagement))


def _proposal_at(proposal_id: UUID) -> TermsProposal:
    found: TermsProposal | None = TermsProposal.objects.with_people().filter(pk=proposal_id).first()
    if found is None:
        raise NotFound()
    return found


def _address(slug: str, proposal: TermsProposal) -> str:
    return reverse("proposal_detail", args=[slug, proposal.pk])


def _detail(request: TenantRequest, proposal: TermsProposal, form: AnswerForm) -> dict[str, Any]:
    engagement = proposal.engagement
    versions = list(Terms.objects.filter(engagement=engagement).exclude(pk=proposal.terms_id))
    facts: dict[str, Any] = {
        "actor": request.member,
        "proposal": proposal,
        "today": request.tenant.today,
    }
    sides = policies.sides_of(actor=request.member, engagement=engagement)
    waiting = [
        side for side in Side if proposal.is_open and proposal.accepted_by(side.value) is None
    ]
    return {
        "engagement": engagement,
        "proposal": proposal,
        "form": form,
        "impact": impact_of(proposal, engagement=engagement, versions=versions),
        "waiting": waiting,
        "side": next((side.value for side in waiting if side.value in sides), ""),
        "may_accept": any(
            allowed(policies.check_can_accept_proposal, **facts, side=side) for side in sides
        ),
        "may_decline": allowed(policies.check_can_decline_proposal, **facts),
        "may_withdraw": allowed(policies.check_can_withdraw_proposal, **facts),
        "today": request.tenant.today,
    }


def _typed(form: ProposalForm, engagement: Engagement) -> AgreedTerms | None:
    """The terms as far as they are typed soundly."""
    data = form.cleaned_data if form.is_bound else form.initial
    hours, fee, start = (data.get(n) for n in ("hours_per_month", "monthly_fee", "effective_on"))
    if hours is None or fee is None or start is None:
        return None
    return Terms(
        hours_per_month=hours,
        monthly_fee=fee,
        effective_on=start,
        currency=engagement.tenant.currency,
        scope_level=data.get("scope_level") or "",
        notice_days=data.get("notice_days") or 0,
    )


def _impact_of_form(
    form: ProposalForm, engagement: Engagement, versions: list[Terms]
) -> Impact | None:
    typed = _typed(form, engagement)
    if typed is None:
        return None
    return impact_of(typed, engagement=engagement, versions=versions)
