"""Attaching files to records, and taking them away."""

import hashlib
from typing import Any, Protocol

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from tenants import audit
from tenants.audit import Actor
from tenants.errors import Invalid, NotFound, TooLarge
from tenants.files.inspection import check_name, content_type_of
from tenants.files.models import StoredFile
from tenants.files.owners import owner_of, record_of
from tenants.files.storage import ChunkWriter
from tenants.models import Member
from tenants.ui.formats import filesize

MOST_FILES = 50  # of one record


class Upload(Protocol):
    """What Django hands over for a form's file."""

    name: Any
    size: Any

    def read(self, num_bytes: int = -1, /) -> bytes: ...


@transaction.atomic
def attach(*, target: models.Model, upload: Upload, actor: Actor) -> StoredFile:
    """Keep a file with a record whose rules let `actor` change it; the same file again is harmless.

    Raises Denied or WrongState by the record's rules, TooLarge over FILE_MAX_BYTES, Invalid for a
    name or content that is not what it says, an empty file, or too many of them.
    """
    owner_of(target).may_change(actor, target)
    name, ending = check_name(str(upload.name or ""))
    content = _read(upload)
    content_type = content_type_of(content, ending)
    digest = hashlib.sha256(content).hexdigest()
    type(target)._default_manager.select_for_update(of=("self",), no_key=True).get(pk=target.pk)
    there = files_of(target)
    for file in there:
        if (file.name, file.sha256) == (name, digest):
            return file
    if len(there) >= MOST_FILES:
        raise Invalid({"file": f"It has {MOST_FILES} files already. Remove one first."})
    row: StoredFile = StoredFile.objects.create(
        name=name,
        content_type=content_type,
        sha256=digest,
        target_type=target._meta.label_lower,
        target_id=target.pk,
        uploaded_by=actor if isinstance(actor, Member) else None,
        uploaded_by_name=actor.actor_name[:200],
    )
    writer = ChunkWriter(row)
    writer.write(content)
    writer.finish()
    facts = {"file": name, "size": row.size, "sha256": digest}
    audit.record(actor=actor, verb="file.attached", target=target, changes=facts)
    return row


@transaction.atomic
def detach(*, file: StoredFile, actor: Actor) -> None:
    """Remove a file from its record, where the record's rules let `actor` change it."""
    found: StoredFile | None = (
        StoredFile.objects.select_for_update(of=("self",)).filter(pk=file.pk).first()
    )
    if found is None:
        raise NotFound
    owner, record = record_of(found.target_type, found.target_id)
    owner.may_change(actor, record)
    facts = {"file": found.name, "size": found.size, "sha256": found.sha256}
    found.delete()
    audit.record(actor=actor, verb="file.removed", target=record, changes=facts)


def files_of(target: models.Model) -> list[StoredFile]:
    """A record's files, the first attached first; one query."""
    rows = StoredFile.objects.filter(
        target_type=target._meta.label_lower, target_id=target.pk, is_complete=True
    )
    return list(rows.order_by("id"))


def file_for(*, file_id: Any, actor: Actor) -> StoredFile:
    """A file that `actor` may read, by its record's rules; raises NotFound, or what they say."""
    file: StoredFile | None = StoredFile.objects.filter(pk=file_id, is_complete=True).first()
    if file is None or (file.expires_at is not None and file.expires_at <= timezone.now()):
        raise NotFound
    owner, record = record_of(file.target_type, file.target_id)
    owner.may_view(actor, record)
    return file


def remove_expired() -> int:
    """Remove files whose time is over; answers how many."""
    old = StoredFile.objects.filter(expires_at__lte=timezone.now())
    count = old.count()
    old.delete()
    return count


def _read(upload: Upload) -> bytes:
    most = settings.FILE_MAX_BYTES
    if (upload.size or 0) > most:
        raise TooLarge(f"A file can have {filesize(most)} at most.")
    content = upload.read(most + 1)
    if len(content) > most:
        raise TooLarge(f"A file can have {filesize(most)} at most.")
    return content
