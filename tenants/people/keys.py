"""API keys: one's own, and for admins all of them; made, shown once, ended."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenants import services
from tenants.confirmation import ask_first
from tenants.errors import Invalid, NotFound
from tenants.models import ApiKey
from tenants.pages import TenantRequest, redirect_after_post, tenant_page
from tenants.people.forms import KeyForm
from tenants.people.rights import words_of


@require_safe
@tenant_page("api_key.own")
def api_key_list(request: TenantRequest, slug: str) -> HttpResponse:
    """The keys that the reader may see, those that work first."""
    now = timezone.now()
    keys = list(_keys(request).select_related("member__user").order_by("-id")[:200])
    live = [k for k in keys if k.revoked_at is None and (k.expires_at or now) >= now]
    context = {
        "live": [(key, ", ".join(words_of(scope) for scope in key.scopes)) for key in live],
        "ended": [key for key in keys if key not in live],
        "may_manage": request.member.can("api_key.manage"),
    }
    return render(request, "people/api_key_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@tenant_page("api_key.own")
def api_key_create(request: TenantRequest, slug: str) -> HttpResponse:
    """Make a key; the answer is the one time that it is shown."""
    if (ask := ask_first(request)) is not None:
        return ask
    form = KeyForm(request.POST or None, may_service=request.member.can("api_key.manage"))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                key, shown = services.api_key_create(
                    actor=request.member,
                    name=form.cleaned_data["name"],
                    member=None if form.is_service else request.member,
                    scopes=form.cleaned_data["scopes"] if form.is_service else None,
                    expires_at=form.expires_at(),
                )
            except Invalid as error:
                for field, text in error.errors.items():
                    form.add_error(field if field in form.fields else None, text)
            else:
                context = {"key": key, "shown": shown}
                return render(request, "people/api_key_created.html", context, status=201)
    return render(request, "people/api_key_create.html", {"form": form}, status=status)


@require_POST
@tenant_page("api_key.own")
def api_key_revoke(request: TenantRequest, slug: str, pk: UUID) -> HttpResponse:
    """End a key now."""
    key = _keys(request).filter(pk=pk).first()
    if key is None:
        raise NotFound
    services.api_key_revoke(key=key, actor=request.member)
    messages.success(request, f"The key {key.name} does not work any more.")
    return redirect_after_post(request, reverse("api_key_list", args=[slug]))


def _keys(request: TenantRequest) -> QuerySet[Any]:
    if request.member.can("api_key.manage"):
        return ApiKey.objects.all()
    return ApiKey.objects.filter(member=request.member)
