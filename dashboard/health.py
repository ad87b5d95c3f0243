"""Engagement health: a verdict that names its reasons."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """The fixed words of engagement health."""

    ON_TRACK = "on_track"
    WATCH = "watch"
    OFF_TRACK = "off_track"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Signal:
    """One thing that is looked at: how it stands, and the fact that says so."""

    name: str
    state: Health
    reason: str


@dataclass(frozen=True)
class Verdict:
    """The whole, with its signals, worst first."""

    state: Health
    signals: tuple[Signal, ...]

    @property
    def known(self) -> int:
        """How many signals have data."""
        return sum(signal.state != Health.UNKNOWN for signal in self.signals)

    @property
    def to_watch(self) -> int:
        """How many signals are not on track."""
        return sum(signal.state in (Health.WATCH, Health.OFF_TRACK) for signal in self.signals)


_ORDER = (Health.OFF_TRACK, Health.WATCH, Health.ON_TRACK, Health.UNKNOWN)
_KPI_STATES = {
    "off_track": Health.OFF_TRACK,
    "at_risk": Health.WATCH,
    "on_track": Health.ON_TRACK,
}


def of_signals(signals: Iterable[Signal]) -> Verdict:
    """The verdict over all signals that have data.

    Off track: two or more signals are off track. Watch: one is off track, or more than half of
    the known ones need watching. On track otherwise. Unknown: none has data.
    """
    ordered = tuple(sorted(signals, key=lambda signal: _ORDER.index(signal.state)))
    states = [signal.state for signal in ordered if signal.state != Health.UNKNOWN]
    off, watched = states.count(Health.OFF_TRACK), states.count(Health.WATCH)
    if not states:
        state = Health.UNKNOWN
    elif off >= 2:
        state = Health.OFF_TRACK
    elif off or watched * 2 > len(states):
        state = Health.WATCH
    else:
        state = Health.ON_TRACK
    return Verdict(state, ordered)


def kpi_signal(name: str, statuses: Iterable[tuple[str, str]]) -> Signal:
    """The signal of an area from its KPIs' (name, status): its worst KPI with a target speaks."""
    known = [(kpi, _KPI_STATES[status]) for kpi, status in statuses if status in _KPI_STATES]
    if not known:
        return Signal(name, Health.UNKNOWN, "no figure with a target and fresh data")
    worst = min((state for _kpi, state in known), key=_ORDER.index)
    named = [kpi for kpi, state in known if state == worst]
    words = {
        Health.OFF_TRACK: "off target",
        Health.WATCH: "at risk",
        Health.ON_TRACK: "on target",
    }[worst]
    if worst == Health.ON_TRACK:
        return Signal(name, worst, f"{len(known)} of {len(known)} on target")
    return Signal(name, worst, f"{', '.join(named)} {words}")
