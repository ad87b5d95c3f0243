"""What pages and other floors read of the roadmap, each in a fixed number of queries."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import Sum

from engagements.impact import LEVELS, Rating, Weights, WeightsLike, ranked, rate
from engagements.models import (
    ImpactWeights,
    Initiative,
    Milestone,
    Prioritisation,
    RoadmapSettings,
    TimeEntry,
)
from tenants.isolation import Prepared, current_tenant_id
from tenants.isolation.rows import columns_of, made_of
from tenants.models import Member, User


@dataclass(frozen=True)
class Rated:
    """An initiative with what its scores come to."""

    initiative: Initiative
    rating: Rating
    rank: int


@dataclass(frozen=True)
class Group:
    """The initiatives of one level of impact, the highest score first."""

    impact: str
    rows: list[Rated]


@dataclass(frozen=True)
class Balance:
    """How many of the open initiatives are short-term, against the company's target."""

    short: int
    long: int
    target_percent: int

    @property
    def total(self) -> int:
        return self.short + self.long

    @property
    def short_percent(self) -> Decimal | None:
        """Short of all open ones, to one decimal; None without any."""
        if not self.total:
            return None
        return (Decimal(100 * self.short) / self.total).quantize(Decimal("0.1"))

    @property
    def moves(self) -> int:
        """How many initiatives away from the target: above zero there are too many short ones."""
        wanted = (2 * self.target_percent * self.total + 100) // 200  # the nearest, half up
        return self.short - wanted


def weights_on(day: dt.date) -> WeightsLike:
    """The weights that hold on `day`: the company's latest by then, else the default; one query."""
    found: WeightsLike | None = ImpactWeights.objects.in_force_on(day).first()
    return found or Weights()


def grouped(initiatives: Iterable[Initiative], weights: WeightsLike) -> list[Group]:
    """By impact, high first, empty levels left out; ranks count over all of them, from 1."""
    rated = [
        Rated(initiative, rating, place + 1)
        for place, (initiative, rating) in enumerate(ranked(initiatives, weights))
    ]
    groups = [Group(level, [r for r in rated if r.rating.impact == level]) for level in LEVELS]
    return [group for group in groups if group.rows]


_BOARD = """
select {columns}
from engagements_initiative i
left join (tenants_member m join tenants_user u on u.id = m.user_id)
  on m.tenant_id = i.tenant_id and m.id = i.owner_id
left join lateral (
  select * from engagements_impactweights
  where tenant_id = %(tenant)s and effective_on <= %(day)s
  order by effective_on desc, id desc limit 1) w on true
where i.tenant_id = %(tenant)s and i.status <> 'done'
order by i.id desc
"""
_KINDS = ((Initiative, "i"), (Member, "m"), (User, "u"), (ImpactWeights, "w"))


@cache
def _board_sql() -> Prepared:
    columns = columns_of(_KINDS)
    return Prepared(_BOARD.format(columns=columns), tenant="uuid", day="date")


def board_groups(day: dt.date, *, most: int) -> tuple[list[Group], int]:
    """The `most` highest ranked open initiatives by impact, and how many are open; one query."""
    found: list[Initiative] = []
    weights: WeightsLike = Weights()
    for row in _board_sql().rows({"tenant": current_tenant_id(), "day": day}):
        initiative, owner, user, version = made_of(row, *(model for model, _ in _KINDS))
        if owner is not None:
            owner.user = user
        initiative.owner = owner
        weights = version or weights
        found.append(initiative)
    groups = [
        Group(group.impact, [row for row in group.rows if row.rank <= most])
        for group in grouped(found, weights)
    ]
    return [group for group in groups if group.rows], len(found)


def rated_in_order(rows: Sequence[Initiative], weights: WeightsLike) -> list[Rated]:
    """Each with its rating, in the order given; the rank is that place."""
    return [Rated(row, rate(row, weights), place + 1) for place, row in enumerate(rows)]


def balance_of(initiatives: Iterable[Initiative], target_percent: int) -> Balance:
    """Short against long among those that are not done."""
    horizons = [row.horizon for row in initiatives if row.is_open]
    return Balance(horizons.count("short"), horizons.count("long"), target_percent)


def settings_now() -> RoadmapSettings:
    """The company's settings, or the ones that hold until it saves any; one query."""
    return RoadmapSettings.objects.first() or RoadmapSettings()


def review_due_on() -> dt.date | None:
    """When the priorities are to be looked at again; None before the first session; one query."""
    last = Prioritisation.objects.order_by("-held_on", "-id").values_list("next_due_on", flat=True)
    return last.first()


def due_again(held_on: dt.date, months: int) -> dt.date:
    """The day `months` after a session; the last day of a shorter month."""
    return held_on + relativedelta(months=months)


def open_initiatives() -> list[Initiative]:
    """Those that are not done with their owners, newest first; one query."""
    return list(Initiative.objects.still_open().with_owner())


def milestones_of(initiatives: Sequence[Initiative]) -> dict[Any, list[Milestone]]:
    """The milestones of each, by due date; one query."""
    found: dict[Any, list[Milestone]] = {row.pk: [] for row in initiatives}
    for milestone in Milestone.objects.filter(initiative__in=list(found)):
        found[milestone.initiative_id].append(milestone)
    return found


@dataclass(frozen=True)
class Logged:
    """Minutes for one initiative, or for a name without one, or for none (both empty)."""

    initiative_id: Any
    name: str
    minutes: int


def minutes_by_initiative(engagement: Any, first: dt.date, last: dt.date) -> list[Logged]:
    """Who got the time between two days, both included: the most first, none last; one query."""
    rows = (
        TimeEntry.objects.filter(engagement=engagement)
        .between(first, last)
        .order_by()
        .values("linked_initiative_id", "linked_initiative__title", "initiative")
        .annotate(total=Sum("minutes"))
    )
    found = [
        Logged(
            row["linked_initiative_id"],
            row["linked_initiative__title"] or row["initiative"] or "",
            row["total"],
        )
        for row in rows
    ]
    return sorted(found, key=lambda row: (not row.name, -row.minutes, row.name.casefold()))
