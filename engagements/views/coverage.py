"""Absences: who is away, who covers."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from engagements import policies_charter as policies
from engagements import services
from engagements.boundaries import boundaries_of
from engagements.coverage import resolve
from engagements.figures import engagements as all_engagements
from engagements.forms_working import CoverageForm, initial_of
from engagements.models import Engagement, OffPeriod
from tenants.errors import NotFound
from tenants.models import Member
from tenants.pages import TenantRequest, redirect_after_post, tenant_page
from tenants.permissions import Role
from tenants.policies import allowed
from tenants.ui.formats import day_range

PAST_SHOWN = 20
FIELDS = ("member", "starts_on", "ends_on", "deputy", "note")


@tenant_page("coverage.view", write="coverage.plan")
def coverage_list(request: TenantRequest, slug: str) -> HttpResponse:
    """Who is away now and soon, what was, and a form for the next absence."""
    members, engagements = _members(), all_engagements()
    may_plan = request.member.can("coverage.plan")
    form = _form(request, members, engagements, initial=_next(request, engagements))
    if request.method == "POST" and form.is_valid():
        planned = form.send(services.coverage_plan, actor=request.member, **form.facts())
        if planned is not None:
            days = day_range(planned.starts_on, planned.ends_on)
            messages.success(request, f"Absence planned for {days}.")
            return redirect_after_post(request, reverse("coverage_list", args=[slug]))
    context = _lists(request) | {
        "form": form if may_plan else None,
        "rule": boundaries_of(engagements[0]) if engagements else None,
    }
    status = 422 if form.is_bound else 200
    return render(request, "engagements/coverage_list.html", context, status=status)


@tenant_page("coverage.view", write="coverage.plan")
def coverage_edit(request: TenantRequest, slug: str, period_id: UUID) -> HttpResponse:
    """Change days, deputy or note of an absence that is not over."""
    period = _period(period_id)
    policies.check_can_change_absence(actor=request.member, period=period)
    members = [*_members(), *([period.deputy] if period.deputy else [])]
    form = CoverageForm(
        request.POST or None,
        initial=initial_of(period, FIELDS),
        members={m.pk: m for m in members}.values(),
        away=[period.member],
    )
    if request.method == "POST" and form.is_valid():
        changes = {name: value for name, value in form.facts().items() if name != "member"}
        changed = form.send(
            services.coverage_update, period=period, actor=request.member, changes=changes
        )
        if changed is not None:
            messages.success(request, "Absence saved.")
            return redirect_after_post(request, reverse("coverage_list", args=[slug]))
    context = {"form": form, "period": period, "running": period.status == "running"}
    status = 422 if form.is_bound else 200
    return render(request, "engagements/coverage_edit.html", context, status=status)


@require_POST
@tenant_page("coverage.view", write="coverage.plan")
def coverage_cancel(request: TenantRequest, slug: str, period_id: UUID) -> HttpResponse:
    """They stay, or are back as of now."""
    services.coverage_cancel(period=_period(period_id), actor=request.member)
    messages.success(request, "Absence cancelled.")
    return redirect_after_post(request, reverse("coverage_list", args=[slug]))


def _members() -> list[Member]:
    return list(Member.objects.select_related("user").filter(status=Member.Status.ACTIVE))


def _period(period_id: UUID) -> OffPeriod:
    found: OffPeriod | None = OffPeriod.objects.with_people().filter(pk=period_id).first()
    if found is None:
        raise NotFound()
    return found


def _form(
    request: TenantRequest, members: list[Member], engagements: list[Engagement], **kwargs: Any
) -> CoverageForm:
    """Whose absence the reader may plan: their own, and everybody's for admins and executives."""
    anybody = request.member.can("coverage.manage")
    mine = [m for m in members if anybody or m.pk == request.member.pk]
    return CoverageForm(request.POST or None, members=members, away=mine, **kwargs)


def _next(request: TenantRequest, engagements: list[Engagement]) -> dict[str, Any]:
    """The form starts with the reader, or with the CTO for whoever plans for others."""
    anybody = request.member.can("coverage.manage") and not request.member.has_role(Role.CTO)
    who = engagements[0].cto_id if anybody and engagements else request.member.pk
    return {"member": str(who)}


def _lists(request: TenantRequest) -> dict[str, Any]:
    """Absences now, to come and over, each with what the reader may do."""
    today, rows = request.tenant.today, OffPeriod.objects.with_people()
    ahead = list(rows.standing().filter(ends_on__gte=today).order_by("starts_on", "id"))
    past = rows.exclude(pk__in=[row.pk for row in ahead]).order_by("-starts_on", "-id")
    now = [row for row in ahead if row.starts_on <= today]
    return {
        "today": today,
        "ahead": [
            {
                "period": row,
                "status": row.status_on(today),
                "acting": resolve(row.member, now) if row in now else row.deputy,
                "may_change": allowed(
                    policies.check_can_change_absence, actor=request.member, period=row
                ),
            }
            for row in ahead
        ],
        "past": [(row, row.status_on(today)) for row in past[:PAST_SHOWN]],
    }
