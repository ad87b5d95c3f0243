"""Key figures: what is measured, against which target, and what came of it."""

from kpis.models.imports import ImportChunk, ImportKey, MeasurementImport
from kpis.models.initiative import InitiativeKpi
from kpis.models.kpi import (
    Aggregation,
    Category,
    CoreArea,
    Direction,
    Kpi,
    StatusOverride,
    Target,
    Unit,
)
from kpis.models.measurement import PARTS, Mark, Measurement, RebuildRequest
from kpis.models.rollup import Period, Rollup, Status

__all__ = [
    "PARTS",
    "Aggregation",
    "Category",
    "CoreArea",
    "Direction",
    "ImportChunk",
    "ImportKey",
    "InitiativeKpi",
    "Kpi",
    "Mark",
    "Measurement",
    "MeasurementImport",
    "Period",
    "RebuildRequest",
    "Rollup",
    "Status",
    "StatusOverride",
    "Target",
    "Unit",
]
