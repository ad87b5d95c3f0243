"""Inline SVG icons from the `lucide` package, under the names the product uses."""

from functools import lru_cache

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from lucide.jinja import lucide

ALIASES: dict[str, str] = {
    # states; each has its own shape, so that colour is never the only sign
    "good": "circle-check",
    "warn": "triangle-alert",
    "bad": "octagon-x",
    "wait": "clock",
    "none": "circle",
    "pause": "circle-pause",
    # rooms of the product
    "dash": "layout-dashboard",
    "update": "file-text",
    "kpi": "chart-line",
    "decision": "split",
    "spend": "banknote",
    "cal": "calendar",
    "book": "book-open",
    "chat": "message-square",
    "todo": "square-check",
    "sliders": "sliders-horizontal",
    "engagement": "handshake",
    "training": "graduation-cap",
    "goal": "target",
    "audit": "history",
    # signs
    "down": "chevron-down",
    "right": "chevron-right",
    "left": "chevron-left",
    "updown": "chevrons-up-down",
    "dots": "ellipsis",
    "clip": "paperclip",
    "eyeoff": "eye-off",
    "trash": "trash-2",
    "up": "arrow-up",
    "dn": "arrow-down",
    "roi": "trending-up",
    "out": "log-out",
    "key": "key-round",
    "company": "building-2",
}
"""Our short names; any other name is taken as Lucide's own."""


@lru_cache(maxsize=512)
def icon(name: str, cls: str = "", label: str = "") -> SafeString:
    """Return the icon as inline SVG, hidden from assistive technology unless `label` names it.

    `cls` adds classes beside `i`, such as `sm`. Raises `lucide.IconDoesNotExist` for an unknown
    name, so that a typing error fails the page's test instead of leaving a hole.
    """
    svg = str(lucide(ALIASES.get(name, name), size=None))
    shapes = svg[svg.index(">") + 1 : svg.rindex("</svg>")]
    shapes = " ".join(shapes.split()).replace("> <", "><").replace(" />", "/>")
    named = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    classes = f"i {escape(cls)}".rstrip()
    return mark_safe(  # noqa: S308 - shapes come from the package, the rest is escaped
        f'<svg class="{classes}" viewBox="0 0 24 24" {named}>{shapes.strip()}</svg>'
    )
