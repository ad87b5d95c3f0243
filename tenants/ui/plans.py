"""Two charts of plans: places on two scales, and spans over quarters. As `charts.py` draws them:
percent positions, classes for colours, one sentence as the text alternative."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.safestring import SafeString

from tenants.ui.charts import _at, _text, _word, image, upright

ROW = 44
HEAD = 28
_APART = 5.0  # percent of the width between two dots that would cover each other
_BELOW = 11.0  # percent of the height from which on they do not


@dataclass(frozen=True)
class Dot:
    """A place from 1 to 5 on both scales, with the number that the table explains."""

    x: Decimal
    y: Decimal
    number: int
    tip: str
    status: str = ""


def scatter(
    dots: Sequence[Dot],
    label: str,
    *,
    lines: Sequence[tuple[Decimal, str]] = (),
    x_words: tuple[str, str] = ("", ""),
) -> SafeString:
    """Draw numbered dots between 1 and 5 on both scales; `lines` are levels across, with words.

    Dots that would cover each other stand beside each other. `x_words` name both ends of the lower
    scale.
    """
    shapes = ""
    for tick in range(1, 6):
        y = _at(_share_of_five(Decimal(6 - tick)))
        shapes += f'<line class="c-grid" x1="0" x2="100%" y1="{y}%" y2="{y}%"/>'
        shapes += f'<text class="c-t c-y" x="-10" y="{y}%" dy="4">{tick}</text>'
        if 1 < tick < 5 or not any(x_words):
            cls = "c-t c-x c-alt" if tick % 2 == 0 else "c-t c-x"
            shapes += _word(cls, _share_of_five(Decimal(tick)), 100, tick, 'dy="20"')
    if any(x_words):
        shapes += _word("c-t", 0, 100, x_words[0], 'dy="20"')
        shapes += _word("c-t c-end", 100, 100, x_words[1], 'dy="20"')
    for level, words in lines:
        place = 100 - _share_of_five(level)
        y = _at(place)
        shapes += f'<line class="c-target" x1="0" x2="100%" y1="{y}%" y2="{y}%"/>'
        shapes += _word("c-t c-good c-end", 100, place, words, 'dy="-5"')
    taken: list[tuple[float, float]] = []
    for dot in dots:
        x, height = _share_of_five(dot.x), 100 - _share_of_five(dot.y)
        while any(abs(x - a) < _APART and abs(height - b) < _BELOW for a, b in taken):
            x += _APART
        taken.append((x, height))
        y = _at(height)
        shapes += (
            f'<g class="s-dot"><title>{_text(dot.tip)}</title>'
            f'<circle class="c-flag" cx="{_at(x)}%" cy="{y}%" r="11"/>'
            f'<text class="c-flag-t" x="{_at(x)}%" y="{y}%" dy="4">{dot.number}</text></g>'
        )
    return image("chart", label, shapes)


def _share_of_five(value: Decimal) -> float:
    """The way from 1 to 5 in percent."""
    return float((value - 1) * 25)


@dataclass(frozen=True)
class Span:
    """A plan from a day to a day; `marks` are (day, whether reached)."""

    title: str
    start: dt.date | None
    end: dt.date | None
    percent: int = 0
    kind: str = "b-used"
    marks: Sequence[tuple[dt.date, bool]] = field(default=())


def schedule(
    spans: Sequence[Span],
    label: str,
    *,
    first: dt.date,
    last: dt.date,
    quarters: Sequence[tuple[dt.date, str]],
    today: dt.date | None = None,
) -> SafeString:
    """Draw each span as a bar with its progress under its title, between two days.

    `quarters` are (first day, name). What reaches beyond an edge is drawn to it; a span without
    both days has its title and marks alone. `today` is a line from top to bottom.
    """
    length = max((last - first).days + 1, 1)

    def x(day: dt.date) -> float:
        return min(max(100 * (day - first).days / length, 0.0), 100.0)

    shapes = ""
    for place, (start, name) in enumerate(quarters):
        shapes += upright("c-grid", x(start), "0", "100%")
        cls = "c-t c-alt" if place % 2 else "c-t"
        shapes += f'<text class="{cls}" x="{_at(x(start))}%" y="14" dx="4">{_text(name)}</text>'
    if today is not None and first <= today <= last:
        shapes += upright("c-now", x(today), str(HEAD - 8), "100%")
    for place, span in enumerate(spans):
        shapes += _span(span, HEAD + place * ROW, x)
    height = HEAD + len(spans) * ROW + 4
    whole = image("gantt", label, shapes)
    return SafeString(whole.replace("<svg ", f'<svg height="{height}" ', 1))


def _span(span: Span, top: int, x: Callable[[dt.date], float]) -> str:
    shapes = f'<text class="g-t" x="0" y="{top + 15}">{_text(span.title)}</text>'
    if span.start and span.end:
        left, right = x(span.start), x(span.end + dt.timedelta(days=1))
        right = max(right, min(left + 0.8, 100))
        done = left + (right - left) * span.percent / 100
        shapes += _bar("g-all", left, right, top) + _bar(span.kind, left, done, top)
    for day, reached in span.marks:
        shapes += (
            f'<svg class="g-mark" x="{_at(x(day))}%" y="{top + 27}" overflow="visible">'
            f'<path class="{"g-done" if reached else "g-open"}" d="M0-6L6 0L0 6L-6 0Z"/></svg>'
        )
    return shapes


def _bar(cls: str, left: float, right: float, top: int) -> str:
    if right <= left:
        return ""
    return (
        f'<rect class="{_text(cls)}" x="{_at(left)}%" y="{top + 22}"'
        f' width="{_at(right - left)}%" height="10" rx="2"/>'
    )


PLANS = {"scatter": scatter, "schedule": schedule}
