"""The kept dashboard: served while nothing changed, to the same reader alone, after every check."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kpis.models import Kpi
from kpis.rollups.working import work_off_marks
from kpis.services.measurements import measurements_record
from tenants import kept, services
from tenants.isolation import tenant
from tenants.models import User
from tests.dashboard.furnished import furnish
from tests.factories import BOWLINE, Company, make_company

SignIn = Callable[[Any], Client]
KEPT_QUERIES = 4  # login with memberships, begin, seat with versions and what waits, commit
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([A-Za-z0-9]+)"')


@pytest.fixture(autouse=True)
def _time_stands_still() -> Iterator[None]:
    """A page is kept to the end of its five minutes: no test may run over that."""
    with time_machine.travel(timezone.now(), tick=False):
        yield


@pytest.fixture
def here(committed_db: None) -> Company:
    company = make_company("northwind")
    furnish(company, letter=False)
    return company


def path_of(company: Company) -> str:
    return f"/t/{company.slug}/"


def read(client: Client, company: Company, **headers: str) -> tuple[Any, int]:
    """The answer, and how many queries it took."""
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path_of(company), headers=headers)
    return response, len(captured)


def without_token(response: Any) -> str:
    return TOKEN.sub("", response.content.decode())


def is_kept(client: Client, company: Company) -> bool:
    response, queries = read(client, company)
    assert response.status_code == 200
    return queries == KEPT_QUERIES


@pytest.fixture
def reader(here: Company, sign_in: SignIn) -> Client:
    """An executive whose dashboard is kept."""
    client = sign_in(here.executive)
    assert not is_kept(client, here)
    assert is_kept(client, here)
    return client


def test_unchanged_page_is_answered_without_reading_or_rendering_it(
    here: Company, reader: Client
) -> None:
    first, _ = read(reader, here)
    cache.clear()  # a page is rendered again where none is kept; the session is in the database
    again, queries = read(reader, here)
    assert queries > KEPT_QUERIES
    assert without_token(again) == without_token(first)
    kept, _ = read(reader, here)
    assert without_token(kept) == without_token(first)
    same, queries = read(reader, here, if_none_match=kept["ETag"])
    assert (same.status_code, same.content, queries) == (304, b"", KEPT_QUERIES)


def test_audited_write_and_new_rollups_show_at_once(here: Company, reader: Client) -> None:
    before = reader.get(path_of(here))
    with tenant(here.id):
        changes = {"name": "Northwind Ltd"}
        services.tenant_update(actor=here.admin, tenant=here.tenant, changes=changes)
    after, _ = read(reader, here, if_none_match=before["ETag"])
    assert "Northwind Ltd" in after.content.decode()
    assert is_kept(reader, here)
    with tenant(here.id):
        kpi = Kpi.objects.get(key="response_time")
        at = timezone.now() - dt.timedelta(hours=1)
        measurements_record(
            kpi=kpi, actor=BOWLINE, raws=[{"observed_at": at.isoformat(), "value": "123456"}]
        )
    assert not is_kept(reader, here)  # the audited part
    assert is_kept(reader, here)
    with tenant(here.id):
        work_off_marks()
    after, _ = read(reader, here, if_none_match=before["ETag"])
    assert after.status_code == 200
    assert "123,456" in after.content.decode()


def test_nothing_is_kept_while_measurements_wait_to_be_counted(
    here: Company, reader: Client
) -> None:
    with tenant(here.id):
        at = timezone.now() - dt.timedelta(hours=1)
        kpi = Kpi.objects.get(key="response_time")
        measurements_record(
            kpi=kpi, actor=BOWLINE, raws=[{"observed_at": at.isoformat(), "value": "1"}]
        )
    with connections["migrate"].cursor() as cursor:
        cursor.execute("update kpis_mark set marked_at = now() - interval '2 minutes'")
    for _ in range(2):
        response, queries = read(reader, here)
        assert "Updating" in response.content.decode()
        assert queries > KEPT_QUERIES
        assert "ETag" not in response


def test_each_browser_gets_a_form_token_that_it_can_use(
    here: Company, reader: Client, sign_in: SignIn
) -> None:
    second = Client(enforce_csrf_checks=True)
    second.force_login(
        here.executive.user, backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    response, queries = read(second, here)
    assert queries == KEPT_QUERIES
    tokens = TOKEN.findall(response.content.decode())
    assert tokens
    assert tokens != TOKEN.findall(reader.get(path_of(here)).content.decode())
    form = {"csrfmiddlewaretoken": tokens[0]}
    assert second.post("/accounts/logout/", form).status_code == 302
    assert second.get(path_of(here)).status_code == 302  # asked to sign in, whatever is kept


def test_new_form_token_is_a_new_page_to_the_browser(here: Company, reader: Client) -> None:
    before = reader.get(path_of(here))
    del reader.cookies["csrftoken"]
    after, _ = read(reader, here, if_none_match=before["ETag"])
    assert after.status_code == 200


def test_other_members_get_pages_of_their_own(
    here: Company, reader: Client, sign_in: SignIn
) -> None:
    team = sign_in(here.team)
    assert not is_kept(team, here)
    assert "Not for your role" in team.get(path_of(here)).content.decode()
    assert "Not for your role" not in reader.get(path_of(here)).content.decode()
    admin = sign_in(here.admin)
    assert not is_kept(admin, here)


def test_changed_reader_never_gets_the_old_page(here: Company, reader: Client) -> None:
    with tenant(here.id):
        services.member_set_roles(member=here.executive, actor=here.admin, roles=["team"])
    response, queries = read(reader, here)
    assert queries > KEPT_QUERIES
    assert "Not for your role" in response.content.decode()
    User.objects.filter(pk=here.executive.user_id).update(theme="dark")
    assert 'data-theme="dark"' in reader.get(path_of(here)).content.decode()
    assert is_kept(reader, here)
    with tenant(here.id):
        services.member_remove(member=here.executive, actor=here.admin)
    assert reader.get(path_of(here)).status_code == 404


def test_company_left_elsewhere_is_not_named_any_more(here: Company, sign_in: SignIn) -> None:
    there = make_company("contoso")
    with tenant(there.id):
        guest = services.member_add(email=here.cto.email, roles=["cto"], actor=BOWLINE)
    client = sign_in(here.cto)
    assert there.tenant.name in client.get(path_of(here)).content.decode()
    with tenant(there.id):
        services.member_remove(member=guest, actor=BOWLINE)
    assert there.tenant.name not in client.get(path_of(here)).content.decode()


def test_kept_pages_are_filed_under_their_tenant(here: Company, reader: Client) -> None:
    client = cache._cache.get_client()  # type: ignore[attr-defined]
    keys = [key.decode() for key in client.keys("*page*")]
    assert keys
    assert all(key.startswith(f"bowline:1:{here.id}:page:") for key in keys)


def test_pages_are_rendered_when_nothing_can_be_kept(settings: Any) -> None:
    unreachable = settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": unreachable}
    kept._set("a-page", ("mark", b"text", "text/html"))
    assert kept._get("a-page") is None


def test_portfolio_reads_again_only_the_company_in_which_something_changed(
    here: Company, sign_in: SignIn
) -> None:
    other = make_company("contoso")
    with tenant(other.id):
        mine = services.member_add(
            email=here.cto.user.email, name=here.cto.name, roles=["cto"], actor=BOWLINE
        )
    client, colleague = sign_in(here.cto), sign_in(here.executive)

    def queries(reader: Client) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert reader.get("/portfolio/").status_code == 200
        return len(captured)

    first = queries(client)
    kept_both = 1 + 2 * 3  # login with memberships; begin, seat, commit of each company
    assert first > kept_both
    assert queries(client) == kept_both
    assert queries(colleague) > 1 + 3  # what is kept is one member's
    with tenant(here.id):
        services.member_add(email="new@northwind.example", roles=["team"], actor=BOWLINE)
    changed = queries(client)
    assert kept_both < changed < first
    assert queries(client) == kept_both
    with tenant(other.id):
        services.member_remove(member=mine, actor=BOWLINE)
    page = client.get("/portfolio/").content.decode()
    assert f'href="/t/{here.slug}/"' in page
    assert other.tenant.name not in page
