"""A day of 24 hours as a bar: whose working hours lie where."""

from collections.abc import Iterable

from django.utils.safestring import SafeString

from tenants.ui.charts import image, upright

DAY = 24 * 60
_ROUNDED = 'y="4" height="12" rx="3"'


def day_bar(
    label: str, home: Iterable[tuple[int, int]], over: Iterable[tuple[int, int]], now: int | None
) -> SafeString:
    """Draw spans of minutes of a day: `home` in grey, what is shared of it on top, `now` a line.

    `label` says the same in words. Minutes run from 0 to 1,440.
    """
    shapes = "".join(upright("c-grid", percent, "0", "100%") for percent in (0, 25, 50, 75, 100))
    shapes += "".join(_span("h-home", *span) for span in home)
    shapes += "".join(_span("h-over", *span) for span in over)
    if now is not None:
        shapes += upright("c-now", _percent(now), "0", "100%")
    return image("hours", label, shapes)


def _span(cls: str, start: int, end: int) -> str:
    width = _percent(end) - _percent(start)
    return f'<rect class="{cls}" x="{_percent(start):.2f}%" width="{width:.2f}%" {_ROUNDED}/>'


def _percent(minute: int) -> float:
    return 100 * minute / DAY
