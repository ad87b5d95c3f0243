"""How people sign in: allauth with our rules, our words and our mails."""

import base64
import functools
import ipaddress
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenants import login_notices, mail, second_factor, sessions
from tenants.sign_ins import afterwards, record_own

UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104  an address that is nobody's, not one to listen on
LONGEST_AGENT = 200  # of what a browser says it is
_SEALED = "v1:"


class AccountAdapter(DefaultAccountAdapter):
    """Logins are made by an admin's invitation or the command line, never by a stranger."""

    error_messages: dict[str, str | Promise] = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("E-mail or password are not correct."),
        "enter_current_password": _("This is not your present password."),
        "incorrect_code": _("This code is not correct, or it was used. Wait for the next one."),
        "incorrect_password": _("This password is not correct."),
        "rate_limited": _("That was too often. Wait a minute, then try again."),
        "too_many_login_attempts": _(
            "Too many attempts. Wait five minutes, or set a new password by mail."
        ),
        "duplicate_email": _("This address is yours already."),
        "email_taken": _("This address cannot be used here. Choose another one."),
        "cannot_remove_primary_email": _("Make another address primary first."),
        "unverified_primary_email": _("Confirm the address before you make it primary."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The visitor's address behind TRUSTED_PROXY_COUNT proxies, for limits and the trail.

        A request that came another way than through all of them counts by its nearest address: it
        is limited with others like it, and never an error.
        """
        try:
            return super().get_client_ip(request)
        except (ImproperlyConfigured, PermissionDenied):
            near = request.META.get("REMOTE_ADDR", "")
            try:
                return str(ipaddress.ip_address(near))
            except ValueError:
                return UNKNOWN_ADDRESS

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not within 15 minutes of a sign-in or of the last confirmation."""
        return not confirmed_lately(allauth_context.request)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Our text mail, once the answer has left: many of these hold a secret that no table
        should keep, and what they take tells nobody whether an address has a login."""
        facts = {"email": email, "base_url": settings.BASE_URL, "user": None} | context

        def send() -> None:
            mail.send_now(mail.compose(template_prefix, to=email, context=facts))

        afterwards(allauth_context.request, send)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """What was done to a login is told by a job, which outlives this process.

        What names another address of the person than the one their companies know, and what is
        told to somebody without a company, is sent once the answer has left.
        """
        by_job = not context and email in (None, user.email)
        if by_job and login_notices.told_by_job(
            user=user,
            template=template_prefix,
            ip=self.get_client_ip(self.request),
            user_agent=self.get_http_user_agent(self.request)[:LONGEST_AGENT],
        ):
            return
        super().send_notification_mail(template_prefix, user, context, email)

    def login(self, request: HttpRequest, user: Any) -> None:
        request.is_first_sign_in = user.last_login is None  # type: ignore[attr-defined]
        super().login(request, user)

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponseBase:
        """After a sign-in: a browser that is new for this person is told to them by mail."""
        response = super().post_login(request, user, **kwargs)
        first = getattr(request, "is_first_sign_in", False)
        if not first and not sessions.knows_device(request, user):
            self.send_notification_mail("account/email/new_sign_in", user)
        sessions.remember_device(request, response, user)
        return response

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """The ways to confirm that it is you, in our words."""
        words = {
            "reauthenticate": _("Use your password"),
            "mfa_reauthenticate": _("Use a code"),
            "mfa_reauthenticate:webauthn": _("Use a passkey"),
        }
        found = super().get_reauthentication_methods(user)
        return [method | {"description": words[method["id"]]} for method in found]


class MFAAdapter(DefaultMFAAdapter):
    """Second factors: secrets sealed at rest, none removed that a company asks for."""

    error_messages: dict[str, str | Promise] = DefaultMFAAdapter.error_messages | {
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
        "cannot_delete_authenticator": _(
            "A company of yours asks for a second factor. Set up another one, then remove this."
        ),
    }

    def encrypt(self, text: str) -> str:
        return _SEALED + _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret; raises InvalidToken when neither SECRET_KEY nor a fallback sealed it."""
        if not encrypted_text.startswith(_SEALED):
            raise InvalidToken
        return _fernet().decrypt(encrypted_text.removeprefix(_SEALED).encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Unless it is the last factor of someone whose company asks for one."""
        others = Authenticator.objects.filter(
            user_id=authenticator.user_id, type__in=second_factor.FACTORS
        ).exclude(pk=authenticator.pk)
        if authenticator.type not in second_factor.FACTORS or others.exists():
            return True
        return not second_factor.company_that_requires(authenticator.user_id)

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        """A name to begin with, such as "Passkey 2"."""
        held = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return "Passkey" if held == 0 else f"Passkey {held + 1}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        entity = super().get_public_key_credential_rp_entity()
        return entity | {"name": "Bowline"}


class UserSessionsAdapter(DefaultUserSessionsAdapter):
    """Places signed in: ending them is an event of the person's companies."""

    def end_sessions(self, sessions: Any) -> None:
        ended = list(sessions)
        super().end_sessions(ended)
        if ended:
            record_own(
                "member.sessions_ended",
                user=ended[0].user,
                request=allauth_context.request,
                sessions=len(ended),
            )


def confirmed_lately(request: HttpRequest) -> bool:
    """Whether the person signed in or confirmed that it is them within the last 15 minutes.

    Someone who has neither password nor second factor (a company's own sign-in) cannot be asked.
    """
    if not get_reauthentication_flows(request.user):
        return True
    records = get_authentication_records(request, request.user)  # type: ignore[arg-type]
    newest = max((record["at"] for record in records), default=0)
    return time.time() - newest < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


@functools.cache
def _fernet() -> MultiFernet:
    """Keys derived from SECRET_KEY for this purpose alone; fallbacks still open old secrets."""
    return MultiFernet(
        [
            Fernet(
                base64.urlsafe_b64encode(
                    HKDF(SHA256(), 32, salt=None, info=b"bowline second factors").derive(
                        key.encode()
                    )
                )
            )
            for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        ]
    )
