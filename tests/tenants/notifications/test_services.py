"""Who is told, once; what they do with it; what is settled by an act."""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from tenants import services as people
from tenants.errors import NotFound
from tenants.isolation import tenant
from tenants.jobs.models import Job
from tenants.models import Delivery, Member, Notification
from tenants.notifications.links import address, inside, link_to
from tenants.notifications.services import (
    mark,
    mark_all_read,
    notify,
    settle,
    silence,
    unmark_all,
)
from tests.factories import BOWLINE, Company, make_company


def told(member: Member) -> list[str]:
    rows = Notification.objects.filter(member=member).order_by("id")
    return list(rows.values_list("title", flat=True))


def test_each_is_told_in_their_own_inbox(inside: Company) -> None:
    new = notify(
        to=[inside.cto, inside.finance, inside.cto],
        kind="test.told",
        title="  Two\nlines ",
        body="More",
        link=f"/t/{inside.slug}/audit/?record=1",
        actor=inside.admin,
        target=inside.tenant,
        deadline=dt.datetime(2026, 12, 1, tzinfo=dt.UTC),
        actions=[("Approve", "audit/?do=approve")],
    )
    assert set(new) == {inside.cto.pk, inside.finance.pk}
    row = Notification.objects.get(member=inside.cto)
    assert (row.title, row.body, row.link) == ("Two lines", "More", "audit/?record=1")
    assert row.actions == [["Approve", "audit/?do=approve"]]
    assert (row.actor_id, row.actor_name) == (inside.admin.pk, inside.admin.name)
    assert (row.target_type, row.target_id, row.read_at) == ("tenant", inside.id, None)
    assert told(inside.board) == []


def test_long_words_are_cut(inside: Company) -> None:
    notify(to=[inside.cto], kind="test.told", title="x" * 900, body="y" * 900)
    row = Notification.objects.get()
    assert (len(row.title), len(row.body)) == (200, 400)


def test_nobody_is_told_of_their_own_act_nor_who_left_or_may_not_see_it(inside: Company) -> None:
    people.member_remove(member=inside.board, actor=BOWLINE)
    inside.executive.user.is_active = False
    inside.executive.user.save(update_fields=["is_active"])
    everybody = list(inside.members.values())
    notify(to=everybody, kind="test.costs", title="Fee", actor=inside.finance)
    names = {role for role, member in inside.members.items() if told(member)}
    assert names == {"admin", "cto", "observer"}


def test_same_key_tells_a_person_once_ever(inside: Company) -> None:
    def say(*to: Member) -> int:
        return len(notify(to=to, kind="test.mailed", title="Sent", dedupe_key="update.sent:1"))

    assert say(inside.cto) == 1
    assert say(inside.cto, inside.finance) == 1
    assert say(inside.cto, inside.finance) == 0
    Notification.objects.update(read_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert say(inside.cto) == 0
    assert Delivery.objects.count() == Job.objects.filter(kind="notifications.mail").count() == 2
    for _ in range(2):
        assert len(notify(to=[inside.cto], kind="test.told", title="Each time")) == 1


def test_what_is_said_falls_with_the_change(inside: Company) -> None:
    with transaction.atomic():
        notify(to=[inside.cto], kind="test.mailed", title="Gone")
        transaction.set_rollback(True)
    assert not Notification.objects.exists()
    assert not Delivery.objects.exists()


def test_nobody_is_told_in_silence(inside: Company) -> None:
    with silence():
        assert notify(to=[inside.cto], kind="test.mailed", title="Restored") == []
    assert not Notification.objects.exists()


@pytest.mark.parametrize("link", ["//evil.example/", "https://evil.example/", "/accounts/", "\\x"])
def test_link_out_of_the_company_is_refused(inside: Company, link: str) -> None:
    with pytest.raises(ValueError, match="own company"):
        notify(to=[inside.cto], kind="test.told", title="Look", link=link)


def test_links_are_stored_without_the_slug() -> None:
    assert link_to("audit_list") == "audit/"
    assert inside("/t/northwind/audit/?a=1#b") == "audit/?a=1#b"
    assert address("contoso", "audit/") == "/t/contoso/audit/"


def test_unknown_kind_is_a_bug(inside: Company) -> None:
    with pytest.raises(KeyError):
        notify(to=[inside.cto], kind="no.such", title="?")


@pytest.mark.parametrize("people_told", [1, 5])
def test_telling_many_without_mail_takes_a_fixed_number_of_queries(
    inside: Company, people_told: int
) -> None:
    to = list(inside.members.values())[:people_told]
    with CaptureQueriesContext(connection) as queries:
        notify(to=to, kind="test.told", title="Hello", dedupe_key="hello")
    assert len(queries) == 2  # people with their preferences, rows


def test_marking_is_the_persons_own(inside: Company) -> None:
    notify(to=[inside.cto], kind="test.told", title="Mine")
    row = Notification.objects.get()
    for other in (inside.admin, BOWLINE):
        with pytest.raises(NotFound):
            mark(notification=row, actor=other, read=True)
    first = mark(notification=row, actor=inside.cto, read=True).read_at
    assert first is not None
    assert mark(notification=row, actor=inside.cto, read=True).read_at == first
    assert mark(notification=row, actor=inside.cto, read=False).read_at is None


def test_mark_all_spares_what_came_later_and_is_taken_back_exactly(inside: Company) -> None:
    notify(to=[inside.cto, inside.finance], kind="test.told", title="Old and read")
    mark_all_read(actor=inside.cto)
    notify(to=[inside.cto], kind="test.told", title="Seen")
    seen_at = Notification.objects.get(title="Seen").created_at
    notify(to=[inside.cto], kind="test.told", title="Too late")
    at, count = mark_all_read(actor=inside.cto, until=seen_at)
    assert count == 1
    unread = Notification.objects.filter(read_at=None).values_list("member_id", "title")
    assert set(unread) == {(inside.cto.pk, "Too late"), (inside.finance.pk, "Old and read")}
    assert unmark_all(actor=inside.finance, at=at) == 0
    assert unmark_all(actor=inside.cto, at=at) == 1
    assert not Notification.objects.filter(title="Seen", read_at__isnull=False).exists()


def test_acting_settles_what_waits_about_the_record(inside: Company) -> None:
    for member in (inside.cto, inside.finance):
        notify(to=[member], kind="test.told", title="Approve", target=inside.tenant)
        notify(to=[member], kind="test.mailed", title="FYI", target=inside.tenant)
    notify(to=[inside.cto], kind="test.told", title="Other", target=inside.cto)
    assert settle(target=inside.tenant, kinds=["test.told"], member=inside.cto) == 1
    assert settle(target=inside.tenant, kinds=["test.told"]) == 1
    assert settle(target=inside.tenant) == 2
    assert list(Notification.objects.filter(read_at=None).values_list("title", flat=True)) == [
        "Other"
    ]


def test_two_at_once_tell_once(committed_db: None) -> None:
    company = make_company("northwind")
    ready = threading.Barrier(2)
    counts: list[int] = []

    def say(to: list[Any]) -> None:
        try:
            with tenant(company.id):
                ready.wait(60)
                counts.append(
                    len(notify(to=to, kind="test.mailed", title="Once", dedupe_key="once"))
                )
        finally:
            connections.close_all()

    people_told = [company.cto, company.finance]
    threads = [
        threading.Thread(target=say, args=[order]) for order in (people_told, people_told[::-1])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(counts) == [0, 2]
    with tenant(company.id):
        assert Delivery.objects.count() == 2
