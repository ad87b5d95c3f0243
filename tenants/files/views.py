"""A stored file, as an attachment that no browser runs."""

from uuid import UUID

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from tenants.errors import NotFound
from tenants.files.models import StoredFile
from tenants.files.services import detach, file_for
from tenants.files.storage import read_chunks
from tenants.pages import TenantRequest, tenant_page
from tenants.ui import navigation

CSP = "default-src 'none'; sandbox"


@require_safe
@tenant_page("tenant.view")
def file_download(request: TenantRequest, slug: str, file_id: UUID) -> HttpResponseBase:
    """The file's bytes, for those who may read its record."""
    return file_response(file_for(file_id=file_id, actor=request.member))


@require_POST
@tenant_page("tenant.view")
def file_remove(request: TenantRequest, slug: str, file_id: UUID) -> HttpResponseBase:
    """Remove a file from its record, and go back to the page it was removed on."""
    file = StoredFile.objects.filter(pk=file_id).first()
    if file is None:
        raise NotFound
    detach(file=file, actor=request.member)
    back = request.POST.get("next", "")
    inside = back.startswith(f"/t/{slug}/") and url_has_allowed_host_and_scheme(back, None)
    return redirect(back if inside else navigation.home(slug))


def file_response(file: StoredFile) -> StreamingHttpResponse:
    """Streamed in constant memory; never shown by the browser in our own name."""
    headers = {
        "Content-Disposition": content_disposition_header(True, file.name) or "attachment",
        "Content-Length": str(file.size),
        "Content-Security-Policy": CSP,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    kind = file.content_type
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    return StreamingHttpResponse(read_chunks(file), content_type=kind, headers=headers)
