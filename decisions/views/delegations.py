"""Who decides in whose place, and until when."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from decisions.forms_money import DelegationForm
from decisions.models import Delegation
from decisions.policies import check_can_end_delegation
from decisions.services.delegations import delegation_create, delegation_end
from tenants.errors import NotFound
from tenants.models import Member
from tenants.pages import TenantRequest, redirect_after_post, tenant_page
from tenants.permissions import Role
from tenants.policies import allowed

PAST_SHOWN = 20


@tenant_page("delegation.view", write="delegation.manage")
def delegation_list(request: TenantRequest, slug: str) -> HttpResponse:
    """Those that hold now, those to come and the last ones that are over; a new one beside them."""
    form = _form(request) if request.member.can("delegation.manage") else None
    if request.method == "POST" and form is not None and form.is_valid():
        made = form.send(delegation_create, actor=request.member, **form.facts())
        if made is not None:
            messages.success(request, f"{made.delegate.name} may decide for {made.delegator.name}.")
            return redirect_after_post(request, reverse("delegation_list", args=[slug]))
    now = timezone.now()
    rows = Delegation.objects.with_people()
    live = list(rows.filter(ends_at__gt=now).order_by("starts_at", "id"))
    context = {
        "now": [_row(request, row) for row in live if row.covers(now)],
        "coming": [_row(request, row) for row in live if not row.covers(now)],
        "past": list(rows.filter(ends_at__lte=now).order_by("-ends_at", "-id")[:PAST_SHOWN]),
        "form": form,
    }
    status = 422 if form is not None and form.is_bound else 200
    return render(request, "decisions/delegation_list.html", context, status=status)


@tenant_page("delegation.manage")
def delegation_revoke(request: TenantRequest, slug: str, delegation_id: Any) -> HttpResponse:
    """End one now, after a question that works without a script."""
    found = Delegation.objects.with_people().filter(pk=delegation_id).first()
    if found is None:
        raise NotFound
    check_can_end_delegation(actor=request.member, delegation=found)
    if request.method != "POST":
        return render(request, "decisions/delegation_revoke.html", {"it": found})
    ended = delegation_end(delegation=found, actor=request.member)
    messages.success(
        request, f"{ended.delegate.name} no longer decides for {ended.delegator.name}."
    )
    return redirect_after_post(request, reverse("delegation_list", args=[slug]))


def _row(request: TenantRequest, row: Delegation) -> tuple[Delegation, bool]:
    may_end = allowed(check_can_end_delegation, actor=request.member, delegation=row)
    return row, may_end


def _form(request: TenantRequest) -> DelegationForm:
    active = Member.objects.filter(status=Member.Status.ACTIVE).select_related("user")
    members = [m for m in active if set(m.roles) != {Role.OBSERVER.value}]
    return DelegationForm(
        request.POST if request.method == "POST" else None,
        initial={"first_day": request.tenant.today, "delegator": str(request.member.pk)},
        members=members,
        myself=request.member,
        for_all=request.member.has_role(Role.ADMIN),
        zone=request.tenant.zone,
    )
