"""The list of key figures, the page of one, and its file, as each role sees them."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kpis.models import Kpi
from kpis.services.definitions import kpi_update, status_override, target_set
from tenants.isolation import tenant
from tenants.permissions import Role
from tests.factories import BOWLINE, Company
from tests.kpis.factories import make_kpi, measure, rolled_up
from tests.kpis.pages import BASE, HTMX, NOW, cycle_time, text_of

SignIn = Callable[[Any], Client]
LIST_QUERIES = 6
DETAIL_QUERIES = 11


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def kpi(company: Company) -> Kpi:
    return cycle_time(company)


def queries_of(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return len(found)


# ---- the list ----


def test_list_leads_with_what_is_measured(company: Company, kpi: Kpi, sign_in: SignIn) -> None:
    page = text_of(sign_in(company.executive).get(BASE))
    measured, unmeasured = page.split("Not measured yet", 1)
    assert "Cycle cycle_days" in measured
    assert "<b>5.6</b> days" in measured
    assert "Week 42, so far" in measured
    assert "≤ 5.0 days" in measured
    assert "At risk" in measured
    assert "Customer satisfaction (CSAT)" in unmeasured
    assert "Customer satisfaction (CSAT)" not in measured
    assert "1 of 21 are measured" in page


def test_list_without_any_data_says_what_will_be_here(company: Company, sign_in: SignIn) -> None:
    page = text_of(sign_in(company.cto).get(BASE))
    assert "Nothing is measured yet." in page
    assert "Import a file" in page
    assert "Import a file" not in text_of(sign_in(company.observer).get(BASE))


def test_list_by_core_area(company: Company, kpi: Kpi, sign_in: SignIn) -> None:
    client = sign_in(company.observer)
    assert "Cycle cycle_days" in text_of(client.get(BASE, {"area": "system_reliability"}))
    assert "Cycle cycle_days" not in text_of(client.get(BASE, {"area": "business_impact"}))
    assert "Cycle cycle_days" in text_of(client.get(BASE, {"area": "nonsense"}))


def test_switched_off_figures_are_shown_on_demand(
    company: Company, kpi: Kpi, sign_in: SignIn
) -> None:
    with tenant(company.id):
        kpi_update(kpi=kpi, actor=BOWLINE, changes={"is_active": False})
    client = sign_in(company.cto)
    assert "Cycle cycle_days" not in text_of(client.get(BASE))
    assert "Cycle cycle_days" in text_of(client.get(BASE, {"show": "all"}))
    page = text_of(client.get(f"{BASE}cycle_days/"))
    assert "This figure is switched off." in page
    assert "Add measurement" not in page


def test_list_reads_one_and_three_figures_in_the_same_queries(
    company: Company, kpi: Kpi, sign_in: SignIn
) -> None:
    client = sign_in(company.executive)
    assert queries_of(client, BASE) == LIST_QUERIES
    cycle_time(company, "second")
    cycle_time(company, "third")
    assert queries_of(client, BASE) == LIST_QUERIES


# ---- one figure ----


def test_page_of_a_figure_says_how_it_goes(company: Company, kpi: Kpi, sign_in: SignIn) -> None:
    page = text_of(sign_in(company.executive).get(f"{BASE}cycle_days/"))
    assert "How long a change takes. Lower is better." in page
    assert "Week 42, so far" in page
    assert "Since 1 Oct, before that 6.5 days" in page
    assert "+0.6 <small>days</small>" in page  # against the target
    assert "12% above" in page
    assert "−2.4 <small>days</small>" in page  # over the trend's weeks
    assert "From 8.0 days in week 38" in page
    assert "Weekly average, days" in page
    assert "Week not finished" in page
    assert "Target lowered to 5.0 days" in page
    assert "Gaps are periods without data." in page  # week 40
    assert "5.0 days or less" in page
    assert "Above 5.0 days, up to 6.0 days" in page
    assert "More than 6.0 days" in page
    assert "falls from 8.0 days in week 38 to 5.6 days in week 42" in page


def test_forecast_follows_the_trend(company: Company, kpi: Kpi, sign_in: SignIn) -> None:
    page = text_of(sign_in(company.executive).get(f"{BASE}cycle_days/"))
    # by hand: the line through (0, 8) (1, 7.4) (3, 6.1) (4, 5.6) is 8.007 − 0.6160 x,
    # which is 5 at x = 4.88, in the week after the latest
    assert "Week 43 <small>on target</small>" in page
    assert "If the 5-week trend holds" in page


def test_other_periods_have_their_own_values(company: Company, kpi: Kpi, sign_in: SignIn) -> None:
    client = sign_in(company.executive)
    page = text_of(client.get(f"{BASE}cycle_days/", {"period": "month"}))
    assert "Monthly average, days" in page
    assert "October, so far" in page
    assert "Month not finished" in page
    assert "Weekly average" in text_of(client.get(f"{BASE}cycle_days/", {"period": "decade"}))


def test_n_stands_beside_percentages(company: Company, sign_in: SignIn) -> None:
    with tenant(company.id):
        share = make_kpi("ratio", key="share", unit="percent", direction="higher", cadence="daily")
        measure(share, *[(f"2026-10-15T12:00:{s:02d}Z", int(s > 0)) for s in range(8)])
        rolled_up(share)
    page = text_of(sign_in(company.board).get(f"{BASE}share/"))
    assert "87.5%" in page
    assert "n = 8" in page
    assert "Daily share" in page


def test_override_shows_with_its_reason(company: Company, kpi: Kpi, sign_in: SignIn) -> None:
    with tenant(company.id):
        status_override(
            kpi=kpi,
            actor=BOWLINE,
            period="week",
            day=dt.date(2026, 10, 15),
            status="off_track",
            reason="Half of the team was away",
        )
    page = text_of(sign_in(company.finance).get(f"{BASE}cycle_days/"))
    assert "Status set by hand: Half of the team was away" in page


def test_figure_without_data_says_so(company: Company, sign_in: SignIn) -> None:
    page = text_of(sign_in(company.board).get(f"{BASE}uptime/"))
    assert "Nothing is measured yet." in page
    assert "Last data</dt><dd>Never" in page
    assert "Without one the figure is never on target." in page


def test_waiting_figures_say_updating_and_refresh_soon(
    company: Company, kpi: Kpi, sign_in: SignIn
) -> None:
    client = sign_in(company.executive)
    assert 'hx-trigger="every 30s"' in text_of(client.get(f"{BASE}cycle_days/"))
    with tenant(company.id):
        measure(kpi, ("2026-10-14T12:00:00Z", 5))
    page = text_of(client.get(f"{BASE}cycle_days/"))
    assert 'hx-trigger="every 2s"' in page
    assert 'role="status">Updating' in page


def test_part_is_sent_again_only_when_it_changed(
    company: Company, kpi: Kpi, sign_in: SignIn
) -> None:
    client = sign_in(company.executive)
    path = f"{BASE}cycle_days/"
    first = client.get(path, headers=HTMX)
    version = _version_in(first)
    assert client.get(path, {"v": version}, headers=HTMX).status_code == 204
    with tenant(company.id):
        measure(kpi, ("2026-10-14T12:00:00Z", 5))
        rolled_up(kpi)
    again = client.get(path, {"v": version}, headers=HTMX)
    assert again.status_code == 200
    assert "<b>5.3</b>" in text_of(again)
    assert "<html" not in text_of(again)


def _version_in(response: Any) -> str:
    return response.content.decode().split("&amp;v=")[1][:16]


def test_page_reads_one_and_three_rows_in_the_same_queries(
    company: Company, kpi: Kpi, sign_in: SignIn
) -> None:
    with tenant(company.id):
        single = make_kpi("sum", key="single", unit="days", cadence="weekly")
        measure(single, ("2026-10-15T12:00:00Z", 8))
        target_set(kpi=single, actor=BOWLINE, value=Decimal(9), effective_on=dt.date(2026, 1, 1))
        rolled_up(single)
    client = sign_in(company.executive)
    assert queries_of(client, f"{BASE}single/") == DETAIL_QUERIES
    assert queries_of(client, f"{BASE}cycle_days/") == DETAIL_QUERIES
    assert queries_of(client, f"{BASE}cycle_days/?all") == DETAIL_QUERIES


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_actions_are_shown_to_those_who_may(
    company: Company, kpi: Kpi, sign_in: SignIn, role: str
) -> None:
    page = text_of(sign_in(company.member(role)).get(f"{BASE}cycle_days/"))
    assert ("Edit target" in page) == (role in ("admin", "cto", "executive"))
    assert ("/cycle_days/import/" in page) == (role in ("admin", "cto"))
    assert ("Add measurement" in page) == (role in ("admin", "cto", "team"))
    listed = text_of(sign_in(company.member(role)).get(BASE))
    assert ("New figure" in listed) == (role in ("admin", "cto"))


@pytest.mark.parametrize("path", ["cycle_days/", "cycle_days/csv/", ""])
def test_figures_of_another_company_are_not_there(
    company: Company, other_company: Company, kpi: Kpi, sign_in: SignIn, path: str
) -> None:
    stranger = sign_in(other_company.admin)
    assert stranger.get(f"{BASE}{path}").status_code == 404
    if path:
        assert stranger.get(f"/t/contoso/kpis/{path}").status_code == 404


# ---- the file ----


def test_file_holds_exact_values_and_no_formula(
    company: Company, kpi: Kpi, sign_in: SignIn
) -> None:
    with tenant(company.id):
        kpi_update(kpi=kpi, actor=BOWLINE, changes={"name": "=HYPERLINK(1)"})
    response = sign_in(company.finance).get(f"{BASE}cycle_days/csv/", {"period": "month"})
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "northwind-cycle_days-month.csv" in response["Content-Disposition"]
    content = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    september, october = csv.DictReader(io.StringIO(content))
    assert september["figure"] == "'=HYPERLINK(1)"
    assert (september["first_day"], september["last_day"]) == ("2026-09-01", "2026-09-30")
    assert (september["value"], september["n"], september["target"]) == ("7.7", "2", "6.5")
    assert october["value"] == "5.933333333333"
    assert (october["status"], october["complete"]) == ("at_risk", "no")


def test_file_writes_percentages_as_shown(company: Company, sign_in: SignIn) -> None:
    with tenant(company.id):
        share = make_kpi("ratio", key="share", unit="percent", direction="higher", cadence="daily")
        measure(share, ("2026-10-15T12:00:00Z", 0), ("2026-10-15T12:00:01Z", 1))
        rolled_up(share)
    response = sign_in(company.finance).get(f"{BASE}share/csv/")
    content = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    [row] = csv.DictReader(io.StringIO(content))
    assert (row["unit"], row["value"], row["n"]) == ("percent", "50", "2")
