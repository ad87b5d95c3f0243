"""The key figures of an initiative: a fragment of its page, and a page of its own."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from engagements import policies_roadmap
from engagements.models import Initiative
from kpis import figures
from kpis.models import InitiativeKpi, Kpi
from kpis.services.initiatives import initiative_kpi_link, initiative_kpi_unlink
from tenants.errors import Invalid, NotFound
from tenants.pages import TenantRequest, is_fragment, redirect_after_post, tenant_page
from tenants.policies import allowed


@tenant_page("kpi.view", write="initiative.manage")
def initiative_kpis(request: TenantRequest, slug: str, initiative_id: UUID) -> HttpResponse:
    """The linked figures with their status; POST links `kpi` or takes `unlink` away."""
    initiative = Initiative.objects.with_owner().filter(pk=initiative_id).first()
    if initiative is None:
        raise NotFound()
    if request.method == "POST":
        _change(request, initiative)
        return redirect_after_post(
            request, reverse("initiative_detail", args=[slug, initiative.pk])
        )
    links = {link.kpi_id: link for link in InitiativeKpi.objects.filter(initiative=initiative)}
    cards = sorted(figures.cards(), key=lambda card: card.name.casefold())
    may_change = allowed(
        policies_roadmap.check_can_change_initiative, actor=request.member, initiative=initiative
    )
    context = {
        "initiative": initiative,
        "linked": [(links[card.id], card) for card in cards if card.id in links],
        "others": [card for card in cards if card.id not in links] if may_change else [],
        "may_change": may_change,
    }
    template = "kpis/_initiative_kpis.html" if is_fragment(request) else "kpis/initiative_kpis.html"
    return render(request, template, context)


def _change(request: TenantRequest, initiative: Initiative) -> None:
    """Link or unlink, as the button's name says; raises NotFound, Invalid for no figure."""
    if "unlink" in request.POST:
        link = _row(InitiativeKpi.objects.filter(initiative=initiative), request.POST["unlink"])
        if link is None:
            raise NotFound()
        initiative_kpi_unlink(link=link, actor=request.member)
        messages.success(request, "Key figure taken off.")
        return
    kpi = _row(Kpi.objects.all(), request.POST.get("kpi", ""))
    if kpi is None:
        raise Invalid({"kpi": "Choose a key figure."})
    initiative_kpi_link(initiative=initiative, kpi=kpi, actor=request.member)
    messages.success(request, f"{kpi.name} linked.")


def _row(rows: Any, text: str) -> Any:
    """The row with this id, None for any other text."""
    try:
        return rows.filter(pk=UUID(text)).first()
    except ValueError:
        return None
