"""Tenants, members and keys: every change of state."""

import copy
import datetime as dt
import hashlib
import secrets
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from tenants import audit, company_rules, currencies, doors, policies, provisioning, sessions, zones
from tenants.audit import Actor
from tenants.audit.actors import SystemActor
from tenants.errors import Invalid, StaleVersion, WrongState
from tenants.holding import put
from tenants.isolation import tenant, uuid7
from tenants.models import ApiKey, Invitation, Member, Tenant, User
from tenants.permissions import PERMISSIONS, Role

TENANT_FIELDS = [
    "name",
    "time_zone",
    "currency",
    "week_start",
    "fiscal_year_start_month",
    "working_days",
    "working_hours_start",
    "working_hours_end",
    "update_due_weekday",
    "update_due_time",
    "brand_color",
]


def tenant_create(
    *, name: str, slug: str, time_zone: str, currency: str, admin_email: str, admin_name: str = ""
) -> Tenant:
    """A new company with its first admin; raises Invalid for a slug that is taken or odd values.

    Runs outside of any tenant: it opens the new one itself.
    """
    if doors.tenant_id_of(slug):
        raise Invalid({"slug": f"The address {slug!r} is taken. Choose another one."})
    created = Tenant(id=uuid7(), name=name, slug=slug, time_zone=time_zone, currency=currency)
    check_time_zone(time_zone)
    validate(created)
    actor = SystemActor()
    with tenant(created.pk):
        created.save(force_insert=True)
        audit.record(actor=actor, verb="tenant.created", target=created)
        member_add(email=admin_email, name=admin_name, roles=[Role.ADMIN], actor=actor)
        provisioning.run_steps(actor)
    return created


@transaction.atomic
def tenant_update(
    *,
    tenant: Tenant,
    actor: Actor,
    changes: dict[str, Any],
    if_unmodified: dt.datetime | None = None,
) -> Tenant:
    """Change a company's settings; nothing is written when nothing differs.

    A new zone, week start or fiscal year builds all rollups anew in the background. Raises Denied,
    Invalid (also for another currency while money stands in this one), or StaleVersion when the
    settings moved on.
    """
    policies.check_can_manage_tenant(actor=actor, tenant=tenant)
    current = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    if if_unmodified is not None and current.updated_at != if_unmodified:
        raise StaleVersion("The company's settings changed since you read them. Read them again.")
    before = copy.copy(current)
    put(current, changes, TENANT_FIELDS)
    company_rules.settle(current)
    differences = audit.changed(before, current, TENANT_FIELDS)
    if not differences:
        return current
    check_time_zone(current.time_zone)
    validate(current)
    company_rules.check(current, before)
    current.save()
    audit.record(actor=actor, verb="tenant.updated", target=current, changes=differences)
    if "currency" in differences:
        currencies.move_what_follows(actor=actor)
    return current


@transaction.atomic
def member_add(
    *, email: str, roles: list[Role] | list[str], actor: Actor, name: str = "", title: str = ""
) -> Member:
    """Make `email` a member with exactly these roles; harmless when repeated, lets a leaver return.

    For operators and set-up: nobody is asked. People are asked with `invitations.member_invite`.
    The login is made with an unusable password when there is none yet.
    """
    policies.check_can_manage_members(actor=actor)
    chosen = checked_roles(roles)
    user = user_get_or_create(email=email, name=name)
    _lock_admins()
    member = Member.objects.select_for_update(of=("self",)).filter(user=user).first()
    now = timezone.now()
    if member is None:
        member = Member.objects.create(user=user, roles=chosen, title=title, joined_at=now)
        audit.record(actor=actor, verb="member.added", target=member, changes={"roles": chosen})
        return member
    before = {"roles": member.roles, "status": member.status}
    member.roles, member.status, member.left_at = chosen, Member.Status.ACTIVE, None
    member.joined_at = member.joined_at or now
    member.title = title or member.title
    after = {"roles": member.roles, "status": member.status}
    if before != after:
        _keep_an_admin(member)
        close_invitations(member, accepted_at=now)
        changes = {key: [before[key], after[key]] for key in before if before[key] != after[key]}
        audit.record(actor=actor, verb="member.changed", target=member, changes=changes)
    member.save()
    return member


@transaction.atomic
def member_set_roles(*, member: Member, actor: Actor, roles: list[str]) -> Member:
    """Give a member exactly these roles, at once: in open sessions, keys and downloads alike.

    Invited people get them when they accept. Raises Denied, Invalid when no admin would be left,
    WrongState for someone who left. Repeating it changes nothing.
    """
    policies.check_can_manage_members(actor=actor)
    chosen = checked_roles(roles)
    _lock_admins()
    member = lock_member(member)
    if member.status == Member.Status.LEFT:
        raise WrongState(f"{member.name} is not a member any more. Invite them again instead.")
    before, member.roles = member.roles, chosen
    if before == chosen:
        return member
    _keep_an_admin(member)
    member.save(update_fields=["roles", "updated_at"])
    audit.record(
        actor=actor,
        verb="member.roles_changed",
        target=member,
        changes={"roles": [before, member.roles]},
    )
    return member


@transaction.atomic
def member_remove(*, member: Member, actor: Actor) -> Member:
    """End a membership now: the person's next request finds no tenant, their keys stop.

    An invitation that waits is withdrawn. Raises Denied, and Invalid for the last admin.
    """
    policies.check_can_manage_members(actor=actor)
    return _end_membership(member, actor=actor, verb="member.removed")


@transaction.atomic
def member_leave(*, member: Member) -> Member:
    """Leave a company oneself; raises Invalid for its last admin. What they did stays."""
    return _end_membership(member, actor=member, verb="member.left")


def _end_membership(member: Member, *, actor: Actor, verb: str) -> Member:
    _lock_admins()
    member = lock_member(member)
    if member.status == Member.Status.LEFT:
        return member
    now = timezone.now()
    if member.status == Member.Status.INVITED:
        verb = "member.invitation_revoked"
    member.status, member.left_at = Member.Status.LEFT, member.left_at or now
    _keep_an_admin(member)
    member.save(update_fields=["status", "left_at", "updated_at"])
    close_invitations(member, revoked_at=now)
    ApiKey.objects.filter(member=member, revoked_at=None).update(revoked_at=now)
    audit.record(actor=actor, verb=verb, target=member)
    if verb != "member.invitation_revoked" and not doors.memberships_of(member.user_id):
        sessions.end_all(member.user_id)  # no company is left to be signed in to
    return member


def close_invitations(member: Member, **how: dt.datetime) -> None:
    """End a locked member's open invitation: `accepted_at` or `revoked_at`."""
    Invitation.objects.filter(member=member, accepted_at=None, revoked_at=None).update(
        updated_at=timezone.now(), **how
    )


def lock_member(member: Member) -> Member:
    """The member as they stand now, locked until the transaction ends."""
    found: Member = (
        Member.objects.select_for_update(of=("self",))
        .select_related("user", "tenant")
        .get(pk=member.pk)
    )
    return found


@transaction.atomic
def api_key_create(
    *,
    actor: Actor,
    name: str,
    member: Member | None = None,
    scopes: list[str] | None = None,
    expires_at: dt.datetime | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its one and only showing: `prefix.secret`, 256 random bits behind the dot."""
    policies.check_can_create_key(actor=actor, member=member)
    if expires_at is not None and expires_at <= timezone.now():
        raise Invalid({"expires_at": "Choose a time to come, or leave it out."})
    unknown = sorted(set(scopes or []) - PERMISSIONS.keys())
    if unknown:
        raise Invalid({"scopes": f"There is no scope {unknown[0]!r}."})
    if member is None and not scopes:
        raise Invalid({"scopes": "A service key needs at least one scope."})
    prefix = f"bl_{secrets.token_hex(6)}"
    secret = secrets.token_urlsafe(32)
    key = ApiKey(
        name=name,
        member=member,
        scopes=scopes or [],
        prefix=prefix,
        secret_hash=hashlib.sha256(secret.encode()).digest(),
        expires_at=expires_at,
    )
    validate(key)
    key.save(force_insert=True)
    audit.record(actor=actor, verb="api_key.created", target=key, changes={"scopes": key.scopes})
    return key, f"{prefix}.{secret}"


@transaction.atomic
def api_key_revoke(*, key: ApiKey, actor: Actor) -> ApiKey:
    """End a key now; harmless when repeated."""
    key = ApiKey.objects.select_for_update(of=("self",)).get(pk=key.pk)
    policies.check_can_revoke_key(actor=actor, key=key)
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at", "updated_at"])
        audit.record(actor=actor, verb="api_key.revoked", target=key)
    return key


def user_get_or_create(*, email: str, name: str = "") -> User:
    """The login with this address, made with an unusable password when there is none."""
    address = User.objects.normalize_email(email)
    user = User.objects.filter(email=address).first()
    if user is None:
        user = User(email=address, name=name)
        user.set_unusable_password()
        validate(user)
        user.save(force_insert=True)
        # the only way to a first password is a mail to this address, which then proves it
        EmailAddress.objects.create(user=user, email=address, primary=True, verified=True)
    elif name and not user.name:
        user.name = name
        user.save(update_fields=["name"])
    return user


def checked_roles(roles: list[Role] | list[str]) -> list[str]:
    """The roles in the matrix's order, each once; raises Invalid for none or an unknown one."""
    wanted = {str(role) for role in roles}
    unknown = sorted(wanted - {role.value for role in Role})
    if unknown:
        known = ", ".join(role.value for role in Role)
        raise Invalid({"roles": f"There is no role {unknown[0]!r}. Choose from {known}."})
    if not wanted:
        raise Invalid({"roles": "Choose at least one role."})
    return [role.value for role in Role if role.value in wanted]


def check_time_zone(name: str) -> None:
    """Raise Invalid unless `name` is in the IANA list."""
    if name not in zones.names():
        raise Invalid(
            {"time_zone": f"There is no time zone {name!r}. Use one such as Europe/London."}
        )


_FIXES = {  # Django's code of a refusal → how to fix it
    "blank": "Fill this in.",
    "null": "Fill this in.",
    "min_length": "Write at least %(limit_value)s characters.",
}


def validate(instance: Any) -> None:
    """Run a row's field checks; raises Invalid that says how to fix each field."""
    try:
        instance.full_clean(validate_constraints=False, validate_unique=False)
    except ValidationError as error:
        choices = _choices_of(instance)
        found = error.error_dict.items()
        raise Invalid(
            {f: " ".join(_fix(each, choices.get(f, "")) for each in errors) for f, errors in found}
        ) from error


def _fix(error: ValidationError, choices: str) -> str:
    """How to fix a refusal: with the words to choose from where there are `choices`."""
    if choices and error.code in ("invalid_choice", "item_invalid"):
        return f"Use one of: {choices}."
    if (words := _FIXES.get(error.code or "")) is not None:
        return words % (error.params or {})
    return " ".join(error.messages)


def _choices_of(instance: Any) -> dict[str, str]:
    """The words of each field that has a choice of them, those of a list's entries too."""
    fields = {field.name: getattr(field, "base_field", field) for field in instance._meta.fields}
    return {
        name: ", ".join(str(value) for value, _label in field.flatchoices if value != "")
        for name, field in fields.items()
        if getattr(field, "choices", None)
    }


def member_of(*, email: str) -> Member | None:
    """The active member with this login in the current tenant."""
    return (
        Member.objects.select_related("user", "tenant")
        .filter(user__email=User.objects.normalize_email(email), status=Member.Status.ACTIVE)
        .first()
    )


def _lock_admins() -> list[UUID]:
    """Lock the company's admins in one order, before any other member: two who leave at once wait
    for each other here instead of each holding the row that the other needs."""
    return list(
        Member.objects.select_for_update(of=("self",))
        .filter(status=Member.Status.ACTIVE, roles__contains=[Role.ADMIN.value])
        .order_by("id")
        .values_list("id", flat=True)
    )


def _keep_an_admin(member: Member) -> None:
    """Refuse a change that leaves the company without an admin; the admins are locked already."""
    if member.status == Member.Status.ACTIVE and member.has_role(Role.ADMIN):
        return
    admins = set(_lock_admins())
    if admins and admins <= {member.pk}:
        raise Invalid({"roles": f"{member.name} is the last admin. Make someone else admin first."})
