"""How a person is told, in each of their companies; and the way out that a mail carries."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from tenants import doors
from tenants.doors import Membership
from tenants.errors import Invalid, NotFound
from tenants.isolation import tenant
from tenants.models import Member
from tenants.notifications import preferences
from tenants.notifications.forms import BEGINNING, PreferencesForm
from tenants.notifications.kinds import groups, groups_for
from tenants.notifications.mails import read_unsubscribe_token
from tenants.pages import redirect_after_post


@login_required
def notification_settings(request: HttpRequest) -> HttpResponse:
    """Choose per group and company when mail comes; quiet hours and the digest's hour."""
    memberships = doors.memberships_of(request.user.pk)
    if not memberships:
        return render(request, "tenants/no_tenant.html")
    here = _chosen(memberships, request.GET.get("client", ""))
    with tenant(here.tenant_id):
        member = _member(here.member_id)
        form = PreferencesForm(
            request.POST or None, groups=groups_for(member), mine=preferences.preferences(member)
        )
    if request.method == "POST" and form.is_valid() and _save(form, here, memberships):
        messages.success(request, "Saved. It holds from the next notification on.")
        address = reverse("notification_settings") + f"?client={here.slug}"
        return redirect_after_post(request, address)
    context = {
        "form": form,
        "fields": [(group, form[BEGINNING + group.key]) for group in form.groups],
        "here": here,
        "memberships": memberships,
        "zone": str(member.zone),
    }
    template = "notifications/notification_settings.html"
    return render(request, template, context, status=422 if form.errors else 200)


@csrf_exempt  # a mail program calls it for the reader, without a session (RFC 8058)
def notification_unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Switch off one group's mail of one person: the page asks, a POST does it."""
    named = read_unsubscribe_token(token)
    if named is None:
        raise NotFound
    tenant_id, member_id, group = named
    with tenant(tenant_id):
        member = _member(member_id)
        if request.method == "POST":
            preferences.unsubscribe(member=member, group=group)
    context = {
        "company": member.tenant.name,
        "email": member.email,
        "group": next((each.name for each in groups() if each.key == group), ""),
        "is_done": request.method == "POST",
        "settings_url": reverse("notification_settings") + f"?client={member.tenant.slug}",
    }
    return render(request, "notifications/notification_unsubscribe.html", context)


def _save(form: PreferencesForm, here: Membership, memberships: list[Membership]) -> bool:
    """Store the choices here, or in all of the person's companies; errors go into the form."""
    everywhere = form.cleaned_data["all_clients"]
    for place in memberships if everywhere else [here]:
        with tenant(place.tenant_id):
            member = _member(place.member_id)
            changes = form.changes()
            mine = {group.key for group in groups_for(member)}
            changes["email"] = {k: v for k, v in changes["email"].items() if k in mine}
            try:
                preferences.preferences_update(member=member, actor=member, changes=changes)
            except Invalid as error:
                for name, text in error.errors.items():
                    form.add_error(name if name in form.fields else None, text)
                return False
    return True


def _chosen(memberships: list[Membership], slug: str) -> Membership:
    """The company named in the address, else the first; raises NotFound for one of others."""
    if not slug:
        return memberships[0]
    found = next((m for m in memberships if m.slug == slug), None)
    if found is None:
        raise NotFound
    return found


def _member(member_id: UUID) -> Member:
    found: Member | None = (
        Member.objects.select_related("user", "tenant").filter(pk=member_id).first()
    )
    if found is None:
        raise NotFound
    return found
