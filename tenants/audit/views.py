"""The trail as a page and as CSV."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tenants import audit
from tenants.audit.export import csv_lines
from tenants.audit.forms import TrailFilterForm
from tenants.audit.querysets import TrailFilter, in_batches, recent_verbs
from tenants.audit.words import changes_in_words, sentence
from tenants.errors import Invalid
from tenants.models import Member
from tenants.pages import TenantRequest, tenant_page
from tenants.paging import is_paged, page_of

PAGE = 50
PARAMETERS = ("person", "verb", "record", "from_on", "to_on")


@require_safe
@tenant_page("audit.view")
def audit_list(request: TenantRequest, slug: str) -> HttpResponse:
    """Who did what, newest first, by cursor."""
    form = _form(request)
    asked = form.trail_filter() if form.is_valid() else TrailFilter()
    page = page_of(asked.apply(), request, size=PAGE)
    chosen = {name: request.GET[name] for name in PARAMETERS if request.GET.get(name)}
    context = {
        "form": form,
        "events": [_shown(event) for event in page.rows],
        **page.links(chosen),
        "csv_query": urlencode(chosen),
        "is_filtered": bool(chosen),
        "is_paged": is_paged(request),
    }
    return render(request, "audit/audit_list.html", context, status=200 if form.is_valid() else 422)


@require_safe
@tenant_page("audit.view")
def audit_export(request: TenantRequest, slug: str) -> HttpResponseBase:
    """The filtered trail as a streamed CSV file; the export is itself an event of the trail."""
    form = _form(request)
    if not form.is_valid():
        raise Invalid({name: " ".join(map(str, e)) for name, e in form.errors.items()})
    asked = {name: request.GET[name] for name in PARAMETERS if request.GET.get(name)}
    audit.record(actor=request.member, verb="audit.exported", changes=asked)
    return StreamingHttpResponse(
        csv_lines(in_batches(form.trail_filter().apply())),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="audit-{slug}.csv"'},
    )


def _form(request: TenantRequest) -> TrailFilterForm:
    people = Member.objects.select_related("user").only(
        "id", "joined_at", "invited_name", "invited_email", "user__name", "user__email"
    )
    names = sorted(((m.pk, m.name) for m in people), key=lambda pair: pair[1].casefold())
    return TrailFilterForm(request.GET, people=names, verbs=recent_verbs())


def _shown(event: Any) -> dict[str, Any]:
    return {
        "event": event,
        "sentence": sentence(event.verb),
        "changes": changes_in_words(event.verb, event.changes),
    }
