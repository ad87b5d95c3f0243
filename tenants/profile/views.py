"""The pages of one's own login, beside those that allauth brings."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core import ratelimit
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenants import doors, invitations, second_factor
from tenants.accounts import MFAAdapter
from tenants.errors import DomainError, Invalid, NotFound, WrongState
from tenants.profile.forms import AcceptForm, ProfileForm
from tenants.profile.services import profile_update
from tenants.sign_ins import record_own

NEXT = "second_factor_next"  # in the session: where a person was going when asked for a factor
form_page = require_http_methods(["GET", "HEAD", "POST"])


@form_page
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Name, time zone, working hours, language and theme."""
    user: Any = request.user
    form = ProfileForm(
        request.POST or None,
        initial={
            "name": user.name,
            "time_zone": user.time_zone,
            "language": user.language,
            "theme": user.theme,
            "working_hours_start": user.working_hours_start,
            "working_hours_end": user.working_hours_end,
        },
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                profile_update(user=user, changes=form.cleaned_data, request=request)
            except Invalid as error:
                for field, text in error.errors.items():
                    form.add_error(field if field in form.fields else None, text)
            else:
                messages.success(request, "Your settings are saved.")
                return redirect("profile")
    context = {"form": form, "now": timezone.now()}
    return render(request, "account/profile.html", context, status=status)


@require_POST
@login_required
def session_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign out in one other place."""
    session = UserSession.objects.filter(pk=pk, user_id=request.user.pk).first()
    if session is None:
        raise Http404
    if session.session_key == request.session.session_key:
        return redirect("account_logout")
    session.end()
    user: Any = request.user
    record_own("member.session_ended", user=user, request=request, ended_address=session.ip)
    messages.success(request, "That place is signed out.")
    return redirect("usersessions_list")


@require_safe
@login_required
def second_factor_setup(request: HttpRequest) -> HttpResponse:
    """Lead a person whose company asks for a second factor to one, and back when it is there."""
    user: Any = request.user
    onward = request.GET.get("next", "") or request.session.get(NEXT, "")
    if not url_has_allowed_host_and_scheme(onward, allowed_hosts=None):
        onward = reverse("home")
    if second_factor.has_second_factor(user.pk):
        request.session.pop(NEXT, None)
        return redirect(onward)
    request.session[NEXT] = onward
    asked = request.GET.get("company", "")
    asked_by = next((m.name for m in doors.memberships_found(user) if m.slug == asked), "")
    return render(request, "account/second_factor.html", {"asked_by": asked_by})


@form_page
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponseBase:
    """What an invitation's link opens: join as who you are, or make your login."""
    if limited := ratelimit.consume_or_429(request, action="invitation"):
        return limited
    try:
        opened = invitations.open_link(token)
    except NotFound as error:
        return _answer(request, {"opened": None, "problem": error.message}, status=404)
    user: Any = request.user if request.user.is_authenticated else None
    form = AcceptForm(request.POST or None, initial={"name": opened.member.invited_name})
    context: dict[str, Any] = {"opened": opened, "form": form, "problem": "", "token": token}
    context["is_other"] = user is not None and not invitations.owns(user, opened)
    if request.method == "POST":
        return _accept(request, token, user, form, context)
    if opened.state == "used" and user is not None and user.pk == opened.member.user_id:
        return redirect("home")
    if opened.state != "open":
        try:
            invitations.check_can_accept(opened=opened, user=user)
        except WrongState as error:
            return _answer(request, context | {"problem": error.message}, status=410)
    return _answer(request, context)


def _accept(
    request: HttpRequest, token: str, user: Any, form: AcceptForm, context: dict[str, Any]
) -> HttpResponseBase:
    """Join, sign a new person in, and go to the company; or say in place why not."""
    facts = {}
    if user is None and not context["opened"].has_login:
        if not form.is_valid():
            return _answer(request, context, status=422)
        facts = form.cleaned_data
    try:
        joined = invitations.invitation_accept(token=token, user=user, **facts)
    except Invalid as error:
        for field, text in error.errors.items():
            form.add_error(field if field in form.fields else None, text)
        return _answer(request, context, status=422)
    except DomainError as error:
        return _answer(request, context | {"problem": error.message}, status=int(error.status))
    company = f"/t/{context['opened'].slug}/"
    if user is not None:
        messages.success(request, f"You have joined {context['opened'].company}.")
        return redirect(company)
    record_authentication(request, joined, method="password", email=joined.email)
    return perform_login(request, Login(user=joined, email=joined.email, redirect_url=company))


def _answer(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return render(request, "account/invitation.html", context, status=status)


@method_decorator(login_required, name="dispatch")
@method_decorator(reauthentication_required(app="allauth.mfa"), name="dispatch")
class PasskeyRemoveView(RemoveWebAuthnView):
    """allauth's page, with the rule that a company's last factor stays."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Remove the passkey, or say why not."""
        adapter = MFAAdapter()
        if not adapter.can_delete_authenticator(self.get_object()):
            form.add_error(None, adapter.error_messages["cannot_delete_authenticator"])
            return self.form_invalid(form)
        return super().form_valid(form)
