"""Reminders: moved, taken back, decided when their time comes."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from tenants.isolation import tenant
from tenants.jobs.drain import drain
from tenants.jobs.registry import DUE_SOURCES
from tenants.jobs.ticking import _queue_due
from tenants.models import Job, Notification, Reminder
from tenants.notifications import reminders
from tenants.notifications.kinds import register_check
from tenants.notifications.reminders import cancel_reminders, remind, send_due
from tests.factories import Company, make_company

NOON = dt.datetime(2026, 11, 10, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def asked() -> list[Any]:
    """What the check was asked; it answers what `answers` holds."""
    return []


@pytest.fixture(autouse=True)
def answer(asked: list[Any]) -> dict[str, Any]:
    says: dict[str, Any] = {"answer": True}

    def check(**facts: Any) -> Any:
        asked.append(facts)
        if isinstance(says["answer"], Exception):
            raise says["answer"]
        return says["answer"]

    register_check("test.check", check)
    return says


def put(company: Company, at: dt.datetime = NOON + HOUR, **fields: Any) -> bool:
    defaults: dict[str, Any] = {
        "to": [company.cto],
        "kind": "test.told",
        "title": "Due",
        "dedupe_key": "thing:1:soon",
        "still_due": "test.check",
        "target": company.tenant,
        "args": {"step": 1},
    }
    return remind(at=at, **(defaults | fields))


def told() -> list[tuple[Any, str]]:
    return list(Notification.objects.order_by("id").values_list("member_id", "title"))


@time_machine.travel(NOON, tick=False)
def test_reminder_is_sent_at_its_time_once(inside: Company, asked: list[Any]) -> None:
    assert put(inside)
    send_due()
    assert (told(), asked) == ([], [])
    with time_machine.travel(NOON + HOUR, tick=False):
        send_due()
        send_due()
    assert told() == [(inside.cto.pk, "Due")]
    assert asked == [{"target_id": inside.id, "args": {"step": 1}}]
    assert Reminder.objects.get().state == "sent"


@pytest.mark.parametrize("says", [False, None, []])
@time_machine.travel(NOON, tick=False)
def test_check_decides_when_the_time_comes(
    inside: Company, answer: dict[str, Any], says: Any
) -> None:
    put(inside)
    answer["answer"] = says
    with time_machine.travel(NOON + HOUR, tick=False):
        send_due()
    assert told() == []
    assert Reminder.objects.get().state == "dropped"


@time_machine.travel(NOON, tick=False)
def test_check_may_name_other_people(inside: Company, answer: dict[str, Any]) -> None:
    put(inside)
    answer["answer"] = [inside.finance]
    with time_machine.travel(NOON + HOUR, tick=False):
        send_due()
    assert told() == [(inside.finance.pk, "Due")]


@time_machine.travel(NOON, tick=False)
def test_same_key_moves_the_reminder_and_its_words(inside: Company) -> None:
    put(inside)
    put(inside, at=NOON + 3 * HOUR, title="Due later", to=[inside.finance])
    assert Reminder.objects.count() == 1
    with time_machine.travel(NOON + 2 * HOUR, tick=False):
        send_due()
        assert told() == []
    with time_machine.travel(NOON + 3 * HOUR, tick=False):
        send_due()
    assert told() == [(inside.finance.pk, "Due later")]


@time_machine.travel(NOON, tick=False)
def test_reminder_that_was_sent_and_is_moved_is_sent_again(inside: Company) -> None:
    put(inside)
    with time_machine.travel(NOON + HOUR, tick=False):
        send_due()
        put(inside, at=NOON + 2 * HOUR)
    with time_machine.travel(NOON + 2 * HOUR, tick=False):
        send_due()
    assert len(told()) == 2


@time_machine.travel(NOON, tick=False)
def test_time_that_has_passed_reminds_nobody_and_takes_back(inside: Company) -> None:
    assert put(inside)
    assert not put(inside, at=NOON - HOUR)
    assert Reminder.objects.get().state == "cancelled"


@time_machine.travel(NOON, tick=False)
def test_cancel_takes_back_those_that_begin_so(inside: Company) -> None:
    for key in ("thing:1:soon", "thing:1:late", "thing:10:soon"):
        put(inside, dedupe_key=key)
    assert cancel_reminders("thing:1:") == 2
    assert cancel_reminders("thing:1:") == 0
    with time_machine.travel(NOON + HOUR, tick=False):
        send_due()
    assert len(told()) == 1
    with pytest.raises(ValueError, match="beginning"):
        cancel_reminders("")


@time_machine.travel(NOON, tick=False)
def test_check_that_fails_keeps_no_other_from_its_time(
    inside: Company, answer: dict[str, Any]
) -> None:
    put(inside, dedupe_key="a")
    register_check("test.fine", lambda **facts: True)
    put(inside, dedupe_key="b", still_due="test.fine", title="Fine")
    answer["answer"] = RuntimeError("broken")
    with time_machine.travel(NOON + HOUR, tick=False):
        send_due()
        assert [title for _, title in told()] == ["Fine"]
    answer["answer"] = True
    with time_machine.travel(NOON + 3 * HOUR, tick=False):
        send_due()
    assert len(told()) == 2


def test_unknown_check_and_missing_key_are_bugs(inside: Company) -> None:
    with pytest.raises(KeyError):
        put(inside, still_due="no.such")
    with pytest.raises(ValueError, match="dedupe_key"):
        put(inside, dedupe_key="")


def test_tick_finds_due_reminders_of_each_company(
    committed_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "STEP", 1)
    companies = [make_company("northwind"), make_company("contoso"), make_company("fabrikam")]
    for company in companies[:2]:
        with tenant(company.id):
            for key in ("a", "b"):
                put(company, at=timezone.now() + HOUR, dedupe_key=key)
            Reminder.objects.update(run_at=timezone.now())
    with tenant(companies[2].id):
        put(companies[2], at=timezone.now() + HOUR)
    for _ in range(2):
        _queue_due(DUE_SOURCES["notifications.remind"])
    drain(queues=["default"])
    found = []
    for company in companies:
        with tenant(company.id):
            jobs = Job.objects.filter(kind="notifications.remind").count()
            found.append((jobs, len(told())))
    assert found == [(1, 2), (1, 2), (0, 0)]
