"""Marks become rollups: each aggregation, late rows, deletes, the company's own calendar."""

import datetime as dt
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection

from kpis.models import Aggregation, Mark, Measurement, Period, RebuildRequest, Rollup
from kpis.rollups.periods import Calendar
from kpis.rollups.working import catch_up, rebuild_next, work_off_marks
from kpis.services.definitions import kpi_update
from kpis.services.measurements import measurement_delete
from tenants.models import Tenant
from tests.factories import BOWLINE, Company
from tests.kpis.factories import make_kpi, measure, rolled_up, stored

D = Decimal


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [
        ("sum", D("10.5")),
        ("mean", D("3.5")),
        ("min", D("0.5")),
        ("max", D("8")),
        ("last", D("0.5")),
        ("p50", D("2")),
        ("p95", D("7.4")),
        ("count", D("3")),
    ],
)
def test_day_of_three_values(inside: Company, aggregation: str, expected: Decimal) -> None:
    kpi = make_kpi(aggregation)
    measure(
        kpi,
        ("2026-03-02T15:00:00Z", "2"),
        ("2026-03-02T16:00:00Z", 8),
        ("2026-03-02T17:00:00Z", 0.5),
    )
    assert rolled_up(kpi) == {"2026-03-02": expected}


def test_ratio_is_sum_over_sum_not_mean_of_ratios(inside: Company) -> None:
    kpi = make_kpi("ratio")
    measure(
        kpi,
        {"observed_at": "2026-03-02T15:00:00Z", "numerator": 1, "denominator": 1},
        {"observed_at": "2026-03-02T16:00:00Z", "numerator": 0, "denominator": 3},
        {"observed_at": "2026-03-02T17:00:00Z", "value": 1},
    )
    assert rolled_up(kpi) == {"2026-03-02": D("0.4")}


def test_weighted_mean_counts_a_row_without_weight_once(inside: Company) -> None:
    kpi = make_kpi("weighted_mean")
    measure(
        kpi,
        {"observed_at": "2026-03-02T15:00:00Z", "value": 10, "weight": 3},
        {"observed_at": "2026-03-02T16:00:00Z", "value": 2},
    )
    assert rolled_up(kpi, "month") == {"2026-03-01": D(8)}


def test_weights_of_nothing_give_no_value(inside: Company) -> None:
    kpi = make_kpi("weighted_mean")
    measure(kpi, {"observed_at": "2026-03-02T15:00:00Z", "value": 10, "weight": 0})
    assert rolled_up(kpi) == {"2026-03-02": None}


def test_quotient_is_rounded_half_up_to_twelve_places_even_of_large_sums(inside: Company) -> None:
    kpi = make_kpi("mean")
    measure(
        kpi,
        ("2026-03-02T15:00:00Z", "99999999999999999999"),
        ("2026-03-02T16:00:00Z", "0.000000000001"),
    )
    assert rolled_up(kpi) == {"2026-03-02": D("49999999999999999999.500000000001")}


def test_night_of_the_clock_change_belongs_to_the_clients_day(inside: Company) -> None:
    kpi = make_kpi("count")
    measure(  # New York set clocks forward on 8 March 2026, so that day has 23 hours
        kpi,
        ("2026-03-08T04:59:59Z", 1),
        ("2026-03-08T05:00:00Z", 1),
        ("2026-03-09T03:59:59Z", 1),
        ("2026-03-09T04:00:00Z", 1),
    )
    assert rolled_up(kpi) == {"2026-03-07": 1, "2026-03-08": 2, "2026-03-09": 1}


def test_late_row_reaches_every_period_that_holds_it_and_only_those(inside: Company) -> None:
    kpi = make_kpi("sum")
    measure(kpi, ("2026-01-15T12:00:00Z", 1), ("2026-04-15T12:00:00Z", 10))
    rolled_up(kpi)
    with connection.cursor() as cursor:
        cursor.execute(
            "select ctid::text, period, period_start from kpis_rollup where kpi_id = %s", [kpi.pk]
        )
        before = {(row[1], row[2].isoformat()): row[0] for row in cursor.fetchall()}
        measure(kpi, ("2026-01-16T12:00:00Z", 5))
        assert rolled_up(kpi, "year") == {"2026-01-01": 16}
        cursor.execute(
            "select ctid::text, period, period_start from kpis_rollup where kpi_id = %s", [kpi.pk]
        )
        after = {(row[1], row[2].isoformat()): row[0] for row in cursor.fetchall()}
    assert stored(kpi, "day") == {"2026-01-15": 1, "2026-01-16": 5, "2026-04-15": 10}
    assert stored(kpi, "week") == {"2026-01-12": 6, "2026-04-13": 10}
    assert stored(kpi, "month") == {"2026-01-01": 6, "2026-04-01": 10}
    assert stored(kpi, "quarter") == {"2026-01-01": 6, "2026-04-01": 10}
    untouched = {key for key, place in after.items() if before.get(key) == place}
    assert untouched == {
        ("day", "2026-01-15"),
        ("day", "2026-04-15"),
        ("week", "2026-04-13"),
        ("month", "2026-04-01"),
        ("quarter", "2026-04-01"),
    }


@pytest.mark.parametrize("aggregation", ["sum", "p95"])
def test_periods_emptied_by_a_delete_vanish(inside: Company, aggregation: str) -> None:
    kpi = make_kpi(aggregation)
    measure(kpi, ("2026-01-15T12:00:00Z", 1), ("2026-02-15T12:00:00Z", 10))
    rolled_up(kpi)
    late = Measurement.objects.get(kpi_id=kpi.pk, value=10)
    measurement_delete(kpi=kpi, actor=BOWLINE, measurement_id=late.id)
    assert rolled_up(kpi) == {"2026-01-15": 1}
    assert stored(kpi, "month") == {"2026-01-01": 1}
    assert stored(kpi, "year") == {"2026-01-01": 1}


def test_marks_are_gone_afterwards(inside: Company) -> None:
    kpi = make_kpi()
    measure(kpi, ("2026-01-15T12:00:00Z", 1))
    assert Mark.objects.count() == 1
    assert work_off_marks() is False
    assert Mark.objects.count() == 0


def test_more_figures_than_a_step_takes_remain_for_the_next(inside: Company) -> None:
    for name in ("sum", "min", "max"):
        measure(make_kpi(name), ("2026-01-15T12:00:00Z", 1))
    assert work_off_marks(limit=2) is True
    assert Mark.objects.count() == 1
    assert work_off_marks(limit=2) is False


def test_week_and_fiscal_year_are_the_companys_own(inside: Company) -> None:
    Tenant.objects.filter(pk=inside.id).update(week_start="sunday", fiscal_year_start_month=4)
    kpi = make_kpi("sum")
    measure(kpi, ("2026-03-31T12:00:00Z", 1), ("2026-04-05T12:00:00Z", 10))
    assert rolled_up(kpi, "week") == {"2026-03-29": 1, "2026-04-05": 10}
    assert stored(kpi, "quarter") == {"2026-01-01": 1, "2026-04-01": 10}
    assert stored(kpi, "year") == {"2025-04-01": 1, "2026-04-01": 10}


def test_change_of_zone_rebuilds_from_the_new_days(inside: Company) -> None:
    kpi = make_kpi("sum")
    measure(kpi, ("2026-03-02T04:00:00Z", 1), ("2026-03-02T20:00:00Z", 10))
    assert rolled_up(kpi) == {"2026-03-01": 1, "2026-03-02": 10}
    Tenant.objects.filter(pk=inside.id).update(time_zone="Asia/Kathmandu")
    measure(kpi, ("2026-03-02T05:00:00Z", 100))
    assert rolled_up(kpi) == {"2026-03-01": 1, "2026-03-02": 110}, "old calendar until rebuilt"
    while rebuild_next():
        pass
    assert stored(kpi) == {"2026-03-02": 101, "2026-03-03": 10}
    kpi.refresh_from_db()
    assert kpi.built_time_zone == "Asia/Kathmandu"
    assert RebuildRequest.objects.count() == 0
    assert Mark.objects.count() == 0


def test_change_of_aggregation_rebuilds(inside: Company) -> None:
    kpi = make_kpi("mean")
    measure(
        kpi, ("2026-03-02T14:00:00Z", 1), ("2026-03-02T15:00:00Z", 2), ("2026-03-02T16:00:00Z", 9)
    )
    assert rolled_up(kpi) == {"2026-03-02": 4}
    kpi = kpi_update(kpi=kpi, actor=BOWLINE, changes={"aggregation": "p50"})
    assert rolled_up(kpi) == {"2026-03-02": 4}, "the old figures are served until it is rebuilt"
    while rebuild_next():
        pass
    assert stored(kpi) == {"2026-03-02": 2}


def test_catch_up_works_off_this_figure_alone(inside: Company) -> None:
    one, other = make_kpi("sum"), make_kpi("max")
    measure(one, ("2026-03-02T14:00:00Z", 1))
    measure(other, ("2026-03-02T14:00:00Z", 1))
    assert catch_up(one) is True
    assert stored(one) == {"2026-03-02": 1}
    assert stored(other) == {}


def test_catch_up_follows_a_change_of_zone(inside: Company) -> None:
    kpi = make_kpi("sum")
    measure(kpi, ("2026-03-02T20:00:00Z", 10))
    Tenant.objects.filter(pk=inside.id).update(time_zone="Asia/Kathmandu")
    assert catch_up(kpi) is True
    assert stored(kpi) == {"2026-03-03": 10}
    assert kpi.built_time_zone == "Asia/Kathmandu"


def test_repeat_of_a_batch_changes_nothing(inside: Company) -> None:
    kpi = make_kpi("sum")
    rows = [("2026-03-02T14:00:00Z", 1), ("2026-03-02T14:00:00Z", 1), ("2026-03-02T15:00:00Z", 5)]
    first = measure(kpi, *rows)
    assert (first.accepted, first.duplicates) == (3, 0), "two honest rows of one second both count"
    assert rolled_up(kpi) == {"2026-03-02": 7}
    again = measure(kpi, *rows)
    assert (again.accepted, again.duplicates) == (0, 3)
    assert Mark.objects.count() == 0
    assert rolled_up(kpi) == {"2026-03-02": 7}


def test_bulk_and_single_rows_are_the_same_rows(inside: Company) -> None:
    kpi = make_kpi("sum")
    rows = [
        (f"2026-03-02T14:{minute:02}:{second:02}Z", second)
        for minute in range(10)
        for second in range(60)
    ]
    assert measure(kpi, *rows).accepted == 600, "by COPY"
    assert measure(kpi, *rows[:50]).duplicates == 50, "by arrays"
    assert rolled_up(kpi) == {"2026-03-02": 10 * sum(range(60))}


def test_ids_sort_by_time_and_are_uuid_version_7(inside: Company) -> None:
    kpi = make_kpi("sum")
    measure(
        kpi,
        ("2026-03-02T14:00:00.001Z", 1),
        ("1970-01-01T00:00:00Z", 2),
        ("2026-03-02T14:00:00Z", 3),
    )
    rows = list(Measurement.objects.filter(kpi_id=kpi.pk).order_by("id"))
    assert [row.value for row in rows] == [2, 3, 1]
    assert all(UUID(str(row.id)).version == 7 for row in rows)


@pytest.mark.parametrize("week_start", ["monday", "saturday", "sunday"])
@pytest.mark.parametrize("fiscal_month", [1, 2, 4, 7, 10, 12])
def test_periods_in_the_database_and_in_python_are_the_same(
    db: None, week_start: str, fiscal_month: int
) -> None:
    calendar = Calendar("UTC", week_start, fiscal_month)
    with connection.cursor() as cursor:
        cursor.execute(
            "select d::date, p, bowline.period_start(p, d::date, %s, %s),"
            " bowline.next_period_start(p, bowline.period_start(p, d::date, %s, %s))"
            " from generate_series('2023-12-20'::date, '2026-03-10'::date, interval '1 day') d,"
            " unnest(%s) p",
            [week_start, fiscal_month, week_start, fiscal_month, list(Period.values)],
        )
        rows = cursor.fetchall()
    assert len(rows) > 4000
    for day, period, start, following in rows:
        assert calendar.start(period, day) == start, (day, period)
        assert calendar.next_start(period, start) == following
        assert start <= day < following
        assert calendar.start(period, following) == following
        assert calendar.start(period, following - dt.timedelta(1)) == start


def test_every_aggregation_leaves_rollups_of_every_period(inside: Company) -> None:
    for aggregation in Aggregation.values:
        kpi = make_kpi(aggregation)
        measure(kpi, ("2026-03-02T14:00:00Z", 1))
        rolled_up(kpi)
        assert Rollup.objects.filter(kpi_id=kpi.pk).count() == 5
