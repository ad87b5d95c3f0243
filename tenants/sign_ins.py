"""Sign-ins, sign-outs and failed sign-ins, in the trail of each tenant of the person.

Signals are allowed here: they come from packages, not from our own apps. An address that belongs to
nobody leaves no event, because there is no tenant that it would concern.
"""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.signals import user_logged_in
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from tenants import audit, doors
from tenants.audit.actors import SystemActor
from tenants.isolation import tenant
from tenants.models import Member, User

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
        _record("member.sign_in_failed", user=user, request=request, by_visitor=True)


def _record(verb: str, *, user: User, request: HttpRequest | None, by_visitor: bool) -> None:
    """One event in each tenant where the person is a member, each in its own transaction."""
    changes = {"network_address": get_adapter().get_client_ip(request)} if request else {}
    for membership in doors.memberships_of(user.pk):
        with tenant(membership.tenant_id):
            member = Member.objects.select_related("user").get(pk=membership.member_id)
            actor = VISITOR if by_visitor else member
            audit.record(actor=actor, verb=verb, target=member, changes=changes)
