"""Two at once: real threads, real transactions."""

import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connections

from engagements import services
from engagements.models import (
    Engagement,
    OverageApproval,
    Pause,
    RetainerAlert,
    Statement,
    Terms,
    TermsProposal,
    TimeEntry,
    Timer,
)
from engagements.retainer import retainer
from tenants.errors import DomainError, Invalid, NotFound, WrongState
from tenants.isolation import tenant
from tenants.models import AuditEvent, Member, Notification
from tenants.services import member_add, tenant_update
from tests.engagements.builders import D, add_terms, log, make_engagement
from tests.factories import Company, make_company

DAY = D(2026, 10, 14)
Outcome = object


@pytest.fixture
def busy(committed_db: None) -> Company:
    return make_company("northwind")


@pytest.fixture
def running(busy: Company) -> Engagement:
    with tenant(busy.id):
        return make_engagement(busy)


def at_once(company: Company, *calls: Callable[[], Outcome]) -> list[Outcome]:
    """Run all calls inside the company, as `together`."""

    def inside(call: Callable[[], Outcome]) -> Outcome:
        with tenant(company.id):
            return call()

    return together(*[lambda call=call: inside(call) for call in calls])


def together(*calls: Callable[[], Outcome]) -> list[Outcome]:
    """Run all calls in threads that start together; answers what each returned or raised."""
    start = threading.Barrier(len(calls))
    outcomes: list[Outcome] = [None] * len(calls)

    def run(place: int, call: Callable[[], Outcome]) -> None:
        try:
            start.wait(60)
            outcomes[place] = call()
        except DomainError as error:
            outcomes[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert all(outcome is not None for outcome in outcomes)
    return outcomes


def test_last_hours_of_a_day_are_logged_once(busy: Company, running: Engagement) -> None:
    with tenant(busy.id):
        other = make_engagement(busy, title="Second")
        log(running, busy, DAY, 1380)
    outcomes = at_once(
        busy,
        *[lambda e=e: log(e, busy, DAY, 60) for e in (running, other, running, other)],
    )
    assert sum(isinstance(o, TimeEntry) for o in outcomes) == 1
    assert sum(isinstance(o, Invalid) for o in outcomes) == 3
    with tenant(busy.id):
        assert TimeEntry.objects.minutes() == 1440


def test_two_people_log_the_last_hours_and_both_count(busy: Company, running: Engagement) -> None:
    """The retainer is no barrier to work that was done: both stand, the overage shows."""
    with tenant(busy.id):
        add_terms(running, busy, hours_per_month=Decimal(1))
        deputy = member_add(
            email="deputy@northwind.example", name="Deputy", roles=["cto"], actor=busy.admin
        )

    def as_(member: Member) -> TimeEntry:
        return services.time_log(
            engagement=running, actor=member, date=DAY, minutes=60, category="delivery"
        )

    outcomes = at_once(busy, lambda: as_(busy.cto), lambda: as_(deputy))
    assert all(isinstance(o, TimeEntry) for o in outcomes)
    with tenant(busy.id):
        found = retainer(running, DAY)
        assert (found.used_minutes, found.over_minutes) == (120, 60)


def test_terms_of_one_date_are_added_once(busy: Company, running: Engagement) -> None:
    outcomes = at_once(
        busy,
        *[
            lambda hours=hours: add_terms(running, busy, hours_per_month=Decimal(hours))
            for hours in (20, 30, 40)
        ],
    )
    assert sum(isinstance(o, Terms) for o in outcomes) == 1
    assert sum(isinstance(o, Invalid) for o in outcomes) == 2
    with tenant(busy.id):
        assert Terms.objects.count() == 1


def test_time_never_slips_into_a_week_as_it_locks(busy: Company, running: Engagement) -> None:
    """Whoever comes second sees the other: an entry is before the lock, or refused."""

    def lock() -> Outcome:
        services.week_lock(engagement=running, actor=busy.cto, week_start=D(2026, 10, 12))
        return TimeEntry.objects.count()

    counted, *logged = at_once(busy, lock, *[lambda: log(running, busy, DAY, 10)] * 3)
    with tenant(busy.id):
        assert TimeEntry.objects.count() == counted
    assert sum(isinstance(o, TimeEntry) for o in logged) == counted
    assert all(isinstance(o, (TimeEntry, WrongState)) for o in logged)


def test_pause_of_two_is_one_pause(busy: Company, running: Engagement) -> None:
    outcomes = at_once(
        busy,
        *[
            lambda: services.engagement_transition(
                engagement=running, actor=busy.admin, status="paused"
            )
        ]
        * 2,
    )
    assert all(isinstance(o, Engagement) for o in outcomes)
    with tenant(busy.id):
        assert Pause.objects.count() == 1


def test_proposal_is_accepted_or_withdrawn_never_both(busy: Company, running: Engagement) -> None:
    with tenant(busy.id):
        proposal = services.proposal_create(
            engagement=running,
            actor=busy.cto,
            effective_on=D(2026, 12, 1),
            scope_level="moderate",
            hours_per_month=Decimal(60),
            monthly_fee=Decimal(9000),
        )
    outcomes = at_once(
        busy,
        lambda: services.proposal_accept(proposal=proposal, actor=busy.executive),
        lambda: services.proposal_withdraw(proposal=proposal, actor=busy.cto),
        lambda: services.proposal_accept(proposal=proposal, actor=busy.admin),
    )
    with tenant(busy.id):
        proposal.refresh_from_db()
        assert proposal.status in ("in_force", "withdrawn")
        assert Terms.objects.count() == (proposal.status == "in_force")
    assert sum(isinstance(o, TermsProposal) for o in outcomes) == 1
    assert sum(isinstance(o, WrongState) for o in outcomes) == 2


def test_timer_of_a_person_starts_once_over_two_companies(
    busy: Company, running: Engagement
) -> None:
    other = make_company("contoso")
    with tenant(other.id):
        same = member_add(email=busy.cto.email, roles=["cto"], actor=other.admin)
        theirs = make_engagement(other, cto=same)

    def start(company: Company, engagement: Engagement, member: Member) -> Timer:
        with tenant(company.id):
            return services.timer_start(engagement=engagement, actor=member)

    outcomes = together(
        *[lambda: start(busy, running, busy.cto), lambda: start(other, theirs, same)] * 2
    )
    assert sum(isinstance(o, Timer) for o in outcomes) == 1
    assert sum(isinstance(o, WrongState) for o in outcomes) == 3


def test_timer_is_stopped_once(busy: Company, running: Engagement) -> None:
    with tenant(busy.id):
        timer = services.timer_start(engagement=running, actor=busy.cto)
    outcomes = at_once(
        busy,
        *[lambda: services.timer_stop(timer=timer, actor=busy.cto)] * 2,
        lambda: services.timer_discard(timer=timer, actor=busy.cto) or "discarded",
    )
    assert sum(isinstance(o, NotFound) for o in outcomes) == 2
    with tenant(busy.id):
        assert TimeEntry.objects.count() == ("discarded" not in outcomes)


def test_share_of_the_hours_is_told_once(busy: Company, running: Engagement) -> None:
    with tenant(busy.id):
        add_terms(running, busy, hours_per_month=Decimal(1))
    at_once(busy, *[lambda: log(running, busy, DAY, 30)] * 4)
    with tenant(busy.id):
        percents = RetainerAlert.objects.order_by("percent").values_list("percent", flat=True)
        assert list(percents) == [80, 100]
        assert AuditEvent.objects.filter(verb="retainer.alerted").count() == 1
        assert Notification.objects.filter(kind="retainer.alert").count() == 2  # CTO, sponsor


def test_hours_above_are_decided_once_and_revoked_by_what_is_used(
    busy: Company, running: Engagement
) -> None:
    with tenant(busy.id):
        add_terms(running, busy, hours_per_month=Decimal(1), overage_rate=Decimal(240))
        asked = services.overage_request(
            engagement=running, actor=busy.cto, on_month=DAY, minutes=120
        )

    def decide(actor: Member, approve: bool) -> OverageApproval:
        return services.overage_decide(
            approval=asked, actor=actor, approve=approve, note="As agreed"
        )

    first = at_once(busy, lambda: decide(busy.executive, True), lambda: decide(busy.admin, False))
    assert sum(isinstance(o, OverageApproval) for o in first) == 1
    with tenant(busy.id):
        approved = services.overage_approve(
            engagement=running, actor=busy.admin, on_month=D(2026, 9, 1), minutes=120
        )
    revoked, logged = at_once(
        busy,
        lambda: services.overage_revoke(approval=approved, actor=busy.admin, note="Too much"),
        lambda: log(running, busy, D(2026, 9, 2), 90),  # 30 above
    )
    assert isinstance(logged, TimeEntry)
    assert isinstance(revoked, OverageApproval)
    assert revoked.kept_minutes in (0, 30), "all of what came before it, or nothing"


def test_month_is_closed_once(busy: Company, running: Engagement) -> None:
    statements = at_once(
        busy,
        *[
            lambda actor=actor: services.month_close(
                engagement=running, month=D(2026, 9, 1), actor=actor
            )
            for actor in (busy.cto, busy.admin, busy.executive)
        ],
    )
    assert len(set(statements)) == 1
    with tenant(busy.id):
        assert Statement.objects.count() == 1


def waiting(
    company: Company, call: Callable[[], Outcome]
) -> tuple[threading.Thread, list[Outcome]]:
    """`call` in a thread of its own, that waits for what this transaction holds."""
    outcome: list[Outcome] = []

    def run() -> None:
        outcome.extend(at_once(company, call))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(0.3)
    assert thread.is_alive(), "it waits"
    return thread, outcome


def test_currency_never_changes_under_terms_that_are_being_agreed(
    busy: Company, running: Engagement
) -> None:
    def to_euro() -> Outcome:
        return tenant_update(tenant=busy.tenant, actor=busy.admin, changes={"currency": "EUR"})

    def propose() -> Outcome:
        return services.proposal_create(
            engagement=running,
            actor=busy.cto,
            effective_on=busy.tenant.today,
            scope_level="moderate",
            hours_per_month=Decimal(20),
            monthly_fee=Decimal(5000),
            currency="USD",
        )

    with tenant(busy.id):
        proposed = propose()
        thread, outcome = waiting(busy, to_euro)
    thread.join(20)
    assert isinstance(outcome[0], Invalid), "the change saw what was proposed"
    with tenant(busy.id):
        services.proposal_withdraw(proposal=proposed, actor=busy.cto)  # type: ignore[arg-type]
    for write in (propose, lambda: add_terms(running, busy, currency="USD")):
        with tenant(busy.id):
            tenant_update(tenant=busy.tenant, actor=busy.admin, changes={"currency": "EUR"})
            thread, outcome = waiting(busy, write)
        thread.join(20)
        assert isinstance(outcome[0], Invalid), "the terms saw the new currency"
        assert "counts in EUR" in str(outcome[0])
        with tenant(busy.id):
            tenant_update(tenant=busy.tenant, actor=busy.admin, changes={"currency": "USD"})
