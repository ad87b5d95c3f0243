"""One line of typed time: `yesterday 1h30 delivery Telemetry: note`.

    [day] span [category] [initiative:] [note]

- **day**: `today`, `yesterday`, a weekday (`mon`, `friday`: the last one, today included), or a
  date such as `2026-10-12`; today where it is left out.
- **span**: `1h30`, `1h`, `90m`, `45min`, `1:30`, `1.5h`, `1,5` (hours). Never rounded.
- **category**: its name or the beginning of one of its words (`del`, `hiring`); other where the
  word is none.
- **initiative**: what stands before the first `: `; the rest is the note.
"""

import datetime as dt
import re
from dataclasses import dataclass, replace

from engagements.models import FIRST_YEAR, LAST_YEAR, MINUTES_A_DAY, Initiative, TimeEntry
from tenants.errors import Invalid

Category = TimeEntry.Category
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHORTEST = 3  # letters that name a category or a weekday
EXAMPLE = "1h30 delivery Telemetry: what was done"
_H_M = re.compile(r"(\d{1,2})h(?:(\d{1,2})(?:m|min)?)?", re.ASCII | re.IGNORECASE)
_M = re.compile(r"(\d{1,4})(?:m|min|minutes)", re.ASCII | re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)", re.ASCII)
_DECIMAL = re.compile(r"(\d{1,2})(?:[.,](\d{1,2}))?h?", re.ASCII | re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_UNITS = ("h", "hour", "hours", "m", "min", "mins", "minutes")


@dataclass(frozen=True)
class QuickEntry:
    """What a line says."""

    date: dt.date
    minutes: int
    category: str
    initiative: str | None
    note: str


def parse_line(text: str, *, today: dt.date) -> QuickEntry:
    """Read one line; raises Invalid, field `line`, with what it does not understand."""
    words = text.split()
    if not words:
        raise _refused(f"Write a line such as “{EXAMPLE}”.")
    day = _day_of(words[0], today)
    if day is not None:
        words = words[1:]
    minutes, words = _span_of(words)
    category = _category_of(words[0]) if words else None
    if category is not None:
        words = words[1:]
    initiative, note = _split(" ".join(words))
    return QuickEntry(day or today, minutes, category or Category.OTHER, initiative, note)


def linked(entry: QuickEntry) -> QuickEntry:
    """The entry with the id of the initiative whose title it names, else as it is; one query."""
    if not entry.initiative:
        return entry
    named = Initiative.objects.filter(title__iexact=entry.initiative)
    found = named.values_list("pk", flat=True).first()
    return replace(entry, initiative=str(found)) if found else entry


def _refused(words: str) -> Invalid:
    return Invalid({"line": words})


def _day_of(word: str, today: dt.date) -> dt.date | None:
    lowered = word.lower()
    if lowered == "today":
        return today
    if lowered == "yesterday":
        return today - dt.timedelta(days=1)
    if _DATE.fullmatch(word):
        try:
            found = dt.date.fromisoformat(word)
        except ValueError:
            found = None
        if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise _refused(f"There is no date {word}. Write it as {today}.")
        return found
    if len(lowered) >= SHORTEST:
        for number, name in enumerate(WEEKDAYS):
            if name.startswith(lowered):
                return today - dt.timedelta(days=(today.weekday() - number) % 7)
    return None


def _span_of(words: list[str]) -> tuple[int, list[str]]:
    """Whole minutes, and the words behind them; `1 h` and `1 h 30` count as one."""
    if not words:
        raise _refused(f"How long? Write it first, such as “{EXAMPLE}”.")
    text, rest = words[0], words[1:]
    if rest and text.replace(",", ".").replace(".", "", 1).isdigit() and rest[0].lower() in _UNITS:
        text, rest = text + rest[0][0], rest[1:]
    minutes = _minutes(text)
    if minutes is None:
        raise _refused(f"“{words[0]}” is no time. Start with 1h30, 1:30, 1.5h or 90m.")
    if not 1 <= minutes <= MINUTES_A_DAY:
        raise _refused("A day has 24 hours. Give between 1 minute and 24 hours.")
    return minutes, rest


def _minutes(text: str) -> int | None:
    if found := _M.fullmatch(text):
        return int(found[1])
    if found := _CLOCK.fullmatch(text) or _H_M.fullmatch(text):
        minutes = int(found[2] or 0)
        return int(found[1]) * 60 + minutes if minutes < 60 else None
    if found := _DECIMAL.fullmatch(text):
        hundredths = int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))
        if hundredths * 60 % 100:
            raise _refused(f"{text} hours are no whole minutes. Write 1:20 or 80m.")
        return hundredths * 60 // 100
    return None


def _category_of(word: str) -> str | None:
    """The one category that the word names, by its key or the beginning of one of its words."""
    lowered = word.lower().rstrip(",")
    if lowered in Category.values:
        return lowered
    if len(lowered) < SHORTEST:
        return None
    found = [
        category
        for category in Category.values
        if any(part.startswith(lowered) for part in category.split("_") if part != "and")
    ]
    return found[0] if len(found) == 1 else None


def _split(text: str) -> tuple[str | None, str]:
    """(initiative, note) around the first colon that a blank or the end follows."""
    before, colon, after = (f"{text} ").partition(": ")
    if not colon:
        return None, text.strip()
    return before.strip() or None, after.strip()
