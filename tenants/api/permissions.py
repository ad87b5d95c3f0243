"""Which right each action of a viewset asks for."""

from typing import Any, cast

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tenants.api.requests import ApiRequest
from tenants.pages import SAFE_METHODS
from tenants.policies import check, check_writable


class TenantPermission(BasePermission):
    """Look up `view.permissions[action]` in the role matrix (or the service key's scopes).

    An action without an entry is a bug, never an open door. A suspended company can be read, not
    changed. Rules on a record's state are the services' own.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """False asks for a key (401); raises Denied or Suspended (403)."""
        if getattr(request, "actor", None) is None:
            return False
        method = request.method or ""
        if method.lower() not in view.action_map:  # the 405 follows
            return True
        known = cast(ApiRequest, request)
        check(known.actor, view.permissions[view.action])
        if method not in SAFE_METHODS and view.action not in view.while_inactive:
            check_writable(known.tenant)
        return True
