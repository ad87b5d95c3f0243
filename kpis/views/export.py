"""Values of a figure as CSV: exact, in the shown unit, safe to open in a spreadsheet."""

import csv
from collections.abc import Iterator
from decimal import Decimal

from kpis import figures
from kpis.figures import Figure
from kpis.models import Kpi
from tenants.audit.export import safe_cell

COLUMNS = (
    "figure", "unit", "period", "first_day", "last_day", "value", "n", "target", "at_risk_value",
    "status", "status_reason", "complete",
)  # fmt: skip


class _Line:
    """A file for csv.writer that keeps nothing: `write` hands the line back."""

    def write(self, line: str) -> str:
        return line


def csv_lines(kpi: Kpi, period: str) -> Iterator[str]:
    """A header, then one line a period with data, oldest first; days are the client's."""
    found = figures.series(kpi=kpi, period=period)
    writer = csv.writer(_Line())

    def lines() -> Iterator[str]:
        yield "\ufeff" + writer.writerow(COLUMNS)  # spreadsheets read UTF-8 by its mark
        for figure in found:
            yield writer.writerow(_cells(kpi, period, figure))

    return lines()


def plain(value: Decimal | None, factor: Decimal = Decimal(1)) -> str:
    """The exact number, never in scientific notation, without zeros behind the last digit."""
    if value is None:
        return ""
    text = f"{value * factor:f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def _cells(kpi: Kpi, period: str, figure: Figure) -> tuple[object, ...]:
    factor = kpi.display_factor
    return (
        safe_cell(kpi.name),
        kpi.unit,
        period,
        figure.period_start,
        figure.period_end,
        plain(figure.value, factor),
        figure.n,
        plain(figure.target, factor),
        plain(figure.at_risk_value, factor),
        figure.status,
        safe_cell(figure.override_reason),
        "yes" if figure.complete else "no",
    )
