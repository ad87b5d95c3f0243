"""The pages that compose several apps."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from dashboard.executive import executive_board
from dashboard.portfolio import portfolio as load_portfolio
from dashboard.setup import setup_answer
from dashboard.week import Week
from engagements.roadmap import board_groups
from kpis import figures as kpi_figures
from tenants import doors, setup
from tenants.pages import TenantRequest, answer_once, is_fragment, tenant_page

INITIATIVES_SHOWN = 12
MANAGES = "tenant.manage"  # whoever sets the company up sees what is left of it


@tenant_page("dashboard.view")
def dashboard(request: TenantRequest, slug: str) -> HttpResponse:
    """Is this working, and what do you need from me? In one minute."""

    def page() -> HttpResponse:
        tenant, fragment = request.tenant, is_fragment(request)
        found = None
        if not fragment and tenant.setup_dismissed_at is None and request.member.can(MANAGES):
            found = setup.setup_of(tenant=tenant, actor=request.member)
            if found.shows_nothing_yet:
                return setup_answer(request, found)
        board = executive_board(
            tenant=request.tenant, member=request.member, cards=kpi_figures.cards()
        )
        template = "dashboard/_figures.html" if is_fragment(request) else "dashboard/dashboard.html"
        context: dict[str, Any] = {"board": board, "setup": found}
        if not is_fragment(request) and request.member.can("initiative.view"):
            groups, count = board_groups(request.tenant.today, most=INITIATIVES_SHOWN)
            context |= {"groups": groups, "initiatives_open": count}
        return render(request, template, context)

    # a figure is said to be updating once its measurements have waited a minute: nothing moves then
    version = None if kpi_figures.are_waiting(request.member) else ""
    return answer_once(request, version, page)


@login_required
def portfolio(request: HttpRequest) -> HttpResponse:
    """All companies of the reader, what they promised there, and what waits."""
    memberships = doors.at_work(doors.memberships_found(request.user))
    request.memberships = memberships  # type: ignore[attr-defined]
    week = Week.parse(request.GET.get("week", ""), timezone.localdate())
    user: Any = request.user
    found = load_portfolio(memberships, week, my_hours=user.working_hours, keep=not settings.DEBUG)
    return render(request, "dashboard/portfolio.html", {"all": found})
