"""What the simple model of approval is made of: roles, working hours, words, prices, requests.

`Refused` is any refusal. Amounts count the smallest unit of their currency (cents, yen, fils),
times are minutes since the Monday on which a history begins, 00:00 at the company's; Saturdays
and Sundays are not worked. Day 0 is that Monday.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

UP = ["cto", "finance", "executive", "board"]
ASKS_FOR = {
    "cto_recommends": "executive",
    "executive_decides": "executive",
    "board_decides": "board",
}
COUNTED = ("submitted", "changes_requested", "approved", "ordered", "closed")
DAY = 24 * 60
SPLITTING = EXPIRES = 30 * DAY
RATIFY_HOURS = 5 * 24
DECIMALS = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}
MONTHS = {"month": 1, "quarter": 3, "year": 12}
RATE_DAYS = 31


class Refused(Exception):
    """The rules say no; nothing changes."""


def height(role: str) -> int:
    """How high on the ladder; -1 below it."""
    return UP.index(role) if role in UP else -1


def working(start: int, hours: int) -> int:
    """`hours` of working days after `start`, walked through hour by hour."""
    now, left = start, hours * 60
    while left > 0:
        if now // DAY % 7 in (5, 6):
            now = (now // DAY + 1) * DAY
            continue
        step = min(60 - now % 60, left)
        now, left = now + step, left - step
    return now


@dataclass
class Word:
    """What was said at a step of the present round: whose word, by whom, and as what (`own`,
    `delegation`, `coverage`, `escalation`); carried over from an earlier step, or said by somebody
    to whom the late step was passed."""

    step: int
    whose: int
    by: int
    vote: str
    carried: bool = False
    passed: bool = False
    how: str = "own"


@dataclass(frozen=True)
class Price:
    """What it costs, in its own currency: once, again and again, and what could be added."""

    currency: str
    once: int
    again: int = 0
    every: str = "month"
    months: int | None = None
    options: int = 0

    def total(self) -> int:
        """Every payment that begins within the term; a year of them where it has no end."""
        payments = range(0, 12 if self.months is None else self.months, MONTHS[self.every])
        return self.once + sum(self.again for _ in payments) + self.options


@dataclass
class Absence:
    """Somebody is away from the first to the last day; `deputy` covers."""

    person: int
    first: int
    last: int
    deputy: int | None
    ended: int | None = None


@dataclass
class Ask:
    """A request."""

    requester: int
    price: Price
    vendor: str
    uses_line: bool
    rate: Fraction | None = None
    rate_day: int | None = None
    rate_for: str = ""
    status: str = "draft"
    sent_at: int | None = None
    order: int | None = None
    tier: int | None = None
    sent_amount: int | None = None
    sent_vendor: str | None = None
    rules: Any = None
    own_allowed: bool = False
    steps: list[dict[str, Any]] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    rounds: int = 0
    open_money: int = 0
    paid: int = 0
    excepted: int = 0
    expires: int | None = None
    own: bool = False
    bypassed_by: int | None = None
    ratify_by: int = 0
    ratified: bool = False
    flagged: bool = False
