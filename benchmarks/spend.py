"""Figure 13: approvals at once on one budget line, and votes at once on one quorum.

    python -m benchmarks.spend [--threads 50] [--rounds 3]

Ours: `threads` members each approve a request of their own at the same moment, all on one budget
line that has room for half of them; then a board of `threads` votes at once. Each approval is the
whole service: locks, rules, decision, trail, audit, notices, budget, constraints at the commit.
Floor: as many threads of bare psycopg2, each begin, set the tenant, lock the line's row, update it,
commit. Every connection, ours and the floor's, has done the same once before, as a running server's
have; `on new connections` is the same of both without that. Threads of one process share one
interpreter, so `ours, one at a time` says how much of the time is the work itself and how much
waiting.
"""

import argparse
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from benchmarks.table import Table, bowline

REACH = 0.4
AMOUNT = Decimal(1_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with bowline():
        _measure(options.threads, options.rounds)


def _measure(threads: int, rounds: int) -> None:
    ours: list[float] = []
    floor: list[float] = []
    new: list[float] = []
    floor_new: list[float] = []
    alone: list[float] = []
    votes: list[float] = []
    faults = {"over-commits": 0, "stuck": 0, "double approvals": 0, "waits cut off after 30 s": 0}
    for number in range(rounds):
        company, line, requests = _company(f"new{number}", threads)
        floor_new.append(_floor(company, line, threads, warm=False))
        new.append(_approvals(company, line, requests, faults))
        company, line, requests = _company(f"spend{number}", threads)
        floor.append(_floor(company, line, threads, warm=True))
        ours.append(_approvals(company, line, requests, faults, _small(company, threads)))
        alone.append(_one_by_one(company))
        votes.append(_votes(company, threads, faults))
    table = Table(
        f"Figure 13: {threads} approvals at once on one budget line",
        ["way", "a second", "× floor"],
        ratios=False,
    )
    bare = statistics.median(floor)
    for name, rates in (
        ("floor: bare locked UPDATE", floor),
        ("ours, all at once", ours),
        ("ours, one at a time", alone),
        ("floor, on new connections", floor_new),
        ("ours, all at once, on new connections", new),
        ("ours, votes of one board at once", votes),
    ):
        rate = statistics.median(rates)
        table.row(name, rate, rate / bare)
    reached = statistics.median(ours) / bare
    cold = statistics.median(new) / statistics.median(floor_new)
    table.note(f"To reach ≥ {REACH}: got {reached:.3g}. Medians of {rounds} rounds.")
    table.note(f"Both on new connections: {cold:.3g}.")
    table.note(", ".join(f"{what}: {count}" for what, count in faults.items()) + ".")
    table.print()


def _company(slug: str, threads: int) -> Any:
    """A company whose line has room for half of the requests that wait for its CTO."""
    from django.db import connections

    from tenants.isolation import tenant
    from tests.decisions.builders import add, line, sent
    from tests.factories import make_company

    company = make_company(slug)
    with tenant(company.id):
        budget = line(company, AMOUNT * (threads // 2))
        requests = [
            sent(company, AMOUNT, requester=add(f"{slug}{n}", "team"), budget_line=budget)
            for n in range(threads)
        ]
    with connections["migrate"].cursor() as cursor:
        cursor.execute("analyze")  # as autovacuum does, which is off here
    return company, budget, requests


def at_once(
    company: Any, calls: list[Callable[[], Any]], warm: list[Callable[[], Any]] | None = None
) -> tuple[float, list[Any]]:
    """Seconds until all have ended, and what each answered or raised.

    An answer counts once its transaction is committed: one that failed at the commit is a failure.
    `warm` has a call for each thread that its connection does before the time is taken.
    """
    from django.db import DatabaseError, connections

    from tenants.errors import DomainError
    from tenants.isolation import tenant

    start = threading.Barrier(len(calls) + 1)
    outcomes: list[Any] = [None] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            connections["default"].ensure_connection()
            if warm is not None:
                with tenant(company.id):
                    warm[place]()
            start.wait()
            with tenant(company.id):
                answer = call()
            outcomes[place] = answer
        except (DomainError, DatabaseError) as error:
            outcomes[place] = error
        finally:
            connections.close_all()

    workers = [threading.Thread(target=run, args=item) for item in enumerate(calls)]
    for worker in workers:
        worker.start()
    start.wait()
    begun = time.perf_counter()
    for worker in workers:
        worker.join()
    return time.perf_counter() - begun, outcomes


def _small(company: Any, count: int) -> list[Any]:
    """As many requests off the line, for each connection to have approved one before."""
    from tenants.isolation import tenant
    from tests.decisions.builders import add, sent

    with tenant(company.id):
        return [
            sent(company, 1, requester=add(f"{company.slug}small{n}", "team")) for n in range(count)
        ]


def _approvals(
    company: Any,
    line: Any,
    requests: list[Any],
    faults: dict[str, int],
    small: list[Any] | None = None,
) -> float:
    from decisions.models import SpendDecision, SpendRequest
    from decisions.services.decide import request_approve
    from tenants.isolation import tenant

    def approvals(of: list[Any]) -> list[Callable[[], Any]]:
        return [lambda r=r: request_approve(request=r, actor=company.cto) for r in of]

    seconds, outcomes = at_once(company, approvals(requests), small and approvals(small))
    done = {o.pk for o in outcomes if isinstance(o, SpendRequest)}
    lost = _cut_off(outcomes)
    with tenant(company.id):
        line.refresh_from_db()
        mine = SpendRequest.objects.filter(budget_line=line, status="approved")
        approved = set(mine.values_list("pk", flat=True))
        words = SpendDecision.objects.filter(request__budget_line=line)
        said = Counter(words.values_list("request", flat=True))
    faults["over-commits"] += int(line.committed > line.allocated)
    faults["double approvals"] += len(approved ^ done) + sum(n - 1 for n in said.values())
    faults["double approvals"] += int(line.committed != len(approved) * AMOUNT)
    faults["double approvals"] += int(set(said) != approved)
    faults["stuck"] += max(len(requests) // 2 - len(done) - lost, 0)
    faults["waits cut off after 30 s"] += lost
    return len(requests) / seconds


def _cut_off(outcomes: list[Any]) -> int:
    """How many waited for a lock longer than a statement may take, and changed nothing."""
    from django.db import DatabaseError

    return sum(isinstance(outcome, DatabaseError) for outcome in outcomes)


def _one_by_one(company: Any) -> float:
    from decisions.services.decide import request_approve
    from tenants.isolation import tenant
    from tests.decisions.builders import add, sent

    with tenant(company.id):
        waiting = [
            sent(company, 1, requester=add(f"{company.slug}alone{n}", "team")) for n in range(10)
        ]
    begun = time.perf_counter()
    for request in waiting:
        with tenant(company.id):
            request_approve(request=request, actor=company.cto)
    return len(waiting) / (time.perf_counter() - begun)


def _votes(company: Any, threads: int, faults: dict[str, int]) -> float:
    from decisions.models import SpendDecision, SpendRequest
    from decisions.services.decide import request_approve, request_vote
    from tenants.isolation import tenant
    from tests.decisions.builders import add, sent

    with tenant(company.id):
        board = [
            company.board,
            *(add(f"{company.slug}board{n}", "board") for n in range(threads - 1)),
        ]
        request = sent(company, 60_000, requester=company.executive)
        request_approve(request=request, actor=company.cto)
        request_approve(request=request, actor=company.finance)
    seconds, outcomes = at_once(
        company,
        [lambda m=m: request_vote(request=request, actor=m, vote="for") for m in board],
    )
    needed = threads // 2 + 1
    cast = sum(isinstance(outcome, SpendRequest) for outcome in outcomes)
    lost = _cut_off(outcomes)
    with tenant(company.id):
        status = SpendRequest.objects.get(pk=request.pk).status
        votes = SpendDecision.objects.filter(request=request, step__position=3).count()
    faults["waits cut off after 30 s"] += lost
    faults["stuck"] += int(status != "approved" and cast + lost < needed)
    faults["double approvals"] += max(votes - needed, 0) + abs(votes - cast)
    return threads / seconds


def _floor(company: Any, line: Any, threads: int, *, warm: bool) -> float:
    """As many bare transactions that lock and update the same row; it ends as it was."""
    import psycopg2
    from django.db import connections

    settings = connections["default"].get_connection_params()
    settings.pop("cursor_factory", None)
    settings.pop("context", None)
    start = threading.Barrier(threads + 1)

    def update(connection: Any) -> None:
        with connection, connection.cursor() as cursor:
            cursor.execute("select set_config('bowline.tenant', %s, true)", [str(company.id)])
            cursor.execute(
                "select committed from decisions_budget where tenant_id = %s and id = %s "
                "for no key update",
                [str(company.id), str(line.pk)],
            )
            cursor.execute(
                "update decisions_budget set committed = committed, updated_at = now() "
                "where tenant_id = %s and id = %s",
                [str(company.id), str(line.pk)],
            )

    def run() -> None:
        connection = psycopg2.connect(**settings)
        if warm:
            update(connection)
        start.wait()
        update(connection)
        connection.close()

    workers = [threading.Thread(target=run) for _ in range(threads)]
    for worker in workers:
        worker.start()
    start.wait()
    begun = time.perf_counter()
    for worker in workers:
        worker.join()
    return threads / (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
