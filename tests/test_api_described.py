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


# Calls that say all there is to say by their path.
WITHOUT_BODY = """
POST /charters/{id}/acknowledge/ POST /charters/{id}/remind/
POST /engagements/{id}/handover/ POST /engagements/{id}/integration-plan/
POST /engagements/{id}/notice/withdraw/
POST /engagements/{id}/overage-approvals/{approval_id}/withdraw/
POST /imports/{id}/cancel/
POST /members/{id}/resend/ POST /members/{id}/revoke/
POST /setup/{key}/resume/ POST /setup/{key}/skip/
POST /spend-requests/{id}/submit/
POST /tenant/logo/restore/ POST /tenant/restore/
POST /time-entries/{id}/restore/
POST /weekly-updates/{id}/acknowledge/ POST /weekly-updates/{id}/submit/
"""


def test_every_other_write_describes_its_body() -> None:
    undescribed = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, operations in json.loads(schema_json())["paths"].items()
        for method in ("post", "patch")
        if method in operations and "requestBody" not in operations[method]
    }
    assert undescribed == set(re.findall(r"POST \S+", WITHOUT_BODY))


def test_body_of_new_tiers_is_described_as_it_is_written() -> None:
    """The limit of a tier is in it, which the answers' shape alone would hide."""
    schemas = json.loads(schema_json())["components"]["schemas"]
    operation = json.loads(schema_json())["paths"]["/api/v1/approval-policies/"]["post"]
    body = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    policy = schemas[body.rsplit("/", 1)[1]]
    tier = schemas[policy["properties"]["tiers"]["items"]["$ref"].rsplit("/", 1)[1]]
    assert {"up_to", "up_to_inclusive", "steps"} <= tier["properties"].keys()
