"""The named doors answer one narrow question each, with no tenant set, and nothing else opens."""

from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from tenants import doors, services
from tenants.isolation import tenant, uuid7
from tenants.models import Member, Tenant, User
from tests.factories import BOWLINE, Company


def test_memberships_are_the_persons_own_active_ones_by_name(
    company: Company, other_company: Company
) -> None:
    user = company.cto.user_id
    with tenant(other_company.id):
        services.member_add(email=company.cto.email, roles=["board", "team"], actor=BOWLINE)
    found = doors.memberships_of(user)
    assert [(m.slug, m.roles) for m in found] == [
        ("contoso", ["board", "team"]),
        ("northwind", ["cto"]),
    ]
    assert doors.memberships_of(uuid7()) == []
    assert {m.slug for m in doors.memberships_of(other_company.cto.user_id)} == {"contoso"}


def test_memberships_end_with_the_member_and_with_the_company(
    company: Company, other_company: Company
) -> None:
    assert slugs_of(company.team) == ["northwind"]
    with tenant(company.id):
        services.member_remove(member=company.team, actor=BOWLINE)
    assert slugs_of(company.team) == []
    with tenant(company.id):
        Tenant.objects.update(status=Tenant.Status.ARCHIVED)
    assert slugs_of(company.cto) == []


def slugs_of(member: Member) -> list[str]:
    """The companies of a member's login, the same whichever way they are read."""
    found = doors.memberships_of(member.user_id)
    assert User.objects.get(pk=member.user_id).memberships_found == found
    return [membership.slug for membership in found]


def test_login_is_read_with_its_memberships_by_one_query(
    company: Company, other_company: Company, django_assert_num_queries: Any
) -> None:
    with tenant(other_company.id):
        services.member_add(email=company.cto.email, roles=["board"], actor=BOWLINE)
    with django_assert_num_queries(1):
        login = User.objects.get(pk=company.cto.user_id)
        found = doors.memberships_found(login)
    assert [m.slug for m in found] == ["contoso", "northwind"]
    again = User.objects.filter(pk=login.pk).get()
    assert {f.attname: getattr(login, f.attname) for f in User._meta.concrete_fields} == {
        f.attname: getattr(again, f.attname) for f in User._meta.concrete_fields
    }
    assert doors.memberships_found(again) == found
    with pytest.raises(User.DoesNotExist):
        User.objects.get(pk=uuid7())


def test_tenants_are_listed_for_command_lines(company: Company, other_company: Company) -> None:
    assert doors.tenant_id_of("northwind") == company.id
    assert doors.tenant_id_of("no-such") is None
    assert doors.all_tenant_ids() == sorted([company.id, other_company.id])


def test_key_of_an_archived_company_opens_nothing(company: Company) -> None:
    with tenant(company.id):
        key, _ = services.api_key_create(actor=company.cto, name="k", member=company.cto)
        Tenant.objects.update(status=Tenant.Status.ARCHIVED)
    assert doors.api_key(key.prefix) is None


@pytest.mark.parametrize(
    "statement",
    [
        "select * from tenants_member",
        "select count(*) from tenants_tenant",
        "select * from tenants_apikey where prefix = 'x'",
        "select * from tenants_auditevent",
        "select * from tenants_audithead",
        "select args from tenants_job",
        "update tenants_member set title = ''",
        "insert into tenants_apikey (id, tenant_id, name, prefix, secret_hash, scopes, created_at, "
        "updated_at) values (uuidv7(), uuidv7(), '', '', '', '{}', now(), now())",
        "copy tenants_member to stdout",
        "create table mine (id int)",
        "create temporary view v as select 1",
        "alter role bowline_app bypassrls",
        "set role bowline_migrate",
        "set session authorization bowline_migrate",
        "set row_security = off; select * from tenants_member",
    ],
)
def test_nothing_else_opens_without_a_tenant(company: Company, statement: str) -> None:
    """Refused, or no row: PostgreSQL asks for the tenant only once it reads a row that matches."""
    allowed = "temporary view" in statement  # holds no rights of its own, and no data of ours
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
            nothing = statement.startswith("select") and cursor.fetchall() == []
    except ProgrammingError:
        assert not allowed
    else:
        assert allowed or nothing
