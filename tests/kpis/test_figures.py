"""What pages read: one query each, targets by their date, overrides, stale and waiting figures."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection

from kpis import figures
from kpis.models import Kpi
from kpis.services.definitions import kpi_update, status_override, target_set
from kpis.services.measurements import measurements_record
from tenants.errors import Invalid, WrongState
from tests.factories import BOWLINE, Company
from tests.kpis.factories import make_kpi, measure, rolled_up

D = Decimal
NOW = dt.datetime(2026, 10, 15, 16, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cycle_time(inside: Company) -> Kpi:
    """Weekly, lower is better, measured in weeks 40 to 42; from 1 September the target is 5."""
    kpi = make_kpi("mean", cadence="weekly", expected_freshness_hours=48)
    measure(
        kpi,
        ("2026-09-28T12:00:00Z", 7),
        ("2026-10-06T12:00:00Z", 6),
        ("2026-10-08T12:00:00Z", "6.2"),
        ("2026-10-15T12:00:00Z", 5),
    )
    rolled_up(kpi)
    for on, value, at_risk in [(dt.date(2026, 1, 1), 6, 7), (dt.date(2026, 10, 5), 5, "6.05")]:
        target_set(
            kpi=kpi, actor=BOWLINE, value=D(value), at_risk_value=D(at_risk), effective_on=on
        )
    return kpi


def card_of(kpi: Kpi) -> figures.Card:
    [card] = figures.cards(kpi_ids=[kpi.pk])
    return card


def test_card_shows_the_latest_period(cycle_time: Kpi) -> None:
    card = card_of(cycle_time)
    assert (card.period, card.period_start, card.period_end) == (
        "week",
        dt.date(2026, 10, 12),
        dt.date(2026, 10, 18),
    )
    assert (card.value, card.n, card.target, card.status) == (5, 1, 5, "on_track")
    assert card.complete is False
    assert [(p.period_start.day, p.value, p.n) for p in card.points] == [
        (28, 7, 1),
        (5, D("6.1"), 2),
        (12, 5, 1),
    ]
    assert card.change == D("-1.1")
    assert card.is_updating is False


def test_cards_of_everything_are_one_query(
    cycle_time: Kpi, django_assert_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_num_queries(1):
        cards = figures.cards()
    assert len(cards) == 21, "20 of the catalogue and this one"
    assert [card.category for card in cards] == sorted(
        (card.category for card in cards),
        key=[
            "technical_performance",
            "project_delivery",
            "team_development",
            "business_impact",
        ].index,
    )
    assert {card.status for card in cards if card.id != cycle_time.pk} == {"no_data"}


def test_inactive_figures_have_no_card(cycle_time: Kpi) -> None:
    kpi_update(kpi=cycle_time, actor=BOWLINE, changes={"is_active": False})
    assert figures.cards(kpi_ids=[cycle_time.pk]) == []


def test_card_goes_stale_when_nothing_came_for_longer_than_expected(cycle_time: Kpi) -> None:
    with time_machine.travel(dt.datetime(2026, 10, 17, 12, tzinfo=dt.UTC), tick=False):
        assert card_of(cycle_time).status == "on_track"
    with time_machine.travel(dt.datetime(2026, 10, 17, 12, 0, 1, tzinfo=dt.UTC), tick=False):
        assert card_of(cycle_time).status == "stale"


def test_card_says_when_marks_wait_for_more_than_a_minute(cycle_time: Kpi) -> None:
    measure(cycle_time, ("2026-10-14T12:00:00Z", 1))
    assert card_of(cycle_time).is_updating is False
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into kpis_mark select tenant_id, kpi_id, local_date,"
            " now() - interval '61 seconds' from kpis_mark"
        )
    assert card_of(cycle_time).is_updating is True


def test_series_judges_each_period_by_the_target_at_its_end(cycle_time: Kpi) -> None:
    rows = figures.series(kpi=cycle_time, period="week")
    assert [(r.period_end.isoformat(), r.target, r.status, r.complete) for r in rows] == [
        ("2026-10-04", 6, "at_risk", True),
        ("2026-10-11", 5, "off_track", True),
        ("2026-10-18", 5, "on_track", False),
    ]
    assert (rows[1].minimum, rows[1].maximum, rows[1].n) == (6, D("6.2"), 2)


def test_target_of_the_future_changes_nothing_yet(cycle_time: Kpi) -> None:
    target_set(kpi=cycle_time, actor=BOWLINE, value=D(1), effective_on=dt.date(2026, 10, 19))
    assert card_of(cycle_time).target == 5


def test_later_of_two_targets_of_one_day_counts(cycle_time: Kpi) -> None:
    target_set(kpi=cycle_time, actor=BOWLINE, value=D(4), effective_on=dt.date(2026, 10, 5))
    assert card_of(cycle_time).target == 4


def test_series_is_narrowed_to_periods_that_touch_the_span(cycle_time: Kpi) -> None:
    def starts(**span: Any) -> list[int]:
        return [
            row.period_start.day for row in figures.series(kpi=cycle_time, period="week", **span)
        ]

    assert starts(first=dt.date(2026, 10, 11)) == [5, 12]
    assert starts(last=dt.date(2026, 10, 5)) == [28, 5]
    assert starts(points=1) == [12]


def test_override_shows_with_its_reason_and_ends_with_its_period(cycle_time: Kpi) -> None:
    status_override(
        kpi=cycle_time,
        actor=BOWLINE,
        period="week",
        day=dt.date(2026, 10, 15),
        status="at_risk",
        reason="One release is not in yet.",
    )
    card = card_of(cycle_time)
    assert (card.status, card.override_reason) == ("at_risk", "One release is not in yet.")
    measure(cycle_time, ("2026-10-15T15:00:00Z", 5))
    with time_machine.travel(dt.datetime(2026, 10, 20, 12, tzinfo=dt.UTC), tick=False):
        measure(cycle_time, ("2026-10-20T11:00:00Z", 5))
        rolled_up(cycle_time)
        assert card_of(cycle_time).status == "on_track"
        assert figures.series(kpi=cycle_time, period="week")[-2].status == "at_risk"


def test_override_of_a_period_that_is_over_is_refused(cycle_time: Kpi) -> None:
    with pytest.raises(WrongState):
        status_override(
            kpi=cycle_time, actor=BOWLINE, period="week", day=dt.date(2026, 10, 11),
            status="on_track", reason="No.",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "reason", "field"), [("no_data", "x", "status"), ("on_track", "  ", "reason")]
)
def test_override_without_judgement_or_reason_is_refused(
    cycle_time: Kpi, status: str, reason: str, field: str
) -> None:
    with pytest.raises(Invalid) as error:
        status_override(
            kpi=cycle_time, actor=BOWLINE, period="week", day=dt.date(2026, 10, 15),
            status=status, reason=reason,
        )  # fmt: skip
    assert list(error.value.errors) == [field]


def test_week_changes_compare_with_the_week_before(
    cycle_time: Kpi, django_assert_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_num_queries(1):
        [change] = figures.week_changes(week_start=dt.date(2026, 10, 5))
    assert (change.value, change.before, change.difference) == (D("6.1"), 7, D("-0.9"))
    assert change.is_better is True
    assert change.status == "off_track"
    assert figures.week_changes(week_start=dt.date(2026, 9, 21)) == []


def test_first_week_has_nothing_before_it(cycle_time: Kpi) -> None:
    [change] = figures.week_changes(week_start=dt.date(2026, 9, 28))
    assert (change.before, change.difference, change.is_better) == (None, None, None)


def test_ratio_in_percent_is_shown_times_a_hundred(inside: Company) -> None:
    uptime = Kpi.objects.get(key="uptime")
    measure(uptime, {"observed_at": "2026-10-15T12:00:00Z", "numerator": 999, "denominator": 1000})
    rolled_up(uptime)
    card = card_of(uptime)
    assert (card.value, card.factor) == (D("0.999"), 100)


def test_a_ratio_speaks_of_its_whole_and_other_figures_of_their_measurements(
    inside: Company,
) -> None:
    share, plain = make_kpi("ratio"), make_kpi("mean")
    for kpi, raws in (
        (
            share,
            [{"numerator": "45", "denominator": "50"}, {"numerator": "8", "denominator": "10"}],
        ),
        (plain, [{"value": "5"}]),
    ):
        rows = [{"observed_at": "2026-10-15T12:00:00Z"} | raw for raw in raws]
        measurements_record(kpi=kpi, actor=BOWLINE, raws=rows)
        rolled_up(kpi)
    samples = {card.id: card.sample for card in figures.cards()}
    assert (samples[share.pk], samples[plain.pk]) == (60, 1)
    (shown,) = figures.series(kpi=share, period="month")
    assert shown.sample == 60
