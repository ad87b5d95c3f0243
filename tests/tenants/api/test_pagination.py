"""Cursor pages: every row once, newest first, steady while rows come and go."""

from collections.abc import Callable
from typing import Any

from tenants import audit
from tenants.isolation import tenant
from tenants.models import AuditEvent, Member
from tests.api_client import ApiClient
from tests.factories import BOWLINE, Company

Api = Callable[[Any], ApiClient]


def events(company: Company, count: int) -> list[str]:
    """Write `count` events of one verb; answers their ids, newest first."""
    with tenant(company.id):
        made = [audit.record(actor=BOWLINE, verb="test.paged") for _ in range(count)]
    return [str(event.pk) for event in reversed(made)]


def ids(page: dict[str, Any]) -> list[str]:
    return [row["id"] for row in page["results"]]


def test_walk_forward_and_back_shows_every_row_once(company: Company, api: Api) -> None:
    expected = events(company, 7)
    client = api(company.admin)
    pages = [client.get("/audit-events/?verb=test.paged&limit=3").json()]
    while pages[-1]["next"]:
        pages.append(client.get(pages[-1]["next"]).json())
    assert [ids(page) for page in pages] == [expected[:3], expected[3:6], expected[6:]]
    assert pages[0]["previous"] is None
    back = client.get(pages[-1]["previous"]).json()
    assert ids(back) == expected[3:6]
    first = client.get(back["previous"]).json()
    assert ids(first) == expected[:3]
    assert first["previous"] is None
    assert client.get(first["next"]).json()["results"] == back["results"]


def test_last_page_that_is_just_full_has_no_next(company: Company, api: Api) -> None:
    events(company, 3)
    page = api(company.admin).get("/audit-events/?verb=test.paged&limit=3").json()
    assert len(page["results"]) == 3
    assert page["next"] is None


def test_new_rows_do_not_shift_a_page(company: Company, api: Api) -> None:
    expected = events(company, 4)
    client = api(company.admin)
    first = client.get("/audit-events/?verb=test.paged&limit=2").json()
    events(company, 5)
    assert ids(client.get(first["next"]).json()) == expected[2:]


def test_empty_list_and_default_limit(company: Company, api: Api) -> None:
    client = api(company.admin)
    nothing = {"next": None, "previous": None, "results": []}
    assert client.get("/audit-events/?verb=never").json() == nothing
    events(company, 51)
    assert len(client.get("/audit-events/?verb=test.paged").json()["results"]) == 50
    assert len(client.get("/audit-events/?verb=test.paged&limit=200").json()["results"]) == 51


def test_page_reads_in_the_same_queries_for_one_and_many_rows(
    company: Company, api: Api, django_assert_num_queries: Any
) -> None:
    client = api(company.cto)
    client.get("/members/")
    for limit in (1, 7):
        # door, savepoint, tenant in and read, key with member, page, its invitations, out, release
        with django_assert_num_queries(8) as queries:
            client.get(f"/members/?limit={limit}")
        assert len(queries) == 8


def test_list_shows_no_row_of_another_company(
    company: Company, other_company: Company, api: Api
) -> None:
    events(other_company, 2)
    client = api(company.admin)
    with tenant(company.id):
        own = set(map(str, AuditEvent.objects.values_list("id", flat=True)))
        members = set(map(str, Member.objects.values_list("id", flat=True)))
    assert set(ids(client.get("/audit-events/?limit=200").json())) == own
    assert set(ids(client.get("/members/?limit=200").json())) == members
