"""The two statements before each request answer exactly what the ORM would."""

from typing import Any

import pytest
from django.db import models

from tenants import services
from tenants.isolation import tenant, uuid7
from tenants.models import Job, Member, Tenant, User
from tenants.seats import seat_in
from tests.factories import BOWLINE, Company


def values(row: models.Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_seat_is_what_the_orm_reads(company: Company) -> None:
    with tenant(company.id):
        found = Member.objects.select_related("user", "tenant").get(pk=company.cto.pk)
    with seat_in(company.id, company.cto.pk) as seat:
        assert seat.member is not None
        assert values(seat.member) == values(found)
        assert values(seat.member.user) == values(found.user)
        assert values(seat.tenant) == values(found.tenant)
        assert seat.member.tenant is seat.tenant
        assert Member.objects.count() > 1  # the tenant is set
        assert seat.unread == 0


def test_nobody_sits_where_the_member_left_or_belongs_elsewhere(
    company: Company, other_company: Company
) -> None:
    with tenant(company.id):
        services.member_remove(member=company.team, actor=BOWLINE)
    for member_id in (company.team.pk, other_company.cto.pk, uuid7(), None):
        with seat_in(company.id, member_id) as seat:
            assert (seat.tenant.pk, seat.member) == (company.id, None)
    with pytest.raises(Tenant.DoesNotExist), seat_in(uuid7(), None):
        pass


@pytest.mark.parametrize("model", [User, Tenant, Member, Job])
def test_every_column_of_these_models_can_be_read_plainly(model: Any, company: Company) -> None:
    """A new field with a conversion of its own is converted here as well."""
    from django.db import connection

    from tenants.isolation.rows import loader

    with tenant(company.id):
        if model is Job:
            Job.objects.create(kind="a.kind", args={"a": [1, {"b": None}]})
        load = loader(model)
        with connection.cursor() as cursor:
            cursor.execute(f"select {load.columns('x')} from {load.table} x")
            made = {row.pk: values(row) for row in map(load.make, cursor.fetchall())}
        expected = {row.pk: values(row) for row in model._base_manager.all()}
    assert made
    assert made == expected
