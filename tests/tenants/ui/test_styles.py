"""The sheets: raw colours only as tokens, no token missing or unused, contrast in both themes."""

import re
from pathlib import Path

import pytest
from django.conf import settings

CSS = Path(settings.BASE_DIR) / "static" / "css"
TOKENS = (CSS / "tokens.css").read_text()
REST = {path.name: path.read_text() for path in CSS.glob("*.css") if path.name != "tokens.css"}

COLOURS = dict(re.findall(r"--([\w-]+):\s*light-dark\((#[0-9a-f]{6}, #[0-9a-f]{6})\);", TOKENS))
STATES = ("good", "warn", "bad", "wait", "none")
SURFACES = ("canvas", "surface", "well", "hover")
TEXT_PAIRS = [
    *[(ink, ground) for ink in ("ink", "ink-2") for ground in (*SURFACES, "here", "today")],
    *[("ink-3", ground) for ground in ("canvas", "surface")],
    *[("ink", soft) for soft in ("accent-soft", *(f"{s}-soft" for s in STATES))],
    *[(f"{s}-ink", ground) for s in STATES for ground in (f"{s}-soft", "surface", "canvas")],
    *[("accent", ground) for ground in ("surface", "canvas", "well", "warn-soft", "bad-soft")],
    ("on-accent", "accent"),
    ("on-brand", "brand"),
    ("on-accent", "accent-deep"),
    ("accent-deep", "accent-soft"),
    ("on-person", "person"),
    ("on-person-cto", "person-cto"),
    ("canvas", "ink"),
    *[("canvas", f"tone-{n}") for n in range(5)],
    *[(f"on-lk{n}", f"lk{n}") for n in range(1, 6)],
]
SHAPE_PAIRS = [
    *[(f"{s}-mark", ground) for s in STATES for ground in ("surface",)],
    ("accent", "surface"),
    ("accent", "well"),
    ("edge", "surface"),
    ("focus", "surface"),
    ("focus", "canvas"),
]


def luminance(colour: str) -> float:
    """WCAG relative luminance of `#rrggbb`."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(ink: str, ground: str, theme: int) -> float:
    """WCAG contrast of two tokens in the light (0) or dark (1) theme."""
    values = [luminance(COLOURS[name].split(", ")[theme]) for name in (ink, ground)]
    return (max(values) + 0.05) / (min(values) + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_contrast_of_text_is_enough(ink: str, ground: str, theme: int) -> None:
    assert contrast(ink, ground, theme) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPE_PAIRS)
def test_contrast_of_shapes_is_enough(shape: str, ground: str, theme: int) -> None:
    assert contrast(shape, ground, theme) >= 3


@pytest.mark.parametrize("name", sorted(REST))
def test_sheet_holds_no_raw_colour_import_or_override(name: str) -> None:
    sheet = re.sub(r"/\*.*?\*/", "", REST[name], flags=re.S)
    assert not re.search(r"#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(|oklch\(|light-dark\(", sheet)
    assert "@import" not in sheet
    assert "!important" not in sheet
    assert "url(" not in sheet


def test_tokens_all_used_and_all_defined() -> None:
    defined = set(re.findall(r"^\s*--([\w-]+):", TOKENS, flags=re.M))
    used = set(re.findall(r"var\(--([\w-]+)", TOKENS + "".join(REST.values())))
    assert used <= defined
    assert defined <= used


def test_base_template_links_every_sheet_once() -> None:
    base = (Path(settings.BASE_DIR) / "templates" / "base.html").read_text()
    (names,) = re.findall(r"for sheet in \((.*?)\)", base)
    linked = [name.strip(" '") for name in names.split(",")]
    assert sorted(linked) == sorted(path.stem for path in CSS.glob("*.css"))
    assert linked[0] == "tokens"
    assert linked[-1] == "print"


def test_selectors_stand_once_outside_media_queries() -> None:
    """One place per component: no selector opens a second rule in the same sheet and scope."""
    for name, sheet in REST.items():
        plain = re.sub(r"/\*.*?\*/", "", sheet, flags=re.S)
        depth, selector, seen = 0, "", []
        for char in plain:
            if char == "{":
                depth += 1
                if depth == 2 and not selector.strip().startswith("@"):
                    seen.append(" ".join(selector.split()))
                selector = ""
            elif char == "}":
                depth -= 1
                selector = ""
            elif char == ";":
                selector = ""
            else:
                selector += char
        doubled = {s for s in seen if seen.count(s) > 1}
        assert not doubled, (name, doubled)
