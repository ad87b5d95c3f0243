"""A week as one reader sees it across companies: days, what is due on them, minutes logged."""

import datetime as dt
import re
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils import timezone

from reviews.figures import NextUpdate
from reviews.weeks import place_name
from tenants.errors import Invalid
from tenants.models import Tenant
from tenants.ui.formats import clock, day, duration

_WEEK = re.compile(r"^(\d{4})-W(\d{2})$")
_WORKWEEK = 5
_ONE = dt.timedelta(days=1)


@dataclass(frozen=True)
class Week:
    """The seven days from `monday`; `today` is the reader's."""

    monday: dt.date
    today: dt.date

    @classmethod
    def parse(cls, text: str, today: dt.date) -> "Week":
        """The ISO week `2026-W42`, the current one for an empty text; raises Invalid."""
        if not text:
            return cls(today - today.weekday() * _ONE, today)
        match = _WEEK.match(text)
        try:
            year, number = (int(part) for part in match.groups()) if match else (0, 0)
            return cls(dt.date.fromisocalendar(year, number, 1), today)
        except (ValueError, OverflowError):
            raise Invalid({"week": "Write the week as a year and its number: 2026-W42."}) from None

    @property
    def days(self) -> list[dt.date]:
        return [self.monday + n * _ONE for n in range(7)]

    @property
    def sunday(self) -> dt.date:
        return self.monday + 6 * _ONE

    @property
    def number(self) -> int:
        return self.monday.isocalendar().week

    @property
    def is_current(self) -> bool:
        return self.monday <= self.today <= self.sunday

    @property
    def before(self) -> "Week":
        return Week(self.monday - 7 * _ONE, self.today)

    @property
    def after(self) -> "Week":
        return Week(self.monday + 7 * _ONE, self.today)

    @property
    def address(self) -> str:
        """What names it in an address; empty for the current one."""
        year, number, _ = self.monday.isocalendar()
        return "" if self.is_current else f"?week={year}-W{number:02d}"


@dataclass(frozen=True)
class Slot:
    """Something that lies on a day: `state` is done, due or late."""

    kind: str
    at: dt.datetime
    state: str
    words: str
    href: str

    @property
    def date(self) -> dt.date:
        """The day it lies on, in the reader's zone."""
        return timezone.localtime(self.at).date()


@dataclass(frozen=True)
class Day:
    """One day of one company: the reader's minutes on that date, and what lies on it."""

    date: dt.date
    minutes: int
    slots: tuple[Slot, ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        return not self.minutes and not self.slots


def days_of(week: Week, minutes: dict[dt.date, int], slots: list[Slot]) -> tuple[Day, ...]:
    """The seven days of a company's line."""
    return tuple(
        Day(
            date,
            minutes.get(date, 0),
            tuple(sorted((s for s in slots if s.date == date), key=lambda slot: slot.at)),
        )
        for date in week.days
    )


def shown_days(lines: list[tuple[Day, ...]]) -> int:
    """How many days to show: the weekend only where something lies on it."""
    used = [place for line in lines for place, each in enumerate(line, 1) if not each.is_empty]
    return max([_WORKWEEK, *used])


def update_slot(due: NextUpdate | None, *, company: Tenant, slug: str, writes: bool) -> Slot | None:
    """The weekly update on the day it was sent or is due; `writes`: by the reader."""
    if due is None:
        return None
    page = "update_edit" if writes and not due.sent else "update_detail"
    href = reverse(page, kwargs={"slug": slug, "week_start": due.week_start})
    if due.update is not None and due.update.submitted_at is not None:
        words = f"Update sent{', late' if due.late else ''}"
        return Slot("update", due.update.submitted_at, "done", words, href)
    if not writes:
        href = reverse("update_list", kwargs={"slug": slug})
    if due.late:
        minutes = (timezone.now() - due.due_at) // dt.timedelta(minutes=1)
        return Slot("update", due.due_at, "late", f"Update late by {_span(minutes)}", href)
    words = "Update due, draft begun" if due.update is not None else "Update due"
    return Slot("update", due.due_at, "due", f"{words}{_elsewhere(due.due_at, company)}", href)


def _span(minutes: int) -> str:
    """The larger part alone: `20 h`, `3 days`."""
    days, rest = divmod(minutes, 24 * 60)
    if days:
        return f"{days} day{'s' if days > 1 else ''}"
    return duration(rest - rest % 60 if rest >= 60 else rest)


def _elsewhere(moment: dt.datetime, company: Tenant) -> str:
    """`, 16:00 Singapore` where the company's clock shows another time than the reader's."""
    there, here = moment.astimezone(company.zone), timezone.localtime(moment)
    if there.utcoffset() == here.utcoffset():
        return ""
    date = f"{day(there.date())}, " if there.date() != here.date() else ""
    return f", {date}{clock(moment, company.zone, named=False)} {place_name(company.time_zone)}"
