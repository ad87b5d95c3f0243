"""The inbox page, its API, and failed jobs that are told."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tenants.isolation import tenant
from tenants.jobs import enqueue
from tenants.jobs.drain import drain
from tenants.models import Job, Member, Notification
from tenants.notifications.mails import action_signature
from tenants.notifications.services import notify
from tests.api_client import ApiClient, service_key
from tests.factories import Company, make_company
from tests.tenants.jobs.conftest import kind  # noqa: F401  the fixture

SignIn = Callable[[Any], Client]
HTMX = {"HX-Request": "true"}


def tell(company: Company, member: Member, title: str = "Look", **more: Any) -> Notification:
    with tenant(company.id):
        notify(to=[member], kind=more.pop("kind", "test.told"), title=title, **more)
        return Notification.objects.filter(member=member).order_by("-id")[0]


def address(company: Company, *parts: Any) -> str:
    return f"/t/{company.slug}/notifications/" + "".join(f"{part}/" for part in parts)


@pytest.mark.parametrize("rows", [1, 3])
def test_inbox_reads_in_a_fixed_number_of_queries(
    company: Company, sign_in: SignIn, rows: int
) -> None:
    for _ in range(rows):
        tell(company, company.cto)
    client = sign_in(company.cto)
    client.get(address(company))
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address(company)).status_code == 200
    asked = [q["sql"] for q in captured if "tenants_notification" in q["sql"].split("WHERE")[0]]
    assert len(asked) == 1  # the rows; their count comes with the member
    assert len(captured) == 6


def test_inbox_shows_ones_own_by_group_and_unread(company: Company, sign_in: SignIn) -> None:
    tell(company, company.cto, "Mine")
    tell(company, company.cto, "A mail", kind="test.mailed")
    tell(company, company.finance, "Not mine")
    client = sign_in(company.cto)
    page = client.get(address(company)).content.decode()
    assert ("Mine" in page, "A mail" in page, "Not mine" in page) == (True, True, False)
    page = client.get(address(company) + "?group=mailing").content.decode()
    assert ("Mine" in page, "A mail" in page) == (False, True)
    with tenant(company.id):
        Notification.objects.filter(title="Mine").update(read_at="2026-01-01T00:00Z")
    page = client.get(address(company) + "?unread=on").content.decode()
    assert ("Mine" in page, "A mail" in page) == (False, True)
    assert client.get(address(company) + "?group=no-such").status_code == 422


def test_opening_marks_as_read_and_leads_there(company: Company, sign_in: SignIn) -> None:
    row = tell(company, company.cto, link="audit/", actions=[("Approve", "audit/?do=it")])
    client = sign_in(company.cto)
    at = address(company, row.pk)
    assert client.head(at).status_code == 302
    with tenant(company.id):
        assert Notification.objects.get().read_at is None
    assert client.get(at)["Location"] == f"/t/{company.slug}/audit/"
    with tenant(company.id):
        assert Notification.objects.get().read_at is not None
    signed = f"{at}?action=0&s={action_signature(row.pk, 0)}"
    assert client.get(signed)["Location"] == f"/t/{company.slug}/audit/?do=it"
    for wrong in ("action=0&s=x", "action=1", "action=-1", "action=x", "action=²"):
        assert client.get(f"{at}?{wrong}").status_code == 404
    assert "/accounts/login/" in Client().get(signed)["Location"]
    other = sign_in(company.admin).get(signed)
    assert (other.status_code, "from a mail to somebody else" in other.content.decode()) == (
        404,
        True,
    )
    other = sign_in(company.admin).get(f"{at}?action=0&s=x").content.decode()
    assert "somebody else" not in other
    with time_machine.travel(timezone.now() + dt.timedelta(days=31), tick=False):
        old = sign_in(company.cto).get(signed)
        assert old["Location"] == f"/t/{company.slug}/audit/"


def test_marking_all_offers_to_take_it_back(company: Company, sign_in: SignIn) -> None:
    tell(company, company.cto)
    client = sign_in(company.cto)
    until = re.search(
        r'name="until" value="([^"]+)"', client.get(address(company)).content.decode()
    )
    assert until is not None
    tell(company, company.cto, "Came later")
    answer = client.post(address(company, "read-all"), {"until": until[1]})
    page = client.get(answer["Location"]).content.decode()
    assert "1 notification marked as read" in page
    at = re.search(r'name="at" value="([^"]+)"', page)
    assert at is not None
    client.post(address(company, "read-all", "undo"), {"at": at[1]})
    with tenant(company.id):
        assert Notification.objects.filter(read_at=None).count() == 2
    for nonsense in ("", "yesterday", "2026-99-99T00:00Z", "2026-01-01"):
        assert client.get(address(company) + f"?marked={nonsense}").status_code == 200
        assert (
            client.post(address(company, "read-all", "undo"), {"at": nonsense}).status_code == 303
        )


def test_count_is_in_the_navigation_and_its_own_answer(company: Company, sign_in: SignIn) -> None:
    client = sign_in(company.cto)
    count = address(company, "count")
    assert client.get(count + "?shown=0", headers=HTMX).status_code == 204
    tell(company, company.cto)
    answer = client.get(count + "?shown=0", headers=HTMX).content.decode()
    assert 'id="nav-inbox"' in answer
    assert ">1<span" in answer
    row = tell(company, company.cto)
    marked = client.post(address(company, row.pk, "mark"), {"read": "1"}, headers=HTMX)
    assert "hx-swap-oob" in marked.content.decode()
    assert ">1<span" in marked.content.decode()


def test_new_notification_makes_a_kept_page_stale(company: Company, sign_in: SignIn) -> None:
    client = sign_in(company.cto)
    home = f"/t/{company.slug}/"
    client.get(home)  # brings the form token, which is part of the page's version
    tag = client.get(home)["ETag"]
    assert client.get(home, headers={"If-None-Match": tag}).status_code == 304
    tell(company, company.cto)
    assert client.get(home, headers={"If-None-Match": tag}).status_code == 200


def test_api_lists_marks_and_takes_choices(
    company: Company, api: Callable[[Any], ApiClient]
) -> None:
    row = tell(company, company.cto, link="audit/")
    tell(company, company.finance, "Not mine")
    client = api(company.cto)
    (found,) = client.get("/notifications/?unread=true").json()["results"]
    assert (found["id"], found["url"]) == (str(row.pk), f"/t/{company.slug}/audit/")
    assert client.patch(f"/notifications/{row.pk}/", {"read": True}).json()["read_at"]
    assert client.get("/notifications/?unread=true").json()["results"] == []
    assert client.patch(f"/notifications/{row.pk}/", {"read": False}).json()["read_at"] is None
    assert client.post("/notifications/read-all/", {}).json() == {"read": 1}
    mine = client.patch(
        "/notifications/preferences/",
        {"email": {"mailing": "off"}, "quiet_from": "22:00", "quiet_until": "07:00"},
    ).json()
    assert (mine["email"]["mailing"], mine["quiet_from"], mine["digest_hour"]) == (
        "off",
        "22:00",
        8,
    )
    wrong = client.patch("/notifications/preferences/", {"digest_hour": 5})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "digest_hour")
    service = ApiClient(service_key(company.id, "notification.view"))
    assert service.get("/notifications/").json()["results"] == []
    assert service.get("/notifications/preferences/").status_code == 403


def test_job_that_fails_for_good_is_told_to_admins_once(
    committed_db: None,
    kind: Any,  # noqa: F811
) -> None:
    company = make_company("northwind")

    def broken(row: Job) -> None:
        raise RuntimeError("the disk is full")

    kind("test.broken", broken, max_attempts=1, label="Breaking things")
    with tenant(company.id):
        enqueue("test.broken")
    for _ in range(3):
        drain(queues=["default"])
    with tenant(company.id):
        told = Notification.objects.get()
        assert (told.member_id, told.kind) == (company.admin.pk, "job.failed")
        assert told.title == "A background job failed: Breaking things"
        assert told.body == "RuntimeError: the disk is full"
        assert Job.objects.filter(kind="notifications.job_failed", state="done").count() == 1
