"""Defining figures, setting targets, and a person's word on a status."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from kpis.forms import KpiForm, OverrideForm, TargetForm
from kpis.models import Kpi, Target
from kpis.rollups.periods import Calendar
from kpis.services import definitions
from kpis.views.export import plain
from kpis.views.figures import figure_at
from kpis.views.record import target_at
from kpis.views.words import affixes, exact, limits
from kpis.wording import wording
from tenants.models import Member
from tenants.pages import TenantRequest, redirect_after_post, tenant_page

_EDITED = (
    "name", "purpose", "formula", "unit", "direction", "aggregation", "cadence", "category",
    "core_area", "source", "expected_freshness_hours", "is_active",
)  # fmt: skip


@tenant_page("kpi.manage")
def kpi_create(request: TenantRequest, slug: str) -> HttpResponse:
    """A figure of the company's own."""
    form = KpiForm(request.POST or None, members=_members())
    if request.method == "POST" and form.is_valid():
        kpi = form.send(definitions.kpi_create, actor=request.member, values=form.facts())
        if kpi is not None:
            messages.success(request, "Figure created. Set its target next.")
            return redirect_after_post(request, _address(slug, kpi))
    return _answer(request, "kpis/kpi_create.html", form)


@tenant_page("kpi.manage")
def kpi_edit(request: TenantRequest, slug: str, key: str) -> HttpResponse:
    """Change what a figure means; its key stays, because addresses and programs name it."""
    kpi = figure_at(key)
    members = {m.pk: m for m in [*_members(), kpi.owner] if m}
    initial = {name: getattr(kpi, name) for name in _EDITED}
    initial |= {"owner": kpi.owner_id or "", "version": kpi.updated_at.isoformat()}
    form = KpiForm(request.POST or None, initial=initial, members=members.values(), is_new=False)
    if request.method == "POST" and form.is_valid():
        changed = form.send(
            definitions.kpi_update,
            kpi=kpi,
            actor=request.member,
            changes=form.facts(),
            if_unmodified=form.read_at(),
        )
        if changed is not None:
            messages.success(request, "Figure saved.")
            return redirect_after_post(request, _address(slug, changed))
    return _answer(request, "kpis/kpi_edit.html", form, kpi=kpi)


@require_safe
@tenant_page("kpi.target")
def target_choose(request: TenantRequest, slug: str) -> HttpResponse:
    """For which figure? Leads to the page where its target is set; those without one come first."""
    found = Kpi.objects.filter(is_active=True).order_by("position", "name")
    kpis = {kpi.key: kpi for kpi in found}
    chosen = request.GET.get("kpi")
    if chosen in kpis:
        return redirect("target_add", slug=slug, key=chosen)
    held = set(Target.objects.order_by().values_list("kpi_id", flat=True).distinct())
    groups = [
        ("Without a target", [kpi for kpi in kpis.values() if kpi.pk not in held]),
        ("With a target", [kpi for kpi in kpis.values() if kpi.pk in held]),
    ]
    return render(request, "kpis/target_choose.html", {"groups": groups})


@tenant_page("kpi.target")
def target_add(request: TenantRequest, slug: str, key: str) -> HttpResponse:
    """A new target from a day on; earlier periods keep theirs."""
    kpi = figure_at(key)
    targets = list(kpi.targets.order_by("-effective_on", "-id"))
    today = request.tenant.today
    current = target_at(targets, today)
    form = TargetForm(
        request.POST or None,
        initial={"effective_on": today, **_shown(kpi, current)},
        factor=kpi.display_factor,
    )
    if request.method == "POST" and form.is_valid():
        target = form.send(definitions.target_set, kpi=kpi, actor=request.member, **form.facts())
        if target is not None:
            messages.success(request, f"Target of {kpi.name} set.")
            return redirect_after_post(request, _address(slug, kpi))
    words = wording(
        unit=kpi.unit,
        direction=kpi.direction,
        factor=kpi.display_factor,
        currency=request.tenant.currency,
        values=(current.value,) if current else (),
    )
    return _answer(
        request,
        "kpis/target_add.html",
        form,
        kpi=kpi,
        current=current,
        current_text=exact(words, current.value).target(current.value) if current else "",
        limits=limits(words, current.value, current.at_risk_value) if current else [],
        affixes=affixes(kpi, request.tenant.currency),
    )


@tenant_page("kpi.target")
def status_override(request: TenantRequest, slug: str, key: str) -> HttpResponse:
    """Set the status of the running period by hand, with the reason; it ends with the period."""
    kpi = figure_at(key)
    calendar = Calendar.of_kpi(kpi)
    today = calendar.today(timezone.now())
    form = OverrideForm(request.POST or None, initial={"period": kpi.period})
    if request.method == "POST" and form.is_valid():
        override = form.send(
            definitions.status_override,
            kpi=kpi,
            actor=request.member,
            day=today,
            **form.cleaned_data,
        )
        if override is not None:
            messages.success(request, f"Status set: {override.get_status_display()}.")
            period = form.cleaned_data["period"]
            return redirect_after_post(request, f"{_address(slug, kpi)}?period={period}")
    ends = calendar.end(kpi.period, calendar.start(kpi.period, today))
    return _answer(request, "kpis/status_override.html", form, kpi=kpi, ends=ends)


def _answer(request: TenantRequest, template: str, form: Any, **context: Any) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, template, {"form": form, **context}, status=status)


def _address(slug: str, kpi: Kpi) -> str:
    return reverse("kpi_detail", args=[slug, kpi.key])


def _members() -> list[Member]:
    return list(Member.objects.select_related("user").filter(status__in=Member.NAMEABLE))


def _shown(kpi: Kpi, target: Target | None) -> dict[str, str]:
    """The target in force as its form shows it."""
    if target is None:
        return {}
    factor = kpi.display_factor
    return {
        "value": plain(target.value, factor),
        "at_risk_value": plain(target.at_risk_value, factor),
    }
