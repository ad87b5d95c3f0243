"""Who is here and what they may; inviting, roles, removal, leaving."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenants import invitations, second_factor, services
from tenants.audit.words import changes_in_words, sentence
from tenants.confirmation import ask_first
from tenants.errors import DomainError, Invalid
from tenants.models import Member
from tenants.pages import TenantRequest, redirect_after_post, tenant_page
from tenants.people.forms import InviteForm, PeopleFilterForm, RolesForm, SecondFactorForm
from tenants.people.querysets import found_people, history_of, person
from tenants.people.rights import ROLE_WORDS, gained_and_lost, matrix, names_of
from tenants.permissions import ROLE_NAMES, Role

REFUSED = 422
form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@tenant_page("member.view")
def member_list(request: TenantRequest, slug: str) -> HttpResponse:
    """Everyone who is here or invited, searched by name, role and status."""
    form = PeopleFilterForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    found = found_people(
        text=asked.get("q", ""), role=asked.get("role", ""), status=asked.get("status", "")
    )
    context = {
        "form": form,
        "people": found,
        "is_filtered": any(asked.values()),
        "may_manage": request.member.can("member.manage"),
        "counts": {
            "here": sum(m.status == Member.Status.ACTIVE for m in found),
            "invited": sum(m.status == Member.Status.INVITED for m in found),
            "without": sum(
                m.status == Member.Status.ACTIVE and not m.has_second_factor for m in found
            ),
        },
    }
    return render(request, "people/member_list.html", context, status=200 if asked else REFUSED)


@require_safe
@tenant_page("member.view")
def role_matrix(request: TenantRequest, slug: str) -> HttpResponse:
    """What each role may do, as one table."""
    roles = [(ROLE_NAMES[role], ROLE_WORDS[role], role in request.member.roles) for role in Role]
    return render(request, "people/role_matrix.html", {"roles": roles, "areas": matrix()})


@form_page
@tenant_page("member.manage")
def member_invite(request: TenantRequest, slug: str) -> HttpResponse:
    """Ask a person to join, by mail."""
    if (ask := ask_first(request)) is not None:
        return ask
    form = InviteForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = REFUSED
        if form.is_valid():
            try:
                member = invitations.member_invite(actor=request.member, **form.cleaned_data)
            except DomainError as error:
                status = _show(form, error)
            else:
                messages.success(request, f"The invitation to {member.email} is on its way.")
                return redirect_after_post(request, reverse("member_list", args=[slug]))
    context = {"form": form, "role_words": _role_words()}
    return render(request, "people/member_invite.html", context, status=status)


@require_safe
@tenant_page("member.view")
def member_detail(request: TenantRequest, slug: str, pk: UUID) -> HttpResponse:
    """One person: roles, state, and what happened to their place here."""
    member = person(pk)
    form = RolesForm(initial={"roles": member.roles})
    return _person_page(request, member, form)


@require_POST
@tenant_page("member.view", write="member.manage")
def member_roles(request: TenantRequest, slug: str, pk: UUID) -> HttpResponse:
    """Show what a change of roles gives and takes, then make it."""
    member = person(pk)
    back = reverse("member_detail", args=[slug, member.pk])
    if (ask := ask_first(request, back)) is not None:
        return ask
    form = RolesForm(request.POST)
    if not form.is_valid():
        return _person_page(request, member, form, status=REFUSED)
    roles = services.checked_roles(form.cleaned_data["roles"])
    gained, lost = gained_and_lost(member.roles, roles)
    if roles != member.roles and (gained or lost) and "confirmed" not in request.POST:
        change = {"gained": gained, "lost": lost, "names": names_of(roles)}
        return _person_page(request, member, form, change=change)
    try:
        services.member_set_roles(member=member, actor=request.member, roles=roles)
    except Invalid as error:
        status = _show(form, error)
        return _person_page(request, member, form, status=status)
    messages.success(request, f"{member.name} is {names_of(roles)} now.")
    return redirect_after_post(request, back)


@form_page
@tenant_page("member.manage")
def member_remove(request: TenantRequest, slug: str, pk: UUID) -> HttpResponse:
    """End a person's membership, after saying what that means."""
    member = person(pk)
    if (ask := ask_first(request)) is not None:
        return ask
    problem, status = "", 200
    if request.method == "POST":
        try:
            services.member_remove(member=member, actor=request.member)
        except Invalid as error:
            problem, status = error.message, REFUSED
        else:
            messages.success(request, f"{member.name} is not a member any more.")
            return redirect_after_post(request, reverse("member_list", args=[slug]))
    context = {"person": member, "problem": problem}
    return render(request, "people/member_remove.html", context, status=status)


@form_page
@tenant_page("member.view", write="member.leave")
def member_leave(request: TenantRequest, slug: str) -> HttpResponse:
    """Leave the company oneself."""
    if (ask := ask_first(request)) is not None:
        return ask
    problem, status = "", 200
    if request.method == "POST":
        try:
            services.member_leave(member=request.member)
        except Invalid as error:
            problem, status = error.message, REFUSED
        else:
            messages.success(request, f"You have left {request.tenant.name}.")
            return redirect_after_post(request, reverse("home"))
    return render(request, "people/member_leave.html", {"problem": problem}, status=status)


@require_POST
@tenant_page("member.view", write="member.manage")
def invitation_resend(request: TenantRequest, slug: str, pk: UUID) -> HttpResponse:
    """Send an invitation again, with a new link."""
    member = person(pk)
    invitations.invitation_resend(member=member, actor=request.member)
    messages.success(request, f"A new link is on its way to {member.email}. The old one is dead.")
    return redirect_after_post(request, reverse("member_detail", args=[slug, member.pk]))


@require_POST
@tenant_page("member.view", write="member.manage")
def invitation_revoke(request: TenantRequest, slug: str, pk: UUID) -> HttpResponse:
    """Withdraw an invitation."""
    member = person(pk)
    invitations.invitation_revoke(member=member, actor=request.member)
    messages.success(request, f"The invitation to {member.email} is withdrawn.")
    return redirect_after_post(request, reverse("member_list", args=[slug]))


@form_page
@tenant_page("tenant.manage")
def second_factor_rule(request: TenantRequest, slug: str) -> HttpResponse:
    """Whether everyone here needs a second factor, and who has none yet."""
    if (ask := ask_first(request)) is not None:
        return ask
    company = request.tenant
    initial = {"required": "yes" if company.require_second_factor else "no", "grace_days": 7}
    form = SecondFactorForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = REFUSED
        if form.is_valid():
            try:
                second_factor.second_factor_require(
                    tenant=company,
                    actor=request.member,
                    required=form.cleaned_data["required"],
                    grace_days=int(form.cleaned_data["grace_days"]),
                )
            except Invalid as error:
                status = _show(form, error)
            else:
                messages.success(request, "The rule is saved.")
                return redirect_after_post(request, request.get_full_path())
    active = found_people(status=Member.Status.ACTIVE)
    context = {
        "form": form,
        "without": [m for m in active if not m.has_second_factor],
        "total": len(active),
        "is_running": company.second_factor_from is not None
        and company.second_factor_from <= timezone.now(),
        "own": second_factor.has_second_factor(request.member.user_id),
    }
    return render(request, "people/second_factor_rule.html", context, status=status)


def _person_page(
    request: TenantRequest,
    member: Any,
    form: RolesForm,
    *,
    change: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    events = history_of(member) if request.member.can("audit.view") else []
    context = {
        "person": member,
        "form": form,
        "role_words": _role_words(),
        "change": change,
        "is_self": member.pk == request.member.pk,
        "may_manage": request.member.can("member.manage"),
        "invitation": member.waiting[0] if member.waiting else None,
        "events": [(e, sentence(e.verb), changes_in_words(e.verb, e.changes)) for e in events],
    }
    return render(request, "people/member_detail.html", context, status=status)


def _role_words() -> dict[str, str]:
    return {role.value: words for role, words in ROLE_WORDS.items()}


def _show(form: Any, error: DomainError) -> int:
    """Put a refusal beside the field it is about; answers its HTTP status."""
    fields = error.errors if isinstance(error, Invalid) else {}
    for field, text in fields.items():
        form.add_error(field if field in form.fields else None, text)
    if not fields:
        form.add_error("email" if "email" in form.fields else None, error.message)
    return int(error.status)
