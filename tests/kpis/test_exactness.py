"""A rollup equals the recompute from raw at any quiet moment, whatever happened in between."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kpis.models import PARTS, Aggregation, Kpi, Mark, Measurement, Rollup
from kpis.rollups.working import catch_up, rebuild_next, work_off_marks
from kpis.services.definitions import kpi_update
from kpis.services.measurements import (
    measurement_correct,
    measurement_delete,
    measurements_record,
)
from tenants.isolation import tenant
from tenants.models import Tenant
from tests.factories import BOWLINE, Company
from tests.kpis.factories import make_kpi
from tests.kpis.recompute import Raw, recompute

ZONES = ["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu",
         "America/Havana", "Pacific/Apia", "UTC"]  # fmt: skip

# where clocks change in these zones, midnights around them, ends of months, quarters and years
_EDGES = [
    dt.datetime(2026, 3, 8, 7, tzinfo=dt.UTC),
    dt.datetime(2025, 11, 2, 6, tzinfo=dt.UTC),
    dt.datetime(2026, 3, 29, 1, tzinfo=dt.UTC),
    dt.datetime(2025, 10, 26, 1, tzinfo=dt.UTC),
    dt.datetime(2026, 4, 4, 15, tzinfo=dt.UTC),
    dt.datetime(2025, 10, 4, 15, 30, tzinfo=dt.UTC),
    dt.datetime(2025, 11, 2, 5, tzinfo=dt.UTC),
    dt.datetime(2025, 12, 31, 18, 15, tzinfo=dt.UTC),
    dt.datetime(2026, 3, 31, 23, tzinfo=dt.UTC),
    dt.datetime(2026, 6, 30, 10, tzinfo=dt.UTC),
    dt.datetime(2011, 12, 30, 10, tzinfo=dt.UTC),  # Apia left this day out
]
instants = st.one_of(
    st.builds(
        lambda edge, seconds: edge + dt.timedelta(seconds=seconds),
        st.sampled_from(_EDGES),
        st.one_of(st.integers(-2, 2), st.integers(-100_000, 100_000)),
    ),
    st.datetimes(
        dt.datetime.fromisoformat("2025-09-01"),
        dt.datetime.fromisoformat("2026-09-01"),
        timezones=st.just(dt.UTC),
    ),
)
numbers = st.one_of(
    st.integers(-9, 9).map(Decimal),
    st.decimals(-1000, 1000, places=3),
    st.sampled_from([Decimal("0.000000000000000001"), Decimal("99999999999999999999.5")]),
)
positive = st.one_of(st.integers(1, 9).map(Decimal), st.decimals("0.001", 1000, places=3))
rows = st.fixed_dictionaries(
    {"observed_at": instants, "value": numbers},
    optional={"weight": st.integers(0, 5).map(Decimal), "series": st.sampled_from("ab")},
)
ratios = st.fixed_dictionaries(
    {"observed_at": instants, "numerator": numbers, "denominator": positive}
)


def steps(aggregation: str) -> Any:
    """What happens to a figure, in any order: rows late or not, deletes, work, new settings."""
    kind = ratios if aggregation == "ratio" else rows
    return st.lists(
        st.one_of(
            st.tuples(st.just("record"), st.lists(kind, min_size=1, max_size=8)),
            st.tuples(st.just("correct"), st.tuples(st.integers(0, 99), kind)),
            st.tuples(st.just("delete"), st.integers(0, 99)),
            st.tuples(st.just("work"), st.none()),
            st.tuples(st.just("catch up"), st.none()),
            st.tuples(st.just("zone"), st.sampled_from(ZONES)),
            st.tuples(st.just("week"), st.sampled_from(["monday", "saturday", "sunday"])),
            st.tuples(st.just("year"), st.integers(1, 12)),
            st.tuples(st.just("rebuild"), st.none()),
        ),
        max_size=8,
    )


@pytest.fixture(scope="module")
def exact_company(django_db_setup: None, django_db_blocker: Any) -> Any:
    """A company whose figures come and go inside each example's transaction."""
    from tests.conftest import empty_database
    from tests.factories import make_company

    with django_db_blocker.unblock():
        yield make_company("exact")
        empty_database()


@pytest.mark.slow
@pytest.mark.parametrize("aggregation", Aggregation.values)
def test_every_rollup_equals_an_independent_recompute(
    exact_company: Company, django_db_blocker: Any, aggregation: str
) -> None:
    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],  # a story of eight steps is short enough to read
        suppress_health_check=list(HealthCheck),
    )
    @given(happenings=steps(aggregation), first=st.sampled_from(ZONES[:4]))
    def check(happenings: list[tuple[str, Any]], first: str) -> None:
        with tenant(exact_company.id), transaction.atomic():
            Tenant.objects.filter(pk=exact_company.id).update(time_zone=first)
            kpi = make_kpi(aggregation)
            for what, fact in happenings:
                happen(kpi, what, fact)
            compare(kpi)
            transaction.set_rollback(True)

    with django_db_blocker.unblock():
        check()


def happen(kpi: Kpi, what: str, fact: Any) -> None:
    """Let one step of a story happen through the product's own services."""
    if what == "record":
        measurements_record(kpi=kpi, actor=BOWLINE, raws=fact)
    elif what in ("delete", "correct"):
        ids = list(Measurement.objects.filter(kpi_id=kpi.pk).values_list("id", flat=True))
        place, right = fact if what == "correct" else (fact, {})
        if not ids:
            return
        facts = {"kpi": kpi, "actor": BOWLINE, "measurement_id": ids[place % len(ids)]}
        if what == "delete":
            measurement_delete(**facts)
        else:
            changes = {name: right[name] for name in PARTS if name in right}
            measurement_correct(**facts, changes=changes, reason="Misread")
    elif what == "work":
        work_off_marks()
    elif what == "catch up":
        assert catch_up(kpi)
    elif what == "rebuild":
        rebuild_next()
    else:
        field = {"zone": "time_zone", "week": "week_start", "year": "fiscal_year_start_month"}[what]
        Tenant.objects.update(**{field: fact})


def compare(kpi: Kpi) -> None:
    """Let all work be done, then compare every rollup with the recompute."""
    while work_off_marks():
        pass
    while rebuild_next():
        pass
    while work_off_marks():
        pass
    assert not Mark.objects.filter(kpi_id=kpi.pk).exists()
    company = Tenant.objects.get()
    raw = [
        Raw(row.observed_at, row.value, row.numerator, row.denominator, row.weight, row.id.hex)
        for row in Measurement.objects.filter(kpi_id=kpi.pk)
    ]
    expected = recompute(
        kpi.aggregation,
        raw,
        zone=company.time_zone,
        week_start=company.week_start,
        fiscal_month=company.fiscal_year_start_month,
    )
    stored = {
        (row.period, row.period_start): (row.value, row.n)
        for row in Rollup.objects.filter(kpi_id=kpi.pk)
    }
    assert stored == expected


def test_recompute_would_notice(inside: Company) -> None:
    """The comparison itself fails when one rollup is a little off."""
    kpi = make_kpi("mean")
    measurements_record(
        kpi=kpi, actor=BOWLINE, raws=[{"observed_at": "2026-03-08T07:00:00Z", "value": 1}]
    )
    compare(kpi)
    Rollup.objects.filter(kpi_id=kpi.pk, period="year").update(value=Decimal("1.000000000001"))
    with pytest.raises(AssertionError):
        compare(kpi)


@pytest.mark.parametrize("aggregation", ["mean", "last", "p95"])
def test_changed_aggregation_equals_the_recompute(inside: Company, aggregation: str) -> None:
    kpi = make_kpi("sum")
    raws = [
        {"observed_at": dt.datetime(2026, 3, 8, hour, tzinfo=dt.UTC), "value": hour}
        for hour in range(24)
    ]
    measurements_record(kpi=kpi, actor=BOWLINE, raws=raws)
    compare(kpi)
    compare(kpi_update(kpi=kpi, actor=BOWLINE, changes={"aggregation": aggregation}))
