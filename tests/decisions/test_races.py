"""Two at once: real threads, real transactions, and the database's own last line."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, connections

from decisions.models import Budget, SpendDecision, SpendEvent, SpendRequest, SpendStep
from decisions.services import decide, requests
from decisions.services.budgets import budget_update
from tenants.audit.models import AuditEvent
from tenants.errors import DomainError, Invalid, WrongState
from tenants.isolation import tenant
from tests.decisions.builders import D, add, approved, draft, line, sent
from tests.factories import Company, make_company

THREADS = 8


@pytest.fixture
def busy(committed_db: None) -> Company:
    return make_company("northwind")


def at_once(company: Company, *calls: Callable[[], Any]) -> list[Any]:
    """Run all calls in threads that start together; answers what each returned or raised."""
    start = threading.Barrier(len(calls))
    outcomes: list[Any] = [None] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            start.wait(60)
            with tenant(company.id):
                outcomes[place] = call()
        except DomainError as error:
            outcomes[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert all(outcome is not None for outcome in outcomes)
    return outcomes


def ok(outcomes: list[Any]) -> list[SpendRequest]:
    return [outcome for outcome in outcomes if isinstance(outcome, SpendRequest)]


def test_budget_is_never_promised_twice(busy: Company) -> None:
    with tenant(busy.id):
        budget = line(busy, 5_000)
        people = [add(f"asker{n}", "team") for n in range(THREADS)]
        waiting = [sent(busy, 1_000, requester=who, budget_line=budget) for who in people]
    outcomes = at_once(
        busy,
        *[lambda r=r: decide.request_approve(request=r, actor=busy.cto) for r in waiting],
    )
    assert len(ok(outcomes)) == 5
    assert sum(isinstance(o, WrongState) for o in outcomes) == THREADS - 5
    with tenant(busy.id):
        budget.refresh_from_db()
        assert (budget.committed, budget.available) == (5_000, 0)
        assert SpendRequest.objects.filter(status="approved").count() == 5
        assert SpendDecision.objects.count() == 5


def test_budget_is_not_lowered_under_an_approval(busy: Company) -> None:
    with tenant(busy.id):
        budget = line(busy, 5_000)
        request = sent(busy, 5_000, budget_line=budget)
    outcomes = at_once(
        busy,
        lambda: decide.request_approve(request=request, actor=busy.cto),
        lambda: budget_update(budget=budget, actor=busy.finance, changes={"allocated": D(4_000)}),
    )
    assert sum(isinstance(o, WrongState | Invalid) for o in outcomes) == 1
    with tenant(busy.id):
        budget.refresh_from_db()
        assert budget.committed <= budget.allocated


def test_quorum_is_reached_once_and_never_stuck(busy: Company) -> None:
    with tenant(busy.id):
        board = [busy.board, *(add(f"board{n}", "board") for n in range(THREADS - 1))]
        request = sent(busy, 60_000)
        decide.request_approve(request=request, actor=busy.cto)
        decide.request_approve(request=request, actor=busy.finance)
    outcomes = at_once(
        busy,
        *[lambda m=m: decide.request_vote(request=request, actor=m, vote="for") for m in board],
    )
    assert len(ok(outcomes)) == THREADS // 2 + 1
    assert all(isinstance(o, SpendRequest | WrongState) for o in outcomes)
    with tenant(busy.id):
        assert SpendRequest.objects.get().status == "approved"
        assert SpendStep.objects.get(position=3).needed == THREADS // 2 + 1


def test_two_windows_and_two_submits_are_one(busy: Company) -> None:
    with tenant(busy.id):
        request = draft(busy)
    submit = [lambda: requests.request_submit(request=request, actor=busy.team)] * 2
    assert len(ok(at_once(busy, *submit))) == 1
    approve = [lambda: decide.request_approve(request=request, actor=busy.cto)] * 2
    assert len(ok(at_once(busy, *approve))) == 1
    with tenant(busy.id):
        assert SpendDecision.objects.count() == 1


def test_halves_sent_at_once_still_count_together(busy: Company) -> None:
    with tenant(busy.id):
        halves = [
            draft(busy, 6_000, vendor="Acme", requester=who) for who in (busy.team, busy.executive)
        ]
    at_once(
        busy,
        *[lambda r=r: requests.request_submit(request=r, actor=r.requester) for r in halves],
    )
    with tenant(busy.id):
        tiers = SpendRequest.objects.values_list("tier", flat=True)
        assert sorted(tiers) == [1, 2]


def test_drafts_made_at_once_have_their_own_numbers(busy: Company) -> None:
    made = at_once(busy, *[lambda n=n: draft(busy, title=f"Thing {n}") for n in range(4)])
    assert sorted(request.number for request in made) == [1, 2, 3, 4]


def test_withdrawn_or_approved_but_never_both(busy: Company) -> None:
    with tenant(busy.id):
        budget = line(busy, 5_000)
        request = sent(busy, 5_000, budget_line=budget)
    at_once(
        busy,
        lambda: decide.request_approve(request=request, actor=busy.cto),
        lambda: requests.request_withdraw(request=request, actor=busy.team),
    )
    with tenant(busy.id):
        budget.refresh_from_db()
        assert SpendRequest.objects.get().status == "withdrawn"
        assert budget.committed == 0


def test_approval_that_is_cut_off_leaves_nothing_and_can_be_repeated(busy: Company) -> None:
    """A statement that waits too long for the line's lock ends; so does all that came before it."""
    with tenant(busy.id):
        budget = line(busy, 5_000)
        request = sent(busy, 5_000, budget_line=budget)
        before = SpendEvent.objects.count(), AuditEvent.objects.count()
    locked, over = threading.Event(), threading.Event()

    def hold() -> None:
        with tenant(busy.id):
            Budget.objects.select_for_update().get(pk=budget.pk)
            locked.set()
            over.wait(60)
        connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait(60)
    try:
        with pytest.raises(OperationalError):
            _approve_in_haste(busy, request)
    finally:
        over.set()
        holder.join(60)
    with tenant(busy.id):
        assert SpendDecision.objects.count() == 0
        assert (SpendEvent.objects.count(), AuditEvent.objects.count()) == before
        assert SpendRequest.objects.get().status == "submitted"
        decide.request_approve(request=request, actor=busy.cto)
    with tenant(busy.id):
        budget.refresh_from_db()
        assert (budget.committed, SpendDecision.objects.count()) == (5_000, 1)


def _approve_in_haste(company: Company, request: SpendRequest) -> None:
    with tenant(company.id), connection.cursor() as cursor:
        cursor.execute("set local statement_timeout = '150ms'")
        decide.request_approve(request=request, actor=company.cto)


# ---- the last line: what no service would do ----


@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("update decisions_spendrequest set status = 'approved'", "no quorum"),
        (
            "update decisions_spendstep set status = 'approved', decided_at = now(), eligible = 1, "
            "needed = 1; update decisions_spendrequest set status = 'approved'",
            "no quorum",
        ),
        (
            "update decisions_spendrequest set round = 2, status = 'approved'",
            "no steps",
        ),
        ("update decisions_budget set committed = 1", "its requests say"),
        ("update decisions_budget set actual = 1", "its requests say"),
        ("update decisions_spendrequest set open_commitment = 1", "its requests say"),
        ("update decisions_budget set committed = 99999", "budget_not_overspent"),
        ("delete from decisions_spendrequest", "permission denied"),
        ("update decisions_spenddecision set vote = 'against'", "permission denied"),
        ("update decisions_approvalpolicy set tiers = '[]'", "permission denied"),
        ("delete from decisions_spendevent", "permission denied"),
    ],
)
def test_database_refuses_what_no_service_would_do(
    inside: Company, statement: str, word: str
) -> None:
    budget = line(inside, 5_000)
    sent(inside, 100, budget_line=budget)
    with pytest.raises(Exception, match=word), connection.cursor() as cursor:
        cursor.execute(f"savepoint before; {statement}; set constraints all immediate")
    with connection.cursor() as cursor:
        cursor.execute("rollback to savepoint before; set constraints all deferred")
    connection.needs_rollback = False


def test_database_refuses_the_requesters_own_word(inside: Company) -> None:
    request = approved(inside)
    step = SpendStep.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("savepoint before")
    SpendDecision.objects.create(
        request=request, step=step, round=1, member=inside.team, actor=inside.team, vote="for"
    )
    order = "update decisions_spendrequest set status = 'ordered'; set constraints all immediate"
    with pytest.raises(IntegrityError, match="its requester decided"), connection.cursor() as c:
        c.execute(order)
    with connection.cursor() as cursor:
        cursor.execute("rollback to savepoint before; set constraints all deferred")
    connection.needs_rollback = False
    assert Budget.objects.count() == 0
