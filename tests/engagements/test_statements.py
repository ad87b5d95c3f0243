"""Alerts, hours above the agreed ones, closed months, and what a day's run does."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from engagements import policies, services
from engagements.models import (
    Engagement,
    OverageApproval,
    Reminder,
    RetainerAlert,
    Statement,
    StatusChange,
)
from engagements.overage import overage_of
from engagements.services.daily import daily_run
from engagements.statement_csv import statement_csv
from engagements.statements import statement_of
from tenants.errors import Denied, Invalid, WrongState
from tenants.models import AuditEvent, Notification
from tenants.permissions import Role
from tenants.policies import allowed
from tenants.services import member_set_roles
from tests.engagements.builders import D, add_terms, log, make_engagement
from tests.factories import Company

SEPTEMBER, OCTOBER = D(2026, 9, 1), D(2026, 10, 1)
TODAY = D(2026, 10, 15)


def on(*parts: int) -> time_machine.travel:
    return time_machine.travel(dt.datetime(*parts, 15, tzinfo=dt.UTC), tick=False)  # type: ignore[arg-type]


@pytest.fixture
def small(inside: Company) -> Engagement:
    """10 hours a month, 240 an hour above."""
    engagement = make_engagement(inside)
    add_terms(
        engagement, inside, hours_per_month=Decimal(10), overage_rate=Decimal(240),
        rollover="capped", rollover_cap_minutes=300, rollover_expiry_months=2,
    )  # fmt: skip
    return engagement


def percents() -> list[int]:
    return sorted(RetainerAlert.objects.values_list("percent", flat=True))


# ---- alerts ----


def test_each_share_is_alerted_once_whatever_is_deleted_and_logged_again(
    inside: Company, engagement: Engagement
) -> None:
    log(engagement, inside, D(2026, 10, 13), 1440)
    log(engagement, inside, D(2026, 10, 14), 479)
    assert percents() == []
    entry = log(engagement, inside, TODAY, 1)  # 1920 of 2400 is 80 %
    assert percents() == [80]
    for _ in range(3):
        services.time_delete(entry=entry, actor=inside.cto)
        services.time_restore(entry=entry, actor=inside.cto)
    log(engagement, inside, TODAY, 480)
    assert percents() == [80, 100]
    told = Notification.objects.filter(kind="retainer.alert")
    assert sorted(told.values_list("member__roles", flat=True)) == sorted(
        [["cto"], ["cto"], ["executive"], ["executive"]]
    )


def test_a_leap_over_two_shares_tells_of_the_higher_alone(
    inside: Company, small: Engagement
) -> None:
    log(small, inside, TODAY, 901)  # of 600 and 300 rolled over
    assert percents() == [80, 100]
    assert AuditEvent.objects.filter(verb="retainer.alerted").count() == 1
    log(small, inside, D(2026, 9, 2), 700)  # another month has its own
    assert percents() == [80, 80, 100, 100]


def test_shares_are_configurable_and_fewer_hours_reach_them_too(inside: Company) -> None:
    engagement = make_engagement(inside, alert_percents=[90, 50, 50])
    assert engagement.alert_percents == [50, 90]
    log(engagement, inside, TODAY, 300)
    assert percents() == [], "no hours are agreed: nothing to have a share of"
    add_terms(engagement, inside, hours_per_month=Decimal(10))
    assert percents() == [50]
    with pytest.raises(Invalid):
        services.engagement_update(
            engagement=engagement, actor=inside.admin, changes={"alert_percents": [0]}
        )


# ---- hours above ----


def approval(minutes: int, rate: str = "240", cap: str | None = None) -> OverageApproval:
    return OverageApproval(
        minutes=minutes,
        rate=Decimal(rate),
        amount_cap=Decimal(cap) if cap else None,
        status="approved",
    )


def test_overage_is_covered_in_the_order_of_approval() -> None:
    found = overage_of(200, [approval(60), approval(90, "300", "400")])
    assert [(line.minutes, line.amount, line.is_capped) for line in found.lines] == [
        (60, Decimal("240.00"), False), (90, Decimal("400"), True),
    ]  # fmt: skip
    assert (found.approved_minutes, found.unapproved_minutes) == (150, 50)
    assert found.amount == Decimal(640)
    assert overage_of(1, [approval(60, "100")]).amount == Decimal("1.67")
    assert overage_of(0, [approval(60)]).lines == []


def test_overage_costs_whole_units_where_the_currency_has_no_cents() -> None:
    yen = approval(60, "100")
    yen.currency = "JPY"
    assert overage_of(1, [yen]).amount == Decimal(2)
    assert overage_of(60, [approval(60, cap="0.01")]).amount == Decimal("0.01")


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 3000),
    st.lists(st.tuples(st.integers(1, 900), st.integers(0, 400), st.none() | st.integers(0, 999)),
             max_size=5),
)  # fmt: skip
def test_overage_never_charges_what_nobody_approved(
    over: int, rows: list[tuple[int, int, int | None]]
) -> None:
    approvals = [
        OverageApproval(
            minutes=m,
            rate=Decimal(r),
            amount_cap=None if c is None else Decimal(c),
            status="approved",
        )
        for m, r, c in rows
    ]
    found = overage_of(over, approvals)
    assert found.approved_minutes + found.unapproved_minutes == over
    assert found.approved_minutes == min(over, sum(m for m, _, _ in rows))
    for line in found.lines:
        cap = line.approval.amount_cap
        assert cap is None or line.amount <= cap
        assert abs(line.amount - line.approval.rate * line.minutes / 60) < Decimal("0.01") or (
            line.amount == cap
        )


def test_unapproved_hours_are_recorded_and_approved_afterwards(
    inside: Company, small: Engagement
) -> None:
    log(small, inside, TODAY, 1020)  # 7 hours above 10, and 5 rolled over
    content = statement_of(small, OCTOBER).content
    assert (content["over_minutes"], content["unapproved_over_minutes"]) == (120, 120)
    assert content["total_amount"] == "0.00"
    asked = services.overage_request(
        engagement=small, actor=inside.cto, on_month=TODAY, minutes=120, note="Outage"
    )
    assert asked.rate == Decimal(240)
    with pytest.raises(WrongState):
        services.overage_request(engagement=small, actor=inside.cto, on_month=TODAY, minutes=5)
    with pytest.raises(Invalid):
        services.overage_decide(approval=asked, actor=inside.executive, approve=False)
    with pytest.raises(Invalid):
        services.overage_decide(approval=asked, actor=inside.executive, approve=True, minutes=121)
    services.overage_decide(approval=asked, actor=inside.executive, approve=True, minutes=90)
    with pytest.raises(WrongState, match="approved already"):
        services.overage_decide(approval=asked, actor=inside.admin, approve=True)
    content = statement_of(small, OCTOBER).content
    assert (content["approved_over_minutes"], content["unapproved_over_minutes"]) == (90, 30)
    assert content["total_amount"] == "360.00"


def test_client_approves_ahead_and_a_form_sent_twice_approves_once(
    inside: Company, small: Engagement
) -> None:
    facts: dict[str, Any] = {
        "engagement": small, "actor": inside.executive, "on_month": TODAY, "minutes": 60,
        "approval_id": UUID("01900000-0000-7000-8000-000000000001"),
    }  # fmt: skip
    assert services.overage_approve(**facts) == services.overage_approve(**facts)
    assert OverageApproval.objects.count() == 1
    for month in (D(2026, 8, 1), D(2029, 1, 1)):
        with pytest.raises(Invalid):
            services.overage_approve(**facts | {"on_month": month, "approval_id": None})
    with pytest.raises(Invalid):
        services.overage_approve(**facts | {"minutes": 0, "approval_id": None})


def test_overage_without_a_rate_is_asked_for_one(inside: Company, engagement: Engagement) -> None:
    with pytest.raises(Invalid) as refused:
        services.overage_request(engagement=engagement, actor=inside.cto, on_month=TODAY, minutes=5)
    assert set(refused.value.errors) == {"rate"}


def test_nobody_approves_their_own_hours(inside: Company, small: Engagement) -> None:
    both = member_set_roles(member=inside.cto, actor=inside.admin, roles=["cto", "executive"])
    with pytest.raises(Denied, match="Somebody else"):
        services.overage_approve(engagement=small, actor=both, on_month=TODAY, minutes=60)
    asked = services.overage_request(engagement=small, actor=both, on_month=TODAY, minutes=60)
    with pytest.raises(Denied):
        services.overage_decide(approval=asked, actor=both, approve=True)
    for _ in range(2):
        assert services.overage_withdraw(approval=asked, actor=both).status == "withdrawn"


def test_revoked_hours_stay_where_they_are_used(inside: Company, small: Engagement) -> None:
    facts: dict[str, Any] = {"engagement": small, "actor": inside.executive, "on_month": TODAY}
    first = services.overage_approve(**facts, minutes=60)
    second = services.overage_approve(**facts, minutes=90)
    log(small, inside, TODAY, 1000)  # 100 minutes above 600 and 300 rolled over
    with pytest.raises(WrongState, match="All of these hours are used"):
        services.overage_revoke(approval=first, actor=inside.executive, note="Too much")
    with pytest.raises(Invalid) as refused:
        services.overage_revoke(approval=second, actor=inside.executive, note=" ")
    assert set(refused.value.errors) == {"note"}
    with pytest.raises(Denied):
        services.overage_revoke(approval=second, actor=inside.cto, note="Too much")
    for _ in range(2):
        second = services.overage_revoke(approval=second, actor=inside.admin, note="Too much")
    assert (second.status, second.kept_minutes, second.minutes) == ("revoked", 40, 90)
    event = AuditEvent.objects.get(verb="overage.revoked")
    assert (event.changes["kept_minutes"], event.changes["note"]) == (40, "Too much")
    log(small, inside, TODAY, 30)  # above, and nobody approves it any more
    content = statement_of(small, OCTOBER).content
    assert (content["approved_over_minutes"], content["unapproved_over_minutes"]) == (100, 30)
    assert content["total_amount"] == "400.00"
    third = services.overage_approve(**facts, minutes=20)
    assert statement_of(small, OCTOBER).content["approved_over_minutes"] == 120
    fourth = services.overage_approve(**facts, minutes=50)
    fourth = services.overage_revoke(approval=fourth, actor=inside.admin, note="Again")
    assert fourth.kept_minutes == 10
    with pytest.raises(WrongState):
        services.overage_decide(approval=third, actor=inside.admin, approve=False, note="Late")


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_truth_table_of_roles(inside: Company, small: Engagement, role: str) -> None:
    actor = inside.member(role)
    client, cto = role in ("admin", "executive"), role == "cto"
    facts: dict[str, Any] = {"actor": actor, "engagement": small}
    assert allowed(policies.check_can_approve_overage, **facts) == client
    assert allowed(policies.check_can_request_overage, **facts) == cto
    assert allowed(policies.check_can_close_month, **facts) == (client or cto)
    assert allowed(policies.check_can_give_notice, **facts) == (client or cto)
    proposed = Engagement(status="proposed", cto=inside.cto, tenant=inside.tenant)
    facts["engagement"] = proposed
    assert not allowed(policies.check_can_request_overage, **facts)
    assert not allowed(policies.check_can_close_month, **facts)
    assert not allowed(policies.check_can_give_notice, **facts)


# ---- closed months ----


def test_closed_month_stays_and_corrections_stand_in_the_next(
    inside: Company, small: Engagement
) -> None:
    kept = log(small, inside, D(2026, 9, 2), 120, note="Audit")
    gone = log(small, inside, D(2026, 9, 3), 60)
    statement = services.month_close(engagement=small, month=SEPTEMBER, actor=inside.cto)
    before = json.dumps(statement.content, sort_keys=True)
    assert services.month_close(engagement=small, month=SEPTEMBER, actor=inside.admin) == statement
    assert statement.content["carried_minutes"] == 300
    services.time_update(entry=kept, actor=inside.cto, changes={"minutes": 150})
    services.time_delete(entry=gone, actor=inside.cto)
    log(small, inside, D(2026, 9, 30), 400)
    shown = statement_of(small, SEPTEMBER)
    assert json.dumps(shown.content, sort_keys=True) == before, "a closed month is what it was"
    assert (shown.is_closed, shown.closed_by) == (True, inside.cto.name)
    october = statement_of(small, OCTOBER).content
    changes = {(a["kind"], a["change_minutes"]) for a in october["adjustments"]}
    assert changes == {("changed", 30), ("removed", -60), ("added", 400)}
    # 550 of 600 used now, 50 go over instead of the 300 that were stated
    assert october["rolled_over_minutes"] == 50
    assert october["rolled_over_correction_minutes"] == -250
    assert october["granted_minutes"] + 50 - october["used_minutes"] == october["left_minutes"]


def test_corrections_are_told_once(inside: Company, small: Engagement) -> None:
    log(small, inside, D(2026, 9, 2), 120)
    services.month_close(engagement=small, month=SEPTEMBER, actor=inside.cto)
    log(small, inside, D(2026, 9, 3), 720)  # 840 of 600: 240 above
    services.overage_approve(
        engagement=small, actor=inside.executive, on_month=SEPTEMBER, minutes=240
    )
    with on(2026, 11, 2):
        october = services.month_close(engagement=small, month=OCTOBER, actor=inside.cto)
        kinds = [(a["kind"], a["amount"]) for a in october.content["adjustments"]]
        assert kinds == [("added", "0.00"), ("overage", "960.00")]
        assert october.content["total_amount"] == "960.00"
        assert statement_of(small, D(2026, 11, 1)).content["adjustments"] == []
        assert "960.00" in statement_csv(statement_of(small, OCTOBER))


def test_months_close_in_order_and_when_they_are_over(inside: Company, small: Engagement) -> None:
    with pytest.raises(WrongState, match="not over yet"):
        services.month_close(engagement=small, month=OCTOBER, actor=inside.cto)
    with pytest.raises(Invalid):
        services.month_close(engagement=small, month=D(2026, 8, 1), actor=inside.cto)
    with on(2026, 11, 2), pytest.raises(WrongState, match="September is open"):
        services.month_close(engagement=small, month=OCTOBER, actor=inside.cto)
    for month in (D(2026, 8, 1), D(2026, 11, 1)):
        with pytest.raises(Invalid):
            statement_of(small, month)


def test_csv_never_starts_a_formula(inside: Company, small: Engagement) -> None:
    log(small, inside, TODAY, 30, note="=1+1")
    lines = statement_csv(statement_of(small, OCTOBER)).splitlines()
    assert any("'=1+1" in line for line in lines)
    assert lines[0].startswith("part,month,what,date")


# ---- once a day ----


def run(company: Company) -> None:
    daily_run(company.tenant)


def test_daily_run_closes_months_on_the_agreed_working_day(
    inside: Company, small: Engagement
) -> None:
    with on(2026, 10, 6):  # the fourth working day of October
        run(inside)
        assert not Statement.objects.exists()
    with on(2026, 10, 7):
        run(inside)
        run(inside)
        assert list(Statement.objects.values_list("month", flat=True)) == [SEPTEMBER]


def test_daily_run_ends_what_is_over_and_reminds_once(inside: Company) -> None:
    engagement = make_engagement(inside, ends_on=D(2026, 11, 30))
    add_terms(engagement, inside, notice_days=30)  # renewal is decided by 31 October, asked 17 on
    run(inside)
    assert not Reminder.objects.exists()
    with on(2026, 10, 17):
        run(inside)
        run(inside)
        assert list(Reminder.objects.values_list("kind", flat=True)) == ["renewal"]
    with on(2026, 11, 29):
        run(inside)
    assert Reminder.objects.filter(kind="ends").count() == 1
    with on(2026, 11, 30):
        run(inside)
        engagement.refresh_from_db()
        assert engagement.status == "active"
    with on(2026, 12, 1):
        run(inside)
        run(inside)
    engagement.refresh_from_db()
    assert (engagement.status, engagement.ends_on) == ("ended", D(2026, 11, 30))
    step = StatusChange.objects.get()
    assert (step.reason, step.changed_by) == ("Its last day has passed.", None)


# ---- notice ----


def test_notice_ends_it_by_its_terms_and_can_be_withdrawn(
    inside: Company, engagement: Engagement
) -> None:
    with pytest.raises(Invalid):
        services.notice_give(engagement=engagement, actor=inside.cto, reason=" ")
    notice = services.notice_give(engagement=engagement, actor=inside.cto, reason="New role")
    assert (notice.ends_on, notice.side, notice.notice_days) == (D(2026, 11, 14), "cto", 30)
    engagement.refresh_from_db()
    assert engagement.ends_on == D(2026, 11, 14)
    with pytest.raises(WrongState, match="gave notice on 15 Oct 2026"):
        services.notice_give(engagement=engagement, actor=inside.executive, reason="We too")
    with pytest.raises(Denied):
        services.notice_withdraw(notice=notice, actor=inside.executive)
    services.notice_withdraw(notice=notice, actor=inside.cto)
    engagement.refresh_from_db()
    assert engagement.ends_on is None
    with pytest.raises(WrongState):
        services.notice_withdraw(notice=notice, actor=inside.cto)


def test_notice_for_later_than_the_agreed_end_is_pointless(inside: Company) -> None:
    engagement = make_engagement(inside, ends_on=D(2026, 10, 31))
    add_terms(engagement, inside)
    with pytest.raises(WrongState, match="ends on 31 Oct 2026 anyway"):
        services.notice_give(engagement=engagement, actor=inside.admin, reason="Budget")
