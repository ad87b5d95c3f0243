"""Who may come in: what `tenants.callers` found, as DRF's yes or no."""

from typing import Any

from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from tenants.callers import NOBODY, Caller


def _caller(request: Request) -> Caller:
    return getattr(request._request, "caller", NOBODY)


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer prefix.secret`; whatever is wrong with it, the same 401."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """The member (or the service key itself) and the key; raises the caller's refusal."""
        caller = _caller(request)
        if caller.error is not None:
            raise caller.error
        if caller.refusal:
            raise AuthenticationFailed(caller.refusal)
        if caller.key_id is None:
            return None
        key = request._request.api_key  # type: ignore[attr-defined]
        return (key.member.user if key.member_id else key), key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class TenantSessionAuthentication(SessionAuthentication):
    """The browser's session, with CSRF, in the company that the Bowline-Tenant header names.

    The header may be left out by people of one company.
    """

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """The signed-in person; writes need the CSRF token."""
        if not _caller(request).is_session:
            return None
        self.enforce_csrf(request)
        return request._request.user, None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
