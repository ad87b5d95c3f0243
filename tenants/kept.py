"""Rendered pages, and values of pages, kept for the reader they were made for.

A key begins with the tenant and the member and ends with everything the page depends on, so a page
is found only by the same member while nothing it shows has changed; what is not found any more
expires. Callers check membership and permission first, at every request.
"""

import hashlib
import logging
import secrets
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language
from redis.exceptions import RedisError

from tenants.isolation import current_tenant_id
from tenants.models import Member

logger = logging.getLogger("bowline.pages")

SECONDS = 300
MARK_BYTES = 24
_PLAIN = {"Content-Type"}  # the only header that a kept page may have


def page(request: HttpRequest, digest: str, render: Callable[[], HttpResponse]) -> HttpResponse:
    """The kept page named by `digest`, or the one rendered and kept now.

    Each browser has a form token of its own, so the kept text has a mark in its place.
    """
    key = f"{current_tenant_id()}:page:{request.member.pk}:{digest}"  # type: ignore[attr-defined]
    if (found := _get(key)) is not None:
        mark, text, content_type = found
        return HttpResponse(_with_token(request, text, mark), content_type=content_type)
    mark = secrets.token_hex(MARK_BYTES)
    request.csrf_mark = mark  # type: ignore[attr-defined]
    response = render()
    if response.status_code == 200 and response.headers.keys() <= _PLAIN and not response.cookies:
        _set(key, (mark, response.content, response["Content-Type"]))
    response.content = _with_token(request, response.content, mark)
    return response


def value(member: Member, name: str, facts: tuple[object, ...], make: Callable[[], Any]) -> Any:
    """What was kept under `name` for this member while `facts` were the same, else made now.

    `facts` begin with the tenant's version and name all that the value depends on but the code, the
    language and the time to five minutes, which count always. The value is plain data.
    """
    now = timezone.localtime()
    parts = (settings.CODE_VERSION, get_language(), f"{now:%Y%m%d%H}{now.minute // 5}", *facts)
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()
    key = f"{current_tenant_id()}:{name}:{member.pk}:{digest}"
    if (found := _get(key)) is None:
        found = make()
        _set(key, found)
    return found


def marked_token(request: HttpRequest) -> dict[str, str]:
    """What a template gets for its form token while its page is rendered to be kept."""
    mark = getattr(request, "csrf_mark", "")
    if not mark:
        return {}
    field = '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
    return {"csrf_token": mark, "csrf_input": format_html(field, mark)}


def _with_token(request: HttpRequest, text: bytes, mark: str) -> bytes:
    place = mark.encode()
    return text.replace(place, get_token(request).encode()) if place in text else text


def _get(key: str) -> Any:
    try:
        return cache.get(key)
    except (RedisError, OSError):  # a page is never refused because it could not be kept
        logger.warning("kept pages cannot be read")
        return None


def _set(key: str, found: Any) -> None:
    try:
        cache.set(key, found, SECONDS)
    except (RedisError, OSError):
        logger.warning("pages cannot be kept")
