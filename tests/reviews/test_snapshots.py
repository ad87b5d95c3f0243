"""The numbers of a letter: live in a draft, those of the day it was sent afterwards."""

from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext

from engagements.models import Engagement
from kpis.models import Kpi
from kpis.services.definitions import target_set
from reviews import services
from reviews.letter import letter_of
from reviews.models import WeeklyUpdate
from reviews.snapshots import kpis_of
from tests.factories import BOWLINE, Company
from tests.kpis.factories import make_kpi, measure, rolled_up
from tests.reviews.builders import FULL, WEEK_42, D, letter, start


def response_time() -> Kpi:
    """412 ms in week 42 after 401 in week 41, against at most 350."""
    kpi = make_kpi(name="API response time", unit="ms", direction="lower")
    target_set(
        kpi=kpi,
        actor=BOWLINE,
        value=Decimal(350),
        at_risk_value=Decimal(380),
        effective_on=D(2026, 9, 1),
    )
    measure(kpi, ("2026-10-07T12:00Z", "401"), ("2026-10-13T12:00Z", "412"))
    rolled_up(kpi)
    return kpi


def test_a_draft_is_prefilled_with_what_the_week_changed(
    inside: Company, engagement: Engagement
) -> None:
    kpi = response_time()
    (row,) = kpis_of(start(engagement, inside.cto))
    assert row == {
        "kpi": str(kpi.pk),
        "name": "API response time",
        "unit": "ms",
        "direction": "lower",
        "previous": "401",
        "current": "412",
        "change": "11",
        "is_better": False,
        "n": 1,
        "target": "350",
        "status": "off_track",
        "comment": "",
        "shown": True,
    }


def test_the_letter_writes_the_figures_as_people_read_them(
    inside: Company, engagement: Engagement
) -> None:
    kpi = response_time()
    notes = {str(kpi.pk): {"shown": True, "comment": "Cache test"}}
    update = start(engagement, inside.cto, kpi_notes=notes)
    (line,) = letter_of(update, reader=inside.executive).shown_figures
    assert (line.previous, line.current, line.change) == ("401\u00a0ms", "412\u00a0ms", "+11")
    assert (line.target, line.tone, line.comment) == ("≤\u00a0350\u00a0ms", "bad", "Cache test")


def test_what_was_sent_stays_when_later_measurements_say_otherwise(
    inside: Company, engagement: Engagement
) -> None:
    kpi = response_time()
    update = start(engagement, inside.cto, **FULL)
    services.update_submit(update=update, actor=inside.cto)
    measure(kpi, ("2026-10-14T12:00Z", "100"))
    assert rolled_up(kpi, "week")[str(WEEK_42)] == Decimal(256)
    stored = WeeklyUpdate.objects.get()
    assert stored.kpis[0]["current"] == "412"
    (line,) = letter_of(stored, reader=inside.executive).figures
    assert line.current == "412\u00a0ms"


def test_a_comment_on_a_sent_figure_can_be_put_right_but_not_its_number(
    inside: Company, engagement: Engagement
) -> None:
    kpi = response_time()
    update = start(engagement, inside.cto, **FULL)
    update = services.update_submit(update=update, actor=inside.cto)
    notes = {str(kpi.pk): {"shown": False, "comment": "A wrong probe"}}
    revised = services.update_revise(
        update=update, actor=inside.cto, content=letter(kpi_notes=notes)
    )
    (row,) = revised.kpis
    assert (row["shown"], row["comment"], row["current"]) == (False, "A wrong probe", "412")


def test_four_figures_are_shown_by_themselves_the_worst_first(
    inside: Company, engagement: Engagement
) -> None:
    for number in range(5):
        kpi = make_kpi(key=f"calm_{number}", name=f"Calm {number}")
        measure(kpi, ("2026-10-07T12:00Z", "5"), ("2026-10-13T12:00Z", "5"))
    bad = response_time()
    rolled_up(bad)
    rows = kpis_of(start(engagement, inside.cto))
    assert len(rows) == 6
    assert sum(row["shown"] for row in rows) == 4
    assert next(row for row in rows if row["kpi"] == str(bad.pk))["shown"]


def test_a_share_is_stored_as_it_is_shown(inside: Company, engagement: Engagement) -> None:
    kpi = make_kpi("ratio", name="Uptime", unit="percent", direction="higher")
    rows = [
        {"observed_at": "2026-10-07T12:00Z", "numerator": "9996", "denominator": "10000"},
        {"observed_at": "2026-10-13T12:00Z", "numerator": "9994", "denominator": "10000"},
    ]
    measure(kpi, *rows)
    rolled_up(kpi)
    (row,) = kpis_of(start(engagement, inside.cto))
    assert (row["previous"], row["current"], row["change"]) == ("99.96", "99.94", "-0.02")


def test_the_letter_takes_the_same_queries_for_one_and_three_figures(
    inside: Company, engagement: Engagement
) -> None:
    update = start(engagement, inside.cto)
    counts = []
    for number in range(3):
        kpi = make_kpi(key=f"figure_{number}")
        measure(kpi, ("2026-10-13T12:00Z", "5"))
        rolled_up(kpi)
        with CaptureQueriesContext(connection) as queries:
            assert len(kpis_of(update)) == number + 1
        counts.append(len(queries))
    assert counts == [1, 1, 1]
