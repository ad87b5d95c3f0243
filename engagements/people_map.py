"""The people map as it is drawn, and as CSV."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from engagements.models import Stakeholder
from engagements.timesheet import FORMULA_STARTS
from tenants.ui.formats import initials

STEPS = 5
GAP = 34  # pixels between two people who stand on one spot
COLUMNS = ["name", "department", "job", "member", "influence"]
PRIVATE_COLUMNS = ["attitude", "notes"]


@dataclass(frozen=True)
class Spot:
    """A person as a dot: percent of the map's width and height, and pixels beside that."""

    person: Stakeholder
    x: float
    y: float
    dx: int
    initials: str


def place(people: Iterable[Stakeholder]) -> list[Spot]:
    """Attitude from left to right, influence from bottom to top; who shares a spot stands in a
    row around it."""
    cells: dict[tuple[int, int], list[Stakeholder]] = defaultdict(list)
    for person in people:
        cells[person.support, person.influence].append(person)
    spots = []
    for (support, influence), here in sorted(cells.items()):
        for nth, person in enumerate(here):
            spots.append(
                Spot(
                    person=person,
                    x=(support - 0.5) * 100 / STEPS,
                    y=100 - (influence - 0.5) * 100 / STEPS,
                    dx=round((nth - (len(here) - 1) / 2) * GAP),
                    initials=initials(person.name),
                )
            )
    return spots


def people_csv(people: Iterable[Stakeholder], *, private: bool) -> str:
    """The table; attitude and notes only for those who may read them. Cells that a spreadsheet
    would run as a formula are escaped."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS + (PRIVATE_COLUMNS if private else []))
    for person in people:
        row = [
            person.name,
            person.department,
            person.role,
            person.member.email if person.member else "",
            person.get_influence_display(),
        ]
        if private:
            row += [person.get_support_display(), person.notes]
        writer.writerow([_safe(cell) for cell in row])
    return out.getvalue()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
