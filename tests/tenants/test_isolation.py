"""One tenant a transaction: what the context, the policies and the keys promise."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from tenants.isolation import NoTenant, TenantSwitch, current_tenant_id, tenant, uuid7
from tenants.models import ApiKey, Member, Tenant
from tests.factories import Company


def test_manager_without_tenant_raises(company: Company) -> None:
    with pytest.raises(NoTenant):
        Member.objects.count()


def test_raw_sql_without_tenant_raises_instead_of_answering_nothing(company: Company) -> None:
    with pytest.raises(ProgrammingError, match="no tenant is set"), transaction.atomic():
        connection.cursor().execute("select * from tenants_member")


def test_raw_sql_inside_sees_only_the_tenant(company: Company, other_company: Company) -> None:
    with tenant(company.id), connection.cursor() as cursor:
        cursor.execute("select distinct tenant_id from tenants_member")
        assert cursor.fetchall() == [(company.id,)]
        cursor.execute("select id from tenants_tenant")
        assert cursor.fetchall() == [(company.id,)]


def test_setting_is_gone_after_leaving(company: Company) -> None:
    with tenant(company.id):
        pass
    with pytest.raises(ProgrammingError, match="no tenant is set"), transaction.atomic():
        connection.cursor().execute("select * from tenants_member")


def test_switching_inside_is_an_error(company: Company, other_company: Company) -> None:
    with tenant(company.id):
        with pytest.raises(TenantSwitch), tenant(other_company.id):
            pass
        assert current_tenant_id() == company.id


def test_writing_into_another_tenant_is_refused(company: Company, other_company: Company) -> None:
    with tenant(company.id), pytest.raises(ProgrammingError), transaction.atomic():
        ApiKey.objects.create(tenant_id=other_company.id, name="x", prefix="p", secret_hash=b"x")


def test_reference_to_another_tenants_row_is_refused(
    company: Company, other_company: Company
) -> None:
    foreign = other_company.cto
    with tenant(company.id), pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.create(name="x", prefix="p", secret_hash=b"x", member_id=foreign.pk)


def test_new_tenant_can_be_made_inside_itself_only(company: Company) -> None:
    with tenant(company.id), pytest.raises(ProgrammingError), transaction.atomic():
        Tenant.objects.create(id=uuid7(), name="X", slug="x-inside")
