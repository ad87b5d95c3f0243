"""All companies of one person: read one by one, each inside its own tenant."""

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.executive import ExecutiveBoard, KpiCard, executive_board, written_card
from kpis import figures as kpi_figures
from reviews.figures import WaitingItem
from tenants.doors import Membership
from tenants.seats import seat_in


@dataclass(frozen=True)
class Client:
    """One company in the portfolio."""

    name: str
    slug: str
    status: str
    place: str
    roles: list[str]
    board: ExecutiveBoard
    off_target: list[KpiCard]

    @property
    def waiting(self) -> list[WaitingItem]:
        return self.board.waiting


@dataclass(frozen=True)
class Portfolio:
    """The reader's companies and what all of them add up to."""

    clients: list[Client]

    @property
    def waiting(self) -> list[tuple[Client, WaitingItem]]:
        """What waits for the reader anywhere, the soonest due first."""
        pairs = [(client, item) for client in self.clients for item in client.waiting]
        return sorted(pairs, key=lambda pair: pair[1].sort_key)

    @property
    def off_target(self) -> list[tuple[Client, KpiCard]]:
        return [(client, card) for client in self.clients for card in client.off_target]

    @property
    def used_minutes(self) -> int:
        return sum(c.board.retainer.used_minutes for c in self.clients if c.board.retainer)

    @property
    def available_minutes(self) -> int:
        return sum(c.board.retainer.available_minutes for c in self.clients if c.board.retainer)

    @property
    def updates_due(self) -> int:
        """Companies whose update of this week the reader still has to send."""
        return sum(1 for c in self.clients if c.board.next_update and not c.board.next_update.sent)


def portfolio(memberships: Iterable[Membership]) -> Portfolio:
    """Load the portfolio: the same fixed number of queries for each company.

    There is no query across companies: each is read inside its own tenant, as the member that the
    reader is there, so the portfolio can show no more than the company's own pages would.
    """
    found = map(_client, memberships)
    return Portfolio([client for client in found if client is not None])


def _client(membership: Membership) -> Client | None:
    with seat_in(membership.tenant_id, membership.member_id) as seat:
        company, member = seat.tenant, seat.member
        if member is None:  # removed between the door and here
            return None
        board = executive_board(tenant=company, member=member, cards=kpi_figures.cards())
        return Client(
            name=company.name,
            slug=company.slug,
            status=company.status,
            place=company.time_zone.rpartition("/")[2].replace("_", " "),
            roles=member.role_names,
            board=board,
            off_target=[written_card(card, company=company) for card in board.off_target],
        )
