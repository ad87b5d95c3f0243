"""The tenant of a request, and one transaction around the whole of its response."""

import datetime as dt
import re
import time
import zoneinfo
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from http import HTTPStatus
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers

from tenants import callers, doors, second_factor
from tenants.denials import audit_denied
from tenants.errors import DomainError, NotFound
from tenants.isolation import tenant, uuid7
from tenants.isolation.request_ids import request_id as current_request_id
from tenants.models import ApiKey, Member, Tenant
from tenants.responses import (
    database_error_response,
    domain_error_response,
    second_factor_response,
)
from tenants.seats import seat_in
from tenants.sessions import seen_lately

GetResponse = Callable[[HttpRequest], HttpResponseBase]
_TENANT_PATH = re.compile(r"^/t/(?P<slug>[^/]+)/")  # as wide as any URL pattern could be
API_PATH = "/api/v1/"
ACCOUNT_PATH = "/accounts/"
ASK_AGAIN_SECONDS = 1.0
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
        if request.path_info.startswith(API_PATH):
            return self._no_store(self._api(request), vary="Authorization, Cookie")
        signed_in = request.user.is_authenticated
        zone = getattr(request.user, "time_zone", "") or _zone_of_company(request)
        with timezone.override(zoneinfo.ZoneInfo(zone or settings.TIME_ZONE)):
            response = self.get_response(request)
        if signed_in and not request.user.is_authenticated:
            response["Clear-Site-Data"] = '"cache"'  # pages kept for 304 go with the session
        return self._no_store(response) if signed_in else response

    def _page(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        memberships = doors.memberships_found(request.user)
        request.memberships = memberships  # type: ignore[attr-defined]
        found = next((m for m in memberships if m.slug == slug), None)
        if found is None:
            return self._no_store(domain_error_response(request, NotFound()))
        response = run_in_tenant(request, found.tenant_id, found.member_id, self.get_response)
        note_seen(request)
        return self._no_store(response)

    def _api(self, request: HttpRequest) -> HttpResponseBase:
        """Serve the API inside the caller's tenant; without a caller the view itself says 401."""
        request.actor = request.api_key = None  # type: ignore[attr-defined]
        try:
            caller = request.caller = callers.caller_of(request)  # type: ignore[attr-defined]
            if caller.tenant_id is None:
                return self.get_response(request)
            response = self._api_inside(request, caller.tenant_id, caller)
            if key := request.api_key:  # type: ignore[attr-defined]
                callers.note_use(tenant_id=caller.tenant_id, key=key)
        except DatabaseError as error:  # out of reach, or what it only says at the commit
            if (refusal := database_error_response(error)) is None:
                raise
            return refusal
        return response

    def _api_inside(
        self, request: HttpRequest, tenant_id: UUID, caller: callers.Caller
    ) -> HttpResponseBase:
        def inside(request: HttpRequest) -> HttpResponseBase:
            if caller.key_id is None:
                request.actor = request.member  # type: ignore[attr-defined]
            elif key := callers.key_inside(caller.key_id):
                request.member = key.member  # type: ignore[attr-defined]
                request.actor = key.member or key  # type: ignore[attr-defined]
                request.api_key = key  # type: ignore[attr-defined]
            else:  # revoked, or its member left, between the door and here
                request.caller = callers.Caller(refusal=callers.BAD_KEY)  # type: ignore[attr-defined]
            with timezone.override(dt.UTC):
                return self.get_response(request)

        return run_in_tenant(request, tenant_id, caller.member_id, inside)

    @staticmethod
    def _no_store(response: HttpResponseBase, *, vary: str = "Cookie") -> HttpResponseBase:
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        patch_vary_headers(response, vary.split(", "))
        return response


def _zone_of_company(request: HttpRequest) -> str:
    """The zone of a person's only company, for the pages of their login; else an empty text."""
    if not request.user.is_authenticated or not request.path_info.startswith(ACCOUNT_PATH):
        return ""
    memberships = doors.memberships_found(request.user)
    if len(memberships) != 1:
        return ""
    with tenant(memberships[0].tenant_id):
        return Tenant.objects.values_list("time_zone", flat=True).get()


def run_in_tenant(
    request: HttpRequest,
    tenant_id: UUID,
    member_id: UUID | None,
    get_response: GetResponse,
) -> HttpResponseBase:
    """Run a request inside its tenant's transaction; a streamed body keeps it open to its end."""
    with ExitStack() as stack:
        seat = stack.enter_context(seat_in(tenant_id, member_id))
        if member_id is not None and seat.member is None:  # removed between the door and here
            return domain_error_response(request, NotFound())
        request.tenant = seat.tenant  # type: ignore[attr-defined]
        request.member = seat.member  # type: ignore[attr-defined]
        request.tenant_version = seat.version  # type: ignore[attr-defined]
        request.unread_count = seat.unread  # type: ignore[attr-defined]
        if seat.member is not None and second_factor.is_missing(seat.member):
            return second_factor_response(request, seat.tenant)
        stack.enter_context(timezone.override(reader_zone(request)))
        response = get_response(request)
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            transaction.set_rollback(True)
        elif isinstance(response, StreamingHttpResponse) and not response.is_async:
            response.streaming_content = HeldOpen(
                cast("Iterable[Any]", response.streaming_content),
                stack.pop_all(),
                still_allowed(request),
            )
    after_rollback(request, tenant_id, response)
    return response


def reader_zone(request: HttpRequest) -> zoneinfo.ZoneInfo:
    """The zone in which a page shows instants: the reader's own, else the tenant's."""
    member, its_tenant = request.member, request.tenant  # type: ignore[attr-defined]
    return member.zone if member is not None else its_tenant.zone


class AccessEnded(PermissionError):
    """The reader of a long answer lost the right to it on the way: the rest is not sent."""


def still_allowed(request: HttpRequest) -> Callable[[], bool]:
    """Ask anew, each time, whether the caller is who they were when the request began."""
    member: Member | None = request.member  # type: ignore[attr-defined]
    key: ApiKey | None = getattr(request, "api_key", None)

    def ask() -> bool:
        if key is not None and not ApiKey.objects.filter(pk=key.pk, revoked_at=None).exists():
            return False
        return (
            member is None
            or Member.objects.filter(
                pk=member.pk, status=Member.Status.ACTIVE, roles=member.roles
            ).exists()
        )

    return ask


def note_seen(request: HttpRequest) -> None:
    """Note when a member last opened a page, at most every five minutes, after the request.

    In a transaction of its own: pages of one person would else wait for each other.
    """
    member: Member | None = request.member  # type: ignore[attr-defined]
    if member is None or seen_lately(member.last_seen_at):
        return
    with tenant(member.tenant.pk):
        Member.objects.filter(pk=member.pk).update(last_seen_at=timezone.now())


class HeldOpen:
    """A streamed body that keeps its tenant's transaction open until it ends, fails or is closed.

    Not a generator: closing one that nobody has read yet (a HEAD request, a reader who left) never
    enters its body, and the transaction would stay open for the thread's next request.
    Every second it asks whether its reader still may read on, and breaks off when not.
    A body closed early was answered with success all the same, so what its view wrote (such as the
    audit row of an export) is committed; an exception while it is made rolls back.
    """

    def __init__(
        self,
        content: Iterable[Any],
        stack: ExitStack,
        allowed: Callable[[], bool] = lambda: True,
    ) -> None:
        self._content = iter(content)
        self._stack = stack
        self._allowed = allowed
        self._ask_at = time.monotonic() + ASK_AGAIN_SECONDS

    def __iter__(self) -> "HeldOpen":
        return self

    def __next__(self) -> Any:
        try:
            if time.monotonic() > self._ask_at:
                self._ask_at = time.monotonic() + ASK_AGAIN_SECONDS
                if not self._allowed():
                    raise AccessEnded
            return next(self._content)
        except StopIteration:
            self.close()
            raise
        except BaseException as error:
            self._stack.__exit__(type(error), error, error.__traceback__)
            raise

    def close(self) -> None:
        """End the transaction; harmless when repeated."""
        self._stack.close()


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
            audit_denied(request, error)
            return domain_error_response(request, error)
        return None
