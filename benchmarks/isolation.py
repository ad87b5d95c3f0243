"""Figures 8 and 9: what isolation costs each request, and how soon a new tenant is ready.

    python -m benchmarks.isolation [--tenants 100] [--rounds 60]

On: row level security, the tenant's transaction and its setting, as served. Off: the same pages on
the same rows in the same process, with RLS disabled on every table and no transaction around the
request; queries still name their tenant, as they do in any shared table. Blocks of requests of both
kinds take turns, so that a busy machine slows both alike.
"""

import argparse
import itertools
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from benchmarks.table import Table, bowline, median_of

DJANGO_TENANTS_SECONDS = 3.0  # one schema of 61 tables, PERFORMANCE.md; not measured here
REACH_OVERHEAD = 1.10
REACH_READY_MS = 100
BLOCK = 5
_again = itertools.count()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenants", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    with bowline():
        companies = _fill(options.tenants)
        _overhead(companies[len(companies) // 2], options.rounds)
        _ready()


def _fill(count: int) -> list[Any]:
    """Companies with people and a trail, so that a page has other tenants' rows to pass by."""
    from django.db import connections

    from tenants import audit
    from tenants.isolation import tenant
    from tests.factories import BOWLINE, make_company

    companies = []
    for number in range(count):
        company = make_company(f"bench{number}")
        with tenant(company.id):
            for event in range(200):
                audit.record(
                    actor=BOWLINE,
                    verb="thing.changed",
                    target=company.tenant,
                    changes={"n": [event, event + 1]},
                )
        companies.append(company)
    with connections["migrate"].cursor() as cursor:
        cursor.execute("vacuum analyze")
    return companies


def _overhead(company: Any, rounds: int) -> None:
    from django.test import Client

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(
        company.admin.user, backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    table = Table(
        "Figure 8: isolation overhead per request, on against off",
        ["page", "off, ms", "on, ms", "on / off"],
        ratios=False,
    )
    for name, page, anew in (
        ("audit", "audit/", False),
        ("engagement", "engagement/", False),
        ("dashboard, rendered", "", True),
        ("dashboard, kept", "", False),
    ):
        address = f"/t/{company.slug}/{page}"
        on, off = _take_turns(client, address, rounds, anew=anew)
        ratio = statistics.median(on) / statistics.median(off)
        table.row(
            name,
            statistics.median(off) * 1000,
            statistics.median(on) * 1000,
            ratio,
        )
    table.note(f"Reach: ≤ {REACH_OVERHEAD}. Medians of {rounds} blocks of {BLOCK} requests each.")
    table.print()


def _take_turns(
    client: Any, address: str, rounds: int, *, anew: bool
) -> tuple[list[float], list[float]]:
    """Seconds a request with isolation on and off, a block of each in turn; `anew` finds no page
    that was kept."""
    on: list[float] = []
    off: list[float] = []
    assert client.get(address).status_code == 200, address
    for number in range(rounds):
        # the order turns around too, so that neither always follows the switch
        for is_on in (True, False) if number % 2 else (False, True):
            if is_on:
                on.append(_block(client, address, anew=anew))
            else:
                with _isolation_off():
                    off.append(_block(client, address, anew=anew))
    return on, off


def _block(client: Any, address: str, *, anew: bool) -> float:
    def ask() -> None:
        client.get(address, {"anew": next(_again)} if anew else None)

    ask()  # the first after the switch plans anew
    start = time.perf_counter()
    for _ in range(BLOCK):
        ask()
    return (time.perf_counter() - start) / BLOCK


@contextmanager
def _isolation_off() -> Iterator[None]:
    """Take away the policies and the tenant's transaction; the Python context stays."""

    from tenants import seats
    from tenants.isolation import Prepared, context

    @contextmanager
    def context_only(
        tenant_id: UUID, sql: Prepared, params: dict[str, Any], *, using: str = "default"
    ) -> Iterator[list[Any]]:
        token = context._tenant.set(tenant_id)
        try:
            yield sql.rows(params, using=using)
        finally:
            context._tenant.reset(token)

    honest = seats.tenant_opened_by
    _row_security("disable")
    seats.tenant_opened_by = context_only  # type: ignore[assignment]
    try:
        yield
    finally:
        seats.tenant_opened_by = honest
        _row_security("enable")


def _row_security(word: str) -> None:
    from django.db import connections

    with connections["migrate"].cursor() as cursor:
        cursor.execute("select tablename from pg_policies where policyname = 'tenant'")
        tables = [row[0] for row in cursor.fetchall()]
        cursor.execute("".join(f"alter table {t} {word} row level security;" for t in tables))


def _ready() -> None:
    """From nothing to a company whose admin opens the first page."""
    from django.test import Client

    from tenants.isolation import tenant
    from tenants.services import member_of, tenant_create

    made: list[Any] = []

    def create() -> None:
        number = len(made)
        made.append(
            tenant_create(
                name=f"Ready {number}",
                slug=f"ready{number}",
                time_zone="Europe/London",
                currency="GBP",
                admin_email=f"admin@ready{number}.example",
            )
        )

    milliseconds = median_of(create, times=50, warm=5) * 1000
    with tenant(made[-1].pk):
        admin = member_of(email=f"admin@{made[-1].slug}.example")
    assert admin is not None
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(admin.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    status = client.get(f"/t/{made[-1].slug}/").status_code
    table = Table("Figure 9: a new tenant, ready to use", ["way", "ms"])
    table.row("Bowline: tenant_create with its admin", milliseconds, base=True)
    table.row("django-tenants: a schema of 61 tables, as known", DJANGO_TENANTS_SECONDS * 1000)
    table.note(
        f"Reach: ≤ {REACH_READY_MS} ms and ≥ 30 × faster. The admin's first page answers {status}."
    )
    table.print()


if __name__ == "__main__":
    main()
