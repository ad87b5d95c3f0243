"""Charts drawn on the server as SVG, without inline style or script.

The outer `<svg>` has no viewBox, so that text keeps its size at every width: positions are
percentages. Curves sit in a nested `<svg>` that stretches, with strokes that do not. Colours come
from classes in `charts.css`. A missing value (None, or no finite number) breaks the line; it is
never drawn as zero. Each chart is one image named by a sentence, its values are to stand in a
table on the same page.
"""

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

Value = int | float | Decimal | None
Values = Sequence[Value]

EMPTY_WORD = "–"


class Point(NamedTuple):
    """A place in percent of the plot, from its top left."""

    x: float
    y: float


def _numbers(values: Iterable[Value]) -> list[float | None]:
    """Return floats, with None for whatever is missing or no finite number."""
    return [_number(value) for value in values]


def _number(value: Value) -> float | None:
    if value is None:
        return None
    try:
        result = float(value)
    except (OverflowError, ValueError):  # too large an integer, a signaling NaN
        return None
    if not math.isfinite(result) or abs(result) > 1e300:
        return None
    return result if abs(result) > 1e-200 else 0.0


def _at(percent: float) -> str:
    """Write a position; whatever lies outside the plot is drawn at its edge."""
    text = f"{min(max(percent, 0.0), 100.0):.2f}".rstrip("0").rstrip(".")
    return text or "0"


def _share(value: float, lo: float, hi: float) -> float:
    """Return the height of `value` in percent of the way from `lo` to `hi`, kept within 0-100."""
    return min(max(100 * ((value - lo) / (hi - lo)), 0.0), 100.0) if hi > lo else 50.0


def _y(value: float, lo: float, hi: float) -> float:
    return 100 - _share(value, lo, hi)


def _points(values: list[float | None], lo: float, hi: float, slots: int) -> list[Point | None]:
    """Place the values from the left edge to the right; a single one stands in the middle."""
    last = slots - 1
    return [
        None if v is None else Point(100 * i / last if last > 0 else 50.0, _y(v, lo, hi))
        for i, v in enumerate(values)
    ]


def _runs(points: Sequence[Point | None]) -> list[list[Point]]:
    """Split at the gaps."""
    runs: list[list[Point]] = [[]]
    for point in points:
        if point is not None:
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _path(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{_at(p.x)} {_at(p.y)}" for p in points)


def _curve(points: Sequence[Point | None], cls: str = "c-line") -> str:
    """Draw each run of values as a line; a value alone between gaps becomes a short dash."""
    parts = []
    for run in _runs(points):
        if len(run) == 1:
            x, y = run[0]
            run = [Point(max(x - 0.4, 0), y), Point(min(x + 0.4, 100), y)]
        parts.append(_path(run))
    return f'<path class="{cls}" d="{"".join(parts)}"/>' if parts else ""


def _stretched(shapes: str) -> str:
    return (
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none" width="100%" height="100%"'
        f' class="c-fit">{shapes}</svg>'
    )


def image(cls: str, label: str, shapes: str) -> SafeString:
    """Close the chart; every text in `shapes` has been escaped where it was written."""
    return mark_safe(  # noqa: S308
        f'<svg class="{cls}" role="img" aria-label="{_text(label)}" focusable="false">'
        f"{shapes}</svg>"
    )


def _rect(cls: str, left: float, right: float, top: float = 0, bottom: float = 100) -> str:
    name = f' class="{_text(cls)}"' if cls else ""
    return (
        f'<rect{name} x="{_at(left)}%" y="{_at(top)}%"'
        f' width="{_at(right - left)}%" height="{_at(bottom - top)}%"/>'
    )


def upright(cls: str, x: float, top: str, bottom: str) -> str:
    return f'<line class="{_text(cls)}" x1="{_at(x)}%" x2="{_at(x)}%" y1="{top}" y2="{bottom}"/>'


def _word(cls: str, x: float, y: float, words: object, shift: str) -> str:
    """Write beside a place; `shift` is dx and dy in pixels."""
    return f'<text class="{cls}" x="{_at(x)}%" y="{_at(y)}%" {shift}>{_text(words)}</text>'


def _text(words: object) -> str:
    """Escape, and drop the control characters that XML does not know."""
    kept = "".join(c for c in str(words) if c in "\t\n\r" or c.isprintable() or c == "\u00a0")
    return str(escape(kept))


def nice_ticks(lo: Value, hi: Value, count: int = 5) -> list[float]:
    """Return about `count` round values that enclose `lo` and `hi`.

    Steps are 1, 2, 2.5 or 5 times a power of ten, so that axes carry round numbers. Equal or
    missing bounds are widened: a constant series still gets an axis with two or more values.
    """
    low, high = _number(lo), _number(hi)
    low = high if low is None else low
    high = low if high is None else high
    if low is None or high is None:
        low, high = 0.0, 1.0
    low, high = min(low, high), max(low, high)
    if high - low <= max(abs(low), abs(high)) * 1e-9:
        room = abs(high) * 0.1 or 1.0
        low, high = (0.0, 1.0) if high == 0 else (low - room, high + room)
    step = _nice_step(high / max(count - 1, 1) - low / max(count - 1, 1))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    digits = max(0, -math.floor(math.log10(step)) + 1)
    return [round(i * step, min(digits, 300)) + 0.0 for i in range(first, last + 1)]


def _nice_step(raw: float) -> float:
    power = 10.0 ** math.floor(math.log10(raw))
    for factor in (1, 2, 2.5, 5, 10):
        if raw <= factor * power * (1 + 1e-9):
            return factor * power
    return 10 * power


def tick_text(value: float, step: float) -> str:
    """Write an axis value with the decimals its step needs, and a true minus."""
    if abs(step) < 1e-6 or abs(value) >= 1e15:
        return f"{value:.3g}".replace("-", "−")
    digits = 0
    while digits < 6 and abs(step * 10**digits - round(step * 10**digits)) > 1e-6:
        digits += 1
    return f"{value:,.{digits}f}".replace("-", "−")


class Axis(NamedTuple):
    """The lines across a plot, and the class that makes room for their words."""

    shapes: str
    room: str


def _axis(ticks: Sequence[float], lo: float, hi: float, fmt: str) -> Axis:
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
    words = [fmt.replace("{}", tick_text(t, step)) for t in ticks]
    shapes = ""
    for tick, text in zip(ticks, words, strict=True):
        y = _at(_y(tick, lo, hi))
        shapes += (
            f'<line class="c-grid" x1="0" x2="100%" y1="{y}%" y2="{y}%"/>'
            f'<text class="c-t c-y" x="-10" y="{y}%" dy="4">{_text(text)}</text>'
        )
    longest = max(map(len, words), default=0)
    return Axis(shapes, " wide" if longest > 7 else " roomy" if longest > 4 else "")


def _labels(labels: Sequence[str], every: int, *, slotted: bool = False) -> str:
    """Write every n-th label below the plot, counted back from the last, which is always there.

    Every second of those leaves on a phone (`c-alt`). Points reach from edge to edge, `slotted`
    bars stand in the middle of their share.
    """
    last, step = len(labels) - 1, max(every, 1)
    shapes = ""
    for i, text in enumerate(labels):
        if (last - i) % step == 0:
            cls = "c-t c-x c-alt" if (last - i) // step % 2 else "c-t c-x"
            x = 100 * (i + 0.5) / len(labels) if slotted else 100 * i / last if last else 50
            shapes += _word(cls, x, 100, text, 'dy="20"')
    return shapes


def label_step(count: int, most: int = 9) -> int:
    """Return n so that every n-th of `count` labels are at most `most`."""
    return max(1, math.ceil(count / most))


def _bounds(values: Iterable[float | None]) -> tuple[float, float] | None:
    known = [v for v in values if v is not None]
    return (min(known), max(known)) if known else None


def spark(values: Values, label: str, target: Value = None, status: str = "none") -> SafeString:
    """Draw trend and target alone: no axes. The last known point carries the status colour.

    `status` is good, warn, bad or none. Without any value the chart is an empty image whose
    sentence still says what is missing.
    """
    series, goal = _numbers(values), _number(target)
    bounds = _bounds([*series, goal])
    if bounds is None:
        return image("spark", label, "")
    room = (bounds[1] - bounds[0]) * 0.12 or max(abs(bounds[0]) * 0.1, 1.0)
    lo, hi = bounds[0] - room, bounds[1] + room
    points = _points(series, lo, hi, len(series))
    shapes = ""
    if goal is not None:
        y = _at(_y(goal, lo, hi))
        shapes += f'<line class="c-target" x1="0" x2="100%" y1="{y}%" y2="{y}%"/>'
    shapes += _stretched(_curve(points))
    known = [p for p in points if p]
    if known:
        shapes += _dot(known[-1], "c-last", 3, status)
    return image("spark", label, shapes)


def _dot(point: Point, cls: str, radius: int, status: str = "") -> str:
    state = f' data-s="{_text(status)}"' if status else ""
    return f'<circle class="{cls}"{state} cx="{_at(point.x)}%" cy="{_at(point.y)}%" r="{radius}"/>'


def meter(
    parts: Sequence[tuple[Value, str]], label: str, marks: Sequence[tuple[Value, str]] = ()
) -> SafeString:
    """Draw parts of a whole as one bar, with marks such as the pace (`m-pace`).

    `parts` and `marks` are (percent, class). Parts lie end to end and stop at the end of the bar.
    """
    shapes, x = "", 0.0
    for value, cls in parts:
        width = min(max(_number(value) or 0.0, 0.0), 100.0 - x)
        if width > 0:
            shapes += _rect(cls, x, x + width)
        x += width
    for value, cls in marks:
        place = _number(value)
        if place is not None:
            shapes += upright(cls, place, "-3", "100%")
    return image("meter", label, shapes)


def line(
    values: Values,
    labels: Sequence[str],
    label: str,
    *,
    target: Values | None = None,
    direction: str = "",
    band: tuple[Value, Value] | None = None,
    notes: Sequence[tuple[int, str]] = (),
    tips: Sequence[str] | None = None,
    ticks: Sequence[float] | None = None,
    every: int = 0,
    fmt: str = "{}",
    end_label: str = "",
    target_label: str = "",
    status: str = "",
    from_zero: bool = False,
) -> SafeString:
    """Draw values over time with a target that may change, and lettered annotations.

    `target` has one value a place and is drawn as steps; the area on its good side is shaded when
    `direction` is higher or lower, `band` = (from, to) shades what lies between. `notes` are
    (index, letter), explained by the page below. `tips` are shown on hover, one a place. `fmt`
    writes an axis value, as in "{}%". The axis does not start at zero unless `from_zero`.
    """
    series = _numbers(values)
    goals = _numbers(target or [])
    edges = _numbers(band or ())
    bounds = _bounds([*series, *goals, *edges, 0.0 if from_zero else None])
    lines = list(ticks) if ticks else nice_ticks(*(bounds or (None, None)))
    lo, hi = min(lines), max(lines)
    slots = max(len(series), len(labels))
    points = _points(series, lo, hi, slots)
    shapes = ""
    if len(edges) == 2 and edges[0] is not None and edges[1] is not None:
        shapes += _band(edges[0], edges[1], lo, hi)
    axis = _axis(lines, lo, hi, fmt)
    shapes += axis.shapes + _labels(labels, every or label_step(len(labels)))
    shapes += _stretched(_target(goals, lo, hi, slots, direction) + _curve(points))
    known = [p for p in points if p]
    if known:
        shapes += _dot(known[-1], "c-last", 4, status)
    for index, letter in notes:
        place = points[index] if 0 <= index < len(points) else None
        if place:
            shapes += _note(place, letter)
    if known and end_label:
        shapes += _end_text("c-tip", known[-1], -10, end_label)
    final = next((g for g in reversed(goals) if g is not None), None)
    if final is not None and target_label:
        shapes += _end_text("c-t c-good", Point(100, _y(final, lo, hi)), 16, target_label)
    if tips:
        shapes += _tips(points, tips, slots)
    return image(f"chart{axis.room}", label, shapes)


def _band(start: float, end: float, lo: float, hi: float) -> str:
    top, bottom = _y(max(start, end), lo, hi), _y(min(start, end), lo, hi)
    return _rect("c-band", 0, 100, top, bottom)


def _target(goals: list[float | None], lo: float, hi: float, slots: int, direction: str) -> str:
    """Draw the target as steps half-way between two places, broken where there was none."""
    shaded = {"lower": 100, "higher": 0}.get(direction)
    last = max(slots - 1, 1)
    shapes, start, i = "", 0.0, 0
    while i < len(goals):
        j = i
        while j + 1 < len(goals) and goals[j + 1] == goals[i]:
            j += 1
        end = 100.0 if j >= slots - 1 else 100 * (j + 0.5) / last
        goal = goals[i]
        if goal is not None:
            y = _at(_y(goal, lo, hi))
            left, right = _at(start), _at(end)
            if shaded is not None:
                shapes += f'<path class="c-band" d="M{left} {y}H{right}V{shaded}H{left}Z"/>'
            before = goals[i - 1] if i else None
            rise = "" if before is None else f"{_at(_y(before, lo, hi))}V"
            shapes += f'<path class="c-target" d="M{left} {rise}{y}H{right}"/>'
        start, i = end, j + 1
    return shapes


def _note(point: Point, letter: str) -> str:
    x, y = _at(point.x), _at(point.y)
    return (
        f"{upright('c-note', point.x, '-2', f'{y}%')}{_dot(point, 'c-pt', 4)}"
        f'<circle class="c-flag" cx="{x}%" cy="-10" r="10"/>'
        f'<text class="c-flag-t" x="{x}%" y="-10" dy="4">{_text(letter)}</text>'
    )


def _end_text(cls: str, point: Point, dy: int, words: str) -> str:
    """Write beside the end of a line, inwards where the edge of the plot is near."""
    side = "c-end" if point.x > 70 else "c-x"
    return _word(f"{cls} {side}", point.x, point.y, words, f'dy="{dy}"')


def _tips(points: Sequence[Point | None], tips: Sequence[str], slots: int) -> str:
    """Draw a column for each value, whose words show while the mouse is over it."""
    width = 100 / max(slots - 1, 1)
    shapes = ""
    for point, tip in zip(points, tips, strict=False):
        if point is None or not tip:
            continue
        side, dx = ("c-tip c-end", -10) if point.x > 70 else ("c-tip", 10)
        column = _rect("", max(0.0, point.x - width / 2), min(100.0, point.x + width / 2))
        cursor = upright("c-cursor", point.x, "0", "100%") + _dot(point, "c-pt", 4)
        words = _word(side, point.x, 100, tip, f'dx="{dx}" dy="-10"')
        shapes += f'<g class="c-hit">{column}{cursor}{words}</g>'
    return shapes


def bars(
    values: Values,
    labels: Sequence[str],
    label: str,
    *,
    texts: Sequence[str] | None = None,
    classes: Sequence[str] | None = None,
    ticks: Sequence[float] | None = None,
    base: float = 0.0,
    fmt: str = "{}",
) -> SafeString:
    """Draw amounts side by side from `base`, which is zero (1 for survey means).

    `texts` stand on the bars, the values themselves if not given; a missing value shows a dash.
    Of more than 12 bars only some carry words. Values below the base hang down from it.
    """
    series = _numbers(values)
    bounds = _bounds([*series, base]) or (base, base)
    lines = list(ticks) if ticks else nice_ticks(*bounds, count=4)
    lo, hi = min([*lines, base]), max([*lines, base])
    axis = _axis(lines, lo, hi, fmt)
    every = label_step(len(series), 12)
    names = [str(name) for name in labels[: len(series)]]
    names += [""] * (len(series) - len(names))
    shapes = axis.shapes + _labels(names, every, slotted=True)
    slot = 100 / max(len(series), 1)
    for i, value in enumerate(series):
        middle, ground = slot * (i + 0.5), _y(base, lo, hi)
        top = ground
        if value is not None:
            top, bottom = sorted((_y(value, lo, hi), ground))
            cls = classes[i] if classes and i < len(classes) else "b-data"
            half = slot * 0.31
            shapes += _rect(cls, middle - half, middle + half, top, bottom)
        if (len(series) - 1 - i) % every:
            continue  # no room for words on each of many bars
        words = EMPTY_WORD if value is None else _bar_text(texts, i, values[i])
        shapes += _word("c-t c-x c-v", middle, top, words, 'dy="-6"')
    return image(f"chart short{axis.room}", label, shapes)


def _bar_text(texts: Sequence[str] | None, index: int, value: Value) -> str:
    if texts and index < len(texts):
        return texts[index]
    return str(value).replace("-", "−")


def burnup(
    done: Values,
    scope: Values,
    labels: Sequence[str],
    label: str,
    *,
    plan: Values | None = None,
    ticks: Sequence[float] | None = None,
    every: int = 0,
    fmt: str = "{}",
) -> SafeString:
    """Draw work done against a scope that may grow, with the plan as a dashed line; from zero.

    `done` may be shorter than `scope`: it ends today.
    """
    got, whole, planned = _numbers(done), _numbers(scope), _numbers(plan or ())
    bounds = _bounds([*got, *whole, *planned, 0.0]) or (0.0, 0.0)
    lines = list(ticks) if ticks else nice_ticks(*bounds, count=3)
    lo, hi = min(lines), max(lines)
    slots = max(len(got), len(whole), len(planned), len(labels))
    points = _points(got, lo, hi, slots)
    area = "".join(
        f'<path class="c-area" d="{_path(run)}L{_at(run[-1].x)} 100L{_at(run[0].x)} 100Z"/>'
        for run in _runs(points)
        if len(run) > 1
    )
    axis = _axis(lines, lo, hi, fmt)
    shapes = axis.shapes + _labels(labels, every or label_step(len(labels), 7))
    shapes += _stretched(
        area
        + _curve(_points(planned, lo, hi, slots), "c-plan")
        + _curve(_points(whole, lo, hi, slots), "c-scope")
        + _curve(points)
    )
    known = [p for p in points if p]
    if known:
        shapes += _dot(known[-1], "c-last", 4)
    return image(f"chart short{axis.room}", label, shapes)


CHARTS = {
    "spark": spark,
    "meter": meter,
    "line": line,
    "bars": bars,
    "burnup": burnup,
}
