"""A refused access stays in the trail although its request is rolled back."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from tenants import audit
from tenants.audit import Actor
from tenants.errors import Denied


def audit_denied(request: HttpRequest, error: Exception) -> None:
    """Have a member's or key's refused access (403) recorded once the request is rolled back."""
    actor: Actor | None = getattr(request, "actor", None) or getattr(request, "member", None)
    if not isinstance(error, Denied) or actor is None:
        return
    changes = {"method": request.method, "path": request.path_info}

    def write(response: HttpResponseBase) -> None:
        audit.record(actor=actor, verb="access.denied", changes=changes)

    request.after_rollback = [*getattr(request, "after_rollback", ()), write]  # type: ignore[attr-defined]
