"""Forms of key figures: who may send them, what is refused where, what they change."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client

from kpis.models import Kpi, Measurement, Rollup, StatusOverride, Target
from kpis.services.definitions import kpi_update
from tenants.isolation import tenant
from tenants.models import AuditEvent
from tenants.permissions import Role
from tests.factories import BOWLINE, Company
from tests.kpis.factories import make_kpi, rolled_up
from tests.kpis.pages import BASE, NOW, cycle_time, text_of

SignIn = Callable[[Any], Client]
D = Decimal
NEW = {
    "name": "Time to first reply",
    "unit": "hours",
    "direction": "lower",
    "aggregation": "p50",
    "cadence": "weekly",
    "category": "business_impact",
    "core_area": "business_impact",
}
TARGET = {"value": "4.5", "at_risk_value": "5.5", "effective_on": "2026-11-01"}
MEASURED = {"observed_at": "2026-10-15T09:30", "value": "5.5", "series": "Robot arm"}
TARGET_CHOICE_QUERIES = 7
IMPORT_CHOICE_QUERIES = 6
OVERRIDE = {"period": "week", "status": "off_track", "reason": "Half of the team was away"}


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def kpi(company: Company) -> Kpi:
    return cycle_time(company)


@pytest.fixture
def share(company: Company) -> Kpi:
    with tenant(company.id):
        return make_kpi("ratio", key="share", unit="percent", direction="higher", cadence="daily")


@pytest.mark.parametrize("role", [str(role) for role in Role])
@pytest.mark.parametrize(
    ("path", "sent", "roles"),
    [
        ("-/new/", NEW, "admin cto"),
        ("cycle_days/edit/", NEW, "admin cto"),
        ("cycle_days/target/", TARGET, "admin cto executive"),
        ("cycle_days/status/", OVERRIDE, "admin cto executive"),
        ("cycle_days/measurement/", MEASURED, "admin cto team"),
    ],
)
def test_forms_are_open_to_their_roles(
    company: Company,
    kpi: Kpi,
    sign_in: SignIn,
    role: str,
    path: str,
    sent: dict[str, str],
    roles: str,
) -> None:
    client = sign_in(company.member(role))
    may = role in roles.split()
    assert client.get(f"{BASE}{path}").status_code == (200 if may else 403)
    assert client.post(f"{BASE}{path}", sent).status_code == (303 if may else 403)


# ---- definitions ----


def test_new_figure_takes_its_key_from_its_name(company: Company, sign_in: SignIn) -> None:
    response = sign_in(company.cto).post(f"{BASE}-/new/", NEW | {"owner": company.team.pk})
    assert response["Location"] == f"{BASE}time_to_first_reply/"
    with tenant(company.id):
        kpi = Kpi.objects.get(key="time_to_first_reply")
        assert (kpi.unit, kpi.aggregation, kpi.owner_id) == ("hours", "p50", company.team.pk)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "Fill this in."),
        ({"key": "Not A Key"}, "Use lower-case letters"),
        ({"key": "uptime"}, "There is a figure &#39;uptime&#39; already"),
        ({"unit": "furlongs"}, "Choose one from the list"),
        ({"expected_freshness_hours": "0"}, "Use 1 or more"),
        ({"owner": "0199f0a0-0000-7000-8000-000000000000"}, "Choose one from the list"),
    ],
)
def test_new_figure_is_refused_in_its_place(
    company: Company, sign_in: SignIn, change: dict[str, str], said: str
) -> None:
    response = sign_in(company.cto).post(f"{BASE}-/new/", NEW | change)
    assert response.status_code == 422
    page = text_of(response)
    assert said in page
    assert 'aria-invalid="true"' in page
    with tenant(company.id):
        assert not Kpi.objects.filter(name="Time to first reply").exists()


@pytest.mark.parametrize("key", ["new", "import", "csv", "edit"])
def test_no_key_hides_a_page(company: Company, sign_in: SignIn, key: str) -> None:
    client = sign_in(company.cto)
    assert client.post(f"{BASE}-/new/", NEW | {"key": key}).status_code == 303
    assert "Time to first reply" in text_of(client.get(f"{BASE}{key}/"))
    assert "Create the figure" in text_of(client.get(f"{BASE}-/new/"))


def test_changed_figure_is_saved(company: Company, kpi: Kpi, sign_in: SignIn) -> None:
    client = sign_in(company.admin)
    page = text_of(client.get(f"{BASE}cycle_days/edit/"))
    assert 'value="Cycle cycle_days"' in page
    sent = NEW | {"name": "Cycle time", "unit": "days", "is_active": "on"}
    assert client.post(f"{BASE}cycle_days/edit/", sent).status_code == 303
    with tenant(company.id):
        kpi.refresh_from_db()
        assert (kpi.name, kpi.aggregation, kpi.is_active) == ("Cycle time", "p50", True)


def test_figure_that_moved_on_is_not_overwritten(
    company: Company, kpi: Kpi, sign_in: SignIn
) -> None:
    read = kpi.updated_at.isoformat()
    with tenant(company.id), time_machine.travel(NOW + dt.timedelta(minutes=1), tick=False):
        kpi_update(kpi=kpi, actor=BOWLINE, changes={"name": "Renamed"})
    response = sign_in(company.cto).post(f"{BASE}cycle_days/edit/", NEW | {"version": read})
    assert response.status_code == 422
    assert "changed since you read it" in text_of(response)
    with tenant(company.id):
        kpi.refresh_from_db()
        assert kpi.name == "Renamed"


# ---- targets ----


def test_target_is_set_from_its_day(company: Company, kpi: Kpi, sign_in: SignIn) -> None:
    client = sign_in(company.executive)
    page = text_of(client.get(f"{BASE}cycle_days/target/"))
    assert "The target is ≤ 5.0 days since" in page
    assert client.post(f"{BASE}cycle_days/target/", TARGET).status_code == 303
    with tenant(company.id):
        latest = Target.objects.filter(kpi=kpi).first()
        assert latest is not None
        assert (latest.value, latest.at_risk_value) == (D("4.5"), D("5.5"))
        assert latest.effective_on == dt.date(2026, 11, 1)
        assert latest.set_by_id == company.executive.pk


def test_target_of_a_share_is_typed_in_percent(
    company: Company, share: Kpi, sign_in: SignIn
) -> None:
    client = sign_in(company.executive)
    sent = {"value": "99.95", "at_risk_value": "99.5", "effective_on": "2026-10-01"}
    assert client.post(f"{BASE}share/target/", sent).status_code == 303
    with tenant(company.id):
        target = Target.objects.get(kpi=share)
        assert (target.value, target.at_risk_value) == (D("0.9995"), D("0.995"))
    assert 'value="99.95"' in text_of(client.get(f"{BASE}share/target/"))
    assert "99.95% or more" in text_of(client.get(f"{BASE}share/"))


def test_target_is_set_from_the_choice_of_a_figure(
    company: Company, kpi: Kpi, sign_in: SignIn
) -> None:
    client = sign_in(company.cto)
    here = f"/t/{company.slug}/kpis/-/target/"
    page = client.get(here).content.decode()
    assert f'<option value="{kpi.key}">' in page
    assert client.get(here, {"kpi": kpi.key})["Location"].endswith(f"/kpis/{kpi.key}/target/")
    assert client.get(here, {"kpi": "no-such"}).status_code == 200


@pytest.mark.parametrize("figures", [1, 3])
def test_choices_of_a_figure_read_a_fixed_number_of_queries(
    company: Company,
    sign_in: SignIn,
    figures: int,
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    client = sign_in(company.cto)
    with tenant(company.id):
        Kpi.objects.update(is_active=False)
    for number in range(figures):
        cycle_time(company, f"cycle_{number}")
    for address, queries in (
        ("-/target/", TARGET_CHOICE_QUERIES),
        ("-/import/", IMPORT_CHOICE_QUERIES),
    ):
        with django_assert_num_queries(queries):
            page = client.get(f"{BASE}{address}")
        assert page.content.decode().count("<option") == 1 + figures


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"value": ""}, "Fill this in."),
        ({"value": "five"}, "This is not a number. Write it with a decimal point"),
        ({"value": "NaN"}, "NaN and infinity are not figures"),
        ({"value": "1e30"}, "This has too many digits"),
        ({"at_risk_value": "4"}, "must be at or above the target"),
        ({"effective_on": "soon"}, "Use a date such as 2026-10-05."),
    ],
)
def test_target_is_refused_in_its_place(
    company: Company, kpi: Kpi, sign_in: SignIn, change: dict[str, str], said: str
) -> None:
    response = sign_in(company.cto).post(f"{BASE}cycle_days/target/", TARGET | change)
    assert response.status_code == 422
    assert said in text_of(response)
    with tenant(company.id):
        assert Target.objects.filter(kpi=kpi).count() == 2


# ---- measurements ----


def test_measurement_is_read_in_the_readers_zone(
    company: Company, kpi: Kpi, sign_in: SignIn
) -> None:
    client = sign_in(company.team)
    assert "In your time zone, America/New_York" in text_of(
        client.get(f"{BASE}cycle_days/measurement/")
    )
    assert client.post(f"{BASE}cycle_days/measurement/", MEASURED).status_code == 303
    with tenant(company.id):
        row = Measurement.objects.get(kpi_id=kpi.pk, series="Robot arm")
        assert row.observed_at == dt.datetime(2026, 10, 15, 13, 30, tzinfo=dt.UTC)
        assert (row.value, row.source) == (D("5.5"), "form")


def test_repeated_measurement_changes_nothing(company: Company, kpi: Kpi, sign_in: SignIn) -> None:
    client = sign_in(company.team)
    for _ in range(2):
        assert client.post(f"{BASE}cycle_days/measurement/", MEASURED).status_code == 303
    assert "was there already" in text_of(client.get(f"{BASE}cycle_days/"))
    with tenant(company.id):
        assert Measurement.objects.filter(kpi_id=kpi.pk, series="Robot arm").count() == 1


def test_share_is_measured_by_numerator_and_denominator(
    company: Company, share: Kpi, sign_in: SignIn
) -> None:
    client = sign_in(company.team)
    page = text_of(client.get(f"{BASE}share/measurement/"))
    assert 'name="numerator"' in page
    assert 'name="value"' not in page
    sent = {"observed_at": "2026-10-15T09:30", "numerator": "998", "denominator": "0"}
    response = client.post(f"{BASE}share/measurement/", sent)
    assert response.status_code == 422
    assert "The denominator must be more than 0" in text_of(response)
    sent["denominator"] = "1000"
    assert client.post(f"{BASE}share/measurement/", sent).status_code == 303
    with tenant(company.id):
        row = Measurement.objects.get(kpi_id=share.pk)
        assert (row.numerator, row.denominator) == (998, 1000)


def test_measurement_is_taken_back_with_its_reason_and_the_figure_follows(
    company: Company, kpi: Kpi, sign_in: SignIn
) -> None:
    client = sign_in(company.team)
    page = text_of(client.get(f"{BASE}cycle_days/sources/?day=2026-10-06"))
    address = re.search(r'href="([^"]+/remove/)"', page)
    assert address
    assert page.count("/remove/") == 1  # the one of that day
    assert "/remove/" not in text_of(sign_in(company.board).get(f"{BASE}cycle_days/sources/"))
    assert re.search(r"<b>6(\.0)? days</b>", text_of(client.get(address[1])))
    assert client.post(address[1], {"reason": " "}).status_code == 422
    assert client.post(address[1], {"reason": "Typed twice"}).status_code == 303
    assert client.post(address[1], {"reason": "Typed twice"}).status_code == 404  # it is gone
    with tenant(company.id):
        rolled_up(kpi)
        assert not Measurement.objects.filter(kpi_id=kpi.pk, local_date="2026-10-06").exists()
        days = Rollup.objects.filter(kpi_id=kpi.pk, period="day", period_start="2026-10-06")
        assert not days.exists()
        event = AuditEvent.objects.get(verb="kpi.measurement_deleted")
        assert (event.changes["reason"], event.changes["value"]) == ("Typed twice", "6")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"observed_at": ""}, "Fill this in."),
        ({"observed_at": "yesterday"}, "Give a date and a time"),
        ({"observed_at": "2026-10-16T09:30"}, "This lies in the future"),
        ({"observed_at": "1969-10-16T09:30"}, "This lies before 1970"),
        ({"observed_at": "2026-03-08T02:30"}, "Clocks were set forward over this time"),
        ({"value": ""}, "Fill this in."),
        ({"value": "1,5"}, "This is not a number"),
        ({"series": "x" * 121}, "Use up to 120 characters"),
    ],
)
def test_measurement_is_refused_in_its_place(
    company: Company, kpi: Kpi, sign_in: SignIn, change: dict[str, str], said: str
) -> None:
    with tenant(company.id):
        before = Measurement.objects.filter(kpi_id=kpi.pk).count()
    response = sign_in(company.team).post(f"{BASE}cycle_days/measurement/", MEASURED | change)
    assert response.status_code == 422
    assert said in text_of(response)
    with tenant(company.id):
        assert Measurement.objects.filter(kpi_id=kpi.pk).count() == before


def test_figure_that_is_switched_off_takes_no_measurement(
    company: Company, kpi: Kpi, sign_in: SignIn
) -> None:
    with tenant(company.id):
        kpi_update(kpi=kpi, actor=BOWLINE, changes={"is_active": False})
    client = sign_in(company.team)
    assert client.get(f"{BASE}cycle_days/measurement/").status_code == 409
    assert client.post(f"{BASE}cycle_days/measurement/", MEASURED).status_code == 409


# ---- a status by hand ----


def test_status_by_hand_needs_a_reason(company: Company, kpi: Kpi, sign_in: SignIn) -> None:
    client = sign_in(company.executive)
    for reason in ("", "   "):
        response = client.post(f"{BASE}cycle_days/status/", OVERRIDE | {"reason": reason})
        assert response.status_code == 422
    with tenant(company.id):
        assert not StatusOverride.objects.exists()
    page = text_of(client.get(f"{BASE}cycle_days/status/"))
    assert "ends on Sun 18 Oct" in page
    assert client.post(f"{BASE}cycle_days/status/", OVERRIDE).status_code == 303
    page = text_of(client.get(f"{BASE}cycle_days/"))
    assert "Status set by hand: Half of the team was away" in page
