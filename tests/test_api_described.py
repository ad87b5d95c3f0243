"""What the API's description says of methods and filters, against what is answered.

Apart from the contract's own tests: Django's test client meddles with the connection they share.
"""

import json
import re

import pytest

from tenants.api.docs import schema_json
from tenants.api.filters import TRUE_OR_FALSE
from tenants.isolation import tenant, uuid7
from tenants.models import Member
from tenants.permissions import Role
from tests.api_client import ApiClient, key_of
from tests.factories import Company


@pytest.fixture
def client(company: Company) -> ApiClient:
    """Somebody who holds every role."""
    with tenant(company.id):
        Member.objects.filter(pk=company.admin.pk).update(roles=[role.value for role in Role])
    return ApiClient(key_of(company.admin))


def test_list_below_a_row_describes_no_filter_of_the_rows_own_list() -> None:
    """It would not narrow what is below, and hide the row instead."""
    paths = json.loads(schema_json())["paths"]

    def asked(path: str) -> set[str]:
        parameters = paths.get(path, {}).get("get", {}).get("parameters", [])
        return {one["name"] for one in parameters if one["in"] == "query"} - {"limit", "cursor"}

    below = {path: path.split("{id}/")[0] for path in paths if "{id}/" in path}
    assert {path: both for path, own in below.items() if (both := asked(path) & asked(own))} == {}


def test_filter_of_two_words_refuses_others(client: ApiClient) -> None:
    for path in (
        *("/coverage/?cancelled=", "/kpis/?is_active=", "/notifications/?unread="),
        *("/holidays/?active=", "/spend-requests/?waiting_for_me=", "/milestones/?done="),
    ):
        for word in ("", "true", "FALSE", "0"):
            assert client.get(path + word).status_code == 200, path
        refused = client.get(f"{path}perhaps")
        assert refused.status_code == 422, path
        assert refused.json()["errors"][0]["message"] == TRUE_OR_FALSE


def test_method_that_is_not_described_is_refused_with_those_that_are(client: ApiClient) -> None:
    """405, and `Allow` names exactly the methods of the description, on every path."""
    wrong = {}
    for path, operations in json.loads(schema_json())["paths"].items():
        described = {name.upper() for name in operations if name != "parameters"}
        address = re.sub(r"\{[^}]*\}", str(uuid7()), path)
        answer = client.call("PUT", address)
        allowed = set(answer.headers.get("Allow", "").split(", ")) - {"HEAD", "OPTIONS"}
        if (answer.status_code, allowed) != (405, described):
            wrong[path] = (answer.status_code, allowed)
    assert wrong == {}
