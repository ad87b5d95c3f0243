"""The rules of approval, one by one, through the services."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine

from decisions.ladder import ladder_of
from decisions.models import Budget, SpendDecision, SpendEvent, SpendRequest
from decisions.route import explanation
from decisions.services import buying, clocks, decide, requests
from decisions.services.delegations import delegation_create, delegation_end
from decisions.services.tiers import policy_set
from decisions.tiers import StepRule, Tier
from tenants.errors import Denied, Invalid, WrongState
from tenants.models import AuditEvent, Member, Notification
from tenants.services import member_remove, member_set_roles
from tests.decisions.builders import add, approved, board_of, draft, fresh, line, names, sent, verbs
from tests.decisions.conftest import NOW
from tests.factories import BOWLINE, Company

D = Decimal
approve, reject, vote = decide.request_approve, decide.request_reject, decide.request_vote


# ---- separation of duties ----


def test_nobody_decides_on_their_own_request(inside: Company) -> None:
    request = sent(inside, requester=inside.cto)
    with pytest.raises(Denied, match="own request"):
        approve(request=request, actor=inside.cto)


def test_sole_holder_who_asks_sends_the_step_up_and_says_so(inside: Company) -> None:
    request = sent(inside, requester=inside.cto)
    assert names(request) == [inside.finance.name]
    words = " ".join(explanation(ladder_of(fresh(request))))
    assert "alone holds the role CTO, so the step goes to the next role up, Finance" in words
    assert approve(request=request, actor=inside.finance).status == "approved"


def test_second_holder_decides_for_the_first(inside: Company) -> None:
    second = add("second", "cto")
    request = sent(inside, requester=inside.cto)
    assert names(request) == [second.name]


@pytest.mark.parametrize(
    ("held", "amount", "asked"),
    [
        ("cto finance executive board", 100, ["board"]),
        ("cto finance", 100, ["executive"]),
        ("finance", 20_000, ["cto", "executive"]),
        ("cto", 60_000, ["finance", "board"]),
        ("board", 60_000, ["cto", "finance", "board2"]),
    ],
)
def test_next_role_up_for_any_combination(
    inside: Company, held: str, amount: int, asked: list[str]
) -> None:
    asker = inside.team
    member_set_roles(member=asker, actor=BOWLINE, roles=held.split())
    asker.refresh_from_db()
    other = add("board2", "board") if "board" in held else inside.board
    for role in held.split():
        member_set_roles(member=inside.member(role), actor=BOWLINE, roles=["observer"])
    request = sent(inside, amount, requester=asker)
    people = {**inside.members, "board": other, "board2": other}
    for name in asked:
        assert request.status == "submitted"
        request = approve(request=request, actor=people[name])
    assert request.status == "approved"


def test_without_anybody_above_it_cannot_be_sent_and_the_draft_stays(inside: Company) -> None:
    member_remove(member=inside.board, actor=BOWLINE)
    request = draft(inside, 60_000)
    with pytest.raises(Invalid, match="Nobody holds the role Board, and there is no role above"):
        requests.request_submit(request=request, actor=inside.team)
    assert fresh(request).status == "draft"


def test_own_authority_is_opted_in_marked_and_limited_to_the_first_tier(inside: Company) -> None:
    rules = (Tier(None, False, (StepRule(("cto",)),)),)
    policy_set(actor=inside.admin, rules=rules, own_authority=True)
    request = sent(inside, requester=inside.cto)
    assert (request.status, request.within_own_authority) == ("approved", True)
    assert sent(inside, 1).status == "submitted"
    day = dt.date(2026, 10, 1)
    found = SpendRequest.objects.in_digest(day, dt.date(2026, 11, 1), inside.tenant.zone)
    assert list(found) == [request]


# ---- splitting ----


def test_split_requests_count_together_and_say_so(inside: Company) -> None:
    first = sent(inside, 6_000, vendor="Acme Inc.")
    second = sent(inside, 4_000, vendor="ACME", requester=inside.executive)
    assert (first.tier, second.tier) == (1, 2)
    assert second.commitment_amount == 4_000
    assert second.counted_amount == 10_000
    assert [row["reference"] for row in second.counted_with] == [first.reference]
    assert second.counted_with[0]["same"] == ["vendor"]
    assert "raises it from tier 1 to tier 2" in second.tier_reason
    assert first.reference in second.tier_reason


def test_rejected_withdrawn_and_old_requests_do_not_count(inside: Company) -> None:
    reject(request=sent(inside, 6_000), actor=inside.cto, reason="No need.")
    requests.request_withdraw(request=sent(inside, 6_000), actor=inside.team)
    draft(inside, 6_000)
    with time_machine.travel(NOW - dt.timedelta(days=30), tick=False):
        sent(inside, 6_000)
    assert sent(inside, 6_000).tier == 1
    assert sent(inside, 6_000).tier == 2


# ---- one person, one word ----


def test_one_person_is_asked_once_for_two_steps(inside: Company) -> None:
    member_set_roles(member=inside.finance, actor=BOWLINE, roles=["observer"])
    both = add("both", "cto", "finance")
    member_set_roles(member=inside.cto, actor=BOWLINE, roles=["observer"])
    request = approve(request=sent(inside, 20_000), actor=both)
    assert request.status == "approved"
    assert SpendDecision.objects.filter(carried=True).count() == 1


def test_twice_and_out_of_turn_are_refused(inside: Company) -> None:
    request = sent(inside, 20_000)
    with pytest.raises(WrongState, match="not your turn"):
        approve(request=request, actor=inside.finance)
    with pytest.raises(Denied, match="does not ask for your approval"):
        approve(request=request, actor=inside.board)
    approve(request=request, actor=inside.cto)
    with pytest.raises(WrongState, match="already"):
        approve(request=request, actor=inside.cto)
    with pytest.raises(WrongState, match="already"):
        requests.request_submit(request=request, actor=inside.team)


# ---- the board ----


def at_board(company: Company, members: int) -> tuple[SpendRequest, list[Member]]:
    """A request of 60,000 that waits for a board of so many."""
    board = board_of(company, members)
    request = sent(company, 60_000)
    approve(request=request, actor=company.cto)
    return approve(request=request, actor=company.finance), board


@pytest.mark.parametrize(
    ("votes", "status"),
    [
        ("ff", "approved"),
        ("af", "submitted"),
        ("aa", "rejected"),
        ("nn", "rejected"),
        ("nf", "submitted"),
        ("nff", "approved"),
        ("rf", "submitted"),
        ("rff", "approved"),
        ("rrf", "approved"),
        ("ra", "rejected"),
    ],
)
def test_majority_of_three(inside: Company, votes: str, status: str) -> None:
    """An abstention stays in the count, who is recused leaves it."""
    request, board = at_board(inside, 3)
    words = {"f": "for", "a": "against", "n": "abstain", "r": "recused"}
    for member, letter in zip(board, votes, strict=False):
        request = vote(request=request, actor=member, vote=words[letter], reason="So it is.")
    assert request.status == status


def test_board_member_who_asks_leaves_the_count(inside: Company) -> None:
    board = board_of(inside, 3)
    request = sent(inside, 60_000, requester=board[2])
    approve(request=request, actor=inside.cto)
    approve(request=request, actor=inside.finance)
    approve(request=request, actor=board[0])
    with pytest.raises(Denied):
        approve(request=request, actor=board[2])
    assert approve(request=request, actor=board[1]).status == "approved"


def test_board_member_who_leaves_is_not_waited_for(inside: Company) -> None:
    request, board = at_board(inside, 3)
    vote(request=request, actor=board[0], vote="for")
    member_remove(member=board[2], actor=BOWLINE)
    assert names(request) == [board[1].name]
    assert vote(request=request, actor=board[1], vote="for").status == "approved"


def test_all_asks_each(inside: Company) -> None:
    second = add("second", "cto")
    policy_set(actor=inside.admin, rules=(Tier(None, False, (StepRule(("cto",), "all"),)),))
    request = approve(request=sent(inside), actor=inside.cto)
    assert request.status == "submitted"
    with pytest.raises(Invalid, match="abstentions"):
        vote(request=request, actor=second, vote="abstain")
    assert approve(request=request, actor=second).status == "approved"


def test_parallel_steps_open_together(inside: Company) -> None:
    steps = (StepRule(("cto",)), StepRule(("finance",), parallel=True), StepRule(("executive",)))
    policy_set(actor=inside.admin, rules=(Tier(None, False, steps),))
    request = sent(inside)
    assert names(request) == [inside.cto.name, inside.finance.name]
    approve(request=request, actor=inside.finance)
    assert names(request) == [inside.cto.name]
    approve(request=request, actor=inside.cto)
    assert names(request) == [inside.executive.name]


# ---- people who leave, come, or are away ----


def test_approver_who_leaves_hands_on_to_the_next_role_up(inside: Company) -> None:
    request = sent(inside)
    member_remove(member=inside.cto, actor=BOWLINE)
    assert names(request) == [inside.finance.name]
    assert request in SpendRequest.objects.waiting_for(inside.finance)
    with time_machine.travel(NOW + dt.timedelta(hours=2), tick=False):
        assert clocks.check_next()
    assert "rerouted" in verbs(request)
    assert approve(request=request, actor=inside.finance).status == "approved"


def delegate(company: Company, to: Member, **fields: object) -> object:
    facts = {
        "delegator": company.cto,
        "delegate": to,
        "starts_at": NOW - dt.timedelta(hours=1),
        "ends_at": NOW + dt.timedelta(days=2),
    } | fields
    return delegation_create(actor=company.admin, **facts)  # type: ignore[arg-type]


def test_delegate_decides_in_their_place_and_the_trail_says_for_whom(inside: Company) -> None:
    other = add("deputy", "team")
    delegate(inside, other)
    request = sent(inside)
    assert request in SpendRequest.objects.waiting_for(other)
    assert approve(request=request, actor=other).status == "approved"
    event = SpendEvent.objects.get(verb="approve")
    assert (event.actor, event.on_behalf_of) == (other, inside.cto)
    decision = SpendDecision.objects.get()
    assert (decision.actor, decision.member, decision.capacity) == (other, inside.cto, "delegation")


def test_delegate_is_never_the_requester(inside: Company) -> None:
    delegate(inside, inside.team)
    with pytest.raises(Denied):
        approve(request=sent(inside), actor=inside.team)


def test_delegation_is_half_open_and_not_passed_on(inside: Company) -> None:
    first, second = add("first", "team"), add("second", "team")
    end = NOW + dt.timedelta(days=2)
    delegation = delegate(inside, first)
    delegate(inside, second, delegator=first)
    request = sent(inside)
    with pytest.raises(Denied):
        approve(request=request, actor=second)
    with time_machine.travel(end, tick=False), pytest.raises(Denied):
        approve(request=request, actor=first)
    delegation_end(delegation=delegation, actor=inside.cto)  # type: ignore[arg-type]
    with pytest.raises(Denied):
        approve(request=request, actor=first)


def test_delegations_that_make_no_sense_are_refused(inside: Company) -> None:
    with pytest.raises(Invalid, match="themselves"):
        delegate(inside, inside.cto)
    with pytest.raises(Invalid, match="observer"):
        delegate(inside, inside.observer)
    with pytest.raises(Invalid, match="ends before"):
        delegate(inside, inside.team, ends_at=NOW - dt.timedelta(hours=2))
    delegate(inside, inside.finance)
    with pytest.raises(Invalid, match="already"):
        delegate(inside, inside.team)
    delegate(inside, inside.executive, delegator=inside.finance)
    with pytest.raises(Invalid, match="circle"):
        delegate(inside, inside.cto, delegator=inside.executive)
    later = NOW + dt.timedelta(days=2)
    delegate(
        inside, inside.cto, delegator=inside.executive, starts_at=later,
        ends_at=later + dt.timedelta(days=1),
    )  # fmt: skip


# ---- changes ----


def test_material_change_restarts_and_keeps_the_trail(inside: Company) -> None:
    request = sent(inside, 20_000)
    approve(request=request, actor=inside.cto)
    decide.request_changes(request=request, actor=inside.finance, reason="Too dear.")
    requests.request_update(
        request=request, actor=inside.team, changes={"one_off_amount": D(20_001)}
    )
    request = requests.request_submit(request=request, actor=inside.team)
    assert (request.round, request.status) == (2, "submitted")
    assert names(request) == [inside.cto.name]
    assert SpendDecision.objects.filter(request=request, round=1).count() == 1
    assert "restarted" in verbs(request)
    assert request.policy.version == 1


def test_other_changes_leave_approvals_standing(inside: Company) -> None:
    request = sent(inside, 20_000)
    approve(request=request, actor=inside.cto)
    decide.request_changes(request=request, actor=inside.finance, reason="Say why.")
    changes = {"purpose": "Because.", "one_off_amount": D(19_000)}
    requests.request_update(request=request, actor=inside.team, changes=changes)
    request = requests.request_submit(request=request, actor=inside.team)
    assert (request.round, request.commitment_amount) == (1, 19_000)
    assert names(request) == [inside.finance.name]
    assert approve(request=request, actor=inside.finance).status == "approved"


def test_amending_nothing_leaves_no_mark(inside: Company) -> None:
    budget = line(inside)
    request = approved(inside, "5000", budget_line=budget, vendor="Halyard")
    before = (request.version, request.updated_at, request.status)
    count = SpendEvent.objects.count(), Notification.objects.count(), AuditEvent.objects.count()
    for changes in ({}, {"vendor": " Halyard ", "one_off_amount": D("5000.00")}):
        request = requests.request_amend(
            request=request, actor=inside.team, changes=changes, reason="A look."
        )
    assert (request.version, request.updated_at, request.status) == before
    assert Budget.objects.get(pk=budget.pk).committed == D(5000)
    assert count == (
        SpendEvent.objects.count(),
        Notification.objects.count(),
        AuditEvent.objects.count(),
    )


def test_amending_what_is_approved_gives_the_budget_back_and_asks_anew(inside: Company) -> None:
    budget = line(inside, 10_000)
    request = approved(inside, 5_000, budget_line=budget)
    budget.refresh_from_db()
    assert budget.committed == 5_000
    request = requests.request_amend(
        request=request, actor=inside.team, changes={"vendor": "Globex"}, reason="Better offer."
    )
    budget.refresh_from_db()
    assert (request.status, request.round, budget.committed) == ("submitted", 2, 0)
    approve(request=request, actor=inside.cto)
    request = requests.request_amend(
        request=request, actor=inside.team, changes={"one_off_amount": D(4_000)}, reason="Cheaper."
    )
    budget.refresh_from_db()
    assert (request.status, request.round, budget.committed) == ("approved", 2, 4_000)


def test_new_policy_never_touches_what_is_in_flight(inside: Company) -> None:
    request = sent(inside)
    policy_set(actor=inside.admin, rules=(Tier(None, False, (StepRule(("executive",)),)),))
    decide.request_changes(request=request, actor=inside.cto, reason="More words.")
    request = requests.request_submit(request=request, actor=inside.team)
    assert names(request) == [inside.cto.name]


# ---- budgets ----


def test_over_budget_needs_finance_and_loses_nothing(inside: Company) -> None:
    budget = line(inside, 8_000)
    request = sent(inside, 9_000, budget_line=budget)
    with pytest.raises(WrongState, match=r"\$1,000.00 too much"):
        approve(request=request, actor=inside.cto)
    assert names(request) == [inside.cto.name]
    decide.request_except(
        request=request, actor=inside.finance, amount=D(1_000), reason="Worth it."
    )
    request = approve(request=request, actor=inside.cto)
    budget.refresh_from_db()
    assert (budget.committed, budget.excepted, budget.available) == (9_000, 1_000, -1_000)
    requests.request_withdraw(request=request, actor=inside.team)
    budget.refresh_from_db()
    assert (budget.committed, budget.excepted, budget.available) == (0, 0, 8_000)


def test_invoices_move_money_and_the_close_releases_the_rest(inside: Company) -> None:
    budget = line(inside, 10_000)
    request = approved(inside, 5_000, budget_line=budget)
    buying.request_order(request=request, actor=inside.team, reference="PO 1")
    facts = {"request": request, "actor": inside.finance, "invoiced_on": NOW.date()}
    buying.invoice_record(reference="1", amount=D(3_000), **facts)
    with pytest.raises(Invalid, match="already"):
        buying.invoice_record(reference="1", amount=D(1), **facts)
    with pytest.raises(WrongState, match=r"\$2,000.00 of what was approved is left"):
        buying.invoice_record(reference="2", amount=D("2000.01"), **facts)
    budget.refresh_from_db()
    assert (budget.committed, budget.actual) == (2_000, 3_000)
    buying.request_close(request=request, actor=inside.finance)
    budget.refresh_from_db()
    assert (budget.committed, budget.actual, budget.available) == (0, 3_000, 7_000)


def test_withdrawing_what_waits_leaves_other_exceptions_alone(inside: Company) -> None:
    budget = line(inside, 100)
    first = sent(inside, 150, budget_line=budget)
    decide.request_except(request=first, actor=inside.finance, amount=D(50), reason="Worth it.")
    approve(request=first, actor=inside.cto)
    second = sent(inside, 10, budget_line=budget)
    decide.request_except(request=second, actor=inside.finance, amount=D(10), reason="Worth it.")
    requests.request_withdraw(request=second, actor=inside.team)
    budget.refresh_from_db()
    assert (budget.committed, budget.excepted) == (150, 50)
