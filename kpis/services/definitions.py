"""Figures, targets and a person's word on a status."""

import datetime as dt
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from kpis import policies
from kpis.catalogue import CATALOGUE
from kpis.models import (
    Aggregation,
    Direction,
    Kpi,
    Measurement,
    Period,
    RebuildRequest,
    Status,
    StatusOverride,
    Target,
)
from kpis.rollups.periods import Calendar
from kpis.values import clean_number
from tenants import audit
from tenants.audit import Actor
from tenants.errors import Invalid, StaleVersion
from tenants.isolation import current_tenant_id
from tenants.models import Member, Tenant

KPI_FIELDS = [
    "key",
    "name",
    "purpose",
    "formula",
    "unit",
    "direction",
    "aggregation",
    "category",
    "core_area",
    "cadence",
    "source",
    "owner",
    "expected_freshness_hours",
    "is_active",
    "position",
]


@transaction.atomic
def catalogue_seed(*, actor: Actor) -> int:
    """Give the company the figures of the catalogue that it does not have; answers how many."""
    policies.check_can_manage(actor=actor)
    built = _built_like(Tenant.objects.get(pk=current_tenant_id()))
    known = set(Kpi.objects.values_list("key", flat=True))
    new = [
        Kpi(
            key=entry.key,
            name=entry.name,
            unit=entry.unit,
            direction=entry.direction,
            aggregation=entry.aggregation,
            category=entry.category,
            core_area=entry.core_area,
            cadence=entry.cadence,
            formula=entry.formula,
            purpose=entry.purpose,
            expected_freshness_hours=entry.expected_freshness_hours,
            position=place,
            built_aggregation=entry.aggregation,
            **built,
        )
        for place, entry in enumerate(CATALOGUE, start=1)
        if entry.key not in known
    ]
    if new:
        Kpi.objects.bulk_create(new)
        audit.record(
            actor=actor, verb="kpi.catalogue_seeded", changes={"keys": [kpi.key for kpi in new]}
        )
    return len(new)


@transaction.atomic
def kpi_create(*, actor: Actor, values: dict[str, Any]) -> Kpi:
    """Define a figure of the company's own; raises Denied, or Invalid for a key that is taken."""
    policies.check_can_manage(actor=actor)
    kpi = Kpi(**{name: values[name] for name in KPI_FIELDS if name in values})
    for name, value in _built_like(Tenant.objects.get(pk=current_tenant_id())).items():
        setattr(kpi, name, value)
    kpi.built_aggregation = kpi.aggregation
    _save_valid(kpi)
    audit.record(
        actor=actor,
        verb="kpi.created",
        target=kpi,
        changes={name: getattr(kpi, name) for name in KPI_FIELDS},
    )
    return kpi


@transaction.atomic
def kpi_update(
    *, kpi: Kpi, actor: Actor, changes: dict[str, Any], if_unmodified: dt.datetime | None = None
) -> Kpi:
    """Change a definition; raises Denied, Invalid, or StaleVersion when it moved on.

    Another aggregation builds the rollups anew in the background. From or to a ratio it is refused
    once there are measurements: they have not the numbers for it.
    """
    policies.check_can_manage(actor=actor)
    current = Kpi.objects.select_for_update(of=("self",)).get(pk=kpi.pk)
    if if_unmodified is not None and current.updated_at != if_unmodified:
        raise StaleVersion("This figure changed since you read it. Read it again.")
    before = Kpi.objects.get(pk=kpi.pk)
    for name in KPI_FIELDS:
        if name in changes:
            setattr(current, name, changes[name])
    if current.aggregation != before.aggregation:
        _check_new_aggregation(before, current.aggregation)
        RebuildRequest.objects.create()
    difference = audit.changed(before, current, KPI_FIELDS)
    if difference:
        _save_valid(current)
        audit.record(actor=actor, verb="kpi.updated", target=current, changes=difference)
    return current


@transaction.atomic
def kpis_choose(*, actor: Actor, keys: Collection[str]) -> int:
    """Use exactly these figures and switch the others off; answers how many are in use.

    Harmless when repeated. Raises Denied; Invalid for none, or for a key that no figure has.
    """
    policies.check_can_manage(actor=actor)
    kpis = list(Kpi.objects.select_related("owner").order_by("id"))
    unknown = sorted(set(keys) - {kpi.key for kpi in kpis})
    if unknown:
        raise Invalid({"figures": f"There is no figure {unknown[0]!r}."})
    if not keys:
        raise Invalid({"figures": "Choose at least one figure."})
    for kpi in kpis:
        if kpi.is_active != (kpi.key in keys):
            kpi_update(kpi=kpi, actor=actor, changes={"is_active": not kpi.is_active})
    return sum(kpi.key in keys for kpi in kpis)


@transaction.atomic
def target_set(
    *,
    kpi: Kpi,
    actor: Actor,
    value: Decimal,
    effective_on: dt.date,
    at_risk_value: Decimal | None = None,
) -> Target:
    """Set what the figure should reach from a day on; earlier targets keep their own days.

    Raises Denied, or Invalid when the at-risk value lies on the good side of the target.
    """
    policies.check_can_set_target(actor=actor)
    value = clean_number(value, "value")
    if at_risk_value is not None:
        at_risk_value = clean_number(at_risk_value, "at_risk_value")
        wrong = {
            Direction.HIGHER: at_risk_value > value,
            Direction.LOWER: at_risk_value < value,
            Direction.TARGET: False,
        }[Direction(kpi.direction)]
        if wrong:
            side = "at or below" if kpi.direction == Direction.HIGHER else "at or above"
            raise Invalid(
                {
                    "at_risk_value": f"{kpi.get_direction_display()}, so the edge of the "
                    f"at-risk band must be {side} the target."
                }
            )
    target = Target.objects.create(
        kpi=kpi,
        value=value,
        at_risk_value=at_risk_value,
        effective_on=effective_on,
        set_by_id=actor.actor_id,
    )
    audit.record(
        actor=actor,
        verb="kpi.target_set",
        target=kpi,
        changes={"value": value, "at_risk_value": at_risk_value, "effective_on": effective_on},
    )
    return target


@transaction.atomic
def status_override(
    *, kpi: Kpi, actor: Actor, period: str, day: dt.date, status: str, reason: str
) -> StatusOverride:
    """Set the status of the period of `day` by hand, with a reason; it ends with the period.

    Raises Denied, WrongState for a period that is over, Invalid without a reason.
    """
    if period not in Period.values:
        raise Invalid({"period": f"Choose one of {', '.join(Period.values)}."})
    calendar = Calendar.of_kpi(kpi)
    start = calendar.start(period, day)
    policies.check_can_override(
        actor=actor,
        period_end=calendar.end(period, start),
        today=calendar.today(timezone.now()),
    )
    if status not in (Status.ON_TRACK, Status.AT_RISK, Status.OFF_TRACK):
        raise Invalid({"status": "Choose on_track, at_risk or off_track."})
    if not reason.strip():
        raise Invalid({"reason": "Say why: the reason stands beside the status."})
    override = StatusOverride.objects.create(
        kpi=kpi,
        period=period,
        period_start=start,
        status=status,
        reason=reason.strip()[:1000],
        set_by_id=actor.actor_id,
    )
    audit.record(
        actor=actor,
        verb="kpi.status_overridden",
        target=kpi,
        changes={
            "period": period,
            "period_start": start,
            "status": status,
            "reason": override.reason,
        },
    )
    return override


def _built_like(tenant: Tenant) -> dict[str, Any]:
    return {
        "built_time_zone": tenant.time_zone,
        "built_week_start": tenant.week_start,
        "built_fiscal_month": tenant.fiscal_year_start_month,
    }


def _check_new_aggregation(kpi: Kpi, aggregation: str) -> None:
    crosses = (kpi.aggregation == Aggregation.RATIO) != (aggregation == Aggregation.RATIO)
    if crosses and Measurement.objects.filter(kpi_id=kpi.pk).exists():
        raise Invalid(
            {
                "aggregation": "Its measurements were recorded "
                + (
                    "as numerator and denominator"
                    if kpi.aggregation == Aggregation.RATIO
                    else "as values"
                )
                + ". Create another figure for the new way of counting."
            }
        )


def _save_valid(kpi: Kpi) -> None:
    """Save; raises Invalid with what is wrong, field by field."""
    try:
        kpi.full_clean(validate_constraints=False, validate_unique=False)
        if (
            kpi.owner_id is not None
            and not Member.objects.filter(pk=kpi.owner_id, status__in=Member.NAMEABLE).exists()
        ):
            raise Invalid({"owner": "Choose a member of this company."})
        with transaction.atomic():
            kpi.save()
    except ValidationError as error:
        raise Invalid(
            {field: " ".join(words) for field, words in error.message_dict.items()}
        ) from error
    except IntegrityError as error:
        if "kpi_one_key" not in str(error):
            raise
        raise Invalid(
            {"key": f"There is a figure {kpi.key!r} already. Choose another key."}
        ) from error
