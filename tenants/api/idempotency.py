"""Repeats of a POST: the same Idempotency-Key gives the first answer again, for 24 hours.

A lock on (caller, key) is held while the first call runs, so a second one learns at once that it is
under way. A success is stored in the call's own transaction: with its effects or not at all. A
refusal is stored after the rollback. Server errors and lost races are never stored.
"""

import datetime as dt
import hashlib
import json
import re
from typing import Any
from uuid import UUID

from django.db import connection
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from tenants.api.problems import Replay
from tenants.api.requests import ApiRequest
from tenants.errors import Invalid, WrongState
from tenants.isolation import current_tenant_id
from tenants.models import IdempotencyKey

HEADER = "Idempotency-Key"
KEPT = dt.timedelta(hours=24)
_KEY = re.compile(r"^[\x21-\x7e]{1,255}$")
_KEPT_HEADERS = ("ETag", "Location")
_CLEARED_AT_ONCE = 200
_STORED = range(200, 500)


def begin(request: ApiRequest, *, hidden: frozenset[str]) -> None:
    """Take the key, or raise: Replay with the first answer, Invalid (422), WrongState (409)."""
    key = request.headers.get(HEADER)
    if key is None:
        return
    if not _KEY.match(key):
        raise Invalid({HEADER: "Use 1 to 255 visible ASCII characters, such as a UUID."})
    caller_id = (request.member or request.actor).pk
    if not _lock(caller_id, key):
        raise WrongState("The first call with this Idempotency-Key is still running.")
    call_hash = _hash(request)
    stored = IdempotencyKey.objects.filter(
        caller_id=caller_id, key=key, created_at__gt=timezone.now() - KEPT
    ).first()
    if stored is None:
        request._request.idempotency = (caller_id, key, call_hash, hidden)  # type: ignore[attr-defined]
        return
    if bytes(stored.call_hash) != call_hash:
        raise Invalid({HEADER: "This key was used for another call. Use a new one."})
    raise Replay(_stored_answer(stored))


def finish(request: Request, response: Any) -> None:
    """Arrange that the answer is stored once it is known to be the answer."""
    claim = getattr(request._request, "idempotency", None)
    if claim is None or getattr(response, "transient", False):
        return
    if response.status_code not in _STORED:
        return

    def store(rendered: HttpResponse) -> None:
        _store(claim, rendered)

    if response.status_code >= 400:
        request._request.after_rollback = [store]  # type: ignore[attr-defined]
    elif hasattr(response, "add_post_render_callback"):
        response.add_post_render_callback(store)
    else:
        store(response)


def _store(claim: tuple[UUID, str, bytes, frozenset[str]], response: HttpResponse) -> None:
    caller_id, key, call_hash, hidden = claim
    now = timezone.now()
    IdempotencyKey.objects.filter(caller_id=caller_id, key=key, created_at__lte=now - KEPT).delete()
    old = IdempotencyKey.objects.filter(created_at__lte=now - KEPT).order_by("created_at")
    ids = old.select_for_update(skip_locked=True).values_list("id", flat=True)[:_CLEARED_AT_ONCE]
    IdempotencyKey.objects.filter(id__in=list(ids)).delete()
    IdempotencyKey.objects.bulk_create(
        [
            IdempotencyKey(
                caller_id=caller_id,
                key=key,
                call_hash=call_hash,
                status=response.status_code,
                content_type=response.get("Content-Type", ""),
                headers={name: response[name] for name in _KEPT_HEADERS if name in response},
                body=_without(response.content.decode(), hidden),
                created_at=now,
            )
        ],
        ignore_conflicts=True,
    )


def _without(body: str, hidden: frozenset[str]) -> str:
    """The body with the values of fields that are shown once replaced by null."""
    if not hidden or not body:
        return body
    value = json.loads(body)
    return json.dumps({k: None if k in hidden else v for k, v in value.items()})


def _stored_answer(stored: IdempotencyKey) -> HttpResponse:
    response = HttpResponse(
        stored.body.encode(), status=stored.status, content_type=stored.content_type or None
    )
    for name, value in stored.headers.items():
        response[name] = value
    response["Idempotency-Replayed"] = "true"
    return response


def _lock(caller_id: UUID, key: str) -> bool:
    """Hold (tenant, caller, key) until the transaction ends; False when another call holds it."""
    name = hashlib.sha256(f"{current_tenant_id()}:{caller_id}:{key}".encode()).digest()[:8]
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_try_advisory_xact_lock(%s)", [int.from_bytes(name, "big", signed=True)]
        )
        return bool(cursor.fetchone()[0])


def _hash(request: Request) -> bytes:
    """SHA-256 of method, address and body; of a form's fields and files where it is one."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if not request.content_type.startswith("multipart/"):
        digest.update(request._request.body)
        return digest.digest()
    for name, values in sorted(request.POST.lists()):
        digest.update(json.dumps([name, *values]).encode())
    for name, uploads in sorted(request.FILES.lists()):
        for upload in uploads:
            digest.update(json.dumps([name, upload.name, upload.size]).encode())
            for chunk in upload.chunks():
                digest.update(chunk)
            upload.seek(0)
    return digest.digest()
