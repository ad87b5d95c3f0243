"""The figures of pages, from rollups alone: each function is one query for all key figures.

Signatures that other apps call (dashboard, weekly update, key figure pages):

    cards(*, points=12, period=None, kpi_ids=None) -> list[Card]   active figures, last periods
    series(*, kpi, period, first, last, points) -> list[Figure]    one figure, oldest period first
    week_changes(*, week_start) -> list[Change]                    a week against the week before

Values are stored figures: multiply by `factor` to show them (a ratio in percent is kept as 0.999).
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from kpis.models import Category, Direction, Kpi, Status
from kpis.models.kpi import display_factor
from kpis.rollups.periods import Calendar
from kpis.status import status_of
from tenants.isolation import Prepared, current_tenant_id
from tenants.member_facts import facts_of
from tenants.models import Member


@dataclass(frozen=True, slots=True)
class Point:
    """One period of a sparkline."""

    period_start: dt.date
    value: Decimal | None
    n: int
    denominator: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A key figure on a dashboard: the latest period of its cadence that has data.

    `period_start` … `last_at` are None where nothing was ever measured (status `no_data`).
    `points` are oldest first and end with the shown period; periods without data are left out.
    `complete`: the period is over at the client's. `is_updating`: newer measurements wait, for
    more than a minute, to be counted. `override_reason` is set where a person set the status.
    """

    id: UUID
    key: str
    name: str
    unit: str
    direction: str
    aggregation: str
    category: str
    core_area: str
    factor: Decimal
    period: str
    period_start: dt.date | None
    period_end: dt.date | None
    value: Decimal | None
    n: int
    complete: bool
    target: Decimal | None
    at_risk_value: Decimal | None
    status: str
    override_reason: str
    last_at: dt.datetime | None
    is_updating: bool
    points: tuple[Point, ...]

    @property
    def sample(self) -> Decimal | int:
        """How many the value speaks of: the whole that a ratio is taken of, else measurements."""
        return _sample(self.points[-1].denominator if self.points else None, self.n)

    @property
    def change(self) -> Decimal | None:
        """The shown value less the one of the period before it that has data."""
        if len(self.points) < 2 or self.points[-1].value is None or self.points[-2].value is None:
            return None
        return self.points[-1].value - self.points[-2].value


@dataclass(frozen=True, slots=True)
class Figure:
    """One period of one key figure, with the target in force at the period's end."""

    period_start: dt.date
    period_end: dt.date
    value: Decimal | None
    n: int
    minimum: Decimal | None
    maximum: Decimal | None
    target: Decimal | None
    at_risk_value: Decimal | None
    status: str
    override_reason: str
    complete: bool
    denominator: Decimal | None = None

    @property
    def sample(self) -> Decimal | int:
        """How many the value speaks of: the whole that a ratio is taken of, else measurements."""
        return _sample(self.denominator, self.n)


@dataclass(frozen=True, slots=True)
class Change:
    """What one week did to a key figure. `before` is None where the week before has no data."""

    id: UUID
    key: str
    name: str
    unit: str
    direction: str
    category: str
    factor: Decimal
    value: Decimal | None
    n: int
    before: Decimal | None
    target: Decimal | None
    status: str
    denominator: Decimal | None = None

    @property
    def sample(self) -> Decimal | int:
        """How many the value speaks of: the whole that a ratio is taken of, else measurements."""
        return _sample(self.denominator, self.n)

    @property
    def difference(self) -> Decimal | None:
        if self.value is None or self.before is None:
            return None
        return self.value - self.before

    @property
    def is_better(self) -> bool | None:
        """None where nothing changed, or nothing tells which way is good."""
        if self.value is None or self.before is None or self.value == self.before:
            return None
        if self.direction == Direction.TARGET:
            if self.target is None:
                return None
            return abs(self.value - self.target) < abs(self.before - self.target)
        return (self.value > self.before) == (self.direction == Direction.HIGHER)


_TARGET = """
left join lateral (
  select value, at_risk_value from kpis_target t
  where t.tenant_id = %(tenant)s and t.kpi_id = k.id and t.effective_on <= {on}
  order by t.effective_on desc, t.id desc limit 1) t on true
"""
_OVERRIDE = """
left join lateral (
  select status, reason from kpis_statusoverride o
  where o.tenant_id = %(tenant)s and o.kpi_id = k.id and o.period = {period}
    and o.period_start = {start}
  order by o.id desc limit 1) o on true
"""
# No coalesce or function around what an index is asked for: under row level security PostgreSQL
# keeps such a condition out of the index, because it might tell of rows that are not ours.
_CARDS = """
select k.id, k.key, k.name, k.unit, k.direction, k.aggregation, k.category, k.core_area,
       k.built_time_zone, k.built_week_start, k.built_fiscal_month, k.expected_freshness_hours,
       c.period, p.starts, p.figures, p.counts, p.wholes, p.last_at,
       t.value, t.at_risk_value, o.status, o.reason,
       exists (select from kpis_mark m where m.tenant_id = %(tenant)s and m.kpi_id = k.id
                 and m.marked_at < now() - interval '1 minute')
from kpis_kpi k
cross join lateral (
  select case when %(period)s::text is not null then %(period)s::text
    when k.cadence = 'daily' then 'day' when k.cadence = 'weekly' then 'week'
    when k.cadence = 'monthly' then 'month' when k.cadence = 'quarterly' then 'quarter'
    else 'year' end as period) c
left join lateral (
  select array_agg(r.period_start) as starts, array_agg(r.value) as figures,
         array_agg(r.n) as counts, array_agg(r.denominator) as wholes,
         max(r.last_at) as last_at, max(r.period_start) as latest
  from (select period_start, value, n, denominator, last_at from kpis_rollup
        where tenant_id = %(tenant)s and kpi_id = k.id and period = c.period
        order by period_start desc limit %(points)s) r) p on true
{target}{override}
where k.tenant_id = %(tenant)s and k.is_active
  and (%(kpis)s::uuid[] is null or k.id = any(%(kpis)s))
order by array_position(%(categories)s, k.category::text), k.position, k.name, k.id
"""
_SERIES = """
select r.period_start, bowline.next_period_start(r.period, r.period_start) - 1, r.value, r.n,
       r.minimum, r.maximum, t.value, t.at_risk_value, o.status, o.reason, r.last_at, r.denominator
from kpis_kpi k join kpis_rollup r on r.tenant_id = %(tenant)s and r.kpi_id = k.id
{target}{override}
where k.tenant_id = %(tenant)s and k.id = %(kpi)s and r.period = %(period)s
  and r.period_start >= coalesce(%(first)s, r.period_start)
  and r.period_start <= coalesce(%(last)s, r.period_start)
order by r.period_start desc limit %(points)s
"""
_WEEK = """
select k.id, k.key, k.name, k.unit, k.direction, k.category, k.aggregation, r.value, r.n, b.value,
       t.value, t.at_risk_value, o.status, r.denominator
from kpis_kpi k
join kpis_rollup r on r.tenant_id = %(tenant)s and r.kpi_id = k.id and r.period = 'week'
 and r.period_start =
     bowline.period_start('week', %(day)s::date, k.built_week_start, k.built_fiscal_month)
left join kpis_rollup b on b.tenant_id = %(tenant)s and b.kpi_id = k.id and b.period = 'week'
 and b.period_start = r.period_start - 7
{target}{override}
where k.tenant_id = %(tenant)s and k.is_active
order by array_position(%(categories)s, k.category::text), k.position, k.name, k.id
"""


def _sql(template: str, *, on: str, period: str, start: str) -> str:
    """`template` with the target in force on a day and the override of a period joined in."""
    override = _OVERRIDE.format(period=period, start=start)
    return template.format(target=_TARGET.format(on=on), override=override)


_CARDS_SQL = Prepared(
    _sql(
        _CARDS,
        on="coalesce(bowline.next_period_start(c.period, p.latest) - 1,"
        " (now() at time zone k.built_time_zone)::date)",
        period="c.period",
        start="p.latest",
    ),
    **{"tenant": "uuid", "period": "text", "points": "int", "kpis": "uuid[]"},
    categories="text[]",
)
_SERIES_SQL = Prepared(
    _sql(
        _SERIES,
        on="bowline.next_period_start(r.period, r.period_start) - 1",
        period="r.period",
        start="r.period_start",
    ),
    **{"tenant": "uuid", "kpi": "uuid", "period": "text", "first": "date", "last": "date"},
    points="int",
)
_WEEK_SQL = Prepared(
    _sql(_WEEK, on="r.period_start + 6", period="'week'", start="r.period_start"),
    tenant="uuid",
    day="date",
    categories="text[]",
)


def cards(
    *, points: int = 12, period: str | None = None, kpi_ids: Collection[UUID] | None = None
) -> list[Card]:
    """Every active figure (or those of `kpi_ids`), by category and position; one query.

    `period` shows all in days, weeks… instead of each in its own cadence.
    """
    facts: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "period": period,
        "points": points,
        "kpis": None if kpi_ids is None else list(kpi_ids),
        "categories": Category.values,
    }
    now = timezone.now()
    return [_card(row, now) for row in _CARDS_SQL.rows(facts)]


WAITING_FACT = "measurements_wait"  # among the facts of the request's member
# in the statement that reads the request's member: `t` is the company
WAITING = """
select exists(select from kpis_mark k where k.tenant_id = t.id
                and k.marked_at < now() - interval '1 minute')
"""


def are_waiting(member: Member) -> bool:
    """Whether measurements waited for more than a minute when the request's member was read."""
    return bool(facts_of(member)[WAITING_FACT])


def series(
    *,
    kpi: Kpi,
    period: str,
    first: dt.date | None = None,
    last: dt.date | None = None,
    points: int | None = None,
) -> list[Figure]:
    """The periods of one figure that have data and touch `first` … `last`, oldest first.

    With `points` only the latest so many. One query.
    """
    calendar = Calendar.of_kpi(kpi)
    now = timezone.now()
    facts: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "kpi": kpi.pk,
        "period": period,
        "first": first and calendar.start(period, first),
        "last": last,
        "points": points,
    }
    rows = _SERIES_SQL.rows(facts)[::-1]
    today = calendar.today(now)
    return [
        Figure(
            period_start=row[0],
            period_end=row[1],
            value=row[2],
            n=row[3],
            minimum=_trim(row[4]),
            maximum=_trim(row[5]),
            target=row[6],
            at_risk_value=row[7],
            status=row[8]
            or status_of(
                value=row[2],
                n=row[3],
                target=row[6],
                at_risk_value=row[7],
                direction=kpi.direction,
                is_stale=row[1] >= today and _is_stale(row[10], kpi.expected_freshness_hours, now),
            ),
            override_reason=row[9] or "",
            complete=row[1] < today,
            denominator=_trim(row[11]),
        )
        for row in rows
    ]


def week_changes(*, week_start: dt.date) -> list[Change]:
    """Active figures measured in the client's week of `week_start`, against the week before."""
    facts: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "day": week_start,
        "categories": Category.values,
    }
    rows = _WEEK_SQL.rows(facts)
    return [
        Change(
            id=row[0],
            key=row[1],
            name=row[2],
            unit=row[3],
            direction=row[4],
            category=row[5],
            factor=display_factor(unit=row[3], aggregation=row[6]),
            value=row[7],
            n=row[8],
            before=row[9],
            target=row[10],
            status=row[12]
            or status_of(
                value=row[7], n=row[8], target=row[10], at_risk_value=row[11], direction=row[4]
            ),
            denominator=_trim(row[13]),
        )
        for row in rows
    ]


def _sample(denominator: Decimal | None, n: int) -> Decimal | int:
    return n if denominator is None else denominator


def _card(row: tuple[Any, ...], now: dt.datetime) -> Card:
    (
        kpi_id, key, name, unit, direction, aggregation, category, core_area,
        zone, week_start, fiscal_month, freshness,
        period, starts, figures, counts, wholes, last_at,
        target, at_risk_value, override, reason, is_updating,
    ) = row  # fmt: skip
    calendar = Calendar(zone, week_start, fiscal_month)
    points = tuple(map(Point, starts or (), figures or (), counts or (), wholes or ()))[::-1]
    shown = points[-1] if points else None
    end = calendar.end(period, shown.period_start) if shown else None
    status = override or status_of(
        value=shown.value if shown else None,
        n=shown.n if shown else 0,
        target=target,
        at_risk_value=at_risk_value,
        direction=direction,
        is_stale=_is_stale(last_at, freshness, now),
    )
    return Card(
        id=kpi_id,
        key=key,
        name=name,
        unit=unit,
        direction=direction,
        aggregation=aggregation,
        category=category,
        core_area=core_area,
        factor=display_factor(unit=unit, aggregation=aggregation),
        period=period,
        period_start=shown.period_start if shown else None,
        period_end=end,
        value=shown.value if shown else None,
        n=shown.n if shown else 0,
        complete=end is not None and end < calendar.today(now),
        target=target,
        at_risk_value=at_risk_value,
        status=Status(status),
        override_reason=reason or "",
        last_at=last_at,
        is_updating=is_updating,
        points=points,
    )


def _is_stale(last_at: dt.datetime | None, hours: int | None, now: dt.datetime) -> bool:
    return last_at is not None and hours is not None and now - last_at > dt.timedelta(hours=hours)


def _trim(number: Decimal | None) -> Decimal | None:
    """Without zeros behind the last digit; never in scientific notation."""
    if number is None:
        return None
    return number.quantize(Decimal(1)) if number == number.to_integral() else number.normalize()
