"""All companies of one person: read one by one, each inside its own tenant."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from dashboard.executive import KpiCard, standing_of, written_card
from dashboard.health import Verdict
from dashboard.week import Day, Week, days_of, shown_days, update_slot
from dashboard.working_hours import SharedHours, hours_in_words, shared_hours
from engagements.figures import Away, member_week
from engagements.retainer import Retainer
from engagements.waiting import WaitingItem
from kpis import figures as kpi_figures
from kpis.figures import Card
from kpis.rollups.periods import Calendar
from kpis.status import status_of
from kpis.wording import period_name
from reviews.weeks import place_name, week_start_of
from tenants import kept
from tenants.doors import Membership
from tenants.models import USUAL_HOURS, Member, Tenant
from tenants.seats import seat_in

OFF_SHOWN = 3  # figures off target of each company, in the order of its key figures


@dataclass(frozen=True)
class OffTarget:
    """A figure that misses its target, and the period since when it has done so."""

    card: KpiCard
    since: str


@dataclass(frozen=True)
class Client:
    """One company in the portfolio: plain values, no rows, so that it can be kept.

    `off_target` holds the first OFF_SHOWN of `off_count` figures. `more` spend requests wait beside
    those in `waiting`, of which `more_late` are late. `logs`: the reader may log time there.
    `away`: their own off-periods that are not over.
    """

    name: str
    slug: str
    status: str
    place: str
    zone: zoneinfo.ZoneInfo
    roles: list[str]
    verdict: Verdict
    sees_hours: bool
    retainer: Retainer | None
    waiting: list[WaitingItem]
    more: int
    more_late: int
    logs: bool
    days: tuple[Day, ...]
    off_target: list[OffTarget]
    off_count: int
    hours: SharedHours
    away: tuple[Away, ...]

    @property
    def now(self) -> dt.datetime:
        return timezone.now()

    @property
    def off_more(self) -> int:
        """How many figures off target are not among those shown."""
        return self.off_count - len(self.off_target)

    @property
    def week_minutes(self) -> int:
        return sum(day.minutes for day in self.days)


@dataclass(frozen=True)
class Portfolio:
    """The reader's companies and what all of them add up to."""

    week: Week
    clients: list[Client]
    my_hours: str

    @property
    def shown_days(self) -> int:
        return shown_days([client.days for client in self.clients])

    @property
    def waiting(self) -> list[tuple[Client, WaitingItem]]:
        """What waits for the reader anywhere, the soonest due first."""
        pairs = [(client, item) for client in self.clients for item in client.waiting]
        return sorted(pairs, key=lambda pair: pair[1].sort_key)

    @property
    def waiting_count(self) -> int:
        """How much waits, shown or not."""
        return sum(len(client.waiting) + client.more for client in self.clients)

    @property
    def late_count(self) -> int:
        """How much of it is late."""
        shown = sum(item.is_late for client in self.clients for item in client.waiting)
        return shown + sum(client.more_late for client in self.clients)

    @property
    def off_target(self) -> list[tuple[Client, OffTarget]]:
        """The figures off target that are shown, company by company."""
        return [(client, card) for client in self.clients for card in client.off_target]

    @property
    def off_count(self) -> int:
        return sum(client.off_count for client in self.clients)

    @property
    def used_minutes(self) -> int:
        return sum(c.retainer.used_minutes for c in self.clients if c.retainer)

    @property
    def available_minutes(self) -> int:
        return sum(c.retainer.available_minutes for c in self.clients if c.retainer)

    @property
    def sees_hours(self) -> bool:
        return any(client.sees_hours for client in self.clients)

    @property
    def logging(self) -> list[Client]:
        """The companies that the reader logs time at."""
        return [client for client in self.clients if client.logs]

    @property
    def week_minutes(self) -> int:
        return sum(client.week_minutes for client in self.clients)

    @property
    def minutes_by_day(self) -> list[int]:
        return [sum(client.days[n].minutes for client in self.clients) for n in range(7)]

    @property
    def updates(self) -> list[str]:
        """The state of each weekly update of the week: done, due or late."""
        return [slot.state for c in self.clients for day in c.days for slot in day.slots]

    @property
    def zones(self) -> int:
        """How many clocks the companies live by at this moment."""
        return len({client.now.astimezone(client.zone).utcoffset() for client in self.clients})

    @property
    def absences(self) -> list[tuple[Away, list[tuple[str, list[str]]]]]:
        """The reader's off-periods that are not over, each once with its deputies (empty for
        nobody) and the names of the companies where they cover."""
        found: dict[tuple[dt.date, dt.date], list[tuple[Away, Client]]] = {}
        for client in self.clients:
            for away in client.away:
                found.setdefault((away.starts_on, away.ends_on), []).append((away, client))
        return [(rows[0][0], _by_deputy(rows)) for _days, rows in sorted(found.items())]

    def uncovered(self, away: Away) -> list[Client]:
        """Companies where the reader logs time and no off-period touches these days."""
        return [
            client
            for client in self.logging
            if not any(
                other.starts_on <= away.ends_on and away.starts_on <= other.ends_on
                for other in client.away
            )
        ]

    @property
    def now_minute(self) -> int:
        """The minute of the reader's day."""
        local = timezone.localtime()
        return local.hour * 60 + local.minute


def _by_deputy(rows: Iterable[tuple[Away, Client]]) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for away, client in rows:
        found.setdefault(away.deputy, []).append(client.name)
    return list(found.items())


Hours = tuple[dt.time, dt.time]


def portfolio(
    memberships: Iterable[Membership],
    week: Week,
    *,
    my_hours: Hours = USUAL_HOURS,
    keep: bool = False,
) -> Portfolio:
    """Load the portfolio: the same fixed number of queries for each company.

    `my_hours` are the reader's working hours on their own clock.

    There is no query across companies: each is read inside its own tenant, as the member that the
    reader is there, so the portfolio can show no more than the company's own pages would. With
    `keep` a company in which nothing changed is read from what was kept for this member.
    """
    found = [_client(membership, week, my_hours, keep=keep) for membership in memberships]
    clients = [client for client in found if client is not None]
    return Portfolio(week, clients, hours_in_words(my_hours))


def _client(membership: Membership, week: Week, my_hours: Hours, *, keep: bool) -> Client | None:
    with seat_in(membership.tenant_id, membership.member_id) as seat:
        company, member = seat.tenant, seat.member
        if member is None:  # removed between the door and here
            return None
        if not keep or seat.version is None or kpi_figures.are_waiting(member):
            return _read(company, member, week, my_hours)
        zone = timezone.get_current_timezone_name()
        facts = (seat.version, sorted(member.roles), zone, week, my_hours)
        client: Client = kept.value(
            member, "client", facts, lambda: _read(company, member, week, my_hours)
        )
        return client


def _read(company: Tenant, member: Member, week: Week, my_hours: Hours) -> Client:
    # the company's week that holds most days of this one
    starts = week_start_of(company, week.monday + dt.timedelta(days=3))
    stands = standing_of(tenant=company, member=member, cards=kpi_figures.cards(), also=starts)
    mine = member_week(member.pk, first=week.monday, last=week.sunday, today=company.today)
    engagement = stands.writes or stands.engagement
    due = stands.letters.of_week(engagement, starts) if engagement else None
    slot = update_slot(due, company=company, slug=company.slug, writes=stands.writes is not None)
    return Client(
        name=company.name,
        slug=company.slug,
        status=company.status,
        place=place_name(company.time_zone),
        zone=company.zone,
        roles=member.role_names,
        verdict=stands.verdict,
        sees_hours=stands.sees_hours,
        retainer=stands.retainer,
        waiting=stands.waiting,
        more=stands.spend.more if stands.spend else 0,
        more_late=stands.spend.more_late if stands.spend else 0,
        logs=member.can("time.log"),
        days=days_of(week, mine.minutes, [slot] if slot else []),
        off_target=[_off_target(card, company) for card in stands.off_target[:OFF_SHOWN]],
        off_count=len(stands.off_target),
        hours=shared_hours(
            company,
            zone=zoneinfo.ZoneInfo(timezone.get_current_timezone_name()),
            day=week.today,
            mine=my_hours,
        ),
        away=mine.away,
    )


def _off_target(card: Card, company: Tenant) -> OffTarget:
    """The card, and the first of the last periods that all miss the target as it is now."""
    first: dt.date | None = None
    for point in reversed(card.points):
        if not _misses(card, point.value, point.n):
            break
        first = point.period_start
    if first is None:  # the status was set by a person
        return OffTarget(written_card(card, company=company), "")
    calendar = Calendar.of_tenant(company)
    name = period_name(card.period, first, calendar, company.today)
    if len(card.points) > 1 and first == card.points[0].period_start:
        name = f"{name} or before"
    return OffTarget(written_card(card, company=company), name)


def _misses(card: Card, value: Decimal | None, n: int) -> bool:
    status = status_of(
        value=value,
        n=n,
        target=card.target,
        at_risk_value=card.at_risk_value,
        direction=card.direction,
    )
    return status == "off_track"
