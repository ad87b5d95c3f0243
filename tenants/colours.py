"""The company's colour: may text stand on it, and which colour near it would do.

In the light theme white text stands on the colour as it was chosen. In the dark theme the product's
fills are light and their text is dark, so a lighter shade of the same hue is taken there.
"""

import colorsys
import re
from dataclasses import dataclass

ENOUGH = 4.5  # WCAG 2.2, 1.4.3: contrast of text, level AA
ON_LIGHT, ON_DARK = "#ffffff", "#0b1a26"  # the token --on-brand in both themes
_HEX = re.compile(r"#[0-9a-f]{6}", re.ASCII)
_STEPS = 400


@dataclass(frozen=True)
class Shades:
    """A colour in both themes with the contrast of the text on it, to two decimals."""

    light: str
    dark: str
    light_ratio: float
    dark_ratio: float
    passes: bool
    nearest: str
    """The colour itself where it passes, else the next darker one of its hue that does."""


def parse(text: str) -> str:
    """`#RRGGBB` or `RRGGBB` as lower-case `#rrggbb`; raises ValueError for anything else."""
    colour = f"#{text.strip().removeprefix('#').lower()}"
    if not _HEX.fullmatch(colour):
        raise ValueError(f"{text!r} is no colour.")
    return colour


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio of two colours, from 1 to 21."""
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """WCAG relative luminance."""
    red, green, blue = (_linear(part) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def shades(colour: str) -> Shades:
    """What becomes of a colour in both themes."""
    nearest = _towards(colour, ON_LIGHT, darker=True)
    dark = _towards(nearest, ON_DARK, darker=False)
    return Shades(
        light=colour,
        dark=dark,
        light_ratio=_shown(contrast(colour, ON_LIGHT)),
        dark_ratio=_shown(contrast(dark, ON_DARK)),
        passes=nearest == colour,
        nearest=nearest,
    )


def _towards(colour: str, text: str, *, darker: bool) -> str:
    """The first colour on the way to black (or white) on which `text` can be read."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_parts(colour))
    end = 0.0 if darker else 1.0
    for step in range(_STEPS + 1):
        shade = lightness + (end - lightness) * step / _STEPS
        found = colour if step == 0 else _hex(*colorsys.hls_to_rgb(hue, shade, saturation))
        if contrast(found, text) >= ENOUGH:
            return found
    raise AssertionError("black and white can always be read")


def _parts(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _hex(red: float, green: float, blue: float) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in (red, green, blue))


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _shown(ratio: float) -> float:
    """Rounded down, so that 4.499 never shows as 4.5."""
    return int(ratio * 100) / 100
