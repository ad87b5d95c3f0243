"""Inviting people: asked by mail, accepted once, by the holder of that very address."""

import base64
import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from tenants import audit, doors, jobs, mail, policies
from tenants.audit import Actor
from tenants.errors import Invalid, NotFound, WrongState
from tenants.isolation import tenant as inside_tenant
from tenants.jobs.models import Job
from tenants.models import Invitation, Member, Tenant, User
from tenants.permissions import Role
from tenants.services import checked_roles, close_invitations, lock_member, validate

JOB = "members.invite"


@dataclass(frozen=True)
class Opened:
    """What stands behind a link: loaded inside its tenant, shown to whoever holds the link."""

    tenant_id: UUID
    company: str
    slug: str
    invitation: Invitation
    member: Member
    invited_by: str
    state: str  # open, expired, used, withdrawn, suspended
    has_login: bool  # the address belongs to someone who signed in before


@transaction.atomic
def member_invite(
    *,
    email: str,
    roles: list[str] | list[Role],
    actor: Actor,
    name: str = "",
    title: str = "",
) -> Member:
    """Ask `email` to join with these roles; a mail with a link goes out by a job.

    They are a member with the status `invited` from now on. Whether the address has a login, and
    what that person is called, shows nowhere before they accept. Someone who left may be asked
    again. Raises Denied, Invalid for an odd address, role or name, WrongState for a member and for
    someone who is invited already.
    """
    policies.check_can_manage_members(actor=actor)
    chosen = checked_roles(roles)
    address = User.objects.normalize_email(email)
    user = User.objects.select_for_update().get(pk=_login_or_placeholder(address).pk)
    member = Member.objects.select_for_update(of=("self",)).filter(user=user).first()
    if member is not None and member.status == Member.Status.ACTIVE:
        raise WrongState(f"{address} is a member already.")
    if member is not None and member.status == Member.Status.INVITED:
        raise WrongState(f"{address} is invited already. Send the invitation again instead.")
    if member is None:
        member = Member(user=user)
    shown_name = name.strip() or ("" if member.never_joined else member.name)
    member.roles, member.status, member.invited_email = chosen, Member.Status.INVITED, address
    member.invited_name, member.title = shown_name, title.strip() or member.title
    validate(member)
    member.save()
    invitation = _invite(member, address, actor)
    audit.record(
        actor=actor,
        verb="member.invited",
        target=member,
        changes={"email": address, "roles": chosen, "expires_at": invitation.expires_at},
    )
    return member


@transaction.atomic
def invitation_resend(*, member: Member, actor: Actor) -> Member:
    """Send a new link, good for the full time again; the old link stops working.

    Raises Denied, and WrongState unless the person is invited.
    """
    policies.check_can_manage_members(actor=actor)
    member = lock_member(member)
    if member.status != Member.Status.INVITED:
        raise WrongState(f"{member.name} is not waiting for an invitation.")
    invitation = _open_invitation(member)
    if invitation is None:
        invitation = _invite(member, member.invited_email, actor)
    else:
        _renew(invitation)
        invitation.save()
        _enqueue(invitation)
    audit.record(
        actor=actor,
        verb="member.invitation_resent",
        target=member,
        changes={"email": invitation.email, "expires_at": invitation.expires_at},
    )
    return member


@transaction.atomic
def invitation_revoke(*, member: Member, actor: Actor) -> Member:
    """Withdraw an invitation: its link stops now. Harmless when repeated.

    The person stays named where they were named, as someone who is not here. Raises Denied, and
    WrongState for a member who has joined.
    """
    policies.check_can_manage_members(actor=actor)
    member = lock_member(member)
    if member.status == Member.Status.ACTIVE:
        raise WrongState(f"{member.name} has joined. Remove them from the company instead.")
    if member.status == Member.Status.LEFT:
        return member
    now = timezone.now()
    close_invitations(member, revoked_at=now)
    member.status, member.left_at = Member.Status.LEFT, member.left_at or now
    member.save(update_fields=["status", "left_at", "updated_at"])
    audit.record(
        actor=actor,
        verb="member.invitation_revoked",
        target=member,
        changes={"email": member.invited_email},
    )
    return member


def open_link(token: str) -> Opened:
    """What the link is good for; raises NotFound for one that never was or was replaced."""
    found = doors.invitation(_hash(token))
    if found is None:
        raise NotFound("This invitation link does not work. Look for a newer mail, or ask again.")
    with inside_tenant(found.tenant_id):
        invitation = Invitation.objects.select_related(
            "member__user", "member__tenant", "invited_by__user"
        ).get(pk=found.id)
        return _opened(found.tenant_id, invitation)


def invitation_accept(*, token: str, user: User | None, name: str = "", password: str = "") -> User:
    """Join by a link: as `user`, who must own the invited address, or with a first password.

    Single use; the person who used it may repeat it. Where nobody is signed in (`user` None) the
    address must have no login yet: name and password make it, and the mail proved the address.
    Answers the login that joined. Raises NotFound, WrongState for a link that is used, withdrawn or
    too old and for another address, Invalid without a name.
    """
    found = doors.invitation(_hash(token))
    if found is None:
        raise NotFound("This invitation link does not work. Look for a newer mail, or ask again.")
    with inside_tenant(found.tenant_id):
        # one order everywhere: the login, the member, the invitation
        ids = Invitation.objects.values("member_id", "member__user_id").get(pk=found.id)
        User.objects.select_for_update().get(pk=ids["member__user_id"])
        member = lock_member(Member(pk=ids["member_id"]))
        invitation = (
            Invitation.objects.select_for_update(of=("self",))
            .select_related("invited_by__user")
            .get(pk=found.id)
        )
        invitation.member = member
        opened = _opened(found.tenant_id, invitation)
        if opened.state == "used" and user is not None and user.pk == member.user_id:
            return user
        check_can_accept(opened=opened, user=user)
        if user is None:
            user = _first_password(member, name=name, password=password)
        _join(member, invitation, user)
        return user


def check_can_accept(*, opened: Opened, user: User | None) -> None:
    """Only an open invitation, only by its own address; raises WrongState saying what to do."""
    words = {
        "used": "This invitation was used already. Sign in instead.",
        "withdrawn": f"{opened.company} has withdrawn this invitation.",
        "expired": f"This invitation is too old. Ask {opened.invited_by} to send it again.",
        "suspended": f"{opened.company} is suspended: nobody can join at the moment.",
    }
    if opened.state != "open":
        raise WrongState(words[opened.state])
    if user is None and opened.has_login:
        raise WrongState("This address has a login. Sign in with it, then accept.")
    if user is not None and not owns(user, opened):
        raise WrongState(
            f"This invitation is for {opened.invitation.email}, and you are signed in as "
            f"{user.email}. Sign out, then open the link again."
        )


def owns(user: User, opened: Opened) -> bool:
    """Whether this login is the invited one, or has confirmed the invited address as its own."""
    if user.pk == opened.member.user_id:
        return True
    return EmailAddress.objects.filter(
        user=user, email=opened.invitation.email, verified=True
    ).exists()


def login_of(address: str) -> User | None:
    """The login with this address, first or further, that it has confirmed."""
    user = User.objects.filter(email=address).first()
    if user is not None:
        return user
    confirmed = EmailAddress.objects.select_related("user").filter(email=address, verified=True)
    found: EmailAddress | None = confirmed.first()
    return found.user if found is not None else None


def is_unused(user: User) -> bool:
    """Whether nobody has made this login theirs yet."""
    return user.last_login is None and not user.has_usable_password()


def link_of(invitation: Invitation) -> str:
    """The address in the mail; only this and the mail itself ever hold the token."""
    return mail.absolute(reverse("invitation", kwargs={"token": _token(invitation)}))


@jobs.job(JOB, queue=jobs.Queue.MAIL, max_attempts=8, label="Invitation by mail")
def send(job: Job) -> None:
    """Send an invitation's mail; harmless for one that was used or withdrawn meanwhile.

    A repeat sends the same link under the same Message-ID.
    """
    invitation = (
        Invitation.objects.select_related("member__user", "member__tenant", "invited_by__user")
        .filter(pk=job.args["invitation_id"], accepted_at=None, revoked_at=None)
        .first()
    )
    if invitation is None or invitation.is_expired:
        return
    member = invitation.member
    context: dict[str, Any] = {
        "tenant": member.tenant,
        "company": member.tenant.name,
        "invited_by": invitation.invited_by.name if invitation.invited_by else "",
        "name": member.invited_name,
        "roles": member.role_names,
        "link": link_of(invitation),
        "expires_at": timezone.localtime(invitation.expires_at, member.tenant.zone),
        "email": invitation.email,
        "base_url": settings.BASE_URL,
    }
    mail.compose(
        "people/email/invitation", to=invitation.email, context=context, message_id=str(job.pk)
    ).send()
    Invitation.objects.filter(pk=invitation.pk).update(sent_at=timezone.now())


def _invite(member: Member, address: str, actor: Actor) -> Invitation:
    invitation = Invitation(
        member=member,
        email=address,
        invited_by=actor if isinstance(actor, Member) else None,
    )
    _renew(invitation)
    invitation.save(force_insert=True)
    _enqueue(invitation)
    return invitation


def _renew(invitation: Invitation) -> None:
    invitation.salt = secrets.token_bytes(16)
    invitation.token_hash = _hash(_token(invitation))
    invitation.expires_at = timezone.now() + dt.timedelta(days=settings.INVITATION_DAYS)
    invitation.sent_at = None


def _enqueue(invitation: Invitation) -> None:
    jobs.enqueue(JOB, invitation_id=invitation.pk)


def _token(invitation: Invitation) -> str:
    """43 characters that only the site's secret key and this row's salt give."""
    message = b"bowline invitation" + invitation.pk.bytes + bytes(invitation.salt)
    digest = hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _open_invitation(member: Member) -> Invitation | None:
    found: Invitation | None = (
        Invitation.objects.select_for_update(of=("self",))
        .filter(member=member, accepted_at=None, revoked_at=None)
        .first()
    )
    return found


def _opened(tenant_id: UUID, invitation: Invitation) -> Opened:
    member = invitation.member
    company: Tenant = member.tenant
    if invitation.accepted_at is not None:
        state = "used"
    elif invitation.revoked_at is not None or member.status != Member.Status.INVITED:
        state = "withdrawn"
    elif invitation.is_expired:
        state = "expired"
    else:
        state = "open" if company.is_writable else "suspended"
    inviter = invitation.invited_by
    return Opened(
        tenant_id=tenant_id,
        company=company.name,
        slug=company.slug,
        invitation=invitation,
        member=member,
        invited_by=inviter.name if inviter is not None else company.name,
        state=state,
        has_login=not is_unused(member.user) or _is_confirmed(invitation.email),
    )


def _is_confirmed(address: str) -> bool:
    return EmailAddress.objects.filter(email=address, verified=True).exists()


def _login_or_placeholder(address: str) -> User:
    """The login of this address, or one that nobody can use until its holder accepts.

    Two who invite the same new address at once get the same one.
    """
    if (found := login_of(address)) is not None:
        return found
    user = User(email=address)
    user.set_unusable_password()
    validate(user)
    made, created = User.objects.get_or_create(email=address, defaults={"password": user.password})
    if created:
        EmailAddress.objects.create(user=made, email=address, primary=True, verified=False)
    return made


def _first_password(member: Member, *, name: str, password: str) -> User:
    """Make the invited login the person's own; the link came by mail, so the address is proven."""
    user: User = member.user
    user.name = name.strip()
    if not user.name:
        raise Invalid({"name": "Write your name as colleagues know it."})
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid({"password": " ".join(error.messages)}) from error
    user.set_password(password)
    validate(user)
    user.save(update_fields=["name", "password"])
    return user


def _join(member: Member, invitation: Invitation, user: User) -> None:
    now = timezone.now()
    if user.pk != member.user_id and Member.objects.filter(user=user).exists():
        raise WrongState("You are a member of this company already.")
    own, _ = EmailAddress.objects.get_or_create(
        user=user, email=invitation.email, defaults={"primary": False, "verified": True}
    )
    if not own.verified:
        own.verified = True
        own.save(update_fields=["verified"])
    member.user = user
    member.status, member.left_at = Member.Status.ACTIVE, None
    member.joined_at = member.joined_at or now
    member.last_seen_at = now
    member.save()
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_at", "updated_at"])
    audit.record(
        actor=member,
        verb="member.joined",
        target=member,
        changes={"email": invitation.email, "roles": member.roles},
    )
