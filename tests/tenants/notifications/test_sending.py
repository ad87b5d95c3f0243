"""Mails: what goes out to whom and when, once; and what a mail carries."""

import datetime as dt
import re
import zoneinfo
from email import message_from_string
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants import services as people
from tenants.colours import shades
from tenants.errors import Denied, Invalid
from tenants.isolation import tenant
from tenants.jobs.drain import drain
from tenants.models import (
    AuditEvent,
    Delivery,
    Digest,
    Job,
    Member,
    Notification,
    NotificationPreferences,
    Tenant,
    User,
)
from tenants.notifications.mails import unsubscribe_token
from tenants.notifications.preferences import preferences, preferences_update
from tenants.notifications.sending import send_digest, send_one
from tenants.notifications.services import mark_all_read, notify
from tenants.notifications.timing import next_digest, quiet_ends_at
from tests.factories import BOWLINE, Company, make_company

NOON = dt.datetime(2026, 11, 10, 17, tzinfo=dt.UTC)  # in New York
MIDNIGHT = dt.datetime(2026, 11, 11, 5, tzinfo=dt.UTC)
ZONES = ["UTC", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata"]
TIMES = st.times().map(lambda time: time.replace(second=0, microsecond=0, tzinfo=None))
INSTANTS = st.integers(0, 3 * 366 * 24 * 60).map(
    lambda minutes: dt.datetime(2025, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=minutes)
)


def choose(member: Member, **changes: Any) -> NotificationPreferences:
    return preferences_update(member=member, actor=member, changes=changes)


def run(kind: str = "notifications.mail") -> int:
    """Run the waiting jobs of a kind that are due, inside the test's own transaction."""
    now = dt.datetime.now(tz=dt.UTC)
    due = list(Job.objects.filter(kind=kind, state="queued", run_at__lte=now).order_by("id"))
    for job in due:
        if kind == "notifications.mail":
            send_one(delivery_id=job.args["delivery_id"], job_id=job.pk)
        else:
            day = dt.date.fromisoformat(job.args["day"])
            send_digest(member_id=job.args["member_id"], day=day, job_id=job.pk)
        job.state = "done"
        job.save(update_fields=["state"])
    return len(due)


def tell(company: Company, kind: str = "test.mailed", title: str = "Look", **more: Any) -> None:
    notify(to=[company.cto], kind=kind, title=title, **more)


def reasons() -> list[tuple[str, str]]:
    return list(Delivery.objects.order_by("id").values_list("state", "reason"))


@time_machine.travel(NOON, tick=False)
def test_mail_says_what_and_where_and_how_to_stop_it(inside: Company, settings: Any) -> None:
    settings.BASE_URL = "https://bowline.example.com/"
    tell(
        inside,
        title="Approve $38,500 <now>",
        body="For the gateway.",
        link="audit/",
        deadline=NOON + dt.timedelta(hours=5),
        actions=[("Approve", "audit/?do=approve")],
    )
    assert run() == 1
    (sent,) = mail.outbox
    job, note = Job.objects.get(kind="notifications.mail"), Notification.objects.get()
    raw = message_from_string(sent.message().as_string())
    assert sent.to == [inside.cto.email]
    assert sent.subject == "Approve $38,500 <now> (Northwind)"
    assert raw["Message-ID"] == f"<{job.pk}@bowline.example.com>"
    assert raw["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert raw["List-Unsubscribe"].strip().startswith("<https://bowline.example.com/acc")
    assert raw["Auto-Submitted"] == "auto-generated"
    assert isinstance(sent, EmailMultiAlternatives)
    html = str(sent.alternatives[0][0])
    at = f"https://bowline.example.com/t/northwind/notifications/{note.pk}/"
    for text in (sent.body, html):
        assert at in text
        assert "By Tue 10 Nov, 17:00 EST" in text
        assert "Mailing" in text
    assert "&lt;now&gt;" in html
    assert f"Approve: {at}?action=0&s=" in sent.body
    assert reasons() == [("sent", "")]


@time_machine.travel(NOON, tick=False)
def test_mail_wears_the_companys_colour_in_both_themes(inside: Company) -> None:
    Tenant.objects.filter(pk=inside.id).update(brand_color="#14603a")
    tell(inside, actions=[("Approve", "audit/?do=approve"), ("Reject", "audit/?do=reject")])
    assert run() == 1
    (sent,) = mail.outbox
    assert isinstance(sent, EmailMultiAlternatives)
    html = str(sent.alternatives[0][0])
    head, body = html.split("</head>")
    assert shades("#14603a").dark in head
    assert body.count("background:#14603a") == 2  # the company's tile and the first answer
    assert "http" not in head  # nothing is fetched from anywhere


@time_machine.travel(NOON, tick=False)
def test_repeat_of_a_job_sends_nothing_twice(inside: Company) -> None:
    tell(inside)
    job = Job.objects.get(kind="notifications.mail")
    for _ in range(3):
        send_one(delivery_id=job.args["delivery_id"], job_id=job.pk)
    assert len(mail.outbox) == 1


@time_machine.travel(NOON, tick=False)
def test_what_the_person_wants_counts_when_it_is_sent(inside: Company) -> None:
    for _ in range(4):
        tell(inside)
    waiting = list(Job.objects.filter(kind="notifications.mail").order_by("id"))

    def send(number: int) -> tuple[str, str]:
        job = waiting[number]
        send_one(delivery_id=job.args["delivery_id"], job_id=job.pk)
        row = Delivery.objects.get(pk=job.args["delivery_id"])
        return row.state, row.reason

    choose(inside.cto, email={"mailing": "off"})
    assert send(0) == ("skipped", "The person wants no mail of this sort.")
    choose(inside.cto, email={"mailing": "suggested"})
    mark_all_read(actor=inside.cto)
    assert send(1) == ("skipped", "It was read in the app first.")
    Notification.objects.update(read_at=None)
    choose(inside.cto, email={"mailing": "daily"})
    assert send(2) == ("waiting", "")
    people.member_remove(member=inside.cto, actor=BOWLINE)
    assert send(3) == ("skipped", "The person has left.")
    assert mail.outbox == []


@time_machine.travel(NOON, tick=False)
def test_quiet_hours_hold_a_mail_back_and_urgent_ones_pass_and_say_so(inside: Company) -> None:
    choose(inside.cto, quiet_from=dt.time(22), quiet_until=dt.time(7))
    with time_machine.travel(MIDNIGHT, tick=False):
        tell(inside)
        tell(inside, kind="test.urgent", title="Now")
        assert run() == 1
    assert [sent.subject for sent in mail.outbox] == ["Now (Northwind)"]
    assert "did not wait for the end of your quiet hours" in mail.outbox[0].body
    with time_machine.travel(MIDNIGHT + dt.timedelta(hours=7), tick=False):
        run()
    assert "quiet hours" not in mail.outbox[1].body
    choose(inside.cto, urgent_passes=False)
    with time_machine.travel(MIDNIGHT + dt.timedelta(days=1), tick=False):
        tell(inside, kind="test.urgent")
        assert run() == 0


@time_machine.travel(NOON, tick=False)
def test_quiet_hours_that_begin_meanwhile_hold_it_back_too(inside: Company) -> None:
    tell(inside)
    choose(inside.cto, quiet_from=dt.time(11), quiet_until=dt.time(20))
    run()
    assert mail.outbox == []
    with time_machine.travel(NOON + dt.timedelta(hours=9), tick=False):
        run()
    assert len(mail.outbox) == 1


@time_machine.travel(NOON, tick=False)
def test_digest_is_one_a_day_with_everything_that_waited(inside: Company) -> None:
    for number in range(3):
        tell(inside, kind="test.daily", title=f"Thing {number}")
    Notification.objects.filter(title="Thing 1").update(read_at=NOON)
    assert Job.objects.filter(kind="notifications.digest").count() == 1
    morning = dt.datetime(2026, 11, 11, 13, tzinfo=dt.UTC)  # 08:00 in New York
    with time_machine.travel(morning - dt.timedelta(minutes=1), tick=False):
        assert run("notifications.digest") == 0
    with time_machine.travel(morning, tick=False):
        assert run("notifications.digest") == 1
        (sent,) = mail.outbox
        assert sent.subject == "Northwind: 2 things since the last digest"
        assert re.findall(r"Thing \d", sent.body) == ["Thing 0", "Thing 2"]
        tell(inside, kind="test.daily", title="Later that day")
        job = Job.objects.filter(kind="notifications.digest", state="queued").get()
        assert job.run_at == morning + dt.timedelta(days=1)
        send_digest(member_id=inside.cto.pk, day=dt.date(2026, 11, 11), job_id=job.pk)
    assert len(mail.outbox) == 1
    assert Digest.objects.get().day == dt.date(2026, 11, 11)


@time_machine.travel(NOON, tick=False)
def test_digest_follows_the_hour_chosen_last(inside: Company) -> None:
    tell(inside, kind="test.daily")
    choose(inside.cto, digest_hour=18)
    with time_machine.travel(NOON + dt.timedelta(hours=6), tick=False):
        assert run("notifications.digest") == 1
    assert len(mail.outbox) == 1
    with time_machine.travel(NOON + dt.timedelta(hours=21), tick=False):
        run("notifications.digest")
    assert len(mail.outbox) == 1


@time_machine.travel(NOON, tick=False)
def test_refused_address_is_noted_and_trouble_is_retried(
    inside: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    error: list[Exception] = [SMTPServerDisconnected("gone")]

    def refuse(self: Any, **kwargs: Any) -> int:
        raise error[0]

    monkeypatch.setattr(EmailMultiAlternatives, "send", refuse)
    tell(inside)
    job = Job.objects.get(kind="notifications.mail")
    for trouble in (error[0], SMTPRecipientsRefused({"a": (451, b"later")})):
        error[0] = trouble
        with pytest.raises(type(trouble)):
            send_one(delivery_id=job.args["delivery_id"], job_id=job.pk)
        Delivery.objects.update(state="waiting")  # what the rollback does
    error[0] = SMTPRecipientsRefused({"a": (550, b"no such user")})
    send_one(delivery_id=job.args["delivery_id"], job_id=job.pk)
    assert reasons() == [("failed", "The mail server refused the address (550).")]


class Died(BaseException):
    """What a killed worker looks like from inside."""


def test_worker_that_dies_before_the_mail_server_answers_loses_nothing(
    committed_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = make_company("northwind")
    real = EmailMultiAlternatives.send

    def die(self: Any, **kwargs: Any) -> int:
        raise Died

    with tenant(company.id):
        tell(company)
    monkeypatch.setattr(EmailMultiAlternatives, "send", die)
    with pytest.raises(Died):
        drain(queues=["mail"])
    monkeypatch.setattr(EmailMultiAlternatives, "send", real)
    with tenant(company.id):
        assert reasons() == [("waiting", "")]
        Job.objects.filter(state="running").update(lease_until=dt.datetime.now(tz=dt.UTC))
    drain(queues=["mail"])
    drain(queues=["mail"])
    with tenant(company.id):
        assert reasons() == [("sent", "")]
    assert len(mail.outbox) == 1


def test_worker_that_dies_after_the_answer_repeats_the_very_same_mail(
    committed_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = make_company("northwind")
    real = EmailMultiAlternatives.send

    def send_and_die(self: Any, **kwargs: Any) -> int:
        real(self, **kwargs)
        raise Died

    with tenant(company.id):
        tell(company)
    monkeypatch.setattr(EmailMultiAlternatives, "send", send_and_die)
    with pytest.raises(Died):
        drain(queues=["mail"])
    monkeypatch.setattr(EmailMultiAlternatives, "send", real)
    with tenant(company.id):
        Job.objects.filter(state="running").update(lease_until=dt.datetime.now(tz=dt.UTC))
    drain(queues=["mail"])
    ids = [sent.extra_headers["Message-ID"] for sent in mail.outbox]
    assert len(ids) == 2
    assert len(set(ids)) == 1


@pytest.mark.parametrize("method", ["get", "post"])
@time_machine.travel(NOON, tick=False)
def test_unsubscribe_link_stops_one_group_without_a_sign_in(company: Company, method: str) -> None:
    address = "/accounts/notifications/unsubscribe/{}/"
    token = unsubscribe_token(company.cto, "mailing")
    answer = getattr(Client(enforce_csrf_checks=True), method)(address.format(token))
    assert answer.status_code == 200
    assert company.cto.email in answer.content.decode()
    assert "from Northwind." in answer.content.decode()
    with tenant(company.id):
        chosen = preferences(company.cto).email
    assert chosen == ({} if method == "get" else {"mailing": "off"})
    for wrong in (token[:-2], token + "x", "x"):
        assert Client().post(address.format(wrong)).status_code == 404


def test_digests_link_stops_what_comes_in_it(company: Company) -> None:
    token = unsubscribe_token(company.cto, "")
    Client().post(f"/accounts/notifications/unsubscribe/{token}/")
    with tenant(company.id):
        assert preferences(company.cto).email["digesting"] == "off"
        assert "mailing" not in preferences(company.cto).email


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": {"no-such": "off"}}, "email.no-such"),
        ({"email": {"mailing": "never"}}, "email.mailing"),
        ({"quiet_from": dt.time(22)}, "quiet_until"),
        ({"quiet_from": dt.time(7), "quiet_until": dt.time(7)}, "quiet_until"),
        ({"digest_hour": 24}, "digest_hour"),
        ({"quiet_from": dt.time(6), "quiet_until": dt.time(9)}, "digest_hour"),
    ],
)
def test_choice_that_cannot_be_is_refused(
    inside: Company, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        choose(inside.cto, **changes)
    assert field in refused.value.errors
    assert preferences(inside.cto).digest_hour == 8


def test_choices_are_the_persons_own_and_stand_in_the_trail(inside: Company) -> None:
    with pytest.raises(Denied):
        preferences_update(member=inside.cto, actor=inside.admin, changes={"digest_hour": 9})
    choose(inside.cto, digest_hour=9)
    choose(inside.cto, digest_hour=9)
    event = AuditEvent.objects.get(verb="notification_preferences.changed")
    assert event.changes == {"digest_hour": [8, 9]}


@given(INSTANTS, st.sampled_from(ZONES), TIMES, TIMES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_quiet_hours_end_once_a_day_whatever_the_clocks_do(
    now: dt.datetime, zone: str, start: dt.time, end: dt.time
) -> None:
    facts: dict[str, Any] = {
        "zone": zoneinfo.ZoneInfo(zone),
        "quiet_from": start,
        "quiet_until": end,
    }
    ends = quiet_ends_at(now, **facts)
    if ends is None:
        return
    assert now < ends <= now + dt.timedelta(hours=25)
    assert quiet_ends_at(ends, **facts) is None or start == end


@given(INSTANTS, st.sampled_from(ZONES), st.integers(0, 23))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_next_digest_is_within_a_day_and_each_day_has_one(
    now: dt.datetime, zone: str, hour: int
) -> None:
    place = zoneinfo.ZoneInfo(zone)
    day, moment = next_digest(now, zone=place, hour=hour)
    assert now < moment <= now + dt.timedelta(hours=25)
    later, after = next_digest(moment, zone=place, hour=hour)
    assert (later - day, next_digest(now, zone=place, hour=hour, after=day)) == (
        dt.timedelta(days=1),
        (later, after),
    )


def test_reader_in_another_zone_is_quiet_on_their_own_clock(inside: Company) -> None:
    User.objects.filter(pk=inside.cto.user_id).update(time_zone="Asia/Kolkata")
    choose(inside.cto, quiet_from=dt.time(22), quiet_until=dt.time(7))
    with time_machine.travel(NOON, tick=False):  # 22:30 in Kolkata
        tell(inside)
        job = Job.objects.get(kind="notifications.mail")
    assert job.run_at == dt.datetime(2026, 11, 11, 1, 30, tzinfo=dt.UTC)
