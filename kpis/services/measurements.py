"""Recording, correcting and taking back measurements."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from kpis import policies
from kpis.models import PARTS, Aggregation, Kpi, Measurement
from kpis.services.store import identify, store, zone_of
from kpis.values import Parts, Row, clean_measurement, clean_number, settle_parts
from tenants import audit
from tenants.audit import Actor
from tenants.errors import Invalid, NotFound, StaleVersion, TooLarge

MAX_BATCH = 10_000
REASON_MOST = 500
_LONG_REASON = f"Write at most {REASON_MOST} characters."
_IDENTITY = "This says which measurement it is. Take it back and record the right one instead."


@dataclass
class BatchResult:
    """What came of a batch; `rejected` holds (place in the batch, {field: what is wrong})."""

    accepted: int = 0
    duplicates: int = 0
    rejected: list[tuple[int, dict[str, str]]] = field(default_factory=list)


@transaction.atomic
def measurement_record(
    *, kpi: Kpi, actor: Actor, raw: Any, source: str = "api"
) -> tuple[Measurement, bool]:
    """Record one measurement; answers it and whether it is new (a repeat changes nothing).

    Raises Denied, WrongState for a figure that is switched off, Invalid with every wrong field.
    """
    policies.check_can_measure(actor=actor, kpi=kpi)
    row = clean_measurement(raw, aggregation=kpi.aggregation, now=timezone.now(), source=source)
    ids = identify([row])
    is_new = store(kpi_id=kpi.pk, zone=zone_of(kpi.pk), ids=ids, rows=[row]) == 1
    found = (
        Measurement.objects.filter(kpi_id=kpi.pk, external_id=row.external_id)
        if row.external_id is not None
        else Measurement.objects.filter(kpi_id=kpi.pk, id=ids[0])
    ).get()
    if is_new:
        audit.record(
            actor=actor,
            verb="kpi.measured",
            target=kpi,
            changes={"measurement": found.id, "observed_at": row.observed_at, "value": row.value},
        )
    return found, is_new


@transaction.atomic
def measurements_record(
    *, kpi: Kpi, actor: Actor, raws: list[Any], source: str = "api"
) -> BatchResult:
    """Record up to 10,000 measurements; each row stands or falls by itself.

    Raises Denied, WrongState, or TooLarge for a longer batch.
    """
    policies.check_can_measure(actor=actor, kpi=kpi)
    if len(raws) > MAX_BATCH:
        raise TooLarge(f"At most {MAX_BATCH:,} measurements at once. Send them in several batches.")
    result = BatchResult()
    rows: list[Row] = []
    now = timezone.now()
    for index, raw in enumerate(raws):
        try:
            rows.append(clean_measurement(raw, aggregation=kpi.aggregation, now=now, source=source))
        except Invalid as error:
            result.rejected.append((index, error.errors))
    if rows:
        result.accepted = store(kpi_id=kpi.pk, zone=zone_of(kpi.pk), ids=identify(rows), rows=rows)
        result.duplicates = len(rows) - result.accepted
    if result.accepted:
        audit.record(
            actor=actor,
            verb="kpi.batch_measured",
            target=kpi,
            changes={
                "accepted": result.accepted,
                "duplicates": result.duplicates,
                "rejected": len(result.rejected),
            },
        )
    return result


@transaction.atomic
def measurement_delete(
    *, kpi: Kpi, actor: Actor, measurement_id: UUID, reason: str = ""
) -> Measurement:
    """Take one measurement back; its day and every period that holds it are computed again.

    What it was and the reason (500 characters at most) stay in the audit trail. Nothing of it
    stays in the figure: the same row sent or imported again is a new one and counts. Where only
    its value is wrong, correct it instead. Answers what was taken back. Raises Denied, WrongState,
    Invalid, or NotFound, also when it is gone already.
    """
    policies.check_can_measure(actor=actor, kpi=kpi)
    if not _fits(reason):
        raise Invalid({"reason": _LONG_REASON})
    row = Measurement.objects.filter(kpi_id=kpi.pk, id=measurement_id).first()
    if row is None or not Measurement.objects.filter(kpi_id=kpi.pk, id=measurement_id).delete()[0]:
        raise NotFound
    audit.record(
        actor=actor,
        verb="kpi.measurement_deleted",
        target=kpi,
        changes={
            "measurement": row.id,
            "observed_at": row.observed_at,
            "value": row.value,
            "numerator": row.numerator,
            "denominator": row.denominator,
            "external_id": row.external_id,
            "reason": reason,
        },
    )
    return row


@transaction.atomic
def measurement_correct(
    *,
    kpi: Kpi,
    actor: Actor,
    measurement_id: UUID,
    changes: Mapping[str, Any],
    reason: str,
    if_version: str | None = None,
) -> tuple[Measurement, bool]:
    """Put the right value in a measurement's place; answers it, and whether anything changed.

    `changes` holds what is right of value, numerator, denominator and weight; the rest stays. Time,
    series, source and external id say which measurement it is, and stay: so the row keeps its id,
    and a file that brings it again finds it there, neither doubled nor with the wrong value back.
    The day and every period that holds it are computed again. What it said before and the reason
    stay in the audit trail.

    What it says already changes nothing, so a repeat is harmless. Raises Denied, WrongState,
    NotFound when it is gone, Invalid with every wrong field, and StaleVersion when `if_version`
    names another state of it: somebody was faster.
    """
    policies.check_can_measure(actor=actor, kpi=kpi)
    zone_of(kpi.pk)  # a rebuild that moves the row to another day goes first, or waits
    row = Measurement.objects.select_for_update().filter(kpi_id=kpi.pk, id=measurement_id).first()
    if row is None:
        raise NotFound
    before = row.parts
    after = _corrected(row, changes, reason, aggregation=kpi.aggregation)
    if after == before:
        return row, False
    if if_version is not None and row.version != if_version:
        raise StaleVersion("Somebody corrected this measurement since you read it. Read it again.")
    difference = {
        name: [old, new] for name, old, new in zip(PARTS, before, after, strict=True) if old != new
    }
    row.value, row.numerator, row.denominator, row.weight = after
    row.corrected_at = timezone.now()
    row.save(update_fields=[*PARTS, "corrected_at"])
    audit.record(
        actor=actor,
        verb="kpi.measurement_corrected",
        target=kpi,
        changes={
            "measurement": row.id,
            "observed_at": row.observed_at,
            **difference,
            "external_id": row.external_id,
            "reason": reason.strip(),
        },
    )
    return row, True


def _corrected(
    row: Measurement, changes: Mapping[str, Any], reason: str, *, aggregation: str
) -> Parts:
    """The row's parts with the changes, as the aggregation needs them; raises Invalid."""
    errors = {name: _IDENTITY for name in changes if name not in PARTS}
    right = dict(zip(PARTS, row.parts, strict=True))
    if aggregation == Aggregation.RATIO and changes.get("value") is not None:
        right |= {"numerator": None, "denominator": None}  # a value over 1 takes their place
    for name in PARTS:
        try:
            if name in changes:
                given = changes[name]
                right[name] = None if given is None else clean_number(given, name)
        except Invalid as error:
            errors |= error.errors
    parts = row.parts
    if not errors:
        value, numerator, denominator, weight = right.values()
        parts, errors = settle_parts(value, numerator, denominator, weight, aggregation)
    if not reason.strip():
        errors["reason"] = "Say why: the reason stays in the audit trail."
    elif not _fits(reason):
        errors["reason"] = _LONG_REASON
    if errors:
        raise Invalid(errors)
    return parts


def _fits(reason: str) -> bool:
    return len(reason) <= REASON_MOST and "\x00" not in reason
