"""Sign-ins, second factors, passwords and addresses, in the trail of each tenant of the person.

Signals are allowed here: they come from packages, not from our own apps. An address that belongs to
nobody leaves no event, because there is no tenant that it would concern.
"""

import logging
from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.account.signals import (
    email_added,
    email_changed,
    email_confirmed,
    email_removed,
    password_changed,
    password_reset,
    password_set,
    user_logged_in,
)
from allauth.core import context as allauth_context
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
    authenticator_used,
)
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation

from tenants import audit, doors
from tenants.audit.actors import SystemActor
from tenants.isolation import tenant
from tenants.isolation.request_ids import request_id as current_request_id
from tenants.models import Member, User

GetResponse = Callable[[HttpRequest], HttpResponseBase]
logger = logging.getLogger("bowline.sign_ins")
VISITOR = SystemActor(actor_name="A visitor")


@receiver(user_logged_in)
def record_sign_in(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """A person signed in."""
    _record("member.signed_in", user=user, request=request, by_visitor=False)


@receiver(user_logged_out)
def record_sign_out(sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    """A person signed out; `user` is None when nobody was signed in."""
    if user is not None:
        _record("member.signed_out", user=user, request=request, by_visitor=False)


@receiver(user_login_failed)
def record_failed_sign_in(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
) -> None:
    """Somebody gave a wrong password for a login that exists."""
    address = credentials.get("email") or credentials.get("username")
    if not isinstance(address, str):
        return
    user = User.objects.filter(email=User.objects.normalize_email(address)).first()
    if user is not None:

        def record() -> None:
            _record("member.sign_in_failed", user=user, request=request, by_visitor=True)

        afterwards(request, record)


def after_answer(get_response: GetResponse) -> GetResponse:
    """Do what `afterwards` put off once the answer has left."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        request.afterwards = []  # type: ignore[attr-defined]
        response = get_response(request)
        response._resource_closers.extend(request.afterwards)  # type: ignore[attr-defined]
        return response

    return middleware


def afterwards(request: HttpRequest | None, work: Callable[[], None]) -> None:
    """Do `work` when the answer to `request` has left, so that how long it takes tells nobody
    whether an address has a login; at once where nobody waits for an answer.

    It finds the request, its id, its zone and its language as they are now.
    """
    waiting = getattr(request, "afterwards", None)
    if request is None or waiting is None:
        work()
        return
    request_id = current_request_id.get()
    zone, language = timezone.get_current_timezone(), translation.get_language()

    def closer() -> None:
        request.afterwards = None  # type: ignore[attr-defined]
        token = current_request_id.set(request_id)
        try:
            with (
                allauth_context.request_context(request),
                timezone.override(zone),
                translation.override(language),
            ):
                work()
        except Exception:  # Django would drop it without a word
            logger.exception("What was left for after the answer failed")
        finally:
            current_request_id.reset(token)

    waiting.append(closer)


KINDS = {
    Authenticator.Type.TOTP: "authenticator app",
    Authenticator.Type.WEBAUTHN: "passkey",
    Authenticator.Type.RECOVERY_CODES: "recovery codes",
}


@receiver(authenticator_added)
def record_factor_added(
    sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    """A second factor was set up."""
    record_own("member.second_factor_added", user=user, request=request, kind=_kind(authenticator))


@receiver(authenticator_removed)
def record_factor_removed(
    sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    """A second factor was removed."""
    verb = "member.second_factor_removed"
    record_own(verb, user=user, request=request, kind=_kind(authenticator))


@receiver(authenticator_reset)
def record_codes_made(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """New recovery codes replaced the old ones."""
    record_own("member.recovery_codes_replaced", user=user, request=request)


@receiver(authenticator_used)
def record_recovery_code(
    sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    """A recovery code was used up; the use of other factors is the sign-in itself."""
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        record_own("member.recovery_code_used", user=user, request=request)


@receiver(authentication_failed)
def record_wrong_code(
    sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    """The password was right, the code was not: worth a look."""
    facts = {"kind": _kind(authenticator)}
    _record("member.second_factor_failed", user=user, request=request, by_visitor=True, facts=facts)


@receiver(password_changed)
@receiver(password_set)
def record_password(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """A password was changed by its person; their other sessions ended with that."""
    record_own("member.password_changed", user=user, request=request)


@receiver(password_reset)
def record_password_reset(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """A password was set by a link from a mail: whoever holds the mailbox."""
    _record("member.password_reset", user=user, request=request, by_visitor=True)


@receiver(email_changed)
def record_address_changed(
    sender: Any,
    request: HttpRequest,
    user: User,
    from_email_address: EmailAddress | None,
    to_email_address: EmailAddress,
    **kwargs: Any,
) -> None:
    """Another address became the one that a person is known by."""
    before = from_email_address.email if from_email_address else None
    record_own(
        "member.email_changed", user=user, request=request, email=[before, to_email_address.email]
    )


@receiver(email_added)
@receiver(email_removed)
def record_addresses(
    sender: Any, request: HttpRequest, user: User, email_address: EmailAddress, **kwargs: Any
) -> None:
    """A person can sign in with one more address, or one fewer."""
    verb = "member.email_added" if kwargs["signal"] is email_added else "member.email_removed"
    record_own(verb, user=user, request=request, email=email_address.email)


@receiver(email_confirmed)
def free_address(
    sender: Any, request: HttpRequest, email_address: EmailAddress, **kwargs: Any
) -> None:
    """A confirmed address belongs to its login: a placeholder that an invitation made lets it go.

    The invitation then is for this login, which owns the address (`invitations.owns`).
    """
    others = User.objects.filter(email=email_address.email, last_login=None).exclude(
        pk=email_address.user_id
    )
    for other in others:
        if not other.has_usable_password():
            other.email = f"{other.pk}@invited.invalid"
            other.save(update_fields=["email"])


def record_own(verb: str, *, user: User, request: HttpRequest | None, **facts: Any) -> None:
    """Something that a person did to their own login."""
    _record(verb, user=user, request=request, by_visitor=False, facts=facts)


def _kind(authenticator: Authenticator) -> str:
    return KINDS[Authenticator.Type(authenticator.type)]


def _record(
    verb: str,
    *,
    user: User,
    request: HttpRequest | None,
    by_visitor: bool,
    facts: dict[str, Any] | None = None,
) -> None:
    """One event in each tenant where the person is a member, each in its own transaction."""
    changes = {"network_address": get_adapter().get_client_ip(request)} if request else {}
    changes |= facts or {}
    for membership in doors.memberships_of(user.pk):
        with tenant(membership.tenant_id):
            member = Member.objects.select_related("user").get(pk=membership.member_id)
            actor = VISITOR if by_visitor else member
            audit.record(actor=actor, verb=verb, target=member, changes=changes)
