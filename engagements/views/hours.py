"""The client's live view of the hours, the same as the CTO sees it, and hours above the agreed."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from engagements import figures, policies, services
from engagements.forms import DecisionForm, OverageForm, RevocationForm
from engagements.hours import LiveHours, live_hours
from engagements.models import Engagement, OverageApproval
from engagements.retainer import first_day, retainer
from engagements.services.overage import rate_of, used_of
from engagements.views.rows import chosen, engagement_at
from tenants.errors import NotFound
from tenants.isolation import uuid7
from tenants.pages import (
    TenantRequest,
    answer_once,
    is_fragment,
    redirect_after_post,
    tenant_page,
)
from tenants.policies import allowed

_LIVE = "engagements/hours_live.html"


@tenant_page("time.view")
def hours_live(request: TenantRequest, slug: str) -> HttpResponse:
    """Hours used and left this month, by category and initiative, renewed while it is open."""
    return _live(request, as_client=False)


@tenant_page("time.log")
def client_view(request: TenantRequest, slug: str) -> HttpResponse:
    """The client's live view as the client sees it, for the CTO: marked so, and without actions.

    It is made by the same code from the same rows, and shows only what a CTO may see anyway.
    """
    return _live(request, as_client=True)


def _live(request: TenantRequest, *, as_client: bool) -> HttpResponse:
    engagement = chosen(request, figures.engagements())
    if engagement is None:
        return render(request, _LIVE, {"live": None, "as_client": as_client})
    template = "engagements/_hours_live.html" if is_fragment(request) else _LIVE
    today = request.tenant.today

    def answer() -> HttpResponse:
        live = live_hours(engagement, today=today)
        context = _context(request, live) | {"as_client": as_client}
        return render(request, template, context)

    return answer_once(request, f"{engagement.pk}:{today}:{as_client}", answer)


def _context(request: TenantRequest, live: LiveHours) -> dict[str, Any]:
    engagement = live.engagement
    return {
        "live": live,
        "engagement": engagement,
        "may_approve": allowed(
            policies.check_can_approve_overage, actor=request.member, engagement=engagement
        ),
        "may_request": allowed(
            policies.check_can_request_overage, actor=request.member, engagement=engagement
        ),
        "may_open": request.member.can("terms.view"),
        "is_cto": request.member.pk == engagement.cto_id and request.member.can("time.log"),
        "today": request.tenant.today,
    }


@tenant_page("overage.approve")
def overage_approve(request: TenantRequest, slug: str, engagement_id: UUID) -> HttpResponse:
    """Approve hours above the agreed ones of a month, before or after they are worked."""
    engagement = engagement_at(engagement_id)
    policies.check_can_approve_overage(actor=request.member, engagement=engagement)
    return _overage_form(request, slug, engagement, approves=True)


@tenant_page("overage.request")
def overage_request(request: TenantRequest, slug: str, engagement_id: UUID) -> HttpResponse:
    """Ask the client to approve hours above the agreed ones."""
    engagement = engagement_at(engagement_id)
    policies.check_can_request_overage(actor=request.member, engagement=engagement)
    return _overage_form(request, slug, engagement, approves=False)


def _overage_form(
    request: TenantRequest, slug: str, engagement: Engagement, *, approves: bool
) -> HttpResponse:
    today = request.tenant.today
    now = retainer(engagement, today, today=today)
    initial = {
        "month": f"{first_day(today):%Y-%m}",
        "rate": rate_of(engagement, today),
        "minutes": now.over_minutes or max(0, now.forecast_over_minutes) or None,
        "approval_id": uuid7(),
    }
    form = OverageForm(request.POST or None, initial=initial, today=today, approves=approves)
    if request.method == "POST" and form.is_valid():
        service = services.overage_approve if approves else services.overage_request
        done = form.send(service, engagement=engagement, actor=request.member, **form.facts())
        if done is not None:
            said = "Approved." if approves else "The client is asked."
            messages.success(request, said)
            return redirect_after_post(request, _address(slug, engagement))
    context = {"engagement": engagement, "form": form, "approves": approves, "now": now}
    return render(
        request, "engagements/overage_create.html", context, status=422 if form.is_bound else 200
    )


@tenant_page("terms.view", write="overage.approve")
def overage_detail(request: TenantRequest, slug: str, approval_id: UUID) -> HttpResponse:
    """Hours that were asked for, and the client's answer."""
    approval = _approval_at(approval_id)
    engagement = approval.engagement
    form = DecisionForm(request.POST or None, initial={"minutes": approval.minutes})
    if request.method == "POST" and form.is_valid():
        decided = form.send(
            services.overage_decide, approval=approval, actor=request.member, **form.cleaned_data
        )
        if decided is not None:
            messages.success(request, f"{decided.get_status_display()}. The CTO is told.")
            return redirect_after_post(request, _address(slug, engagement))
    today = request.tenant.today
    context = {
        "engagement": engagement,
        "approval": approval,
        "form": form,
        "month": retainer(engagement, approval.month, today=today),
        "may_decide": allowed(
            policies.check_can_approve_overage,
            actor=request.member,
            engagement=engagement,
            approval=approval,
        ),
        "may_withdraw": allowed(
            policies.check_can_withdraw_overage, actor=request.member, approval=approval
        ),
        "may_revoke": allowed(
            policies.check_can_revoke_overage, actor=request.member, approval=approval
        ),
    }
    return render(
        request, "engagements/overage_detail.html", context, status=422 if form.is_bound else 200
    )


@tenant_page("terms.view", write="overage.request")
def overage_withdraw(request: TenantRequest, slug: str, approval_id: UUID) -> HttpResponse:
    """Take one's own question back; asked first where no button did."""
    approval = _approval_at(approval_id)
    if request.method == "POST":
        services.overage_withdraw(approval=approval, actor=request.member)
        messages.success(request, "The question is withdrawn.")
        return redirect_after_post(request, _address(slug, approval.engagement))
    return redirect_after_post(request, reverse("overage_detail", args=[slug, approval.pk]))


@tenant_page("overage.approve")
def overage_revoke(request: TenantRequest, slug: str, approval_id: UUID) -> HttpResponse:
    """Take approved hours back; what that leaves is said before."""
    approval = _approval_at(approval_id)
    policies.check_can_revoke_overage(actor=request.member, approval=approval)
    used = used_of(approval)
    form = RevocationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = form.send(
            services.overage_revoke, approval=approval, actor=request.member, **form.facts()
        )
        if done is not None:
            messages.success(request, "Revoked. The CTO is told.")
            return redirect_after_post(request, _address(slug, approval.engagement))
    context = {
        "engagement": approval.engagement,
        "approval": approval,
        "used": used,
        "form": form,
    }
    status = 422 if form.is_bound else 200
    return render(request, "engagements/overage_revoke.html", context, status=status)


def _approval_at(approval_id: UUID) -> OverageApproval:
    found: OverageApproval | None = (
        OverageApproval.objects.with_people()
        .select_related("engagement__tenant", "engagement__cto__user", "engagement__sponsor__user")
        .filter(pk=approval_id)
        .first()
    )
    if found is None:
        raise NotFound()
    return found


def _address(slug: str, engagement: Engagement) -> str:
    return f"{reverse('hours_live', args=[slug])}?engagement={engagement.pk}"
