"""The list of key figures, the page of one, and its values as a file."""

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kpis import policies
from kpis.models import CoreArea, Kpi, Period
from kpis.views.export import csv_lines
from kpis.views.listing import area_of, listing
from kpis.views.record import period_of, record
from kpis.views.words import DIRECTION_WORDS, HOW_COUNTED, unit_name
from tenants.errors import NotFound
from tenants.pages import TenantRequest, is_fragment, tenant_page
from tenants.policies import allowed


def figure_at(key: str) -> Kpi:
    """The figure with this key; raises NotFound."""
    found = Kpi.objects.select_related("owner__user").filter(key=key).first()
    if found is None:
        raise NotFound()
    return found


@require_safe
@tenant_page("kpi.view")
def kpi_list(request: TenantRequest, slug: str) -> HttpResponse:
    """Every figure by category; those that were never measured folded under."""
    area = area_of(request.GET.get("area", ""))
    shows_all = request.GET.get("show") == "all"
    context = {
        "listing": listing(tenant=request.tenant, area=area, include_inactive=shows_all),
        "areas": CoreArea.choices,
        "area": area,
        "shows_all": shows_all,
        "may_manage": request.member.can("kpi.manage"),
        "may_import": request.member.can("kpi.import"),
    }
    return render(request, "kpis/kpi_list.html", context)


@require_safe
@tenant_page("kpi.view")
def kpi_detail(request: TenantRequest, slug: str, key: str) -> HttpResponse:
    """How a figure goes. htmx asks again with `?v=`: 204 while nothing changed."""
    kpi = figure_at(key)
    period = period_of(kpi, request.GET.get("period"))
    shows_all = "all" in request.GET
    page = record(kpi=kpi, tenant=request.tenant, period=period, show_all=shows_all)
    if is_fragment(request) and request.GET.get("v") == page.version:
        return HttpResponse(status=204)
    context: dict[str, Any] = {
        "kpi": kpi,
        "page": page,
        "periods": Period.choices,
        "shows_all": shows_all,
        "direction": DIRECTION_WORDS[kpi.direction],  # type: ignore[index]
        "how_counted": HOW_COUNTED[kpi.aggregation],  # type: ignore[index]
        "unit_name": unit_name(kpi, request.tenant.currency),
    }
    actor = request.member
    context |= {
        "may_manage": actor.can("kpi.manage"),
        "may_target": actor.can("kpi.target"),
        "may_import": allowed(policies.check_can_import, actor=actor, kpi=kpi),
        "may_measure": allowed(policies.check_can_measure, actor=actor, kpi=kpi),
    }
    if is_fragment(request):
        return render(request, "kpis/_figure.html", context)
    return render(request, "kpis/kpi_detail.html", context)


@require_safe
@tenant_page("kpi.view")
def kpi_csv(request: TenantRequest, slug: str, key: str) -> HttpResponseBase:
    """All values of one kind of period, exact, oldest first."""
    kpi = figure_at(key)
    period = period_of(kpi, request.GET.get("period"))
    return StreamingHttpResponse(
        csv_lines(kpi, period),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{slug}-{key}-{period}.csv"'},
    )
