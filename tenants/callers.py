"""Who calls the API: the holder of a key, or a browser session with the company it names.

Answered before the view, because the tenant's transaction must hold the whole request. The
authentication classes of `tenants.api` then say yes or no to what was found here.
"""

import datetime as dt
import hashlib
import hmac
import re
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from tenants import doors
from tenants.errors import DomainError, NotFound
from tenants.isolation import tenant
from tenants.models import ApiKey, Member

_KEY = re.compile(r"^(?P<prefix>bl_[0-9a-f]{12})\.(?P<secret>[A-Za-z0-9_-]{43})$")
_NO_HASH = hashlib.sha256(b"").digest()
_USED_EVERY = dt.timedelta(minutes=1)

BAD_KEY = "This API key is not valid. Check it, or create a new one in the company's settings."
TENANT_HEADER = "Bowline-Tenant"


@dataclass(frozen=True)
class Caller:
    """Where a request belongs, or why nobody stands behind it (`refusal` is then set)."""

    tenant_id: UUID | None = None
    key_id: UUID | None = None
    member_id: UUID | None = None
    refusal: str = ""
    error: DomainError | None = None

    @property
    def is_session(self) -> bool:
        return self.member_id is not None


NOBODY = Caller()


def caller_of(request: HttpRequest) -> Caller:
    """The caller by the Authorization header, else by the session; NOBODY without either."""
    header = request.headers.get("Authorization", "")
    if header:
        return _by_key(header)
    if request.user.is_authenticated:
        return _by_session(request)
    return NOBODY


def _by_key(header: str) -> Caller:
    scheme, _, credentials = header.partition(" ")
    match = _KEY.match(credentials.strip())
    if scheme.lower() != "bearer" or match is None:
        return Caller(refusal=BAD_KEY)
    entry = doors.api_key(match["prefix"])
    digest = hashlib.sha256(match["secret"].encode()).digest()
    same = hmac.compare_digest(digest, entry.secret_hash if entry else _NO_HASH)
    now = timezone.now()
    live = entry and not entry.revoked_at and (entry.expires_at is None or entry.expires_at > now)
    if entry is None or not same or not live:
        return Caller(refusal=BAD_KEY)
    return Caller(tenant_id=entry.tenant_id, key_id=entry.id)


def _by_session(request: HttpRequest) -> Caller:
    memberships = doors.memberships_found(request.user)
    slug = request.headers.get(TENANT_HEADER, "")
    if slug:
        found = next((m for m in memberships if m.slug == slug), None)
        if found is None:
            return Caller(error=NotFound())
    elif len(alone := doors.at_work(memberships)) == 1:
        found = alone[0]
    else:
        return Caller(refusal=f"Name the company in the {TENANT_HEADER} header.")
    return Caller(tenant_id=found.tenant_id, member_id=found.member_id)


def key_inside(key_id: UUID) -> ApiKey | None:
    """The key with its member, inside its tenant; None when the member has left meanwhile."""
    key = (
        ApiKey.objects.select_related("member__user", "member__tenant")
        .filter(pk=key_id, revoked_at=None)
        .first()
    )
    if key is None or (key.member_id and key.member.status != Member.Status.ACTIVE):
        return None
    return key


def note_use(*, tenant_id: UUID, key: ApiKey) -> None:
    """Note that a key was used, at most once a minute, in a transaction of its own.

    Inside the request's transaction, calls with one key would wait for each other.
    """
    now = timezone.now()
    if key.last_used_at and key.last_used_at > now - _USED_EVERY:
        return
    with tenant(tenant_id):
        ApiKey.objects.filter(
            Q(last_used_at=None) | Q(last_used_at__lte=now - _USED_EVERY), pk=key.pk
        ).update(last_used_at=now)
