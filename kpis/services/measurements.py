"""Recording and taking back measurements."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from kpis import policies
from kpis.models import Kpi, Measurement
from kpis.services.store import identify, store, zone_of
from kpis.values import Row, clean_measurement
from tenants import audit
from tenants.audit import Actor
from tenants.errors import Invalid, NotFound, TooLarge

MAX_BATCH = 10_000
REASON_MOST = 500


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

    What it was and the reason (500 characters at most) stay in the audit trail. Answers what was
    taken back. Raises Denied, WrongState, Invalid, or NotFound, also when it is gone already.
    """
    policies.check_can_measure(actor=actor, kpi=kpi)
    if len(reason) > REASON_MOST or "\x00" in reason:
        raise Invalid({"reason": f"Write at most {REASON_MOST} characters."})
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
