"""A statement as CSV: one line a figure, then one an entry and one a correction."""

import csv
import io

from engagements.statements import Content, Shown
from engagements.timesheet import plain_cell

COLUMNS = ["part", "month", "what", "date", "person", "category", "initiative", "note"]
AMOUNTS = ["minutes", "hours", "amount", "currency"]
FIGURES = (
    "granted",
    "rolled_over",
    "used",
    "left",
    "expiring",
    "carried",
    "over",
    "approved_over",
    "unapproved_over",
)


def statement_csv(shown: Shown) -> str:
    """The whole statement; no cell can start a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*COLUMNS, *AMOUNTS])
    content = shown.content
    month, currency = content["month"], content["currency"]
    for name in FIGURES:
        minutes = content[f"{name}_minutes"]
        row = ["figure", month, name, "", "", "", "", ""]
        amount = content["overage_amount"] if name == "approved_over" else ""
        writer.writerow([*row, *_amounts(minutes, amount, currency)])
    for entry in content["entries"]:
        writer.writerow(["entry", month, "", *_entry(entry), *_amounts(entry["minutes"])])
    for item in content["adjustments"]:
        entry = item["after"] or item["before"]
        row = ["adjustment", item["month"], item["kind"]]
        cells = _entry(entry) if entry else ["", "", "", "", ""]
        writer.writerow([*row, *cells, *_amounts(item["change_minutes"], item["amount"], currency)])
    row = ["total", month, "overage and corrections", "", "", "", "", ""]
    writer.writerow([*row, "", "", content["total_amount"], currency])
    return out.getvalue()


def _entry(entry: Content) -> list[str]:
    return [
        entry["date"],
        plain_cell(entry["person"]),
        entry["category"],
        plain_cell(entry["initiative"] or ""),
        plain_cell(entry["note"]),
    ]


def _amounts(minutes: int, amount: str = "", currency: str = "") -> list[str]:
    return [str(minutes), f"{minutes / 60:.2f}", amount, currency if amount else ""]
