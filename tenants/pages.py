"""What every page of a tenant shares: who may open it, and the answer when nothing changed."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import (
    get_conditional_response,
    patch_cache_control,
    patch_vary_headers,
)
from django.utils.http import quote_etag
from django_htmx.middleware import HtmxDetails

from tenants import doors, kept
from tenants.models import Member, Tenant
from tenants.policies import check, check_writable

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
View = Callable[..., HttpResponseBase]


class TenantRequest(HttpRequest):
    """A request behind `tenant_page`: the tenant and the membership stand."""

    tenant: Tenant
    member: Member
    htmx: HtmxDetails
    tenant_version: str | None
    unread_count: int


@dataclass(frozen=True)
class Access:
    """The rights a page asks for: to read it, and to send something to it."""

    read: str
    write: str


def tenant_page(
    permission: str, *, write: str = "", while_inactive: bool = False
) -> Callable[[View], View]:
    """Let members with `permission` open a page under `/t/<slug>/`, and with `write` change it.

    Visitors are asked to sign in, strangers got 404 from the middleware, members without the right
    get 403 that names who can grant it. A suspended company's pages can be read, not changed;
    `while_inactive` lets a page be sent all the same (what brings the company back).
    """

    def decorate(view: View) -> View:
        access = Access(permission, write or permission)

        @wraps(view)
        def guarded(request: TenantRequest, slug: str, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if request.method in SAFE_METHODS:
                check(request.member, access.read)
            else:
                check(request.member, access.write)
                if not while_inactive:
                    check_writable(request.tenant)
            return view(request, slug=slug, **kwargs)

        guarded.access = access  # type: ignore[attr-defined]
        return guarded

    return decorate


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page (a boosted or restored page is whole)."""
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def answer_once(
    request: TenantRequest, version: str | None, render: Callable[[], HttpResponse]
) -> HttpResponse:
    """Answer 304 when the reader has this very page, else the kept one, else render it.

    For pages that only read. The company's version moves with every audited write and every new
    rollup; `version` names what changes otherwise, None means: at any moment, so keep nothing.
    The code, the reader with roles, companies and settings, and the time to five minutes (for
    words such as "2 h left", and for midnight anywhere) are added here. Nothing is looked up
    before the view's own checks of membership and permission have passed. The browser may keep the
    page but must ask each time; signing out clears what it kept.
    """
    waiting = len(get_messages(request)) > 0  # a message to be shown is not part of the version
    if version is None or waiting or request.method not in ("GET", "HEAD"):
        return render()
    digest = _version_of(request, version)
    # the form token of this browser: after a new sign-in, the old page's forms would be refused
    token = request.META.get("CSRF_COOKIE", "")
    etag = quote_etag(hashlib.sha256(f"{digest}\n{token}".encode()).hexdigest()[:32])
    response = get_conditional_response(request, etag=etag)
    if response is None:
        if request.tenant_version is None or settings.DEBUG:
            response = render()
        else:
            response = kept.page(request, digest, render)
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ["Cookie", "HX-Request"])
    return response


def _version_of(request: TenantRequest, version: str) -> str:
    """The name of all that this page shows to this reader now."""
    member, user, now = request.member, request.member.user, timezone.localtime()
    companies = ((m.slug, m.name) for m in doors.memberships_found(request.user))
    parts = (
        settings.CODE_VERSION,
        request.get_full_path(),
        bool(request.htmx),
        request.tenant_version,
        version,
        member.pk,
        sorted(member.roles),
        (user.name, user.email, user.theme, user.language, str(member.zone)),
        sorted(companies),
        request.unread_count,
        f"{now:%Y%m%d%H}{now.minute // 5}",
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def redirect_after_post(request: HttpRequest, url: str) -> HttpResponse:
    """See Other after a change: a plain redirect, or htmx's own when it sent the form."""
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponse(status=303, headers={"Location": url})
