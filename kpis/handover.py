"""The figures' share of a handover pack."""

from collections.abc import Iterator, Sequence
from typing import Any

from engagements.handover.registry import Check, Content, page, register_part
from engagements.handover.tables import csv_lines, model_csv
from engagements.models import Engagement
from kpis import figures
from kpis.models import Kpi, Measurement, Period, Target

BATCH = 5_000
_MEASURED = (
    *("observed_at", "value", "numerator", "denominator", "weight"),
    *("series", "source", "external_id", "corrected_at"),
)


def register() -> None:
    """The part, from `AppConfig.ready`."""
    register_part("kpis", "Key figures", writer=files, completeness=checks, order=30, weight=3)


def files(engagement: Engagement) -> Iterator[tuple[str, Content]]:
    """Definitions, targets, each month's figure, and the measurements themselves."""
    kpis = list(Kpi.objects.order_by("key"))
    if not kpis:
        return
    hidden = ["position", *(f"built_{x}" for x in ("time_zone", "week_start", "aggregation"))]
    definitions = Kpi.objects.order_by("key")
    yield (
        "kpis/definitions.csv",
        model_csv(definitions, leave_out=[*hidden, "built_fiscal_month"]),
    )
    targets = Target.objects.order_by("kpi__key", "effective_on", "id")
    if targets.exists():
        yield "kpis/targets.csv", model_csv(targets)
    yield "kpis/months.csv", csv_lines(_MONTHS, _months(kpis))
    measured = set(Measurement.objects.order_by().values_list("kpi_id", flat=True).distinct())
    for kpi in kpis:
        if kpi.pk in measured:
            yield f"kpis/measurements/{kpi.key}.csv", csv_lines(_MEASURED, _measurements(kpi))


def checks(engagement: Engagement) -> list[Check]:
    """Whether figures have data and targets; what nobody measures counts as a gap once."""
    cards = figures.cards()
    link = page("kpi_list")
    measured = [card for card in cards if card.status != "no_data"]
    aimless = sum(card.status == "no_target" for card in measured)
    stale = sum(card.status == "stale" for card in measured)
    return [
        Check(bool(measured), "Key figures: nothing is measured", link),
        Check(not aimless, f"Key figures: {aimless} measured without a target", link),
        Check(not stale, f"Key figures: {stale} without fresh data", link),
    ]


_MONTHS = ("key", "name", "unit", "month", "value", "n", "target", "status", "complete")


def _months(kpis: Sequence[Kpi]) -> Iterator[Sequence[Any]]:
    for kpi in kpis:
        factor = kpi.display_factor
        for row in figures.series(kpi=kpi, period=Period.MONTH):
            if row.n:
                value = None if row.value is None else row.value * factor
                target = None if row.target is None else row.target * factor
                yield (
                    *(kpi.key, kpi.name, kpi.unit, row.period_start, value, row.n),
                    *(target, row.status, row.complete),
                )


def _measurements(kpi: Kpi) -> Iterator[Sequence[Any]]:
    """Every measurement, oldest first, in batches along the key."""
    rows = Measurement.objects.filter(kpi_id=kpi.pk).order_by("id")
    last = None
    while True:
        part = rows if last is None else rows.filter(id__gt=last)
        batch = list(part.values_list("id", *_MEASURED)[:BATCH])
        for _id, *values in batch:
            yield values
        if len(batch) < BATCH:
            return
        last = batch[-1][0]
