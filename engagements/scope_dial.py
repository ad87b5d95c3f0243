"""The scope dial: what grows, what is used and what is coming, as a suggested scope level.

Seven signals: the five growth signals of a quarter, as people entered them, the burn of the
retainer over that quarter, and the open initiatives of high impact. Each known signal has 0, 1 or 2
points by the bounds in `BOUNDS` (from the first on 1 point, from the second on 2). The suggestion
follows from their mean:

    points ÷ known signals < 2/3: oversight;  < 4/3: moderate;  else intensive

compared as whole numbers (3 × points against 2 × known and 4 × known). A signal that nobody
entered is missing: it has no points and is not counted, and with fewer than four known signals
there is no suggestion. It suggests; people decide.

The cost difference is an estimate: the hours of the engagement's last terms at that level, or
20, 40 and 60 hours a month where it never had any, at the present fee per hour.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from engagements.impact import HIGH, rate
from engagements.models import Engagement, GrowthSignal, ScopeDismissal, Terms
from engagements.retainer import history
from engagements.roadmap import open_initiatives, weights_on
from tenants.ui.formats import number, percent

LEVELS = ("oversight", "moderate", "intensive")
USUAL_HOURS = {"oversight": Decimal(20), "moderate": Decimal(40), "intensive": Decimal(60)}
FEWEST = 4
Kind = GrowthSignal.Kind
BOUNDS: dict[str, tuple[Decimal, Decimal]] = {
    Kind.REVENUE_GROWTH: (Decimal(5), Decimal(15)),
    Kind.MARKET_EXPANSION: (Decimal(1), Decimal(2)),
    Kind.PRODUCT_LAUNCHES: (Decimal(1), Decimal(2)),
    Kind.STACK_CHANGES: (Decimal(1), Decimal(2)),
    Kind.TEAM_SIZE: (Decimal(10), Decimal(25)),
    "burn": (Decimal(70), Decimal("100.1")),
    "initiatives": (Decimal(2), Decimal(4)),
}
NAMES = {
    **{str(kind): str(kind.label) for kind in Kind},
    "burn": "Retainer used",
    "initiatives": "High-impact initiatives open",
}
PERCENTS = frozenset({Kind.REVENUE_GROWTH, Kind.TEAM_SIZE, "burn"})
_POINT_WORDS = ("speaks for less", "speaks for a medium scope", "speaks for more")
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Signal:
    """One signal: its value, or None where nobody entered it, and where it comes from."""

    kind: str
    value: Decimal | None
    source: str
    entry: GrowthSignal | None = None

    @property
    def name(self) -> str:
        return NAMES[self.kind]

    @property
    def points(self) -> int | None:
        """0, 1 or 2; None while it is missing."""
        return None if self.value is None else sum(self.value >= b for b in BOUNDS[self.kind])

    @property
    def text(self) -> str:
        """The value as people read it."""
        if self.kind in PERCENTS:
            return percent(self.value, 1 if self.value and self.value % 1 else 0)
        return number(self.value)

    @property
    def says(self) -> str:
        """What it speaks for, in words."""
        return "missing" if self.points is None else _POINT_WORDS[self.points]


@dataclass(frozen=True)
class Cost:
    """Hours and money a month now and then; `fee_then` is None where the hours have no price."""

    hours_now: Decimal
    hours_then: Decimal
    fee_now: Decimal
    fee_then: Decimal | None
    currency: str
    hours_from: str

    @property
    def hours_more(self) -> Decimal:
        return self.hours_then - self.hours_now

    @property
    def fee_more(self) -> Decimal | None:
        return None if self.fee_then is None else self.fee_then - self.fee_now


@dataclass(frozen=True)
class Suggestion:
    """What the dial says for a quarter; `level` is None while too little is known."""

    quarter: dt.date
    signals: Sequence[Signal]
    terms: Terms | None
    cost: Cost | None
    dismissal: ScopeDismissal | None

    @property
    def known(self) -> list[Signal]:
        return [signal for signal in self.signals if signal.points is not None]

    @property
    def missing(self) -> list[Signal]:
        return [signal for signal in self.signals if signal.points is None]

    @property
    def points(self) -> int:
        return sum(signal.points or 0 for signal in self.known)

    @property
    def level(self) -> str | None:
        return level_of(self.points, len(self.known))

    @property
    def is_change(self) -> bool:
        """Whether it differs from the terms in force."""
        return self.level is not None and (
            self.terms is None or self.level != self.terms.scope_level
        )

    @property
    def reason(self) -> str:
        """Its reasons as a sentence, or what is missing for one."""
        if self.level is None:
            return f"{len(self.known)} of {len(self.signals)} signals are known; it takes {FEWEST}."
        loud = [f"{s.name.lower()} ({s.text})" for s in self.known if s.points == 2]
        quiet = [f"{s.name.lower()} ({s.text})" for s in self.known if s.points == 0]
        told = f"{self.points} of {2 * len(self.known)} points from {len(self.known)} signals"
        if loud:
            told += f"; for more: {', '.join(loud)}"
        if quiet:
            told += f"; for less: {', '.join(quiet)}"
        return f"{told}."


def level_of(points: int, known: int) -> str | None:
    """The level of a mean of points by the rule above; None below four known signals."""
    if known < FEWEST:
        return None
    if 3 * points < 2 * known:
        return LEVELS[0]
    return LEVELS[1] if 3 * points < 4 * known else LEVELS[2]


def suggestion(engagement: Engagement, quarter: dt.date, *, today: dt.date) -> Suggestion:
    """The dial of a quarter, given by its first day; a fixed number of queries."""
    entries: dict[str, GrowthSignal] = {}
    for entry in GrowthSignal.objects.of_quarter(quarter).select_related("entered_by__user"):
        entries.setdefault(entry.kind, entry)
    signals = [_entered(kind, entries) for kind in Kind.values]
    signals += [_burn(engagement, quarter, today), _initiatives(today)]
    versions = list(Terms.objects.filter(engagement=engagement))
    terms = next((t for t in versions if t.effective_on <= today), None)
    dismissal = (
        ScopeDismissal.objects.select_related("dismissed_by__user")
        .filter(engagement=engagement, quarter=quarter)
        .first()
    )
    known = [signal.points for signal in signals if signal.points is not None]
    level = level_of(sum(known), len(known))
    cost = _cost(level, terms, versions) if level and terms else None
    return Suggestion(quarter, signals, terms, cost, dismissal)


def _entered(kind: str, entries: Mapping[str, GrowthSignal]) -> Signal:
    entry = entries.get(kind)
    if entry is None:
        return Signal(kind, None, "Nobody entered it.")
    return Signal(kind, entry.value, entry.source, entry)


def _burn(engagement: Engagement, quarter: dt.date, today: dt.date) -> Signal:
    """Used of available over the months of the quarter that have ended."""
    end = next_quarter(quarter)
    months = history(engagement, upto=min(end - dt.timedelta(days=1), today), today=today)
    ended = [r for r in months if quarter <= r.month < end and r.month < today.replace(day=1)]
    available = sum(r.available_minutes for r in ended)
    used = sum(r.used_minutes for r in ended)
    if not available:
        return Signal("burn", None, "No month of the quarter with agreed hours has ended.")
    value = (Decimal(100 * used) / available).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return Signal("burn", value, f"The retainer, {len(ended)} of 3 months")


def _initiatives(today: dt.date) -> Signal:
    weights = weights_on(today)
    rows = open_initiatives()
    if not rows:
        return Signal("initiatives", None, "There is no open initiative.")
    high = sum(rate(row, weights).impact == HIGH for row in rows)
    return Signal("initiatives", Decimal(high), f"The roadmap, {len(rows)} open today")


def _cost(level: str, terms: Terms, versions: Sequence[Terms]) -> Cost:
    """`versions` newest first."""
    hours_then, origin = USUAL_HOURS[level], "the usual hours of this level"
    earlier = next((t for t in versions if t.scope_level == level), None)
    if level == terms.scope_level:
        hours_then, origin = terms.hours_per_month, "the terms in force"
    elif earlier is not None:
        hours_then, origin = earlier.hours_per_month, f"the terms of {earlier.effective_on}"
    fee_then = None
    if terms.hours_per_month:
        fee_then = (terms.monthly_fee * hours_then / terms.hours_per_month).quantize(
            _CENT, ROUND_HALF_UP
        )
    return Cost(
        hours_now=terms.hours_per_month,
        hours_then=hours_then,
        fee_now=terms.monthly_fee,
        fee_then=fee_then,
        currency=terms.currency,
        hours_from=origin,
    )


def quarter_of(day: dt.date) -> dt.date:
    """The first day of the calendar quarter that `day` lies in."""
    return day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1)


def next_quarter(quarter: dt.date) -> dt.date:
    """The first day of the quarter after the one that begins on `quarter`."""
    return quarter_of(quarter + dt.timedelta(days=95))


def last_ended(today: dt.date) -> dt.date:
    """The first day of the last quarter that has ended."""
    return quarter_of(quarter_of(today) - dt.timedelta(days=1))


def quarter_name(quarter: dt.date) -> str:
    """`Q3 2026`."""
    return f"Q{(quarter.month + 2) // 3} {quarter.year}"
