"""Adding one measurement by hand, correcting one, and taking one back."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from kpis import policies
from kpis.forms import CorrectionForm, MeasurementForm, RemovalForm
from kpis.models import PARTS, Kpi, Measurement
from kpis.services import measurements
from kpis.views.export import plain
from kpis.views.figures import figure_at
from kpis.views.words import affixes, measured
from tenants.errors import NotFound
from tenants.pages import TenantRequest, redirect_after_post, tenant_page

SOURCE = "form"


@tenant_page("kpi.measure")
def measurement_add(request: TenantRequest, slug: str, key: str) -> HttpResponse:
    """One value with its time, which is read in the reader's own zone."""
    kpi = figure_at(key)
    policies.check_can_measure(actor=request.member, kpi=kpi)
    now = timezone.localtime()
    form = MeasurementForm(
        request.POST or None,
        initial={"observed_at": f"{now:%Y-%m-%dT%H:%M}"},
        aggregation=kpi.aggregation,
    )
    if request.method == "POST" and form.is_valid():
        found = form.send(
            measurements.measurement_record,
            kpi=kpi,
            actor=request.member,
            raw=form.raw(),
            source=SOURCE,
        )
        if found is not None:
            is_new = found[1]
            messages.success(
                request,
                "Measurement added. The figure is being updated."
                if is_new
                else "This measurement was there already. Nothing changed.",
            )
            return redirect_after_post(request, reverse("kpi_detail", args=[slug, kpi.key]))
    context = {
        "form": form,
        "kpi": kpi,
        "now": now,
        "zone": timezone.get_current_timezone_name(),
        "affixes": affixes(kpi, request.tenant.currency),
    }
    status = 422 if form.is_bound else 200
    return render(request, "kpis/measurement_add.html", context, status=status)


@tenant_page("kpi.measure")
def measurement_correct(
    request: TenantRequest, slug: str, key: str, measurement_id: UUID
) -> HttpResponse:
    """The right numbers in a wrong measurement's place, and why."""
    kpi = figure_at(key)
    policies.check_can_measure(actor=request.member, kpi=kpi)
    row = _measurement(kpi, measurement_id)
    initial = {name: plain(getattr(row, name)) for name in PARTS} | {"version": row.version}
    form = CorrectionForm(request.POST or None, initial=initial, aggregation=kpi.aggregation)
    if request.method == "POST" and form.is_valid():
        corrected = form.send(
            measurements.measurement_correct,
            kpi=kpi,
            actor=request.member,
            measurement_id=row.id,
            changes=form.changes(),
            reason=form.cleaned_data["reason"],
            if_version=form.cleaned_data["version"] or None,
        )
        if corrected is not None:
            messages.success(
                request,
                "Measurement corrected. The figure is being updated."
                if corrected[1]
                else "The measurement says so already. Nothing changed.",
            )
            address = reverse("kpi_sources", args=[slug, kpi.key])
            return redirect_after_post(request, f"{address}?day={row.local_date}#h-rows")
        row = _measurement(kpi, measurement_id)  # somebody else may have been at it
    context = {
        "form": form,
        "kpi": kpi,
        "row": row,
        "value": measured(kpi, request.tenant, row),
        "affixes": affixes(kpi, request.tenant.currency),
        "is_stale": form.is_bound and form.data.get("version", row.version) != row.version,
    }
    status = 422 if form.is_bound else 200
    return render(request, "kpis/measurement_correct.html", context, status=status)


@tenant_page("kpi.measure")
def measurement_remove(
    request: TenantRequest, slug: str, key: str, measurement_id: UUID
) -> HttpResponse:
    """Ask why, then take the measurement back."""
    kpi = figure_at(key)
    policies.check_can_measure(actor=request.member, kpi=kpi)
    row = _measurement(kpi, measurement_id)
    form = RemovalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        gone = form.send(
            measurements.measurement_delete,
            kpi=kpi,
            actor=request.member,
            measurement_id=row.id,
            reason=form.cleaned_data["reason"],
        )
        if gone is not None:
            messages.success(request, "Measurement taken back. The figure is being updated.")
            return redirect_after_post(request, reverse("kpi_sources", args=[slug, kpi.key]))
    context = {"form": form, "kpi": kpi, "row": row, "value": measured(kpi, request.tenant, row)}
    status = 422 if form.is_bound else 200
    return render(request, "kpis/measurement_remove.html", context, status=status)


def _measurement(kpi: Kpi, measurement_id: UUID) -> Measurement:
    """The measurement; raises NotFound, also when it was taken back."""
    row = Measurement.objects.filter(kpi_id=kpi.pk, id=measurement_id).first()
    if row is None:
        raise NotFound
    return row
