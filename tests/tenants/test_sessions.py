"""Sessions: new at each sign-in, ended by time, by hand, by a new password; who is told."""

from contextlib import ExitStack
from smtplib import SMTPException
from typing import Any

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core import mail
from django.test import Client, RequestFactory
from django.utils import timezone

from tenants import login_notices, services, sessions
from tenants.accounts import UNKNOWN_ADDRESS, AccountAdapter
from tenants.isolation import tenant
from tenants.middleware import AccessEnded, HeldOpen
from tenants.models import AuditEvent, Job, Member, Tenant
from tenants.session_store import SessionStore
from tests.factories import BOWLINE, PASSWORD, Company

PAGE = "/accounts/profile/"
NEW_PASSWORD = "another quite long phrase"


@pytest.fixture
def cto(company: Company) -> Member:
    user = company.cto.user
    user.set_password(PASSWORD)
    user.save()
    user.emailaddress_set.update(verified=True, primary=True)
    return company.cto


def enter(member: Member, client: Client | None = None) -> Client:
    client = client or Client()
    client.post("/accounts/login/", {"login": member.email, "password": PASSWORD})
    return client


def told(company: Company) -> list[mail.EmailMessage]:
    """Run the jobs that tell people about their logins; answers every mail so far."""
    with tenant(company.id):
        for job in Job.objects.filter(kind=login_notices.JOB, state="queued").order_by("pk"):
            login_notices.tell(job)
            Job.objects.filter(pk=job.pk).update(state="done")
    return list(mail.outbox)


def unreachable(self: mail.EmailMessage) -> int:
    raise SMTPException("out of reach")


def test_sign_in_makes_a_new_session(client: Client, cto: Member) -> None:
    client.get("/accounts/login/")
    session = client.session
    session["mark"] = 1
    session.save()
    before = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = before
    enter(cto, client)
    assert client.session.session_key != before
    assert client.get(PAGE).status_code == 200
    stale = Client()
    stale.cookies[settings.SESSION_COOKIE_NAME] = before
    assert stale.get(PAGE).status_code == 302


def test_idle_session_ends_and_a_used_one_ends_at_its_age(cto: Member) -> None:
    with time_machine.travel("2026-10-01T09:00Z", tick=False) as clock:
        idle, used = enter(cto), enter(cto)
        for day in range(1, 14):
            clock.move_to(f"2026-10-{1 + day:02}T08:00Z")
            assert used.get(PAGE).status_code == 200
        assert idle.get(PAGE).status_code == 302
        clock.move_to("2026-10-15T09:00:01Z")
        assert used.get(PAGE).status_code == 302
    assert UserSession.objects.count() == 0


def test_place_is_listed_and_ended_by_its_person_alone(company: Company, cto: Member) -> None:
    here, there = enter(cto), enter(cto)
    rows = list(UserSession.objects.order_by("id"))
    html = here.get("/accounts/sessions/").content.decode()
    assert "This one" in html
    stranger = Client()
    stranger.force_login(company.board.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    assert stranger.post(f"/accounts/sessions/{rows[1].pk}/end/").status_code == 404
    assert here.post(f"/accounts/sessions/{rows[1].pk}/end/").status_code == 302
    assert there.get(PAGE).status_code == 302
    assert here.get(PAGE).status_code == 200
    other = enter(cto)
    assert here.post("/accounts/sessions/").status_code == 302
    assert other.get(PAGE).status_code == 302
    with tenant(company.id):
        verbs = [e.verb for e in AuditEvent.objects.filter(verb__contains="session")]
    assert verbs.count("member.session_ended") == 1
    assert verbs.count("member.sessions_ended") == 1


class EndsAsItIsFilled:
    """The cache, but for somebody who ends the session just before it is filled."""

    def __init__(self, cache: Any, key: str) -> None:
        self.cache, self.key = cache, key

    def set(self, *args: Any) -> None:
        SessionStore().delete(self.key)
        self.cache.set(*args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cache, name)


@pytest.mark.parametrize("way", ["load", "save"])
def test_session_ended_while_it_is_cached_does_not_come_back(cto: Member, way: str) -> None:
    key = enter(cto).session.session_key
    assert key is not None
    racing = SessionStore(key)
    if way == "load":
        racing._cache.delete(racing.cache_key)
    else:
        racing["mark"] = 1
    racing._cache = EndsAsItIsFilled(racing._cache, key)  # type: ignore[assignment]
    if way == "load":
        assert racing.load() == {}
    else:
        racing.save()
    assert SessionStore(key).load() == {}


def test_session_read_by_others_until_its_end_is_committed_is_forgotten_then(
    cto: Member, django_capture_on_commit_callbacks: Any
) -> None:
    client = enter(cto)
    key = client.session.session_key
    assert key is not None
    store = SessionStore(key)
    held = store.load()
    with django_capture_on_commit_callbacks(execute=True):
        SessionStore().delete(key)
        store._cache.set(store.cache_key, held)  # another request, which still sees the row
    assert client.get(PAGE).status_code == 302


def test_new_password_ends_all_other_sessions_and_is_told(company: Company, cto: Member) -> None:
    here, there = enter(cto), enter(cto)
    facts = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert here.post("/accounts/password/change/", facts).status_code == 302
    assert here.get(PAGE).status_code == 200
    assert there.get(PAGE).status_code == 302
    assert mail.outbox == [], "a job tells it: it outlives this process"
    message = told(company)[-1]
    assert (message.subject, message.to) == ("Your password was changed", [cto.email])
    assert "127.0.0.1" in message.body
    assert "Message-ID" in message.extra_headers
    with tenant(company.id):
        assert AuditEvent.objects.filter(verb="member.password_changed").count() == 1


def test_new_browser_is_told_once_and_a_known_one_never(company: Company, cto: Member) -> None:
    client = enter(cto)
    assert told(company) == []  # the very first sign-in
    client.post("/accounts/logout/")
    enter(cto, client)
    assert told(company) == []
    enter(cto)
    assert [m.subject for m in told(company)] == ["New sign-in to Bowline"]
    forged = Client()
    forged.cookies[sessions.DEVICE_COOKIE] = f"{cto.user_id}:x:y"
    enter(cto, forged)
    assert len(told(company)) == 2


def test_notice_waits_for_the_mail_server_and_is_sent_at_once_without_a_company(
    company: Company, cto: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(cto)
    enter(cto)
    with monkeypatch.context() as patched:
        patched.setattr("django.core.mail.EmailMessage.send", unreachable)
        with pytest.raises(SMTPException):  # the job is tried again
            told(company)
    assert len(told(company)) == 1
    with tenant(company.id):
        Tenant.objects.update(status="archived", status_changed_at=timezone.now())
    enter(cto)
    assert [m.subject for m in mail.outbox] == ["New sign-in to Bowline"] * 2


def test_leaving_the_last_company_ends_every_session(company: Company, cto: Member) -> None:
    client = enter(cto)
    with tenant(company.id):
        services.member_remove(member=cto, actor=BOWLINE)
    assert client.get(PAGE).status_code == 302


@pytest.mark.parametrize(
    ("count", "forwarded", "near", "found"),
    [
        (0, "6.6.6.6", "10.0.0.1", "10.0.0.1"),
        (1, "6.6.6.6, 203.0.113.9", "10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "10.0.0.1", "10.0.0.1"),
        (1, "nonsense", "10.0.0.1", "10.0.0.1"),
        (1, "", "10.0.0.1", "10.0.0.1"),
        (0, "", "", UNKNOWN_ADDRESS),
    ],
)
def test_visitor_counts_by_the_address_that_the_last_trusted_proxy_saw(
    settings: Any, count: int, forwarded: str, near: str, found: str
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = count
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=forwarded, REMOTE_ADDR=near)
    assert AccountAdapter().get_client_ip(request) == found


def test_wrong_passwords_are_limited_by_login_and_address(cto: Member) -> None:
    client = Client()
    for _ in range(6):
        html = client.post(
            "/accounts/login/", {"login": cto.email, "password": "wrong one"}
        ).content.decode()
    assert "Too many attempts" in html
    assert enter(cto).get(PAGE).status_code == 302  # the right one waits as well


def test_unknown_address_is_answered_like_a_known_one(cto: Member) -> None:
    pages: list[str] = []
    for email in (cto.email, "nobody@x.example"):
        answer = Client().post("/accounts/password/reset/", {"email": email})
        pages.append(f"{answer.status_code} {answer['Location']}")
    assert pages[0] == pages[1]
    assert [m.to[0] for m in mail.outbox] == [cto.email, "nobody@x.example"]
    assert "There is no login with this address" in mail.outbox[1].body


def test_stream_breaks_off_when_its_reader_may_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenants.middleware.ASK_AGAIN_SECONDS", -1.0)
    answers = iter([True, True, False])
    body = HeldOpen(iter("abcdef"), ExitStack(), lambda: next(answers))
    assert [next(body), next(body)] == ["a", "b"]
    with pytest.raises(AccessEnded):
        next(body)


def test_working_hours_are_both_or_neither_and_hold_on_the_portfolio(
    company: Company, cto: Member
) -> None:
    browser = enter(cto)
    facts = {"name": "Ada", "time_zone": "Europe/London", "language": "en", "theme": "system"}
    half = browser.post(PAGE, facts | {"working_hours_start": "07:30"})
    assert half.status_code == 422
    assert "until when, or leave both empty" in half.content.decode()
    same = {"working_hours_start": "07:30", "working_hours_end": "07:30"}
    assert browser.post(PAGE, facts | same).status_code == 422
    assert browser.post(PAGE, facts | same | {"working_hours_end": "x"}).status_code == 422
    assert "Shared with 9 to 18 here" in browser.get("/portfolio/").content.decode()
    hours = {"working_hours_start": "07:30", "working_hours_end": "16:00"}
    assert browser.post(PAGE, facts | hours).status_code == 302
    assert 'value="07:30"' in browser.get(PAGE).content.decode()
    assert "Shared with 7:30 to 16 here" in browser.get("/portfolio/").content.decode()
    assert browser.post(PAGE, facts).status_code == 302  # empty again: the usual ones
    assert "Shared with 9 to 18 here" in browser.get("/portfolio/").content.decode()
    with tenant(company.id):
        event = AuditEvent.objects.filter(verb="member.profile_changed").first()
        assert event is not None
