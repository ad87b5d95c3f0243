"""One transaction around the whole response, and what is left of it afterwards."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from tenants import services
from tenants.isolation import tenant, tenant_or_none
from tenants.models import ApiKey, AuditEvent, Tenant
from tests.factories import BOWLINE, Company, make_company
from tests.tenants.urls import DOMAIN_ERRORS

pytestmark = pytest.mark.urls("tests.tenants.urls")


@pytest.fixture
def here(committed_db: None) -> Company:
    return make_company("northwind")


@pytest.fixture
def there(here: Company) -> Company:
    return make_company("contoso")


@pytest.fixture
def browser(sign_in: Callable[[Any], Client], here: Company) -> Client:
    client = sign_in(here.admin)
    client.raise_request_exception = False
    return client


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """After each test this thread stands in no tenant, and its connection in no transaction."""
    yield
    assert tenant_or_none() is None


def marks(company: Company) -> set[str]:
    with tenant(company.id):
        return set(ApiKey.objects.values_list("name", flat=True))


def is_free() -> bool:
    """Whether this thread's connection is in no transaction and no tenant."""
    return tenant_or_none() is None and not connection.in_atomic_block


def body_of(response: Any) -> set[str]:
    return set(response.getvalue().decode().split("\n")) - {""}


def names_of(company: Company) -> set[str]:
    return {member.name for member in company.members.values()}


def test_template_response_renders_inside_the_tenant(
    browser: Client, here: Company, there: Company
) -> None:
    response = browser.get(f"/t/{here.slug}/test/lazy/")
    assert body_of(response) == names_of(here)
    assert is_free()


def test_streamed_body_reads_inside_the_tenant_to_its_end(
    browser: Client, here: Company, there: Company
) -> None:
    response = browser.get(f"/t/{here.slug}/test/stream/?mark=streamed")
    assert body_of(response) == names_of(here)
    assert is_free()
    assert marks(here) == {"streamed"}


def test_streamed_body_read_piece_by_piece_keeps_the_transaction_until_the_end(
    browser: Client, here: Company
) -> None:
    response = browser.get(f"/t/{here.slug}/test/stream/?mark=pieces")
    pieces = iter(response.streaming_content)
    next(pieces)
    assert connection.in_atomic_block
    assert tenant_or_none() == here.id
    assert len(list(pieces)) == 2
    assert is_free()
    assert marks(here) == {"pieces"}


@pytest.mark.parametrize("read", [0, 1, 2])
def test_streamed_body_closed_early_ends_the_transaction_and_keeps_what_was_written(
    browser: Client, here: Company, there: Company, sign_in: Callable[[Any], Client], read: int
) -> None:
    response = browser.get(f"/t/{here.slug}/test/stream/?mark=early")
    list(itertools.islice(response.streaming_content, read))
    response.close()
    assert is_free()
    assert marks(here) == {"early"}
    followed_by = sign_in(there.cto).get(f"/t/{there.slug}/test/stream/")
    assert body_of(followed_by) == names_of(there)


def test_streamed_body_never_read_by_a_head_request_ends_the_transaction(
    browser: Client, here: Company
) -> None:
    browser.head(f"/t/{here.slug}/test/stream/").close()
    assert is_free()


def test_exception_in_the_stream_rolls_back_and_is_not_swallowed(
    browser: Client, here: Company
) -> None:
    response = browser.get(f"/t/{here.slug}/test/stream/?mark=broken&fail=1")
    with pytest.raises(ValueError, match="middle of the stream"):
        list(response.streaming_content)
    assert is_free()
    assert marks(here) == set()


@pytest.mark.parametrize(
    ("status", "kept"),
    [
        *((status, True) for status in (200, 204, 303)),
        *((status, False) for status in (400, 404, 409, 422, 500, 503)),
    ],
)
def test_status_decides_whether_writes_stay(
    browser: Client, here: Company, status: int, kept: bool
) -> None:
    response = browser.get(f"/t/{here.slug}/test/answer/m/{status}/")
    assert response.status_code == status
    assert marks(here) == ({"m"} if kept else set())
    assert is_free()


@pytest.mark.parametrize(
    ("kind", "status"),
    [(kind, int(error.status)) for kind, error in DOMAIN_ERRORS.items()]
    + [("http404", 404), ("permission", 403), ("database", 500), ("bug", 500)],
)
def test_failing_view_answers_its_status_and_rolls_back(
    browser: Client, here: Company, kind: str, status: int
) -> None:
    response = browser.get(f"/t/{here.slug}/test/fail/m/{kind}/")
    assert response.status_code == status
    assert marks(here) == set()
    assert is_free()


def test_error_caught_inside_its_own_savepoint_leaves_the_rest_standing(
    browser: Client, here: Company, there: Company
) -> None:
    response = browser.get(f"/t/{here.slug}/test/fail/m/caught/")
    assert set(response.json()["names"]) == names_of(here)
    assert marks(here) == {"m"}


def test_denied_access_is_in_the_trail_although_the_request_was_rolled_back(
    browser: Client, here: Company
) -> None:
    browser.get(f"/t/{here.slug}/test/fail/m/denied/")
    with tenant(here.id):
        event = AuditEvent.objects.get(verb="access.denied")
    assert event.actor_id == here.admin.pk
    assert event.changes == {"method": "GET", "path": f"/t/{here.slug}/test/fail/m/denied/"}


@pytest.mark.parametrize("kind", ["not-found", "suspended", "wrong-state", "invalid"])
def test_other_refusals_are_not_denied_accesses(browser: Client, here: Company, kind: str) -> None:
    browser.get(f"/t/{here.slug}/test/fail/m/{kind}/")
    with tenant(here.id):
        assert not AuditEvent.objects.filter(verb="access.denied").exists()


def test_tenant_comes_from_the_address_and_the_membership(
    sign_in: Callable[[Any], Client], here: Company, there: Company
) -> None:
    with tenant(there.id):
        also = services.member_add(email=here.cto.email, roles=["board"], actor=BOWLINE)
    client = sign_in(here.cto)
    first, second = (client.get(f"/t/{c.slug}/test/whoami/").json() for c in (here, there))
    assert first == {
        "tenant": str(here.id),
        "current": str(here.id),
        "member": str(here.cto.pk),
        "roles": ["cto"],
    }
    assert second["tenant"] == second["current"] == str(there.id)
    assert (second["member"], second["roles"]) == (str(also.pk), ["board"])


@pytest.mark.parametrize(
    "slug", ["contoso", "NORTHWIND", "Northwind", "north_wind", "-", "northwind-", "n" * 41]
)
def test_another_or_odd_slug_answers_404_never_a_fault(
    browser: Client, there: Company, slug: str
) -> None:
    response = browser.get(f"/t/{slug}/test/whoami/")
    assert response.status_code == 404
    assert "or it belongs to a company that you are not a member of" in response.content.decode()


def test_roles_and_removal_take_effect_at_the_next_request(browser: Client, here: Company) -> None:
    with tenant(here.id):
        services.member_set_roles(member=here.cto, roles=["admin", "cto"], actor=BOWLINE)
        services.member_set_roles(member=here.admin, roles=["team"], actor=BOWLINE)
    assert browser.get(f"/t/{here.slug}/test/whoami/").json()["roles"] == ["team"]
    with tenant(here.id):
        services.member_remove(member=here.admin, actor=BOWLINE)
    assert browser.get(f"/t/{here.slug}/test/whoami/").status_code == 404


def test_archived_tenant_is_gone_and_suspended_one_still_reads(
    browser: Client, here: Company
) -> None:
    for status, expected in ((Tenant.Status.SUSPENDED, 200), (Tenant.Status.ARCHIVED, 404)):
        with tenant(here.id):
            Tenant.objects.update(status=status)
        assert browser.get(f"/t/{here.slug}/test/whoami/").status_code == expected


def test_login_switched_off_is_a_visitor_at_once(browser: Client, here: Company) -> None:
    user = here.admin.user
    user.is_active = False
    user.save(update_fields=["is_active"])
    cache.clear()
    response = browser.get(f"/t/{here.slug}/dashboard/")
    assert response.status_code in (302, 404)
    assert "no-store" in response.get("Cache-Control", "no-store")


def test_pages_of_a_tenant_are_never_stored(browser: Client, here: Company) -> None:
    response = browser.get(f"/t/{here.slug}/test/whoami/")
    assert "no-store" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]
    assert "Cookie" in response["Vary"]


@pytest.mark.parametrize(
    ("offered", "taken"),
    [("a-proxy-gave-this-1", True), ("short", False), ("x" * 65, False), ("a b c d e f g", False)],
)
def test_request_id_is_taken_only_when_it_is_plain(
    browser: Client, here: Company, offered: str, taken: bool
) -> None:
    answered = browser.get("/accounts/login/", headers={"X-Request-Id": offered})["X-Request-Id"]
    assert (answered == offered) is taken
    assert len(answered) >= 8
