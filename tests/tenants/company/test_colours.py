"""The company's colour: WCAG's own figures, and the nearest colour that passes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants import colours

PARTS = st.tuples(*[st.integers(0, 255)] * 3)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.48),  # the well-known grey that just fails
        ("#767676", "#ffffff", 4.54),
        ("#ff0000", "#ffffff", 4.0),
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_contrast_is_wcags(one: str, other: str, ratio: float) -> None:
    assert colours.contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert colours.contrast(other, one) == colours.contrast(one, other)


def test_colour_that_passes_stays_and_one_that_fails_gets_its_nearest() -> None:
    fine = colours.shades("#1b5a86")
    assert (fine.passes, fine.nearest, fine.light) == (True, "#1b5a86", "#1b5a86")
    orange = colours.shades("#ff9900")
    assert (orange.passes, orange.light_ratio) == (False, 2.14)
    assert orange.nearest == "#aa6600"


@given(PARTS)
def test_every_offer_can_be_read_in_both_themes(parts: tuple[int, int, int]) -> None:
    colour = "#{:02x}{:02x}{:02x}".format(*parts)
    found = colours.shades(colour)
    assert found.passes is (colours.contrast(colour, "#ffffff") >= 4.5)
    assert colours.contrast(found.nearest, "#ffffff") >= 4.5
    assert colours.contrast(found.dark, "#0b1a26") >= 4.5
    assert found.dark_ratio >= 4.5
    assert colours.shades(found.nearest).passes


@pytest.mark.parametrize("text", ["", "#12345", "red", "#gggggg", "#1234567", "url(x)", "#١٢٣٤٥٦"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no colour"):
        colours.parse(text)


def test_colours_have_one_form() -> None:
    assert {colours.parse(t) for t in ("#1B5A86", "1b5a86", " #1b5a86 ")} == {"#1b5a86"}
