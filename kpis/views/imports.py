"""A file of measurements on its way in: upload, preview, start, progress, result."""

import csv
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from kpis import policies
from kpis.forms_import import MappingForm, UploadForm
from kpis.imports.preview import Preview, preview_of
from kpis.models import Category, ImportChunk, Kpi, MeasurementImport
from kpis.services import imports
from kpis.views.figures import figure_at
from tenants.audit.export import safe_cell
from tenants.errors import Invalid, NotFound, TooLarge, WrongState
from tenants.pages import TenantRequest, is_fragment, redirect_after_post, tenant_page
from tenants.policies import allowed

ROWS_SHOWN = 10
Status = MeasurementImport.Status


@require_safe
@tenant_page("kpi.import")
def import_choose(request: TenantRequest, slug: str) -> HttpResponse:
    """Which figure does the file measure? Leads to its upload page."""
    kpis = {k.key: k for k in Kpi.objects.filter(is_active=True).order_by("position", "name")}
    chosen = request.GET.get("kpi")
    if chosen in kpis:
        return redirect("import_create", slug=slug, key=chosen)
    groups = [(c.label, [k for k in kpis.values() if k.category == c]) for c in Category]
    return render(request, "kpis/import_choose.html", {"groups": groups, "asked": chosen})


@tenant_page("kpi.import")
def import_create(request: TenantRequest, slug: str, key: str) -> HttpResponse:
    """Take a file in; nothing of it counts before it is started on the next page."""
    kpi = figure_at(key)
    policies.check_can_import(actor=request.member, kpi=kpi)
    form = UploadForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                upload = form.send(imports.import_upload, kpi=kpi, actor=request.member)
            except TooLarge as refused:
                form.add_error("file", refused.message)
                upload, status = None, int(refused.status)
            if upload is not None:
                return redirect_after_post(request, _address("import_preview", slug, upload))
    context = {
        "kpi": kpi,
        "form": form,
        "most_bytes": settings.IMPORT_MAX_BYTES,
        "most_rows": settings.IMPORT_MAX_ROWS,
    }
    return render(request, "kpis/import_create.html", context, status=status)


@tenant_page("kpi.import")
def import_preview(request: TenantRequest, slug: str, key: str, import_id: UUID) -> HttpResponse:
    """The first rows as they would be read, under a mapping that can be changed and tried."""
    upload = _upload(key, import_id)
    if not _may_start(request, upload):
        return redirect("import_detail", slug=slug, key=key, import_id=import_id)
    if not ImportChunk.objects.filter(measurement_import=upload).exists():
        raise WrongState("The file is kept for a week. Upload it again.")
    form = MappingForm(request.POST or None, upload=upload)
    preview: Preview | None = None
    if request.method == "POST" and form.is_valid():
        if "check" not in request.POST:
            started = form.send(
                imports.import_start,
                upload=upload,
                actor=request.member,
                mapping=form.mapping(),
                options=form.options(),
                dry_run="try" in request.POST,
            )
            if started is not None:
                return redirect_after_post(request, _address("import_detail", slug, started))
        else:
            preview = form.checked_preview(upload)
    if preview is None:
        preview = _preview_as_found(upload, form.header)
    context = {"kpi": upload.kpi, "upload": upload, "form": form, "preview": preview}
    refused = form.is_bound and bool(form.errors)
    return render(request, "kpis/import_preview.html", context, status=422 if refused else 200)


def _preview_as_found(upload: MeasurementImport, header: list[str]) -> Preview | None:
    """The first rows by the stored mapping; None where the file cannot be read so."""
    if not set(upload.mapping.values()) <= set(header):  # parted otherwise, it has other columns
        upload.mapping = {}
    try:
        return preview_of(upload, rows=ROWS_SHOWN)
    except Invalid:
        return None


@tenant_page("kpi.view", write="kpi.import")
def import_detail(request: TenantRequest, slug: str, key: str, import_id: UUID) -> HttpResponse:
    """How far it is and what came of it; a POST cancels it, or starts it after a trial."""
    upload = _upload(key, import_id)
    if request.method == "POST":
        return _act(request, slug, upload)
    if upload.status == Status.UPLOADED and _may_start(request, upload):
        return redirect("import_preview", slug=slug, key=key, import_id=import_id)
    version = f"{upload.status}.{upload.offset}.{upload.rows_total}"
    if is_fragment(request) and request.GET.get("v") == version:
        return HttpResponse(status=204)
    context = {
        "kpi": upload.kpi,
        "upload": upload,
        "version": version,
        "percent": min(100, 100 * upload.offset / upload.size) if upload.size else 0,
        "may_start": _may_start(request, upload),
        "may_cancel": allowed(policies.check_can_cancel, actor=request.member, upload=upload),
        "may_import": allowed(policies.check_can_import, actor=request.member, kpi=upload.kpi),
    }
    template = "kpis/_import.html" if is_fragment(request) else "kpis/import_detail.html"
    return render(request, template, context)


def _act(request: TenantRequest, slug: str, upload: MeasurementImport) -> HttpResponse:
    if "cancel" in request.POST:
        imports.import_cancel(upload=upload, actor=request.member)
        messages.success(request, "Import cancelled. What was stored before stays.")
    elif "start" in request.POST:
        imports.import_start(upload=upload, actor=request.member)
    else:
        raise Invalid(message="Say what to do: start or cancel.")
    return redirect_after_post(request, _address("import_detail", slug, upload))


@require_safe
@tenant_page("kpi.view")
def import_errors(request: TenantRequest, slug: str, key: str, import_id: UUID) -> HttpResponse:
    """The rejected rows as CSV: row, column, message."""
    upload = _upload(key, import_id)
    response = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{slug}-{key}-rejected.csv"'},
    )
    response.write("\ufeff")  # spreadsheets read UTF-8 by its mark
    writer = csv.writer(response)
    writer.writerow(("row", "column", "message"))
    for error in upload.errors:
        cells: tuple[Any, ...] = (error["row"], error["column"], error["message"])
        writer.writerow([safe_cell(cell) for cell in cells])
    return response


def _upload(key: str, import_id: UUID) -> MeasurementImport:
    found = (
        MeasurementImport.objects.select_related("kpi", "created_by__user")
        .filter(pk=import_id, kpi__key=key)
        .first()
    )
    if found is None:
        raise NotFound()
    return found


def _may_start(request: TenantRequest, upload: MeasurementImport) -> bool:
    return allowed(policies.check_can_start, actor=request.member, upload=upload)


def _address(name: str, slug: str, upload: MeasurementImport) -> str:
    return reverse(name, args=[slug, upload.kpi.key, upload.pk])
