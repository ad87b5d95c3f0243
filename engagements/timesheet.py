"""A week of time as the page lays it out, and a month of it as CSV."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engagements.models import TimeEntry
from tenants.models import Tenant
from tenants.weeks import first_day_of_week

ONE_DAY = dt.timedelta(days=1)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
COLUMNS = ["date", "person", "category", "initiative", "note", "minutes", "hours"]


@dataclass(frozen=True)
class Day:
    """One date and the entries of it, in the order they were logged."""

    date: dt.date
    entries: list[TimeEntry]

    @property
    def minutes(self) -> int:
        return sum(entry.minutes for entry in self.entries)


@dataclass(frozen=True)
class Week:
    """Seven days from the day on which the company begins its weeks."""

    start: dt.date
    days: list[Day]

    @property
    def end(self) -> dt.date:
        return self.start + 6 * ONE_DAY

    @property
    def minutes(self) -> int:
        return sum(day.minutes for day in self.days)

    @property
    def by_category(self) -> list[tuple[str, int]]:
        """(category's name, minutes) of every category, in their own order."""
        totals = dict.fromkeys(TimeEntry.Category.values, 0)
        for day in self.days:
            for entry in day.entries:
                totals[entry.category] += entry.minutes
        return [(str(TimeEntry.Category(c).label), minutes) for c, minutes in totals.items()]

    @property
    def by_initiative(self) -> list[tuple[str, int]]:
        """(initiative's name, minutes), the largest first; the name is empty for none."""
        totals: dict[str, int] = {}
        for day in self.days:
            for entry in day.entries:
                name = entry.initiative_name
                totals[name] = totals.get(name, 0) + entry.minutes
        return sorted(totals.items(), key=lambda item: (-item[1], item[0]))

    @property
    def people(self) -> int:
        """How many people logged time in it."""
        return len({entry.member_id for day in self.days for entry in day.entries})


def week_start_of(day: dt.date, tenant: Tenant) -> dt.date:
    """The first day of the company's week that `day` lies in."""
    return first_day_of_week(day, tenant.week_start)


def week_of(entries: Iterable[TimeEntry], start: dt.date) -> Week:
    """The entries of the seven days from `start`, laid out by day."""
    days = {start + n * ONE_DAY: Day(start + n * ONE_DAY, []) for n in range(7)}
    for entry in sorted(entries, key=lambda e: (e.date, e.pk)):
        days[entry.date].entries.append(entry)
    return Week(start, list(days.values()))


def month_csv(entries: Sequence[TimeEntry]) -> str:
    """The entries as CSV with a header, oldest first; no cell can start a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        writer.writerow(
            [
                entry.date.isoformat(),
                plain_cell(entry.member.name),
                entry.category,
                plain_cell(entry.initiative_name),
                plain_cell(entry.note),
                entry.minutes,
                f"{entry.minutes / 60:.2f}",
            ]
        )
    return out.getvalue()


def plain_cell(text: str) -> str:
    """The text as a spreadsheet shows it and never runs it: an apostrophe before a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
