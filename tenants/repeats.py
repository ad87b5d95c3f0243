"""Page actions that are done twice: two clicks without a script, or a tab that is stale."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse

from tenants.audit.models import AuditEvent
from tenants.errors import NotFound
from tenants.pages import TenantRequest, redirect_after_post

View = Callable[..., HttpResponse]
Place = Callable[[TenantRequest, AuditEvent], str]


def says_it_is_gone(verb: str, *, said: str, to: Place) -> Callable[[View], View]:
    """For a view that takes away the row of its address, under `tenant_page`.

    Where the row is gone because this very reader took it away, as the trail's `verb` says, the
    answer is the page at `to` and the sentence `said`, not "there is nothing here". Anybody else
    learns nothing: NotFound, as for an id that never was.
    """

    def around(view: View) -> View:
        @wraps(view)
        def wrapped(request: TenantRequest, slug: str, **ids: UUID) -> HttpResponse:
            try:
                return view(request, slug, **ids)
            except NotFound:
                events = AuditEvent.objects.filter(target_id__in=ids.values(), verb=verb)
                done = events.filter(actor_id=request.member.pk).first()
                if done is None:
                    raise
            messages.info(request, said)
            return redirect_after_post(request, to(request, done))

        return wrapped

    return around


def page(name: str) -> Place:
    """The page of this name; of the engagement that the event names, where it does."""

    def to(request: TenantRequest, done: AuditEvent) -> str:
        address = reverse(name, args=[request.tenant.slug])
        engagement: Any = done.changes.get("engagement")
        return f"{address}?engagement={engagement}" if engagement else address

    return to
