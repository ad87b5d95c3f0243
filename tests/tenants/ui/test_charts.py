"""Charts: whatever the numbers, well-formed, inside the plot, and honest about gaps."""

import math
import re
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.ui import charts

VALUE = st.one_of(
    st.none(),
    st.floats(),  # with NaN and infinities
    st.integers(min_value=-(10**400), max_value=10**400),
    st.decimals(allow_nan=True, allow_infinity=True, places=None),
)
SERIES = st.lists(VALUE, max_size=30)
WORDS = st.text(max_size=20)
TAGS = {"line", "rect", "circle", "text", "path", "svg", "g"}


def parse(svg: str) -> ElementTree.Element:
    """Read the chart as XML; raises when it is not well-formed."""
    return ElementTree.fromstring(svg)  # noqa: S314


def check_places(root: ElementTree.Element) -> None:
    """Every percentage and every point of every curve lies within the plot, and none is NaN."""
    for element in root.iter():
        assert element.tag in TAGS
        assert "style" not in element.attrib
        for name, value in element.attrib.items():
            if name in {"x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height"} and (
                value.endswith("%")
            ):
                assert 0 <= float(value[:-1]) <= 100
        for number in re.findall(r"[-\d.]+", element.get("d", "")):
            assert 0 <= float(number) <= 100
        assert "nan" not in element.get("d", "")


@given(SERIES, VALUE, WORDS)
def test_spark_any_values_stays_inside(values: list, target: object, label: str) -> None:
    root = parse(charts.spark(values, label, target))
    check_places(root)
    assert root.get("role") == "img"


@given(SERIES, st.lists(WORDS, max_size=30), WORDS, SERIES, st.data())
def test_line_any_values_stays_inside(
    values: list, labels: list[str], label: str, target: list, data: st.DataObject
) -> None:
    svg = charts.line(
        values,
        labels,
        label,
        target=target,
        direction=data.draw(st.sampled_from(["lower", "higher", "target", ""])),
        band=data.draw(st.one_of(st.none(), st.tuples(VALUE, VALUE))),
        notes=data.draw(st.lists(st.tuples(st.integers(-5, 40), WORDS), max_size=3)),
        tips=data.draw(st.one_of(st.none(), st.lists(WORDS, max_size=30))),
        end_label=data.draw(WORDS),
        target_label=data.draw(WORDS),
        from_zero=data.draw(st.booleans()),
    )
    check_places(parse(svg))


@given(SERIES, st.lists(WORDS, max_size=30), WORDS, st.sampled_from([0.0, 1.0]))
def test_bars_any_values_stay_inside(
    values: list, labels: list[str], label: str, base: float
) -> None:
    check_places(parse(charts.bars(values, labels, label, base=base)))


@given(SERIES, SERIES, SERIES, st.lists(WORDS, max_size=30), WORDS)
def test_burnup_any_values_stays_inside(
    done: list, scope: list, plan: list, labels: list[str], label: str
) -> None:
    check_places(parse(charts.burnup(done, scope, labels, label, plan=plan)))


@given(st.lists(st.tuples(VALUE, WORDS), max_size=6), st.lists(st.tuples(VALUE, WORDS), max_size=3))
def test_meter_any_parts_never_passes_the_end(parts: list, marks: list) -> None:
    root = parse(charts.meter(parts, "Used", marks))
    check_places(root)
    widths = [float(rect.attrib["width"][:-1]) for rect in root.iter("rect")]
    assert sum(widths) <= 100.1


@given(VALUE, VALUE, st.integers(2, 12))
def test_nice_ticks_any_bounds_enclose_them(lo: object, hi: object, count: int) -> None:
    ticks = charts.nice_ticks(lo, hi, count)
    assert 2 <= len(ticks) <= 3 * count + 3
    assert all(math.isfinite(tick) for tick in ticks)
    assert ticks == sorted(set(ticks))
    for bound in (charts._number(lo), charts._number(hi)):
        if bound is not None:
            room = max(abs(bound), ticks[1] - ticks[0]) * 1e-6
            assert ticks[0] - room <= bound <= ticks[-1] + room


@pytest.mark.parametrize(
    ("lo", "hi", "count", "ticks"),
    [
        (4.2, 9.6, 5, [4, 6, 8, 10]),
        (0, 19.5, 4, [0, 10, 20]),
        (0, 100, 5, [0, 25, 50, 75, 100]),
        (99.91, 99.96, 5, [99.9, 99.92, 99.94, 99.96]),
        (-3, 3, 5, [-4, -2, 0, 2, 4]),
        (0, 0, 5, [0, 0.25, 0.5, 0.75, 1]),
        (None, None, 5, [0, 0.25, 0.5, 0.75, 1]),
        (7, None, 3, [6, 7, 8]),
    ],
)
def test_nice_ticks_known_bounds_are_round(
    lo: object, hi: object, count: int, ticks: list[float]
) -> None:
    assert charts.nice_ticks(lo, hi, count) == pytest.approx(ticks)


def curves(svg: str, cls: str = "c-line") -> list[str]:
    """The subpaths of the curve of a class."""
    found = [e for e in parse(svg).iter("path") if e.get("class") == cls]
    return [run for path in found for run in path.attrib["d"].split("M") if run]


def test_line_missing_value_breaks_the_line() -> None:
    assert len(curves(charts.line([1, 2, None, 3, 4], list("abcde"), "Gap"))) == 2
    assert len(curves(charts.line([1, 2, 2.5, 3, 4], list("abcde"), "No gap"))) == 1


def test_line_missing_value_is_not_zero() -> None:
    runs = curves(charts.line([50, None, 52], list("abc"), "Gap", ticks=[0, 100]))
    heights = {point.split()[1] for run in runs for point in run.split("L")}
    assert heights == {"50", "48"}


def test_spark_last_value_missing_marks_the_last_known() -> None:
    dots = list(parse(charts.spark([1, 2, None], "Spark", status="good")).iter("circle"))
    assert [(dot.get("cx"), dot.get("data-s")) for dot in dots] == [("50%", "good")]


@pytest.mark.parametrize("values", [[], [None, None], [float("nan")]])
def test_charts_nothing_known_draw_no_data(values: list) -> None:
    for svg in (
        charts.spark(values, "Empty"),
        charts.line(values, ["a"], "Empty"),
        charts.burnup(values, [], [], "Empty"),
    ):
        assert curves(svg) == []
        assert list(parse(svg).iter("circle")) == []
    assert list(parse(charts.bars(values, [], "Empty")).iter("rect")) == []


def test_line_single_value_stands_in_the_middle() -> None:
    (dot,) = parse(charts.line([6.2], ["W42"], "One")).iter("circle")
    assert dot.get("cx") == "50%"


def test_line_constant_series_is_level_inside_the_plot() -> None:
    (run,) = curves(charts.line([5, 5, 5], list("abc"), "Level"))
    heights = {point.split()[1] for point in run.split("L")}
    assert len(heights) == 1
    assert 0 < float(heights.pop()) < 100


def test_bars_all_zero_have_no_height() -> None:
    rects = list(parse(charts.bars([0, 0], ["a", "b"], "Zeros")).iter("rect"))
    assert [rect.get("height") for rect in rects] == ["0%", "0%"]


def test_bars_missing_value_shows_a_dash_without_a_bar() -> None:
    root = parse(charts.bars([3, None], ["a", "b"], "Gap"))
    assert len(list(root.iter("rect"))) == 1
    assert [t.text for t in root.iter("text") if "c-v" in t.attrib["class"]] == ["3", "–"]


def test_bars_many_keep_every_bar_and_some_words() -> None:
    root = parse(charts.bars([5] * 30, [f"D{n}" for n in range(30)], "Month"))
    assert len(list(root.iter("rect"))) == 30
    shown = [t.text for t in root.iter("text") if t.attrib["class"].startswith("c-t c-x")]
    assert [word for word in shown if word != "5"][-2:] == ["D26", "D29"]
    assert shown.count("5") == 10


def test_bars_negative_value_hangs_from_zero() -> None:
    root = parse(charts.bars([-10, 10], ["a", "b"], "Both", ticks=[-10, 0, 10]))
    down, up = ((r.get("y"), r.get("height")) for r in root.iter("rect"))
    assert down == ("50%", "50%")
    assert up == ("0%", "50%")


def test_line_changed_target_is_drawn_as_steps() -> None:
    svg = charts.line([9, 8, 7], list("abc"), "Steps", target=[6, 6, 5], direction="lower")
    assert len(curves(svg, "c-target")) == 2
    assert len(curves(svg, "c-band")) == 2
    assert all("V100" in band for band in curves(svg, "c-band"))


def test_line_target_from_the_middle_leaves_the_start_without() -> None:
    (step,) = curves(
        charts.line([9, 8, 7], list("abc"), "Steps", target=[None, None, 5]), "c-target"
    )
    assert step.startswith("75 ")


def test_line_note_outside_or_at_a_gap_is_left_out() -> None:
    svg = charts.line([1, None, 3], list("abc"), "Notes", notes=[(1, "A"), (9, "B"), (2, "C")])
    flags = [t.text for t in parse(svg).iter("text") if t.get("class") == "c-flag-t"]
    assert flags == ["C"]


def test_line_hover_tips_stand_on_known_values_alone() -> None:
    svg = charts.line([1, None, 3], list("abc"), "Tips", tips=["one", "none", "three"])
    tips = [t.text for t in parse(svg).iter("text") if "c-tip" in t.attrib["class"]]
    assert tips == ["one", "three"]


def test_charts_words_are_escaped() -> None:
    evil = '"><script>alert(1)</script>'
    for svg in (
        charts.spark([1], evil, status=evil),
        charts.line([1], [evil], evil, tips=[evil], notes=[(0, evil)], end_label=evil, fmt=evil),
        charts.bars([1], [evil], evil, texts=[evil], classes=[evil]),
        charts.burnup([1], [1], [evil], evil),
        charts.meter([(1, evil)], evil, [(1, evil)]),
    ):
        assert "<script" not in svg
        assert parse(svg).get("aria-label") == evil


def test_charts_decimal_and_float_draw_the_same() -> None:
    assert charts.spark([Decimal("1.5"), Decimal(2)], "x") == charts.spark([1.5, 2.0], "x")


def test_line_labels_count_back_from_the_last() -> None:
    svg = charts.line([1] * 26, [f"W{n}" for n in range(17, 43)], "Weeks", every=3)
    shown = [t.text for t in parse(svg).iter("text") if "c-x" in t.attrib["class"]]
    assert shown == ["W18", "W21", "W24", "W27", "W30", "W33", "W36", "W39", "W42"]


@pytest.mark.parametrize(
    ("value", "step", "text"),
    [(1200, 200, "1,200"), (-4, 2, "−4"), (99.92, 0.02, "99.92"), (2.5, 2.5, "2.5"), (0, 1, "0")],
)
def test_tick_text_has_the_decimals_of_its_step(value: float, step: float, text: str) -> None:
    assert charts.tick_text(value, step) == text
