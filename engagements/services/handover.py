"""Building a handover pack, and handing it out."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from engagements.handover.packing import pack_step
from engagements.handover.registry import assess, parts
from engagements.models import Engagement, HandoverPack
from engagements.services.rows import engagement_for_change
from tenants import audit, jobs
from tenants.audit import Actor
from tenants.audit.actors import SystemActor
from tenants.errors import NotFound
from tenants.files.models import StoredFile
from tenants.files.storage import digest_of
from tenants.models import Member
from tenants.notifications.links import link_to
from tenants.notifications.services import notify
from tenants.policies import check

Status = HandoverPack.Status
KEPT = dt.timedelta(days=30)


@transaction.atomic
def handover_build(*, engagement: Engagement, actor: Actor) -> HandoverPack:
    """Have the pack built in the background; while one is being built, that one serves.

    The score and its gaps are written down with it. Raises Denied for others than admins,
    executives and CTOs.
    """
    check(actor, "handover.build")
    engagement = engagement_for_change(engagement.pk)
    open_ones = HandoverPack.objects.filter(engagement=engagement, status=Status.BUILDING)
    running: HandoverPack | None = open_ones.first()
    if running is not None:
        return running
    found = assess(engagement)
    pack = HandoverPack(
        engagement=engagement,
        requested_by=actor if isinstance(actor, Member) else None,
        requested_by_name=actor.actor_name[:200],
        score=found.score,
        gaps=[{"part": s.part.name, "gap": c.gap, "link": c.link} for s, c in found.gaps],
    )
    pack.file = StoredFile.objects.create(
        name=f"handover-{slugify(engagement.title)[:60] or 'pack'}.zip",
        content_type="application/zip",
        target_type=HandoverPack._meta.label_lower,
        target_id=pack.pk,
        uploaded_by=pack.requested_by,
        uploaded_by_name=pack.requested_by_name,
        is_complete=False,
    )
    pack.job_id = jobs.enqueue("engagements.handover", started_by=actor.actor_id, pack_id=pack.pk)
    pack.save(force_insert=True)
    audit.record(
        actor=actor, verb="handover.asked_for", target=engagement, changes={"score": pack.score}
    )
    return pack


@transaction.atomic
def handover_continue(*, pack_id: UUID) -> tuple[bool, int, int]:
    """Run one step; answers whether more remains, the parts done and all of them."""
    rows = HandoverPack.objects.select_for_update(of=("self",), no_key=True)
    pack: HandoverPack | None = rows.filter(pk=pack_id).first()
    whole = len(parts())
    if pack is None or pack.status != Status.BUILDING or pack.file is None:
        return False, whole, whole
    pack.engagement = Engagement.objects.with_people().get(pk=pack.engagement_id)
    more, done = pack_step(pack, pack.file)
    if not more:
        _finish(pack, pack.file)
    pack.save()
    return more, done, whole


@transaction.atomic
def handover_give_up(*, pack_id: UUID) -> None:
    """Say on the pack that its job failed for good; what was written of it goes."""
    pack = HandoverPack.objects.select_for_update(of=("self",), no_key=True).get(pk=pack_id)
    if pack.status != Status.BUILDING:
        return
    pack.status, pack.finished_at = Status.FAILED, timezone.now()
    file, pack.file, pack.entries = pack.file, None, []
    pack.save()
    if file is not None:
        file.delete()
    audit.record(actor=SystemActor(), verb="handover.failed", target=pack)


@transaction.atomic
def handover_download(*, pack: HandoverPack | None, actor: Actor) -> StoredFile:
    """The pack's file, noted in the trail; raises Denied, or NotFound once it expired."""
    check(actor, "handover.build")
    is_over = pack is None or pack.expires_at is None or pack.expires_at <= timezone.now()
    if pack is None or pack.file is None or is_over or not pack.can_be_downloaded:
        raise NotFound
    facts: dict[str, Any] = {"size": pack.file.size, "sha256": pack.file.sha256}
    audit.record(actor=actor, verb="handover.downloaded", target=pack.engagement, changes=facts)
    return pack.file


def latest_pack(engagement: Engagement) -> HandoverPack | None:
    """The newest pack that can be downloaded."""
    ready = HandoverPack.objects.filter(engagement=engagement, status=Status.READY)
    return (
        ready.filter(file__isnull=False, expires_at__gt=timezone.now())
        .select_related("file", "engagement")
        .order_by("-id")
        .first()
    )


def _finish(pack: HandoverPack, file: StoredFile) -> None:
    now = timezone.now()
    pack.status, pack.finished_at, pack.expires_at = Status.READY, now, now + KEPT
    file.is_complete, file.expires_at, file.sha256 = True, pack.expires_at, digest_of(file)
    file.save(update_fields=["is_complete", "expires_at", "sha256", "updated_at"])
    facts = {"size": file.size, "sha256": file.sha256, "score": pack.score}
    audit.record(actor=SystemActor(), verb="handover.built", target=pack.engagement, changes=facts)
    if pack.requested_by is not None:
        notify(
            to=[pack.requested_by],
            kind="handover.ready",
            title=f"The handover pack of {pack.engagement.title} is ready",
            body=f"Completeness {pack.score} of 100. It can be downloaded for 30 days.",
            link=link_to("handover_detail") + f"?engagement={pack.engagement_id}",
            target=pack,
            dedupe_key=f"handover.ready:{pack.pk}",
        )
