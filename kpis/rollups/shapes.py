"""How each aggregation is computed: from raw rows, from shorter periods, and to its one value.

Only the columns that an aggregation needs are computed: `last` makes the grouping three times as
dear, exact percentiles as well. `total`, `weight`… compose exactly, so weeks and months come from
days, quarters and years from months; percentiles do not compose and always come from raw.
"""

from dataclasses import dataclass

from kpis.models import Aggregation

# column: (from measurements m, from shorter rollups r)
_PARTS = {
    "n": ("count(*)", "sum(r.n)::bigint"),
    "total": ("sum(m.value)", "sum(r.total)"),
    "weight": ("sum(coalesce(m.weight, 1))", "sum(r.weight)"),
    "weighted": ("sum(m.value * coalesce(m.weight, 1))", "sum(r.weighted)"),
    "numerator": ("sum(m.numerator)", "sum(r.numerator)"),
    "denominator": ("sum(m.denominator)", "sum(r.denominator)"),
    "minimum": ("min(m.value)", "min(r.minimum)"),
    "maximum": ("max(m.value)", "max(r.maximum)"),
    "last_value": (
        "(array_agg(m.value order by m.observed_at desc, m.id desc))[1]",
        "(array_agg(r.last_value order by r.last_at desc))[1]",
    ),
    "last_at": ("max(m.observed_at)", "max(r.last_at)"),
    "sorted": ("array_agg(m.value order by m.value)", ""),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One way of computing; `value` is SQL over the named parts."""

    parts: tuple[str, ...]
    value: str
    composes: bool = True

    def columns(self) -> str:
        """The list of columns of `insert into kpis_rollup`, after key and period."""
        return ", ".join(("value", *(part for part in self.parts if part != "sorted")))

    def from_raw(self) -> str:
        """The select list of the parts, grouping measurements `m`."""
        return ", ".join(f"{_PARTS[part][0]} as {part}" for part in self.parts)

    def from_rollups(self) -> str:
        """The select list of the parts, grouping shorter rollups `r`."""
        return ", ".join(f"{_PARTS[part][1]} as {part}" for part in self.parts)

    def figures(self) -> str:
        """The select list that turns the parts `g` into a rollup's columns, in `columns` order."""
        kept = (f"g.{part}" for part in self.parts if part != "sorted")
        return ", ".join((self.value, *kept))


_RANGE = ("minimum", "maximum", "last_at")

SHAPES: dict[str, Shape] = {
    Aggregation.SUM: Shape(("n", "total", *_RANGE), "trim_scale(g.total)"),
    Aggregation.MEAN: Shape(("n", "total", *_RANGE), "bowline.quotient(g.total, g.n)"),
    Aggregation.WEIGHTED_MEAN: Shape(
        ("n", "weight", "weighted", *_RANGE), "bowline.quotient(g.weighted, g.weight)"
    ),
    Aggregation.MIN: Shape(("n", *_RANGE), "trim_scale(g.minimum)"),
    Aggregation.MAX: Shape(("n", *_RANGE), "trim_scale(g.maximum)"),
    Aggregation.LAST: Shape(("n", "last_value", *_RANGE), "trim_scale(g.last_value)"),
    Aggregation.RATIO: Shape(
        ("n", "numerator", "denominator", "last_at"),
        "bowline.quotient(g.numerator, g.denominator)",
    ),
    Aggregation.P50: Shape(
        ("n", "sorted", *_RANGE), "bowline.percentile(g.sorted, 0.5)", composes=False
    ),
    Aggregation.P95: Shape(
        ("n", "sorted", *_RANGE), "bowline.percentile(g.sorted, 0.95)", composes=False
    ),
    Aggregation.COUNT: Shape(("n", *_RANGE), "g.n"),
}
