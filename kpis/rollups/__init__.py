"""From marked days to rollups: the only room that writes `Rollup` and consumes `Mark`."""

from kpis.rollups.periods import Calendar

__all__ = ["Calendar"]
