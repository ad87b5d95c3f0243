"""How key figures are written."""

from decimal import Decimal

import pytest

from kpis.wording import Wording, wording

D = Decimal


def written(unit: str, *values: str, factor: str = "1", direction: str = "higher") -> Wording:
    return wording(
        unit=unit,
        direction=direction,
        factor=D(factor),
        currency="USD",
        values=tuple(D(value) for value in values),
    )


@pytest.mark.parametrize(
    ("unit", "values", "factor", "text"),
    [
        ("percent", ("0.99942", "0.999"), "100", "99.94%"),
        ("percent", ("6.1", "8"), "1", "6.1%"),
        ("percent", ("88", "85"), "1", "88%"),
        ("ms", ("411.6", "350"), "1", "412\u00a0ms"),
        ("days", ("6.2", "5"), "1", "6.2\u00a0days"),
        ("money", ("182000",), "1", "$182k"),
        ("count", ("7",), "1", "7"),
        ("count", ("7.5",), "1", "7.5"),
        ("ratio", ("0.456",), "1", "0.46"),
    ],
)
def test_value_is_written_in_its_unit(
    unit: str, values: tuple[str, ...], factor: str, text: str
) -> None:
    assert written(unit, *values, factor=factor).text(D(values[0])) == text


def test_target_carries_sign_and_the_precision_of_its_figure() -> None:
    uptime = written("percent", "0.99942", "0.999", factor="100")
    assert uptime.target(D("0.999")) == "≥\u00a099.90%"
    assert written("days", "6.2", direction="lower").target(D(5)) == "≤\u00a05.0\u00a0days"
    assert uptime.target(None) == ""


def test_change_carries_sign() -> None:
    assert written("ms", "412").change(D(11)) == "+11"
    assert written("percent", "0.9994", factor="100").change(D("-0.0002")) == "−0.02"
    assert written("money", "182000").change(D(8000)) == "+$8k"
    assert written("ms", "412").change(None) == "–"


def test_missing_value_is_a_dash() -> None:
    assert written("ms", "1").parts(None) == ("–", "")
