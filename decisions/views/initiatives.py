"""The spend of an initiative, which its page loads: that floor knows nothing of spend."""

from decimal import Decimal
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from decisions import pages
from decisions.models import SpendRequest
from decisions.roster import load_roster
from engagements.models import Initiative
from tenants.errors import NotFound
from tenants.pages import TenantRequest, is_fragment, tenant_page

Status = SpendRequest.Status
APPROVED = (Status.APPROVED, Status.ORDERED, Status.CLOSED)


@tenant_page("spend.view")
def initiative_spend(request: TenantRequest, slug: str, initiative_id: UUID) -> HttpResponse:
    """The requests that serve it, newest first, and what is approved of its budget."""
    initiative = Initiative.objects.filter(pk=initiative_id).first()
    if initiative is None:
        raise NotFound()
    rows = SpendRequest.objects.seen_by(request.member.pk).filter(linked_initiative=initiative)
    found = list(rows.with_people().with_steps().order_by("-id"))
    currency = initiative.currency or request.tenant.currency
    approved = [
        row.commitment_amount or Decimal(0)
        for row in found
        if row.status in APPROVED and row.home_currency == currency
    ]
    context = {
        "initiative": initiative,
        "rows": pages.list_rows(found, member=request.member, roster=load_roster())
        if found
        else [],
        "approved": pages.whole(sum(approved, Decimal(0)), currency),
    }
    part, whole = "_initiative_spend.html", "initiative_spend.html"
    return render(request, f"decisions/{part if is_fragment(request) else whole}", context)
