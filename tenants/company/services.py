"""A company's logo, and whether it is at work."""

import hashlib
import io

from django.db import transaction
from django.utils import timezone
from PIL import Image

from tenants import audit
from tenants.audit import Actor
from tenants.company import logos, policies
from tenants.errors import Invalid, WrongState
from tenants.models import Logo, Tenant

REASON_LENGTHS = (3, 500)
Status = Tenant.Status


@transaction.atomic
def logo_set(*, tenant: Tenant, actor: Actor, content: bytes) -> Tenant:
    """Show this picture as the company's logo, written anew as a PNG of at most 480 × 192 pixels.

    Raises Denied, and Invalid for what is no PNG, JPEG or WebP of up to 1 MB. The same picture
    again changes nothing.
    """
    tenant = _held(tenant)
    policies.check_can_brand(actor=actor, tenant=tenant)
    fresh = logos.written_anew(content)
    version = hashlib.sha256(fresh).hexdigest()[:16]
    if version == tenant.logo_version:
        return tenant
    width, height = Image.open(io.BytesIO(fresh)).size
    Logo.objects.all().delete()
    Logo.objects.create(content=fresh, content_type=logos.TYPE, width=width, height=height)
    before, tenant.logo_version = tenant.logo_version, version
    tenant.save(update_fields=["logo_version", "updated_at"])
    audit.record(
        actor=actor, verb="tenant.logo_set", target=tenant, changes={"logo": [before, version]}
    )
    return tenant


@transaction.atomic
def logo_remove(*, tenant: Tenant, actor: Actor) -> Tenant:
    """Show the company's initials again; harmless when repeated. Raises Denied.

    The picture is kept until another one is set, so that `logo_restore` can bring it back.
    """
    tenant = _held(tenant)
    policies.check_can_brand(actor=actor, tenant=tenant)
    if not tenant.logo_version:
        return tenant
    before, tenant.logo_version = tenant.logo_version, ""
    tenant.save(update_fields=["logo_version", "updated_at"])
    audit.record(
        actor=actor, verb="tenant.logo_removed", target=tenant, changes={"logo": [before, ""]}
    )
    return tenant


@transaction.atomic
def logo_restore(*, tenant: Tenant, actor: Actor) -> Tenant:
    """Show the logo again that was removed last; harmless while one is shown.

    Raises Denied, and WrongState where none was ever set.
    """
    tenant = _held(tenant)
    policies.check_can_brand(actor=actor, tenant=tenant)
    if tenant.logo_version:
        return tenant
    kept = Logo.objects.first()
    if kept is None:
        raise WrongState("There is no logo to bring back. Upload one.")
    tenant.logo_version = hashlib.sha256(bytes(kept.content)).hexdigest()[:16]
    tenant.save(update_fields=["logo_version", "updated_at"])
    audit.record(
        actor=actor,
        verb="tenant.logo_restored",
        target=tenant,
        changes={"logo": ["", tenant.logo_version]},
    )
    return tenant


@transaction.atomic
def tenant_archive(*, tenant: Tenant, actor: Actor, confirm: str, reason: str) -> Tenant:
    """Put a company away: nobody but its admins can open it any more, and its keys stop.

    `confirm` is the company's name, typed. An admin can bring it back for 90 days. Raises Denied,
    WrongState unless it is active, Invalid for another name or no reason.
    """
    tenant = _held(tenant)
    policies.check_can_archive(actor=actor, tenant=tenant)
    if confirm.strip() != tenant.name:
        raise Invalid({"confirm": f"Type the company's name as it stands here: {tenant.name}"})
    return _move(tenant, actor, Status.ARCHIVED, _reason(reason), verb="tenant.archived")


@transaction.atomic
def tenant_restore(*, tenant: Tenant, actor: Actor) -> Tenant:
    """Bring an archived company back as it was; raises Denied, and WrongState unless it is archived
    and its 90 days are not over."""
    tenant = _held(tenant)
    policies.check_can_restore(actor=actor, tenant=tenant)
    return _move(tenant, actor, Status.ACTIVE, "", verb="tenant.restored")


@transaction.atomic
def tenant_set_status(*, tenant: Tenant, actor: Actor, status: str, reason: str) -> Tenant:
    """What the platform does: suspend, reactivate, archive. Harmless when repeated.

    Raises Denied for anybody but Bowline itself, Invalid for an unknown status or no reason.
    """
    tenant = _held(tenant)
    policies.check_is_platform(actor=actor)
    if status not in Status.values:
        raise Invalid({"status": f"There is no status {status!r}: {', '.join(Status.values)}."})
    if status == tenant.status:
        return tenant
    words = {"suspended": "suspended", "active": "reactivated", "archived": "archived"}
    return _move(tenant, actor, status, _reason(reason), verb=f"tenant.{words[status]}")


def _held(tenant: Tenant) -> Tenant:
    return Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)


def _reason(text: str) -> str:
    shortest, longest = REASON_LENGTHS
    reason = text.strip()
    if not shortest <= len(reason) <= longest:
        raise Invalid(
            {"reason": f"Say why, in {shortest} to {longest} characters: it stays on record."}
        )
    return reason


def _move(tenant: Tenant, actor: Actor, status: str, reason: str, *, verb: str) -> Tenant:
    before = tenant.status
    tenant.status, tenant.status_reason = status, "" if status == Status.ACTIVE else reason
    tenant.status_changed_at = timezone.now()
    tenant.save(update_fields=["status", "status_reason", "status_changed_at", "updated_at"])
    audit.record(
        actor=actor,
        verb=verb,
        target=tenant,
        changes={"status": [before, status], "reason": reason},
    )
    return tenant
