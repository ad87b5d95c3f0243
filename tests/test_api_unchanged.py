"""A change that changes nothing: every PATCH of the API answers as before and leaves no mark."""

from collections.abc import Iterator

import pytest
from django.db import transaction

from decisions.models import SpendEvent
from tenants.api.docs import schema_json
from tenants.api.parsers import parse_json
from tenants.isolation import tenant
from tenants.jobs.models import Job
from tenants.models import AuditEvent, Member, Notification
from tenants.permissions import Role
from tests.api_client import BASE, ApiClient, key_of
from tests.api_routes import TABLE, row_of
from tests.decisions.builders import draft
from tests.factories import Company, make_company

PATHS = [line.split()[1] for line in TABLE.strip().splitlines() if line.startswith("PATCH")]
OWNERS = {"spend-requests": "team", "time-entries": "cto", "timers": "cto"}  # else the admin's
MARKS = (AuditEvent, Notification, Job, SpendEvent)

# What a change of these says otherwise than the answer does.
SAID = {
    "/setup/": {"dismissed": False},
    "/notifications/<pk>/": {"read": False},
    "/weekly-updates/<pk>/": {"blockers": []},
}
UNREAD = {"/engagements/<pk>/": {"reason"}}  # of another status
NEEDS_A_BODY = {"/setup/"}
ELSEWHERE = {"/kpis/<pk>/measurements/<measurement_id>/": "tests/kpis/test_corrections.py"}


@pytest.fixture(scope="module")
def house(module_db: None) -> Company:
    """A company in which those who own rows hold every role."""
    company = make_company("northwind")
    with tenant(company.id):
        everything = [role.value for role in Role]
        Member.objects.filter(roles__overlap=["admin", "cto", "team"]).update(roles=everything)
    return company


@pytest.fixture
def company(house: Company) -> Iterator[Company]:
    """What a case does is undone after it."""
    with transaction.atomic():
        yield house
        transaction.set_rollback(True)


def writable(path: str) -> set[str]:
    """The fields that the description lets a PATCH of this path send."""
    document = parse_json(schema_json())
    described = document["paths"][f"{BASE}{path}".replace("<pk>", "{id}")]["patch"]
    shape = described["requestBody"]["content"]["application/json"]["schema"]
    fields = document["components"]["schemas"][shape["$ref"].rpartition("/")[2]]["properties"]
    return {name for name, facts in fields.items() if not facts.get("readOnly")}


def place_of(company: Company, path: str) -> str:
    """The path of a row that can be changed."""
    if path == "/spend-requests/<pk>/":
        with tenant(company.id):
            return path.replace("<pk>", str(draft(company).pk))
    return path.replace("<pk>", str(row_of(company, path))) if "<pk>" in path else path


def marks(company: Company) -> list[int]:
    """How many traces of changes there are."""
    with tenant(company.id):
        return [model.objects.count() for model in MARKS]


@pytest.mark.parametrize("path", [path for path in PATHS if path not in ELSEWHERE])
def test_change_that_changes_nothing_leaves_no_mark(company: Company, path: str) -> None:
    """Neither an empty body nor what was read, sent back: no line, no notice, no new version."""
    client = ApiClient(key_of(company.member(OWNERS.get(path.split("/")[1], "admin"))))
    place = place_of(company, path)
    before = client.get(place)
    shown = before.json() | SAID.get(path, {})
    same = {name: shown[name] for name in writable(path) & shown.keys()}
    assert writable(path) - shown.keys() == UNREAD.get(path, set())
    were = marks(company)
    for body in [same] if path in NEEDS_A_BODY else [{}, same]:
        answer = client.patch(place, body)
        assert answer.status_code == 200, answer.json()
        assert answer.json() == before.json()
        assert answer.get("ETag") == before.get("ETag")
        assert marks(company) == were
