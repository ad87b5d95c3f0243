"""What the executive dashboard shows, read in a fixed handful of queries."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from dashboard.health import Health, Signal, Verdict, kpi_signal, of_signals
from dashboard.waiting import waiting_of, writes_for
from decisions.figures import SpendFigures, spend_figures
from engagements import figures as engagement_figures
from engagements.models import Engagement
from engagements.retainer import Retainer
from engagements.waiting import WaitingItem
from kpis.figures import Card
from kpis.models import Category, CoreArea
from kpis.rollups.periods import Calendar
from kpis.wording import Wording, inside_sentence, period_name, wording
from reviews import figures as review_figures
from reviews.figures import Letter, Letters, NextUpdate
from tenants.models import Member, Tenant
from tenants.ui import formats

CARDS_PER_CATEGORY = 3
TO_DECIDE_SHOWN = 8  # requests that wait for the reader's word; the list of spend has the others
WORD_HOLDS = dt.timedelta(days=14)  # how long a letter's own verdict counts after its week
_AREA_NAMES = {
    CoreArea.SYSTEM_RELIABILITY: "Reliability",
    CoreArea.DEVELOPMENT_EFFICIENCY: "Delivery",
    CoreArea.TEAM_PERFORMANCE: "Team",
    CoreArea.BUSINESS_IMPACT: "Business",
}
_PERIOD_WORDS = {
    "day": "days",
    "week": "weeks",
    "month": "months",
    "quarter": "quarters",
    "year": "years",
}
_STATUS_ORDER = ("off_track", "at_risk", "on_track", "stale", "no_target", "no_data")


@dataclass(frozen=True)
class KpiCard:
    """A key figure as the dashboard writes it."""

    key: str
    name: str
    value: str
    unit: str
    target: str
    status: str
    period: str
    n: Decimal | int
    points: tuple[Decimal | None, ...]
    target_value: Decimal | None
    sentence: str
    is_updating: bool


@dataclass(frozen=True)
class KpiGroup:
    """One category's figures."""

    key: str
    name: str
    cards: tuple[KpiCard, ...]


@dataclass(frozen=True)
class Standing:
    """How a company stands for one of its members."""

    engagement: Engagement | None
    sees_hours: bool
    retainer: Retainer | None
    verdict: Verdict
    waiting: list[WaitingItem]
    off_target: tuple[Card, ...]
    letter: Letter | None
    next_update: NextUpdate | None
    writes: Engagement | None
    letters: Letters
    spend: SpendFigures | None


@dataclass(frozen=True)
class ExecutiveBoard(Standing):
    """Everything on the page."""

    groups: tuple[KpiGroup, ...]
    figures_total: int
    figures_measured: int
    is_updating: bool
    stale: tuple[str, ...]
    month_number: int | None
    months_in_all: int | None


def executive_board(*, tenant: Tenant, member: Member, cards: list[Card]) -> ExecutiveBoard:
    """Load the page for `member`, around the figures' `cards`."""
    standing = standing_of(tenant=tenant, member=member, cards=cards)
    engagement = standing.engagement
    measured = [card for card in cards if card.status != "no_data"]
    return ExecutiveBoard(
        **vars(standing),
        groups=tuple(
            KpiGroup(
                category.value,
                category.label,
                tuple(written_card(card, company=tenant) for card in _chosen(measured, category)),
            )
            for category in Category
        ),
        figures_total=len(cards),
        figures_measured=len(measured),
        is_updating=any(card.is_updating for card in cards),
        stale=tuple(card.name for card in cards if card.status == "stale"),
        month_number=_months_between(engagement.starts_on, tenant.today) if engagement else None,
        months_in_all=(
            _months_between(engagement.starts_on, engagement.ends_on)
            if engagement and engagement.ends_on
            else None
        ),
    )


def standing_of(
    *, tenant: Tenant, member: Member, cards: list[Card], also: dt.date | None = None
) -> Standing:
    """How the company stands for `member`, its figures being `cards`.

    `also` is the first day of another week whose letters are read too.
    """
    engagements = engagement_figures.engagements()
    engagement = next(iter(engagements), None)
    writes = writes_for(member, engagements)
    sees_hours = member.can("time.view")
    retainer = engagement_figures.retainer_now(engagement) if engagement and sees_hours else None
    letters = review_figures.letters(also=also)
    letter = letters.latest
    next_update = letters.next_of(engagement) if engagement else None
    spend = None
    if member.can("spend.view"):
        spend = spend_figures(tenant=tenant, member=member, most=TO_DECIDE_SHOWN)
    return Standing(
        engagement=engagement,
        sees_hours=sees_hours,
        retainer=retainer,
        verdict=of_signals(_signals(cards, retainer, next_update, letter, tenant)),
        waiting=waiting_of(member, letters=letters, writes=writes, spend=spend),
        off_target=tuple(card for card in cards if card.status == "off_track"),
        letter=letter,
        next_update=next_update,
        writes=writes,
        letters=letters,
        spend=spend,
    )


def written_card(card: Card, *, company: Tenant) -> KpiCard:
    """The card's numbers as text, one precision for value, target and change."""
    values = tuple(point.value for point in card.points)
    words = wording(
        unit=card.unit,
        direction=card.direction,
        factor=card.factor,
        currency=company.currency,
        values=(card.value, card.target),
    )
    value, unit = words.parts(card.value)
    return KpiCard(
        key=card.key,
        name=card.name,
        value=value,
        unit=unit
        if card.unit != "percent" or not card.n
        else f"n\u202f=\u202f{formats.number(card.sample)}",
        target=words.target(card.target),
        status=card.status,
        period=_period_of(card, company),
        n=card.sample,
        points=values,
        target_value=card.target,
        sentence=_sentence(card, words),
        is_updating=card.is_updating,
    )


def _period_of(card: Card, company: Tenant) -> str:
    """The period that the value belongs to, as within a sentence; empty without data."""
    if card.period_start is None:
        return ""
    calendar = Calendar.of_tenant(company)
    return inside_sentence(period_name(card.period, card.period_start, calendar, company.today))


def _sentence(card: Card, words: Wording) -> str:
    """The text alternative of the sparkline: from where to where, and against what."""
    known = [point.value for point in card.points if point.value is not None]
    if not known:
        return f"{card.name}: no data yet"
    span = f"{card.name} over {len(known)} {_PERIOD_WORDS[card.period]} with data"
    if len(known) == 1:
        text = f"{card.name}: {words.text(known[0])}"
    else:
        text = f"{span}, from {words.text(known[0])} to {words.text(known[-1])}"
    return f"{text}, target {words.target(card.target)}" if card.target is not None else text


def _chosen(cards: Iterable[Card], category: Category) -> list[Card]:
    """The figures of a category to show first: those with a target, the worst of them on top."""
    mine = [card for card in cards if card.category == category]
    ranked = sorted(mine, key=lambda card: _STATUS_ORDER.index(card.status))
    best = {card.id for card in ranked[:CARDS_PER_CATEGORY]}
    return [card for card in mine if card.id in best]


def _signals(
    cards: list[Card],
    retainer: Retainer | None,
    next_update: NextUpdate | None,
    letter: Letter | None,
    company: Tenant,
) -> list[Signal]:
    signals = [
        kpi_signal(name, [(card.name, card.status) for card in cards if card.core_area == area])
        for area, name in _AREA_NAMES.items()
    ]
    if retainer is not None and retainer.available_minutes:
        signals.append(_hours_signal(retainer))
    if next_update is not None:
        state = Health.WATCH if next_update.late else Health.ON_TRACK
        reason = "weekly update is late" if next_update.late else "weekly updates on time"
        signals.append(Signal("Communication", state, reason))
    update = letter.update if letter else None
    if letter and update and update.health and company.today - update.week_end <= WORD_HOLDS:
        words = update.get_health_display().lower()
        reason = f"{letter.author_name} says {words} in {update.week_name}"
        signals.append(Signal("CTO's word", Health(update.health), reason))
    return signals


def _hours_signal(retainer: Retainer) -> Signal:
    """Hours: off track when more is used than agreed, to watch when the forecast is over."""
    if retainer.over_minutes:
        reason = f"{formats.hours(retainer.over_minutes)} over the agreed hours"
        return Signal("Hours", Health.OFF_TRACK, reason)
    over = retainer.forecast_over_minutes
    if over > 0:
        reason = f"forecast {formats.hours(over, 0)} over at the end of the month"
        return Signal("Hours", Health.WATCH, reason)
    return Signal("Hours", Health.ON_TRACK, "forecast within the agreed hours")


def _months_between(start: dt.date, end: dt.date) -> int:
    """In which month of an engagement that began on `start` the day `end` lies, from 1."""
    return max(1, (end.year - start.year) * 12 + end.month - start.month + 1)
