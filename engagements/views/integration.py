"""The integration plan: three phases of activities."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from engagements import policies_charter as policies
from engagements import services
from engagements.figures import engagements as all_engagements
from engagements.forms_working import ActivityForm, initial_of
from engagements.models import PHASE_AIMS, Engagement, IntegrationActivity, Stakeholder
from engagements.views.rows import chosen
from tenants.errors import NotFound
from tenants.pages import TenantRequest, redirect_after_post, tenant_page
from tenants.policies import allowed
from tenants.repeats import page, says_it_is_gone

FIELDS = ("title", "phase", "kind", "person", "planned_on", "status", "done_on", "outcome")
MOVES = {"up": -1, "down": 1}


@dataclass(frozen=True)
class Phase:
    """A phase with its activities in their order."""

    key: str
    name: str
    aim: str
    rows: list[tuple[IntegrationActivity, bool]]  # with whether it is overdue

    @property
    def counted(self) -> int:
        """What was not dropped."""
        return sum(1 for row, _ in self.rows if row.status != "dropped")

    @property
    def done(self) -> int:
        return sum(1 for row, _ in self.rows if row.status == "done")

    @property
    def overdue(self) -> int:
        return sum(1 for _, late in self.rows if late)

    @property
    def percent(self) -> float:
        return 100 * self.done / self.counted if self.counted else 0


@tenant_page("integration.view")
def integration_plan(request: TenantRequest, slug: str) -> HttpResponse:
    """Phase by phase: what is planned, what came of it, what is overdue."""
    engagements = all_engagements()
    engagement = chosen(request, engagements)
    context: dict[str, Any] = {"engagement": engagement, "others": []}
    if engagement is not None:
        today = request.tenant.today
        rows = list(
            IntegrationActivity.objects.with_people().filter(engagement=engagement).in_order()
        )
        context |= {
            "others": [e for e in engagements if e != engagement],
            "today": today,
            "phases": phases_of(rows, today),
            "is_empty": not rows,
            "may_manage": allowed(
                policies.check_can_manage_plan, actor=request.member, engagement=engagement
            ),
        }
    return render(request, "engagements/integration_plan.html", context)


@require_POST
@tenant_page("integration.view", write="integration.manage")
def integration_start(request: TenantRequest, slug: str) -> HttpResponse:
    """Fill an empty plan from the template."""
    engagement = _engagement(request)
    made = services.plan_start(engagement=engagement, actor=request.member)
    messages.success(request, f"{len(made)} activities planned." if made else "There is a plan.")
    return redirect_after_post(request, _address(slug, engagement))


@tenant_page("integration.manage")
def activity_create(request: TenantRequest, slug: str) -> HttpResponse:
    """One more activity."""
    engagement = _engagement(request)
    policies.check_can_manage_plan(actor=request.member, engagement=engagement)
    initial = {"phase": request.GET.get("phase", "initial"), "status": "planned"}
    form = ActivityForm(request.POST or None, initial=initial, people=_people(engagement))
    if request.method == "POST" and form.is_valid():
        made = form.send(
            services.activity_add, engagement=engagement, actor=request.member, **form.facts()
        )
        if made is not None:
            messages.success(request, "Activity added.")
            return redirect_after_post(request, _address(slug, engagement))
    context = {"form": form, "engagement": engagement, "activity": None}
    return _form_page(request, context, bound=form.is_bound)


@tenant_page("integration.manage")
def activity_update(request: TenantRequest, slug: str, activity_id: UUID) -> HttpResponse:
    """Change an activity; marking it done asks for its outcome."""
    activity = _activity(activity_id)
    engagement = activity.engagement
    policies.check_can_manage_plan(actor=request.member, engagement=engagement)
    initial = initial_of(activity, FIELDS)
    if request.GET.get("done"):
        initial |= {"status": "done", "done_on": activity.done_on or request.tenant.today}
    form = ActivityForm(request.POST or None, initial=initial, people=_people(engagement))
    if request.method == "POST" and form.is_valid():
        changed = form.send(
            services.activity_update,
            activity=activity,
            actor=request.member,
            changes=form.facts(),
        )
        if changed is not None:
            messages.success(request, "Activity saved.")
            return redirect_after_post(request, _address(slug, engagement))
    context = {"form": form, "engagement": engagement, "activity": activity}
    return _form_page(request, context, bound=form.is_bound)


@require_POST
@tenant_page("integration.view", write="integration.manage")
def activity_move(request: TenantRequest, slug: str, activity_id: UUID) -> HttpResponse:
    """One place up or down in its phase."""
    activity = _activity(activity_id)
    step = MOVES.get(request.POST.get("move", ""))
    if step is not None:
        rows = list(
            IntegrationActivity.objects.filter(
                engagement=activity.engagement, phase=activity.phase
            ).order_by("position", "id")
        )
        services.activity_update(
            activity=activity,
            actor=request.member,
            changes={"position": max(0, rows.index(activity) + step)},
        )
    address = f"{_address(slug, activity.engagement)}#activity-{activity.pk}"
    return redirect_after_post(request, address)


@require_POST
@tenant_page("integration.view", write="integration.manage")
@says_it_is_gone(
    "integration.deleted",
    said="This activity had been removed already.",
    to=page("integration_plan"),
)
def activity_delete(request: TenantRequest, slug: str, activity_id: UUID) -> HttpResponse:
    """Take an activity off the plan."""
    activity = _activity(activity_id)
    services.activity_delete(activity=activity, actor=request.member)
    messages.success(request, "Activity removed.")
    return redirect_after_post(request, _address(slug, activity.engagement))


def phases_of(rows: list[IntegrationActivity], today: Any) -> list[Phase]:
    """The three phases in their order."""
    return [
        Phase(
            key=phase.value,
            name=str(phase.label),
            aim=PHASE_AIMS[phase],
            rows=[(row, row.is_overdue(today)) for row in rows if row.phase == phase],
        )
        for phase in IntegrationActivity.Phase
    ]


def _form_page(request: TenantRequest, context: dict[str, Any], *, bound: bool) -> HttpResponse:
    status = 422 if bound else 200
    return render(request, "engagements/activity_form.html", context, status=status)


def _engagement(request: TenantRequest) -> Engagement:
    engagement = chosen(request, all_engagements())
    if engagement is None:
        raise NotFound()
    return engagement


def _activity(activity_id: UUID) -> IntegrationActivity:
    found: IntegrationActivity | None = (
        IntegrationActivity.objects.with_people().filter(pk=activity_id).first()
    )
    if found is None:
        raise NotFound()
    return found


def _people(engagement: Engagement) -> list[Stakeholder]:
    return list(Stakeholder.objects.filter(engagement=engagement))


def _address(slug: str, engagement: Engagement) -> str:
    return f"{reverse('integration_plan', args=[slug])}?engagement={engagement.pk}"
