"""The truth table of a figure's status."""

from decimal import Decimal

import pytest

from kpis.status import status_of

D = Decimal


@pytest.mark.parametrize(
    ("direction", "value", "target", "at_risk", "expected"),
    [
        ("higher", "99.9", "99.9", "99.5", "on_track"),
        ("higher", "100", "99.9", "99.5", "on_track"),
        ("higher", "99.89", "99.9", "99.5", "at_risk"),
        ("higher", "99.5", "99.9", "99.5", "at_risk"),
        ("higher", "99.49", "99.9", "99.5", "off_track"),
        ("higher", "99.89", "99.9", None, "off_track"),
        ("higher", "99.9", "99.9", None, "on_track"),
        ("lower", "5", "5", "6.5", "on_track"),
        ("lower", "-1", "5", "6.5", "on_track"),
        ("lower", "5.1", "5", "6.5", "at_risk"),
        ("lower", "6.5", "5", "6.5", "at_risk"),
        ("lower", "6.6", "5", "6.5", "off_track"),
        ("lower", "5.1", "5", None, "off_track"),
        ("target", "0", "0", "0.05", "on_track"),
        ("target", "0.05", "0", "0.05", "at_risk"),
        ("target", "-0.05", "0", "0.05", "at_risk"),
        ("target", "-0.06", "0", "0.05", "off_track"),
        ("target", "0.06", "0", "-0.05", "off_track"),
        ("target", "0.04", "0", "-0.05", "at_risk"),
        ("target", "0.01", "0", None, "off_track"),
    ],
)
@pytest.mark.parametrize("is_stale", [False, True])
def test_value_against_target(
    direction: str, value: str, target: str, at_risk: str | None, expected: str, is_stale: bool
) -> None:
    status = status_of(
        value=D(value),
        n=1,
        target=D(target),
        at_risk_value=at_risk and D(at_risk),
        direction=direction,
        is_stale=is_stale,
    )
    assert status == ("stale" if is_stale else expected)


@pytest.mark.parametrize("direction", ["higher", "lower", "target"])
@pytest.mark.parametrize(
    ("value", "n", "target", "is_stale", "expected"),
    [
        (None, 0, "1", False, "no_data"),
        (None, 0, None, True, "no_data"),
        (None, 3, "1", False, "no_data"),
        ("1", 0, "1", False, "no_data"),
        ("1", 3, None, False, "no_target"),
        ("1", 3, None, True, "stale"),
    ],
)
def test_what_comes_before_the_target(
    direction: str, value: str | None, n: int, target: str | None, is_stale: bool, expected: str
) -> None:
    status = status_of(
        value=value and D(value),
        n=n,
        target=target and D(target),
        at_risk_value=None,
        direction=direction,
        is_stale=is_stale,
    )
    assert status == expected
