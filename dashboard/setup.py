"""The set-up list as a page, and choosing the figures in place."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from kpis.models import Category, Kpi
from kpis.services.definitions import kpis_choose
from tenants import setup
from tenants.models import Member
from tenants.pages import TenantRequest, redirect_after_post, tenant_page
from tenants.ui.forms import ServiceForm

QUESTIONS = {
    Category.TECHNICAL_PERFORMANCE: "Is it reliable?",
    Category.PROJECT_DELIVERY: "Does it arrive?",
    Category.TEAM_DEVELOPMENT: "Is the team stable and learning?",
    Category.BUSINESS_IMPACT: "Does it pay?",
}
STARTERS = frozenset(
    {
        "uptime",
        "response_time",
        "cycle_time",
        "milestones_met",
        "attrition_rate",
        "cost_savings",
    }
)
"""What is ticked to begin with: one or two of each group."""


class FiguresForm(ServiceForm):
    """Which figures of the catalogue are used; what they are is the service's to check."""


@require_safe
@tenant_page("dashboard.view")
def setup_page(request: TenantRequest, slug: str) -> HttpResponse:
    """The list by itself: also once it was left for later, and when it is done."""
    found = setup.setup_of(tenant=request.tenant, actor=request.member)
    return setup_answer(request, found)


def setup_answer(request: TenantRequest, found: setup.Setup) -> HttpResponse:
    """The list, the next step open."""
    context = {
        "setup": found,
        "starters": STARTERS,
        "groups": _groups() if _offers_figures(found) else [],
        "people": _people(),
        "may_manage": request.member.can("tenant.manage") and request.tenant.is_writable,
    }
    return render(request, "setup/setup_page.html", context)


@require_POST
@tenant_page("dashboard.view")
def setup_step(request: TenantRequest, slug: str, key: str) -> HttpResponse:
    """`needed=no`: the company does not need this step; `needed=yes` takes that back."""
    change = setup.step_resume if request.POST.get("needed") == "yes" else setup.step_skip
    change(tenant=request.tenant, actor=request.member, key=key)
    return redirect_after_post(request, reverse("setup_page", kwargs={"slug": slug}))


@require_POST
@tenant_page("tenant.manage")
def setup_show(request: TenantRequest, slug: str) -> HttpResponse:
    """`show=no` leaves the list for later, `show=yes` brings it back."""
    if request.POST.get("show") == "yes":
        setup.setup_resume(tenant=request.tenant, actor=request.member)
        return redirect_after_post(request, reverse("setup_page", kwargs={"slug": slug}))
    setup.setup_dismiss(tenant=request.tenant, actor=request.member)
    messages.success(request, _("The set-up list is kept under Settings."))
    return redirect_after_post(request, reverse("dashboard", kwargs={"slug": slug}))


@require_POST
@tenant_page("kpi.manage")
def setup_figures(request: TenantRequest, slug: str) -> HttpResponse:
    """Use the chosen figures of the catalogue and switch the others off."""
    form = FiguresForm(request.POST)
    chosen = set(request.POST.getlist("figures"))
    used = form.send(kpis_choose, actor=request.member, keys=chosen)
    if used is None:
        messages.error(request, " ".join(map(str, form.non_field_errors())))
    else:
        said = ngettext("%(n)s figure in use.", "%(n)s figures in use.", used) % {"n": used}
        messages.success(request, said)
    return redirect_after_post(request, reverse("setup_page", kwargs={"slug": slug}))


def _offers_figures(found: setup.Setup) -> bool:
    return any(state.step.part and state.may and not state.settled for state in found.steps)


def _groups() -> list[tuple[str, str, list[Kpi]]]:
    """The catalogue by category, with the question that each answers."""
    kpis = list(Kpi.objects.all())
    return [
        (category.label, QUESTIONS[category], [kpi for kpi in kpis if kpi.category == category])
        for category in Category
    ]


def _people() -> list[Member]:
    active = Member.objects.select_related("user").filter(status=Member.Status.ACTIVE)
    return list(active.order_by("id")[:6])
