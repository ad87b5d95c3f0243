"""The pages that compose several apps."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dashboard.executive import executive_board
from dashboard.portfolio import portfolio as load_portfolio
from kpis import figures as kpi_figures
from tenants import doors
from tenants.pages import TenantRequest, answer_once, is_fragment, tenant_page


@tenant_page("dashboard.view")
def dashboard(request: TenantRequest, slug: str) -> HttpResponse:
    """Is this working, and what do you need from me? In one minute."""

    cards = kpi_figures.cards()

    def page() -> HttpResponse:
        board = executive_board(tenant=request.tenant, member=request.member, cards=cards)
        template = "dashboard/_figures.html" if is_fragment(request) else "dashboard/dashboard.html"
        return render(request, template, {"board": board})

    return answer_once(request, repr(cards), page)


@login_required
def portfolio(request: HttpRequest) -> HttpResponse:
    """All companies of the reader, what they promised there, and what waits."""
    memberships = doors.memberships_of(request.user.pk)
    request.memberships = memberships  # type: ignore[attr-defined]
    context = {"clients": load_portfolio(memberships)}
    return render(request, "dashboard/portfolio.html", context)
