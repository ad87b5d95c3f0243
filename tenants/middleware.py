"""The tenant of a request, and one transaction around the whole of its response."""

import re
import zoneinfo
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http import HTTPStatus
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers

from tenants import doors
from tenants.errors import DomainError, NotFound
from tenants.isolation import tenant, uuid7
from tenants.isolation.request_ids import request_id as current_request_id
from tenants.models import Member, Tenant
from tenants.responses import domain_error_response

GetResponse = Callable[[HttpRequest], HttpResponseBase]
_TENANT_PATH = re.compile(r"^/t/(?P<slug>[a-z0-9-]{1,40})/")
_SAFE_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")


def request_id(get_response: GetResponse) -> GetResponse:
    """Give each request an id, or take a proxy's; answer it as X-Request-Id and put it in logs."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        offered = request.headers.get("X-Request-Id", "")
        chosen = offered if _SAFE_ID.match(offered) else str(uuid7())
        token = current_request_id.set(chosen)
        try:
            response = get_response(request)
            response["X-Request-Id"] = chosen
            return response
        finally:
            current_request_id.reset(token)

    return middleware


class TenantMiddleware:
    """Resolve the tenant from the URL (or the API's caller) and an active membership, each time.

    Inside, one transaction holds the whole response, its streamed body included. From status 400
    up everything written is rolled back. Strangers and wrong slugs get the same 404.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.tenant = None  # type: ignore[attr-defined]
        request.member = None  # type: ignore[attr-defined]
        request.memberships = None  # type: ignore[attr-defined]
        if match := _TENANT_PATH.match(request.path_info):
            if not request.user.is_authenticated:
                return self._no_store(self.get_response(request))  # the view asks to sign in
            return self._page(request, match["slug"])
        response = self.get_response(request)
        return self._no_store(response) if request.user.is_authenticated else response

    def _page(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        memberships = doors.memberships_of(request.user.pk)
        request.memberships = memberships  # type: ignore[attr-defined]
        found = next((m for m in memberships if m.slug == slug), None)
        if found is None:
            return self._no_store(domain_error_response(request, NotFound()))
        return self._no_store(
            run_in_tenant(request, found.tenant_id, found.member_id, self.get_response)
        )

    @staticmethod
    def _no_store(response: HttpResponseBase) -> HttpResponseBase:
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        patch_vary_headers(response, ["Cookie"])
        return response


def run_in_tenant(
    request: HttpRequest,
    tenant_id: UUID,
    member_id: UUID | None,
    get_response: GetResponse,
) -> HttpResponseBase:
    """Run a request inside its tenant's transaction; a streamed body keeps it open to its end."""
    with ExitStack() as stack:
        stack.enter_context(tenant(tenant_id))
        if member_id is not None:
            member = (
                Member.objects.select_related("user", "tenant")
                .filter(pk=member_id, status=Member.Status.ACTIVE)
                .first()
            )
            if member is None:  # removed between the door and here
                return domain_error_response(request, NotFound())
            request.member = member  # type: ignore[attr-defined]
            request.tenant = member.tenant  # type: ignore[attr-defined]
        else:
            request.tenant = Tenant.objects.get(pk=tenant_id)  # type: ignore[attr-defined]
        stack.enter_context(timezone.override(reader_zone(request)))
        response = get_response(request)
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            transaction.set_rollback(True)
        elif isinstance(response, StreamingHttpResponse) and not response.is_async:
            response.streaming_content = _until_closed(
                iter(cast("Iterator[bytes]", response.streaming_content)), stack.pop_all()
            )
    after_rollback(request, tenant_id, response)
    return response


def reader_zone(request: HttpRequest) -> zoneinfo.ZoneInfo:
    """The zone in which a page shows instants: the reader's own, else the tenant's."""
    member, its_tenant = request.member, request.tenant  # type: ignore[attr-defined]
    return member.zone if member is not None else its_tenant.zone


def _until_closed(content: Iterator[Any], stack: ExitStack) -> Iterator[Any]:
    with stack:
        yield from content


def after_rollback(request: HttpRequest, tenant_id: UUID, response: HttpResponseBase) -> None:
    """Write what must outlive a refused request: what it left in `request.after_rollback`."""
    if response.status_code < HTTPStatus.BAD_REQUEST:
        return
    for write in getattr(request, "after_rollback", ()):
        with tenant(tenant_id):
            write(response)


class DomainErrorMiddleware:
    """Turn a DomainError of a page's view into its page, fragment or problem+json."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, DomainError):
            return domain_error_response(request, error)
        return None
