"""What approved money was good for: asked on its day, once more when late, shown and written down;
and asking again for what was not approved."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client

from decisions.aftermath import look_state
from decisions.models import SpendRequest
from decisions.services import buying, decide, requests
from kpis.models import Kpi
from tenants.errors import Invalid, WrongState
from tenants.isolation import tenant
from tenants.models import Member, Notification
from tenants.notifications.reminders import send_due
from tests.decisions.builders import approved, sent
from tests.factories import Company

SignIn = Callable[[Any], Client]
DUE_ON = dt.date(2026, 11, 2)  # a Monday


def planned(company: Company, **facts: Any) -> SpendRequest:
    """An approved request of the team member whose benefit is to be looked at on DUE_ON."""
    request = approved(company)
    facts = {"actor": company.team, "review_on": DUE_ON, "expected": "Half as slow"} | facts
    return buying.benefit_plan(request=request, **facts)


def told(*, on: dt.date, hour: int = 14) -> list[tuple[Member, str]]:
    """Who is reminded unread, once the clock of that day (UTC) has been looked at."""
    with time_machine.travel(dt.datetime.combine(on, dt.time(hour), tzinfo=dt.UTC), tick=False):
        while send_due():
            pass
    rows = Notification.objects.filter(kind="spend.benefit_due", read_at=None).order_by("id")
    return [(row.member, row.title.partition(" SR-")[0]) for row in rows]


def test_who_asked_is_reminded_on_the_morning_and_once_when_late(inside: Company) -> None:
    request = planned(inside)
    assert told(on=DUE_ON, hour=12) == []  # 07:00 at the company's
    first = (inside.team, "Look at the benefit of")
    assert told(on=DUE_ON) == [first]
    assert told(on=dt.date(2026, 11, 6)) == [first]
    late = (inside.team, "Late: nobody has looked at the benefit of")
    assert told(on=dt.date(2026, 11, 9)) == [first, late]
    buying.benefit_review(request=request, actor=inside.cto, note="It is half as slow.")
    assert told(on=dt.date(2026, 12, 1)) == []


def test_another_day_moves_the_reminder_and_who_left_is_not_asked(inside: Company) -> None:
    request = planned(inside)
    planned_again = {"request": request, "actor": inside.cto, "review_on": dt.date(2026, 11, 10)}
    again = [buying.benefit_plan(**planned_again) for _ in range(2)]
    assert again[0].updated_at == again[1].updated_at
    assert told(on=DUE_ON) == []
    Member.objects.filter(pk=inside.team.pk).update(status="left", left_at=request.decided_at)
    assert {member for member, _ in told(on=dt.date(2026, 11, 10))} == {inside.cto, inside.finance}


def test_benefit_looked_at_is_not_planned_again_and_absurd_days_are_refused(
    inside: Company,
) -> None:
    request = approved(inside)
    for day, words in ((dt.date(2026, 10, 15), "date to come"), (dt.date.max, "ten years")):
        with pytest.raises(Invalid) as refused:
            buying.benefit_plan(request=request, actor=inside.team, review_on=day)
        assert words in refused.value.errors["review_on"]
    request = buying.benefit_plan(request=request, actor=inside.team, review_on=DUE_ON)
    assert look_state(request, DUE_ON - dt.timedelta(days=1)) == ("none", "Planned")
    assert look_state(request, DUE_ON) == ("wait", "Due today")
    assert look_state(request, DUE_ON + dt.timedelta(days=1)) == ("bad", "Late")
    buying.benefit_review(request=request, actor=inside.team, note="It is half as slow.")
    with pytest.raises(WrongState, match="reviewed already"):
        buying.benefit_plan(request=request, actor=inside.team, review_on=dt.date(2027, 1, 1))


def test_benefit_that_is_due_waits_in_the_list_and_is_written_down_on_the_page(
    company: Company, sign_in: SignIn
) -> None:
    with tenant(company.id):
        request = planned(company, kpi=Kpi.objects.get(key="response_time"))
    at = f"/t/{company.slug}/spend/"
    with time_machine.travel(dt.datetime(2026, 11, 3, 15, tzinfo=dt.UTC)):
        asks = sign_in(company.team)
        listed = asks.get(at).content.decode()
        assert "Look at its benefit" in listed
        page = asks.get(f"{at}{request.pk}/").content.decode()
        for words in ("Late", "Was it worth it?", "Expected: Half as slow", "no whole month"):
            assert words in page
        answer = asks.post(f"{at}{request.pk}/benefit-review/", {"note": ""})
        assert answer.status_code == 422
        assert "Fill this in." in answer.content.decode()
        done = asks.post(f"{at}{request.pk}/benefit-review/", {"note": "Half as slow indeed."})
        assert done.status_code == 303
        assert "Look at its benefit" not in asks.get(at).content.decode()
        assert "Half as slow indeed." in asks.get(f"{at}{request.pk}/").content.decode()


@pytest.mark.parametrize("end", ["rejected", "withdrawn", "expired"])
def test_what_is_over_is_asked_again_from_what_it_said(
    company: Company, sign_in: SignIn, end: str
) -> None:
    with tenant(company.id):
        request = sent(company, "4321", vendor="Halyard Networks")
        if end == "rejected":
            decide.request_reject(request=request, actor=company.cto, reason="Not this year.")
        elif end == "withdrawn":
            requests.request_withdraw(request=request, actor=company.team)
        else:
            SpendRequest.objects.filter(pk=request.pk).update(status=end)
    at = f"/t/{company.slug}/spend/"
    again = f"{at}new/?from={request.pk}"
    asks = sign_in(company.team)
    assert again in asks.get(f"{at}{request.pk}/").content.decode()
    assert again not in sign_in(company.cto).get(f"{at}{request.pk}/").content.decode()
    form = asks.get(again).content.decode()
    for words in (f"As in {request.reference}.", "4,321.00", "Halyard Networks", "Tier 1, under"):
        assert words in form
    assert asks.get(f"{at}new/?from={company.id}").status_code == 404
    assert asks.get(f"{at}new/?from=x").status_code == 404
    with tenant(company.id):
        assert SpendRequest.objects.count() == 1  # looking stores nothing
