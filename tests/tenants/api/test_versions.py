"""ETag, If-Match, If-None-Match: nobody overwrites what they have not seen."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections

from tenants.isolation import tenant
from tenants.models import Tenant, User
from tests.api_client import ApiClient, key_of
from tests.factories import Company, make_company
from tests.tenants.api.test_authentication import assert_problem

Api = Callable[[Any], ApiClient]


def test_patch_with_the_read_etag_succeeds_and_answers_the_next(company: Company, api: Api) -> None:
    client = api(company.admin)
    read = client.get("/tenant/")
    changed = client.patch("/tenant/", {"name": "One"}, If_Match=read["ETag"])
    assert changed.status_code == 200
    assert changed["ETag"] != read["ETag"]
    assert changed["ETag"] == client.get("/tenant/")["ETag"]


def test_patch_with_a_stale_etag_answers_412_and_changes_nothing(
    company: Company, api: Api
) -> None:
    client = api(company.admin)
    stale = client.get("/tenant/")["ETag"]
    client.patch("/tenant/", {"name": "One"})
    assert_problem(client.patch("/tenant/", {"name": "Two"}, If_Match=stale), 412)
    assert client.get("/tenant/").json()["name"] == "One"


def test_if_match_accepts_a_star_a_list_and_a_weakened_tag(company: Company, api: Api) -> None:
    client = api(company.admin)
    for form in ("*", "W/{}", '"0-0", {}'):
        tag = form.format(client.get("/tenant/")["ETag"])
        assert client.patch("/tenant/", {"name": f"Name {form}"}, If_Match=tag).status_code == 200


def test_if_match_of_nonsense_answers_412(company: Company, api: Api) -> None:
    client = api(company.admin)
    for tag in ('""', "nonsense", '"0-0"', '"' + "f" * 5000 + '"'):
        assert_problem(client.patch("/tenant/", {"name": "X"}, If_Match=tag), 412)


def test_delete_honours_if_match(company: Company, api: Api) -> None:
    client = api(company.admin)
    path = f"/members/{company.team.pk}/"
    tag = client.get(path)["ETag"]
    client.patch(path, {"roles": ["board"]})
    assert_problem(client.delete(path, If_Match=tag), 412)
    deleted = client.delete(path, If_Match=client.get(path)["ETag"])
    assert deleted.status_code == 204
    assert deleted.content == b""


def test_unchanged_answers_304_without_a_body(company: Company, api: Api) -> None:
    client = api(company.cto)
    tag = client.get("/tenant/")["ETag"]
    unchanged = client.get("/tenant/", If_None_Match=f'"0-0", {tag}')
    assert unchanged.status_code == 304
    assert unchanged.content == b""
    assert unchanged["ETag"] == tag
    assert client.get("/tenant/", If_None_Match='"0-0"').status_code == 200


def test_answer_that_changes_while_its_row_does_not_is_no_304(company: Company, api: Api) -> None:
    """The name belongs to the login, whose change leaves the member's own row as it was."""
    client, path = api(company.cto), f"/members/{company.team.pk}/"
    read = client.get(path)
    User.objects.filter(pk=company.team.user_id).update(name="Renamed")
    assert client.get(path, If_None_Match=read["ETag"]).json()["name"] == "Renamed"


def test_of_two_changes_at_once_with_the_same_etag_one_wins(committed_db: None) -> None:
    company = make_company("northwind")
    key = key_of(company.admin)
    tag = ApiClient(key).get("/tenant/")["ETag"]
    start = threading.Barrier(6)
    statuses: list[int] = []

    def change(name: str) -> None:
        start.wait(60)
        response = ApiClient(key).patch("/tenant/", {"name": name}, If_Match=tag)
        statuses.append(response.status_code)
        connections.close_all()

    threads = [threading.Thread(target=change, args=[f"Name {n}"]) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(statuses) == [200, 412, 412, 412, 412, 412]
    with tenant(company.id):
        assert Tenant.objects.get().name.startswith("Name ")
