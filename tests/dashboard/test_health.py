"""The rule of engagement health."""

import pytest

from dashboard.health import Health, Signal, kpi_signal, of_signals

NO_DATA = "no figure with a target and fresh data"
ON, WATCH, OFF, UNKNOWN = Health.ON_TRACK, Health.WATCH, Health.OFF_TRACK, Health.UNKNOWN


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([], UNKNOWN),
        ([UNKNOWN, UNKNOWN], UNKNOWN),
        ([ON], ON),
        ([ON, UNKNOWN], ON),
        ([ON, ON, ON, WATCH, WATCH], ON),
        ([ON, ON, WATCH, WATCH], ON),
        ([ON, WATCH, WATCH], WATCH),
        ([WATCH], WATCH),
        ([ON, ON, ON, ON, OFF], WATCH),
        ([OFF], WATCH),
        ([ON, ON, ON, OFF, OFF], OFF),
        ([OFF, OFF], OFF),
    ],
)
def test_verdict_follows_the_rule(states: list[Health], expected: Health) -> None:
    verdict = of_signals(Signal(str(i), state, "") for i, state in enumerate(states))
    assert verdict.state == expected


def test_worst_signal_comes_first() -> None:
    verdict = of_signals([Signal("a", ON, ""), Signal("b", OFF, ""), Signal("c", UNKNOWN, "")])
    assert [signal.name for signal in verdict.signals] == ["b", "a", "c"]
    assert (verdict.known, verdict.to_watch) == (2, 1)


@pytest.mark.parametrize(
    ("statuses", "state", "reason"),
    [
        ([], UNKNOWN, NO_DATA),
        (
            [("Uptime", "no_target"), ("MTTR", "stale")],
            UNKNOWN,
            NO_DATA,
        ),
        ([("Uptime", "on_track"), ("MTTR", "on_track")], ON, "2 of 2 on target"),
        ([("Uptime", "on_track"), ("MTTR", "at_risk")], WATCH, "MTTR at risk"),
        ([("Uptime", "off_track"), ("MTTR", "at_risk")], OFF, "Uptime off target"),
    ],
)
def test_area_is_as_bad_as_its_worst_figure(
    statuses: list[tuple[str, str]], state: Health, reason: str
) -> None:
    signal = kpi_signal("Reliability", statuses)
    assert (signal.state, signal.reason) == (state, reason)
