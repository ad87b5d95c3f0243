"""What the list of key figures shows; two queries whatever the number of figures."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from kpis import figures
from kpis.figures import Card
from kpis.models import Category, CoreArea, Kpi
from kpis.rollups.periods import Calendar
from kpis.views.words import PLURALS, within
from kpis.wording import Wording, period_name, wording
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Row:
    """A measured figure as the list writes it."""

    key: str
    name: str
    value: str
    unit: str
    period: str
    target: str
    status: str
    override_reason: str
    n: Decimal | int
    last_at: dt.datetime | None
    points: tuple[Decimal | None, ...]
    target_value: Decimal | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of one category: measured ones as rows, the others by name."""

    key: str
    name: str
    rows: list[Row]
    unmeasured: list[Card]


@dataclass(frozen=True, slots=True)
class Listing:
    """The page."""

    groups: list[Group]
    inactive: list[Kpi]
    measured: int
    unmeasured: int
    is_updating: bool


def listing(*, tenant: Tenant, area: str = "", include_inactive: bool = False) -> Listing:
    """The company's figures by category; `area` keeps those of one core area."""
    cards = [card for card in figures.cards() if area in ("", card.core_area)]
    groups = [
        Group(
            category.value,
            category.label,
            [_row(card, tenant) for card in cards if _is(card, category, measured=True)],
            [card for card in cards if _is(card, category, measured=False)],
        )
        for category in Category
    ]
    measured = sum(len(group.rows) for group in groups)
    return Listing(
        groups=groups,
        inactive=_inactive(area) if include_inactive else [],
        measured=measured,
        unmeasured=len(cards) - measured,
        is_updating=any(card.is_updating for card in cards),
    )


def area_of(text: str) -> str:
    """The core area that an address names, or all of them."""
    return text if text in CoreArea.values else ""


def _is(card: Card, category: str, *, measured: bool) -> bool:
    return card.category == category and (card.period_start is not None) == measured


def _inactive(area: str) -> list[Kpi]:
    off = Kpi.objects.filter(is_active=False).order_by("category", "position", "name", "id")
    return list(off.filter(core_area=area) if area else off)


def _row(card: Card, tenant: Tenant) -> Row:
    values = tuple(point.value for point in card.points)
    words = wording(
        unit=card.unit,
        direction=card.direction,
        factor=card.factor,
        currency=tenant.currency,
        values=(card.value, card.target),
    )
    value, unit = words.parts(card.value)
    assert card.period_start is not None  # noqa: S101  only measured figures have a row
    period = period_name(card.period, card.period_start, Calendar.of_tenant(tenant), tenant.today)
    return Row(
        key=card.key,
        name=card.name,
        value=value,
        unit=unit,
        period=period if card.complete else f"{period}, so far",
        target=words.target(card.target),
        status=card.status,
        override_reason=card.override_reason,
        n=card.sample,
        last_at=card.last_at,
        points=values,
        target_value=card.target,
        sentence=_sentence(card, words, values, period),
    )


def _sentence(card: Card, words: Wording, values: tuple[Decimal | None, ...], period: str) -> str:
    """What the sparkline shows: from where to where, and against what."""
    text = f"{card.name}: {words.text(card.value)} {within(card.period, period)}"
    if len(values) > 1:
        text += f", from {words.text(values[0])} {len(values) - 1} {PLURALS[card.period]} before"  # type: ignore[index]
    return f"{text}, target {words.target(card.target)}" if card.target is not None else text
