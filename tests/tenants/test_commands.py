"""The command lines: what they print, and a clear word instead of a traceback for bad input."""

from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from tenants import doors
from tenants.isolation import tenant
from tenants.models import ApiKey, AuditEvent, Member, Tenant
from tests.factories import Company

TENANT = {
    "name": "Acme",
    "slug": "acme",
    "time_zone": "Europe/Berlin",
    "currency": "EUR",
    "admin_email": "boss@acme.example",
}


def test_create_tenant_makes_a_company_with_its_admin(db: None, capsys: Any) -> None:
    call_command("create_tenant", **TENANT, admin_name="The Boss")
    slug, pk = capsys.readouterr().out.split()
    assert slug == "acme"
    with tenant(UUID(pk)):
        made = Tenant.objects.get()
        assert (made.name, made.time_zone, made.currency) == ("Acme", "Europe/Berlin", "EUR")
        member = Member.objects.select_related("user").get()
        assert (member.name, member.roles) == ("The Boss", ["admin"])
        verbs = [event.verb for event in AuditEvent.objects.order_by("id")]
    assert verbs[:2] == ["tenant.created", "member.added"]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"slug": "northwind"}, "taken"),
        ({"slug": "Not A Slug"}, "lower-case"),
        ({"slug": ""}, ""),
        ({"slug": "x" * 41}, "40"),
        ({"time_zone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"time_zone": "../etc/passwd"}, "no time zone"),
        ({"currency": "euro"}, "three"),
        ({"name": ""}, "name: Fill this in"),
        ({"admin_email": "nobody"}, "name@example.com"),
        ({"admin_email": ""}, ""),
    ],
)
def test_create_tenant_says_what_is_wrong_and_leaves_nothing(
    company: Company, changes: dict[str, str], word: str
) -> None:
    before = doors.all_tenant_ids()
    with pytest.raises(CommandError) as refused:
        call_command("create_tenant", **(TENANT | changes))
    assert word in str(refused.value)
    assert str(refused.value)
    assert doors.all_tenant_ids() == before


def test_add_member_is_harmless_when_repeated(company: Company, capsys: Any) -> None:
    facts = {"tenant": "northwind", "email": "New@X.example", "name": "New", "roles": "cto, team"}
    call_command("add_member", **facts)
    first = capsys.readouterr().out.strip()
    call_command("add_member", **facts)
    assert capsys.readouterr().out.strip() == first
    with tenant(company.id):
        assert Member.objects.get(pk=first).roles == ["cto", "team"]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"tenant": "no-such"}, "no tenant 'no-such'"),
        ({"roles": "king"}, "no role 'king'"),
        ({"roles": " , "}, "at least one role"),
        ({"email": "nobody"}, "name@example.com"),
        ({"email": "admin@northwind.example", "roles": "team"}, "last admin"),
    ],
)
def test_add_member_says_what_is_wrong(
    company: Company, changes: dict[str, str], word: str
) -> None:
    facts = {"tenant": "northwind", "email": "new@x.example", "roles": "cto"} | changes
    with pytest.raises(CommandError, match=word):
        call_command("add_member", **facts)


def test_create_api_key_prints_the_key_and_nothing_else(company: Company, capsys: Any) -> None:
    call_command("create_api_key", tenant="northwind", email=company.cto.email, name="Laptop")
    shown = capsys.readouterr().out
    assert shown.endswith("\n")
    assert shown.count("\n") == 1
    entry = doors.api_key(shown.split(".")[0])
    assert entry is not None
    with tenant(company.id):
        assert ApiKey.objects.get(pk=entry.id).member_id == company.cto.pk


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"tenant": "no-such"}, "no tenant"),
        ({"email": "cto@contoso.example"}, "no member"),
        ({"email": ""}, "no member"),
        ({"name": ""}, "name: Fill this in"),
        ({"name": "x" * 121}, "120"),
    ],
)
def test_create_api_key_says_what_is_wrong(
    company: Company, other_company: Company, changes: dict[str, str], word: str
) -> None:
    facts = {"tenant": "northwind", "email": company.cto.email, "name": "Laptop"} | changes
    with pytest.raises(CommandError, match=word):
        call_command("create_api_key", **facts)


def test_audit_verify_of_no_such_tenant_says_so(company: Company) -> None:
    with pytest.raises(CommandError, match="no tenant 'no-such'"):
        call_command("audit_verify", tenant="no-such")
