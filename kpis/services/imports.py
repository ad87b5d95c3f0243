"""Uploading, starting, working off and cancelling an import of measurements."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from kpis import policies
from kpis.imports.columns import check_mapping, check_options, clean_header, reading_of
from kpis.imports.intake import Intake, too_large
from kpis.imports.numbering import forget
from kpis.imports.preview import preview_of
from kpis.imports.records import BrokenFile, guess_delimiter, records
from kpis.imports.working import import_step
from kpis.models import ImportChunk, Kpi, MeasurementImport
from kpis.notices import tell_finished
from tenants import audit, jobs
from tenants.audit import Actor
from tenants.audit.actors import SystemActor
from tenants.errors import Invalid, TooLarge

Status = MeasurementImport.Status
UNSTARTED_KEPT = dt.timedelta(days=7)
_SAMPLE = 64 * 1024


@transaction.atomic
def import_upload(
    *, kpi: Kpi, actor: Actor, filename: str, size: int, pieces: Iterable[bytes]
) -> MeasurementImport:
    """Take a file in and look at how it is written; nothing of it counts before `import_start`.

    `size` is what the sender announced. Raises Denied, WrongState for a figure that is switched
    off, TooLarge, or Invalid for an empty file, a workbook, a file without header.
    """
    policies.check_can_import(actor=actor, kpi=kpi)
    if size > settings.IMPORT_MAX_BYTES:
        raise TooLarge(too_large())
    _clear_old_uploads()
    upload = MeasurementImport.objects.create(
        kpi=kpi,
        created_by_id=actor.actor_id,
        filename=filename.replace("\x00", "")[-200:] or "file.csv",
        size=0,
    )
    intake = Intake(upload)
    encoding = intake.take(pieces)
    first = ImportChunk.objects.get(measurement_import=upload, number=0)
    sample = bytes(first.data)[:_SAMPLE].decode(encoding, errors="replace")
    upload.size = intake.size
    upload.options = {"encoding": encoding, "delimiter": guess_delimiter(sample)}
    upload.mapping = preview_of(upload).guessed
    upload.save()
    audit.record(
        actor=actor,
        verb="import.uploaded",
        target=upload,
        changes={"kpi": kpi.pk, "size": upload.size},
    )
    return upload


@transaction.atomic
def import_start(
    *,
    upload: MeasurementImport,
    actor: Actor,
    mapping: Any = None,
    options: Any = None,
    dry_run: bool = False,
) -> MeasurementImport:
    """Begin to work the file off in the background, for real or as a trial that stores nothing.

    Without a mapping the guessed one counts. After a trial the same upload can be started again.
    Raises Denied, WrongState when it was started already, Invalid with every wrong column.
    """
    upload = _locked(upload)
    policies.check_can_start(actor=actor, upload=upload)
    options = {} if options is None else options
    upload.options |= reading_of(options)  # what parts the columns comes before their names
    header = _header(upload)
    upload.options |= check_options(options, header=header)
    upload.mapping = check_mapping(
        upload.mapping if mapping in (None, {}) else mapping, header=header, kpi=upload.kpi
    )
    _reset(upload)
    upload.dry_run = dry_run
    upload.status = Status.QUEUED
    upload.job_id = jobs.enqueue("kpis.import", started_by=actor.actor_id, import_id=upload.pk)
    upload.save()
    audit.record(
        actor=actor,
        verb="import.started",
        target=upload,
        changes={"mapping": upload.mapping, "options": upload.options, "dry_run": dry_run},
    )
    return upload


@transaction.atomic
def import_cancel(*, upload: MeasurementImport, actor: Actor) -> MeasurementImport:
    """Stop after the step that runs now; what is stored stays. Raises Denied, WrongState."""
    upload = _locked(upload)
    policies.check_can_cancel(actor=actor, upload=upload)
    _finish(upload, Status.CANCELLED)
    upload.save()
    audit.record(actor=actor, verb="import.cancelled", target=upload, changes=_counts(upload))
    return upload


@transaction.atomic
def import_continue(*, upload_id: Any) -> tuple[MeasurementImport | None, bool]:
    """Run one step; answers the import and whether more remains. Harmless once it is finished."""
    rows = MeasurementImport.objects.select_for_update(of=("self",)).select_related("kpi")
    upload = rows.filter(pk=upload_id).first()
    if upload is None or upload.status not in (Status.QUEUED, Status.RUNNING):
        return upload, False
    if upload.status == Status.QUEUED:
        upload.status, upload.started_at = Status.RUNNING, timezone.now()
    more = import_step(upload)
    if not more:
        _finish(upload, Status.FAILED if upload.problem else Status.DONE)
        audit.record(
            actor=SystemActor(), verb="import.finished", target=upload, changes=_counts(upload)
        )
        tell_finished(upload)
    upload.save()
    return upload, more


@transaction.atomic
def import_give_up(*, upload_id: Any) -> None:
    """Say on the import that its job failed for good; what was stored stays."""
    upload = MeasurementImport.objects.select_for_update(of=("self",)).get(pk=upload_id)
    if upload.is_finished:
        return
    upload.problem = "This import failed for a reason of ours. The jobs page has the details."
    _finish(upload, Status.FAILED)
    upload.save()
    audit.record(actor=SystemActor(), verb="import.failed", target=upload, changes=_counts(upload))
    tell_finished(upload)


def _locked(upload: MeasurementImport) -> MeasurementImport:
    rows = MeasurementImport.objects.select_for_update(of=("self",)).select_related("kpi")
    found: MeasurementImport = rows.get(pk=upload.pk)
    return found


def _header(upload: MeasurementImport) -> list[str]:
    try:
        return clean_header(next(records(upload))[0])
    except BrokenFile as error:
        raise Invalid({"file": str(error)}) from error
    except UnicodeDecodeError as error:
        raise Invalid({"options.encoding": "The file is written in another encoding."}) from error


def _reset(upload: MeasurementImport) -> None:
    upload.offset = upload.line = 0
    upload.rows_total = upload.rows_accepted = upload.rows_duplicate = 0
    upload.rows_rejected = upload.rows_skipped = 0
    upload.errors, upload.problem, upload.counts_keys = [], "", False
    upload.first_at = upload.last_at = upload.started_at = upload.finished_at = None


def _finish(upload: MeasurementImport, status: str) -> None:
    upload.status, upload.finished_at = status, timezone.now()
    forget(upload)
    if not upload.dry_run:
        ImportChunk.objects.filter(measurement_import=upload).delete()


def _counts(upload: MeasurementImport) -> dict[str, Any]:
    return {
        "kpi": upload.kpi_id,
        "dry_run": upload.dry_run,
        "rows_total": upload.rows_total,
        "rows_accepted": upload.rows_accepted,
        "rows_duplicate": upload.rows_duplicate,
        "rows_rejected": upload.rows_rejected,
        "rows_skipped": upload.rows_skipped,
    }


def _clear_old_uploads() -> None:
    """Drop the bytes of files that nobody started within a week."""
    old = MeasurementImport.objects.filter(created_at__lt=timezone.now() - UNSTARTED_KEPT).exclude(
        status__in=[Status.QUEUED, Status.RUNNING]
    )
    ImportChunk.objects.filter(measurement_import__in=old).delete()
    old.filter(status=Status.UPLOADED).update(status=Status.CANCELLED, finished_at=timezone.now())
