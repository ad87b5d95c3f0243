"""What the tables themselves promise."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from kpis.models import Mark, Measurement, RebuildRequest
from tenants.isolation import tenant, uuid7
from tenants.models import Tenant
from tests.factories import Company
from tests.kpis.factories import make_kpi


def add(kpi_id: object, **fields: object) -> Measurement:
    values = {
        "kpi_id": kpi_id,
        "id": uuid7(),
        "observed_at": dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC),
        "local_date": dt.date(2026, 1, 1),
        "value": Decimal("1.5"),
        "source": "api",
    } | fields
    return Measurement.objects.create(**values)


def marked() -> list[dt.date]:
    return list(Mark.objects.order_by("local_date").values_list("local_date", flat=True))


def test_insert_marks_its_day(inside: Company) -> None:
    add(make_kpi().pk)
    assert marked() == [dt.date(2026, 1, 1)]


def test_update_marks_the_old_and_the_new_day(inside: Company) -> None:
    add(make_kpi().pk)
    Mark.objects.all().delete()
    Measurement.objects.update(local_date=dt.date(2026, 1, 5))
    assert marked() == [dt.date(2026, 1, 1), dt.date(2026, 1, 5)]


def test_delete_marks_its_day(inside: Company) -> None:
    add(make_kpi().pk)
    Mark.objects.all().delete()
    Measurement.objects.all().delete()
    assert marked() == [dt.date(2026, 1, 1)]


def test_measurement_of_a_figure_that_is_not_there_is_refused(inside: Company) -> None:
    with pytest.raises(IntegrityError, match="kpis_mark_kpi_id_tenant_fk"), transaction.atomic():
        add(uuid7())


def test_measurement_of_another_tenants_figure_is_refused(
    company: Company, other_company: Company
) -> None:
    with tenant(other_company.id):
        foreign = make_kpi().pk
    with (
        tenant(company.id),
        pytest.raises(IntegrityError, match="kpis_mark_kpi_id_tenant_fk"),
        transaction.atomic(),
    ):
        add(foreign)


def test_same_external_id_twice_is_refused(inside: Company) -> None:
    kpi = make_kpi()
    add(kpi.pk, external_id="a")
    with pytest.raises(IntegrityError, match="measurement_one_external_id"), transaction.atomic():
        add(kpi.pk, external_id="a")


@pytest.mark.parametrize(
    ("field", "value", "requests"),
    [
        ("time_zone", "Asia/Kathmandu", 1),
        ("week_start", "sunday", 1),
        ("fiscal_year_start_month", 4, 1),
        ("week_start", "monday", 0),
        ("name", "Other", 0),
    ],
)
def test_change_of_the_calendar_asks_for_a_rebuild(
    inside: Company, field: str, value: object, requests: int
) -> None:
    Tenant.objects.filter(pk=inside.id).update(**{field: value})
    assert RebuildRequest.objects.count() == requests


def test_tick_sees_whose_marks_are_due_and_no_more(inside: Company) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select has_column_privilege('bowline_tick', 'kpis_mark', 'tenant_id', 'select'),"
            " has_column_privilege('bowline_tick', 'kpis_mark', 'kpi_id', 'select'),"
            " has_table_privilege('bowline_tick', 'kpis_measurement', 'select')"
        )
        assert cursor.fetchone() == (True, False, False)
